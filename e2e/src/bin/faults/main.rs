//! Strikes every call of an install, an upgrade, a rollback and an uninstall of the guestbook with every fault:
//! `cargo run -p e2e --bin faults [LANES]`.

use std::env;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use e2e::Cluster;
use e2e::faults::{self, Command, Fault, Outcome};

const HELP: &str = "\
Strike every call of an install, an upgrade, a rollback and an uninstall of the guestbook with every
fault: SIGKILL, a refusal, a connection cut before or after the server carried it out, a delay. After
each the next command has to work, history to be truthful, and no object may be lost or left behind.

Usage: faults [LANES]

LANES says how many namespaces are used at once [default: 8].
";

fn main() -> ExitCode {
    let outcome = match env::args().nth(1) {
        Some(arg) if arg == "-h" || arg == "--help" => say(HELP).map(|()| 0),
        Some(arg) => arg.parse().context("how many lanes?").and_then(strike),
        None => strike(8),
    };
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody is left to tell when this fails.
            drop(writeln!(std::io::stderr(), "faults: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Returns how many runs went wrong.
fn strike(lanes: usize) -> Result<usize> {
    let runtime = tokio::runtime::Runtime::new().context("starting a runtime")?;
    runtime.block_on(async {
        let cluster = Cluster::own().await?;
        let counts = faults::count(&cluster).await?;
        for (command, count) in &counts {
            say(&format!("{:<10} {count} calls\n", command.name()))?;
        }
        let outcomes = faults::run(&cluster, &counts, lanes, |_| true, complain).await?;
        table(&outcomes)?;
        Ok(outcomes.iter().filter(|outcome| outcome.wrong.is_some()).count())
    })
}

fn complain(outcome: &Outcome) {
    if let Outcome { strike, wrong: Some(wrong), .. } = outcome {
        let (command, fault) = (strike.command.name(), strike.fault.name());
        // The table at the end says so too.
        drop(say(&format!("\n{command}, call {}, {fault}: {wrong}\n", strike.call)));
    }
}

fn table(outcomes: &[Outcome]) -> Result<()> {
    let heads: String = Command::ALL.map(|command| format!("{:>14}", command.name())).concat();
    say(&format!("\n{:<14}{heads}   runs reached, of them wrong\n", "fault"))?;
    for fault in Fault::ALL {
        let cells: String = Command::ALL
            .map(|command| {
                let of = |wrong: bool| {
                    let these = outcomes.iter().filter(|outcome| {
                        (outcome.strike.fault, outcome.strike.command) == (fault, command)
                            && outcome.reached
                            && (!wrong || outcome.wrong.is_some())
                    });
                    these.count()
                };
                format!("{:>14}", format!("{} ({})", of(false), of(true)))
            })
            .concat();
        say(&format!("{:<14}{cells}\n", fault.name()))?;
    }
    let wrong = outcomes.iter().filter(|outcome| outcome.wrong.is_some()).count();
    say(&format!("\n{} runs, {wrong} of them wrong\n", outcomes.len()))
}

fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("writing the report")
}
