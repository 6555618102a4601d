//! Keeps Helm releases as Release objects ask for them.
//!
//! One look at one Release is [`reconcile`]: it gathers what is the case, names it ([`observe`], pure), decides
//! what to do ([`decide`], pure), does one short piece of that ([`act`]) and tells ([`status`], pure). No look
//! waits: a waiting release is a recorded operation that a watch or its deadline takes up again.

pub mod act;
pub mod args;
pub mod context;
pub mod controller;
pub mod decide;
pub mod digest;
pub mod failpoint;
pub mod failure;
pub mod finalizer;
pub mod http;
pub mod index;
pub mod inputs;
pub mod keys;
pub mod lease;
pub mod mask;
pub mod metrics;
pub mod observe;
pub mod reading;
pub mod reconcile;
pub mod releases;
pub mod source;
pub mod status;
pub mod text;
pub mod trigger;
pub mod values;
pub mod waiting;
pub mod watch;

use std::io::Write as _;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use crate::args::{Cli, Command, LogFormat, RunArgs};

/// Does what the command line asks for.
#[must_use]
pub fn main(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Some(Command::Crds) => print_definitions(),
        Some(Command::Run(args)) => run(*args),
        None => run(cli.run),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody reads it if standard error is closed.
            let _unread = writeln!(std::io::stderr(), "chartctl-operator: {error:#}").is_err();
            ExitCode::FAILURE
        }
    }
}

fn print_definitions() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for definition in api::crds()? {
        out.write_all(api::to_yaml(&definition)?.as_bytes())?;
    }
    out.flush()?;
    Ok(())
}

fn run(args: RunArgs) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&args.log_level)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match args.log_format {
        LogFormat::Json => lines.json().flatten_event(true).init(),
        LogFormat::Text => lines.init(),
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(controller::run(args))
}
