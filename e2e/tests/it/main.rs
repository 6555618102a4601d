//! End to end tests, on a real control plane.

#![cfg(unix)]

mod cli;
mod control_plane;
mod definition;
mod existing;
mod failures;
mod faults;
mod http_server;
mod interchange;
mod lifecycle;
mod operator;
mod operator_faults;
mod operators;
mod parity;
mod proxy;
mod session;
mod shapes;
mod sign_in;
mod watchdog;
