//! `chartctl`: installs, upgrades and rolls back charts on Kubernetes, with Helm's commands and records.

mod arity;
mod cli;
mod commands;
mod duration;
mod error;
mod failure;
mod flags;
mod glob;
mod gotime;
mod jsonpath;
mod log;
mod operate;
mod output;
mod path;
mod pflag;
mod progress;
#[cfg(test)]
mod reference;
mod report;
mod selector;
mod ui;
mod values;

fn main() -> std::process::ExitCode {
    cli::main(&std::env::args_os().collect::<Vec<_>>())
}
