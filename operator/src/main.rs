//! The operator's program.

use std::process::ExitCode;

use chartctl_operator::args::Cli;
use clap::Parser as _;

fn main() -> ExitCode {
    chartctl_operator::main(Cli::parse())
}
