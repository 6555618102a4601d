//! Strikes every call of an install, an upgrade, a rollback and an uninstall of the guestbook with every fault:
//! `cargo run -p e2e --bin faults [COMMAND…]`.

use std::cell::Cell;
use std::env;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use e2e::Cluster;
use e2e::faults::{self, Command, Count, Fault, Outcome};

const HELP: &str = "\
Strike every call of an install, an upgrade, a rollback and an uninstall of the guestbook with every
fault: SIGKILL, a refusal, a connection cut before or after the server carried it out, a delay. After
each the next command has to work, history to be truthful, and no object may be lost or left behind.

Usage: faults [--lanes=N] [COMMAND…]

Without a command, all four.

Options:
  --lanes=N   How many namespaces are used at once [default: 8]
  -h, --help  Print this
";

/// After how many runs their number is told.
const EVERY: usize = 100;

struct Args {
    lanes: usize,
    commands: Vec<Command>,
}

fn main() -> ExitCode {
    let outcome = match parse(env::args().skip(1)) {
        Ok(Some(args)) => strike(&args),
        Ok(None) => say(HELP).map(|()| 0),
        Err(error) => Err(error),
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

fn parse(args: impl Iterator<Item = String>) -> Result<Option<Args>> {
    let mut parsed = Args { lanes: 8, commands: Vec::new() };
    for arg in args {
        if arg == "-h" || arg == "--help" {
            return Ok(None);
        } else if let Some(lanes) = arg.strip_prefix("--lanes=") {
            parsed.lanes = lanes.parse().context("how many lanes?")?;
        } else {
            let command = Command::ALL.into_iter().find(|command| command.name() == arg);
            parsed.commands.push(command.with_context(|| format!("no command {arg}; try --help"))?);
        }
    }
    if parsed.commands.is_empty() {
        parsed.commands.extend(Command::ALL);
    }
    Ok(Some(parsed))
}

/// Returns how many runs went wrong.
fn strike(args: &Args) -> Result<usize> {
    let runtime = tokio::runtime::Runtime::new().context("starting a runtime")?;
    runtime.block_on(async {
        let cluster = Cluster::own().await?;
        let counts = faults::count(&cluster).await?;
        for Count { command, waiting, calls } in &counts {
            say(&format!("{:<18}{calls:>4} calls\n", name(*command, *waiting)))?;
        }
        let done = Cell::new(0_usize);
        let outcomes = faults::run(
            &cluster,
            &counts,
            args.lanes,
            |strike| args.commands.contains(&strike.command),
            |outcome| {
                done.set(done.get() + 1);
                if done.get().is_multiple_of(EVERY) {
                    progress(done.get());
                }
                complain(outcome);
            },
        )
        .await?;
        table(&outcomes)?;
        Ok(outcomes.iter().filter(|outcome| outcome.wrong.is_some()).count())
    })
}

fn name(command: Command, waiting: bool) -> String {
    format!("{}{}", command.name(), if waiting { " --wait" } else { "" })
}

fn complain(outcome: &Outcome) {
    if let Outcome { strike, wrong: Some(wrong), .. } = outcome {
        let (command, fault) = (name(strike.command, strike.waiting), strike.fault.name());
        // The table at the end says so too.
        drop(say(&format!("\n{command}, call {}, {fault}: {wrong}\n", strike.call)));
    }
}

fn progress(runs: usize) {
    // The table at the end counts them, too.
    drop(writeln!(std::io::stderr(), "{runs} runs"));
}

fn table(outcomes: &[Outcome]) -> Result<()> {
    let faults: String = Fault::ALL.map(|fault| format!("{:>16}", fault.name())).concat();
    say(&format!("\nruns (of them wrong)\n{:<18}{faults}\n", ""))?;
    for (command, waiting) in Command::ALL.into_iter().flat_map(|c| [(c, false), (c, true)]) {
        let cells: String = Fault::ALL
            .map(|fault| {
                let of = |wrong: bool| {
                    let these =
                        outcomes.iter().filter(|Outcome { strike, reached, wrong: said }| {
                            (strike.command, strike.waiting, strike.fault)
                                == (command, waiting, fault)
                                && *reached
                                && (!wrong || said.is_some())
                        });
                    these.count()
                };
                format!("{:>16}", format!("{} ({})", of(false), of(true)))
            })
            .concat();
        say(&format!("{:<18}{cells}\n", name(command, waiting)))?;
    }
    let wrong = outcomes.iter().filter(|outcome| outcome.wrong.is_some()).count();
    say(&format!("\n{} runs, {wrong} of them wrong\n", outcomes.len()))
}

fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("writing the report")
}
