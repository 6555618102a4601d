//! Shows what chartctl and the operator do, on a real control plane: `cargo demo`.
//!
//! Every command is printed as a user would type it, run by a shell, and shown with its own output;
//! what it should have brought about is then read back from the cluster, and the demo fails if it
//! did not come about.

mod args;
mod by_chartctl;
mod by_operator;
mod interrupts;
mod operator;
mod screen;
mod shell;
mod stage;

use std::env;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::args::{Args, HELP};
use crate::interrupts::{Interrupted, Interrupts};
use crate::screen::Screen;
use crate::stage::Stage;

/// The demo did not go as it should.
const FAILED: u8 = 1;
/// The command line makes no sense.
const USAGE: u8 = 2;
/// What a shell reports for a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let screen = Screen::of_stdout();
    let outcome = match Args::parse(env::args_os().skip(1)) {
        Ok(Args::Help) => screen::print(HELP),
        Ok(Args::Run { keep }) => run(screen, keep),
        Err(error) => return complain(&error, USAGE),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Interrupted>() => complain(&error, INTERRUPTED),
        Err(error) => complain(&error, FAILED),
    }
}

fn run(screen: Screen, keep: bool) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("starting a runtime")?;
    let outcome = runtime.block_on(show(screen, keep));
    // A build that was interrupted may still occupy a thread; nobody needs its result any more.
    runtime.shutdown_background();
    outcome
}

/// The whole demo: the stage is set, the two stories are told, and the stage is cleared, whatever
/// came of them.
async fn show(screen: Screen, keep: bool) -> Result<()> {
    let mut interrupts = Interrupts::listen()?;
    let stage = interrupts.unless(Box::pin(Stage::set(screen))).await?;
    let outcome = interrupts.unless(tell(&stage)).await;
    let cleared = if keep { stage.keep().await } else { interrupts.unless(stage.clear()).await };
    outcome.and(cleared)
}

async fn tell(stage: &Stage) -> Result<()> {
    by_chartctl::tell(stage).await?;
    by_operator::tell(stage).await
}

fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    // Nobody is left to tell when this fails.
    drop(writeln!(std::io::stderr(), "demo: {error:#}"));
    ExitCode::from(code)
}
