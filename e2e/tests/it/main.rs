//! End to end tests, on a real control plane.

#![cfg(unix)]

mod charts;
mod cli;
mod control_plane;
mod definition;
mod diff;
mod engine;
mod existing;
mod failures;
mod faults;
mod http_server;
mod interchange;
mod lifecycle;
mod matrix;
mod operator;
mod operator_faults;
mod operators;
mod order;
mod parity;
mod records;
mod session;
mod shapes;
mod sign_in;
mod tunnel;
mod waiting;
mod watchdog;
