//! End to end tests, on a real control plane.

#![cfg(unix)]

mod cli;
mod control_plane;
mod definition;
mod existing;
mod failures;
mod http_server;
mod interchange;
mod lifecycle;
mod operator;
mod operators;
mod session;
mod sign_in;
mod watchdog;
