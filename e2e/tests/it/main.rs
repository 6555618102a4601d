//! End to end tests, on a real control plane.

#![cfg(unix)]

mod control_plane;
mod watchdog;
