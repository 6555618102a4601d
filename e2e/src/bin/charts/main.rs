//! Takes charts of other people through install, upgrade, rollback, test and uninstall on a real control plane:
//! `cargo run -p e2e --bin charts [NAME…]`.
//!
//! Where one fails, the real Helm takes the same course, to tell the chart's fault from ours.

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use e2e::charts::{self, Entry, Report, Step};
use e2e::{Cluster, Tool};

const HELP: &str = "\
Take charts of other people through install, upgrade, rollback, test and uninstall, with waiting.

Usage: charts [--helm] [NAME…]

Without a name, all charts of ../shared/charts that are known to work with Helm. A chart that fails
is tried with Helm 4 too.

Options:
  --helm      Take Helm 4 instead of chartctl
  -h, --help  Print this
";

/// How much of an error a line shows, in characters.
const GIST: usize = 400;

struct Args {
    tool: Tool,
    entries: Vec<Entry>,
}

fn main() -> ExitCode {
    let outcome = match parse(env::args_os().skip(1)) {
        Ok(None) => say(HELP).map(|()| 0),
        Ok(Some(args)) => tokio::runtime::Runtime::new()
            .context("starting a runtime")
            .and_then(|runtime| runtime.block_on(run(&args))),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody is left to tell when this fails.
            drop(writeln!(std::io::stderr(), "charts: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn parse(args: impl Iterator<Item = OsString>) -> Result<Option<Args>> {
    let mut tool = Tool::Chartctl;
    let mut entries = Vec::new();
    for arg in args {
        match arg.to_str() {
            Some("-h" | "--help") => return Ok(None),
            Some("--helm") => tool = Tool::Helm4,
            name => match charts::all().iter().find(|entry| Some(entry.name) == name) {
                Some(entry) => entries.push(*entry),
                None => bail!("no chart {}; try --help", arg.display()),
            },
        }
    }
    if entries.is_empty() {
        entries.extend_from_slice(charts::all());
    }
    Ok(Some(Args { tool, entries }))
}

/// Returns how many charts failed.
async fn run(args: &Args) -> Result<usize> {
    let Some(folder) = charts::folder() else {
        say("There is no folder ../shared/charts beside this repository: nothing to try.\n")?;
        return Ok(0);
    };
    let cluster = Cluster::own().await?;
    let mut failed = Vec::new();
    header()?;
    for entry in &args.entries {
        if !attempt(&cluster, &folder, entry, args.tool).await? {
            failed.push(entry.name);
            if args.tool == Tool::Chartctl {
                attempt(&cluster, &folder, entry, Tool::Helm4).await?;
            }
        }
    }
    let (all, bad) = (args.entries.len(), failed.len());
    say(&format!("\n{} of {all} charts took their course. {}\n", all - bad, failed.join(" ")))?;
    Ok(bad)
}

async fn attempt(cluster: &Cluster, folder: &Path, entry: &Entry, tool: Tool) -> Result<bool> {
    let report = charts::run(cluster, folder, entry, tool)
        .await
        .with_context(|| format!("trying {}", entry.name))?;
    row(entry.name, tool, &report)?;
    Ok(report.outcome.is_ok())
}

fn header() -> Result<()> {
    let steps: String = Step::ALL.map(|step| format!("{:>10}", step.name())).concat();
    say(&format!("{:<24}{:<10}{:>8}{steps}  left\n", "chart", "by", "objects"))
}

fn row(name: &str, tool: Tool, report: &Report) -> Result<()> {
    let times: String = Step::ALL
        .map(|step| match report.time(step) {
            Some(time) => format!("{:>8.1} s", time.as_secs_f32()),
            None => format!("{:>10}", "-"),
        })
        .concat();
    let outcome = match &report.outcome {
        Ok(()) => report.left.clone(),
        Err(error) => format!("FAILED: {}", gist(&format!("{error:#}"))),
    };
    say(&format!("{name:<24}{:<10}{:>8}{times}  {outcome}\n", tool.name(), report.objects))
}

/// What a program says is wrong, without how it came there.
fn gist(text: &str) -> &str {
    let from = text.find("\nError: ").map_or(text, |at| text.get(at + 1..).unwrap_or_default());
    let end = from.char_indices().nth(GIST).map_or(from.len(), |(end, _)| end);
    from.get(..end).unwrap_or_default().trim_end()
}

fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("writing the report")
}
