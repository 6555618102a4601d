//! `chartctl`: installs, upgrades and rolls back charts on Kubernetes, with Helm's commands and records.

mod arity;
mod cli;
mod commands;
mod csv;
mod driver;
mod duration;
mod error;
mod failure;
mod flags;
mod glob;
mod gotemplate;
mod gotime;
mod log;
mod memory;
mod operate;
mod output;
mod path;
mod pflag;
mod plugin;
mod postrender;
mod progress;
#[cfg(test)]
mod reference;
mod report;
mod selector;
mod settings;
mod ui;
mod values;

/// Rendering is a great many small pieces of memory; the system's allocator takes a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main(&std::env::args_os().collect::<Vec<_>>())
}
