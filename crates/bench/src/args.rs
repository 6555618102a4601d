//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Compare chartctl with Helm: CPU time and peak memory of whole processes, and what they print
///
/// Without a command, "template" of both is run side by side on the chart of "helm create", on kube-prometheus-stack, on
/// argo-cd, and on an umbrella of 60 subcharts. All but the first need a folder of public charts, which is
/// ../shared/charts/charts if it is there.
#[derive(Debug, Parser)]
#[command(
    name = "bench-helm",
    bin_name = "cargo bench-helm",
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) compare: CompareOptions,
}

/// What is done instead of a comparison.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Count the instructions of chartctl on three charts of the repository, by valgrind
    Counts(CountsOptions),
    /// Run "list -A" of both over 200 releases of 10 revisions, on a control plane of its own
    List(ListOptions),
    /// Install a chart of 300 objects and change one of them, on a control plane of its own
    ///
    /// Time, CPU time, peak memory and requests are compared.
    Cluster(ClusterOptions),
}

/// What is compared, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct CompareOptions {
    #[command(flatten)]
    pub(crate) beside: BesideOptions,
    #[command(flatten)]
    pub(crate) output: OutputOption,
    /// Only this chart: create, kube-prometheus-stack, argo-cd, umbrella, or a folder's name
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Option<String>,
    /// Where the public charts are
    #[arg(long, value_name = "FOLDER")]
    pub(crate) charts: Option<PathBuf>,
    /// Make the charts in this folder, and leave them there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,
}

/// How releases are listed.
#[derive(Debug, clap::Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    pub(crate) beside: BesideOptions,
    #[command(flatten)]
    pub(crate) output: OutputOption,
}

/// What is done on a cluster, and how often.
#[derive(Debug, clap::Args)]
pub(crate) struct ClusterOptions {
    #[command(flatten)]
    pub(crate) beside: BesideOptions,
}

/// What is counted, and what becomes of it.
#[derive(Debug, clap::Args)]
pub(crate) struct CountsOptions {
    /// Compare the counts with those on record, and fail where they differ
    #[arg(long, conflicts_with = "update")]
    pub(crate) check: bool,
    /// Put the counts on record
    #[arg(long)]
    pub(crate) update: bool,
    /// The chartctl to look at [default: built with the release profile]
    #[arg(long, value_name = "FILE")]
    pub(crate) chartctl: Option<PathBuf>,
}

/// What every comparison of the two programs wants to know.
#[derive(Debug, clap::Args)]
pub(crate) struct BesideOptions {
    /// How often each program does each thing; the median counts
    #[arg(long, value_name = "N")]
    runs: Option<NonZeroUsize>,
    /// Fail unless chartctl is as much cheaper as it promises to be
    #[arg(long)]
    pub(crate) check: bool,
    /// The Helm to compare with [default: the one that the end-to-end tests build]
    #[arg(long, value_name = "FILE")]
    pub(crate) helm: Option<PathBuf>,
    /// The chartctl to look at [default: built with the release profile]
    #[arg(long, value_name = "FILE")]
    pub(crate) chartctl: Option<PathBuf>,
}

impl BesideOptions {
    /// Returns how often each program runs.
    pub(crate) fn runs(&self, default: usize) -> usize {
        self.runs.map_or(default, NonZeroUsize::get)
    }
}

/// `-o`.
#[derive(Debug, clap::Args)]
pub(crate) struct OutputOption {
    /// How the figures are printed
    #[arg(short, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Output,
}

/// How figures are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// For programs.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(args: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from([&["bench-helm"], args].concat())
    }

    #[test]
    fn a_comparison_is_what_is_done_unless_something_else_is_asked_for() {
        Args::command().debug_assert();
        let args = parse(&["--runs", "3", "--only", "create", "--check", "-o", "json"]).unwrap();
        assert!(args.command.is_none());
        assert_eq!(args.compare.beside.runs(11), 3);
        assert_eq!(args.compare.only.as_deref(), Some("create"));
        assert!(args.compare.beside.check);
        assert_eq!(args.compare.output.output, Output::Json);
        let args = parse(&["cluster", "--check"]).unwrap();
        let Some(Command::Cluster(options)) = args.command else { panic!("another command") };
        assert!(options.beside.check);
        assert_eq!(options.beside.runs(5), 5);
    }

    #[test]
    fn wrong_usage_is_refused() {
        for args in [
            &["--runs", "0"][..],
            &["--runs"],
            &["-o", "yaml"],
            &["counts", "--check", "--update"],
            &["cluster", "--runs", "0"],
            &["list", "--runs", "0"],
            &["what"],
        ] {
            assert!(parse(args).is_err(), "{args:?}");
        }
    }
}
