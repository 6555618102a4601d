//! `chartctl template` beside a real `helm template`: what both cost, and whether they print the same.
//!
//! Runs are whole processes, so that starting the program counts; what is compared is the median of many.
//! [`list`] does the same for `list -A` on a control plane, [`on_cluster`] for installing and upgrading, and [`counts`]
//! counts instructions instead, which a busy machine does not change. See `docs/performance.md`.

#![cfg(unix)]

mod args;
mod cases;
mod compare;
mod counts;
mod list;
mod measure;
mod on_cluster;
mod programs;
mod report;
mod umbrella;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use crate::args::{Args, Command};

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked for; false when something is not as it should be.
fn run(args: Args) -> Result<bool> {
    match args.command {
        None => compare::run(&args.compare),
        Some(Command::Counts(options)) => counts::run(&options),
        Some(Command::List(options)) => list::run(&options),
        Some(Command::Cluster(options)) => on_cluster::run(&options),
    }
}

/// Writes to standard output.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Tells a waiting person something on standard error; nobody is told when that fails.
fn say(line: &str) {
    let _unseen = writeln!(io::stderr(), "{line}");
}
