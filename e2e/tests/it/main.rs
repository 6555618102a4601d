//! End to end tests, on a real control plane.

#![cfg(unix)]

mod cli;
mod control_plane;
mod existing;
mod failures;
mod interchange;
mod lifecycle;
mod session;
mod sign_in;
mod watchdog;
