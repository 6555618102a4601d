//! The command line.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Compare chartctl with Helm: CPU time and peak memory of whole processes, and what they print.

Usage: cargo bench-helm [OPTIONS]
       cargo bench-helm counts [--check | --update] [--chartctl FILE]
       cargo bench-helm list [--runs N] [--check] [-o json] [--helm FILE] [--chartctl FILE]
       cargo bench-helm cluster [--runs N] [--check] [--helm FILE] [--chartctl FILE]

Without a command, `template` of both is run side by side on the chart of `helm create`, on
kube-prometheus-stack, on argo-cd, and on an umbrella of 60 subcharts. All but the first need a folder of
public charts, which is ../shared/charts/charts if it is there.

Options:
  --runs N          How often each program renders each chart; the median counts [default: 11]
  --only NAME       Only this chart: create, kube-prometheus-stack, argo-cd, umbrella, or a folder's name
  --charts FOLDER   Where the public charts are
  --keep FOLDER     Make the charts in this folder, and leave them there
  --check           Fail unless chartctl is as much cheaper as it promises to be
  -o json           Print JSON instead of a table
  --helm FILE       The Helm to compare with [default: the one that the end-to-end tests build]
  --chartctl FILE   The chartctl to look at [default: built with the release profile]
  -h, --help        Print this

Commands:
  counts            Count the instructions of chartctl on three charts of the repository, by valgrind:
                    --check compares them with those on record, --update puts them on record
  list              Run `list -A` of both over 200 releases of 10 revisions, on a control plane of its own
  cluster           Install a chart of 300 objects and change one of them, on a control plane of its own: time,
                    CPU time, peak memory and requests; --check fails where a promise is not kept
";

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Args {
    /// The text above.
    Help,
    /// The comparison.
    Compare(CompareOptions),
    /// Instruction counts.
    Counts(CountsOptions),
    /// Lists of releases.
    List(ListOptions),
    /// Both programs on a cluster.
    Cluster(ClusterOptions),
}

/// What is compared, and how.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CompareOptions {
    /// Runs of each program on each chart.
    pub(crate) runs: Option<usize>,
    /// The only chart.
    pub(crate) only: Option<String>,
    /// The folder of public charts.
    pub(crate) charts: Option<PathBuf>,
    /// The folder to work in.
    pub(crate) keep: Option<PathBuf>,
    /// Whether too low a ratio is a failure.
    pub(crate) check: bool,
    /// Whether JSON is printed.
    pub(crate) json: bool,
    /// Helm.
    pub(crate) helm: Option<PathBuf>,
    /// chartctl.
    pub(crate) chartctl: Option<PathBuf>,
}

/// How releases are listed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ListOptions {
    /// Runs of each program.
    pub(crate) runs: Option<usize>,
    /// Whether too low a ratio is a failure.
    pub(crate) check: bool,
    /// Whether JSON is printed.
    pub(crate) json: bool,
    /// Helm.
    pub(crate) helm: Option<PathBuf>,
    /// chartctl.
    pub(crate) chartctl: Option<PathBuf>,
}

/// What is counted, and what becomes of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CountsOptions {
    /// Whether the counts are compared with those on record.
    pub(crate) check: bool,
    /// Whether they are put on record.
    pub(crate) update: bool,
    /// chartctl.
    pub(crate) chartctl: Option<PathBuf>,
}

/// What is done on a cluster, and how often.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ClusterOptions {
    /// Runs of each program.
    pub(crate) runs: Option<usize>,
    /// Whether too low a ratio is a failure.
    pub(crate) check: bool,
    /// Helm.
    pub(crate) helm: Option<PathBuf>,
    /// chartctl.
    pub(crate) chartctl: Option<PathBuf>,
}

impl Args {
    /// Reads the arguments, the program's name left out.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let mut args = args.into_iter().peekable();
        if args.next_if(|first| first == OsStr::new("counts")).is_some() {
            return counts(args);
        }
        if args.next_if(|first| first == OsStr::new("list")).is_some() {
            return list(args);
        }
        if args.next_if(|first| first == OsStr::new("cluster")).is_some() {
            return cluster(args);
        }
        let mut options = CompareOptions::default();
        while let Some(arg) = args.next() {
            match arg.to_str() {
                Some("-h" | "--help") => return Ok(Self::Help),
                Some("--check") => options.check = true,
                Some("--runs") => {
                    let runs = text(&mut args, "--runs")?.parse().context("--runs")?;
                    options.runs = Some(runs);
                }
                Some("--only") => options.only = Some(text(&mut args, "--only")?),
                Some("--charts") => options.charts = Some(value(&mut args, "--charts")?.into()),
                Some("--keep") => options.keep = Some(value(&mut args, "--keep")?.into()),
                Some("--helm") => options.helm = Some(value(&mut args, "--helm")?.into()),
                Some("--chartctl") => {
                    options.chartctl = Some(value(&mut args, "--chartctl")?.into());
                }
                Some("-o") => match text(&mut args, "-o")?.as_str() {
                    "json" => options.json = true,
                    other => bail!("unknown format {other}; there is json"),
                },
                _ => bail!("unknown argument {}; try --help", arg.display()),
            }
        }
        if options.runs == Some(0) {
            bail!("--runs must be at least 1");
        }
        Ok(Self::Compare(options))
    }
}

fn counts(mut args: impl Iterator<Item = OsString>) -> Result<Args> {
    let mut options = CountsOptions::default();
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("-h" | "--help") => return Ok(Args::Help),
            Some("--check") => options.check = true,
            Some("--update") => options.update = true,
            Some("--chartctl") => options.chartctl = Some(value(&mut args, "--chartctl")?.into()),
            _ => bail!("unknown argument {}; try --help", arg.display()),
        }
    }
    if options.check && options.update {
        bail!("--check and --update exclude each other");
    }
    Ok(Args::Counts(options))
}

fn cluster(mut args: impl Iterator<Item = OsString>) -> Result<Args> {
    let mut options = ClusterOptions::default();
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("-h" | "--help") => return Ok(Args::Help),
            Some("--check") => options.check = true,
            Some("--runs") => {
                options.runs = Some(text(&mut args, "--runs")?.parse().context("--runs")?);
            }
            Some("--helm") => options.helm = Some(value(&mut args, "--helm")?.into()),
            Some("--chartctl") => options.chartctl = Some(value(&mut args, "--chartctl")?.into()),
            _ => bail!("unknown argument {}; try --help", arg.display()),
        }
    }
    if options.runs == Some(0) {
        bail!("--runs must be at least 1");
    }
    Ok(Args::Cluster(options))
}

fn list(mut args: impl Iterator<Item = OsString>) -> Result<Args> {
    let mut options = ListOptions::default();
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("-h" | "--help") => return Ok(Args::Help),
            Some("--check") => options.check = true,
            Some("--runs") => {
                options.runs = Some(text(&mut args, "--runs")?.parse().context("--runs")?);
            }
            Some("--helm") => options.helm = Some(value(&mut args, "--helm")?.into()),
            Some("--chartctl") => options.chartctl = Some(value(&mut args, "--chartctl")?.into()),
            Some("-o") => match text(&mut args, "-o")?.as_str() {
                "json" => options.json = true,
                other => bail!("unknown format {other}; there is json"),
            },
            _ => bail!("unknown argument {}; try --help", arg.display()),
        }
    }
    if options.runs == Some(0) {
        bail!("--runs must be at least 1");
    }
    Ok(Args::List(options))
}

fn value(args: &mut impl Iterator<Item = OsString>, flag: &str) -> Result<OsString> {
    args.next().with_context(|| format!("{flag} wants a value"))
}

fn text(args: &mut impl Iterator<Item = OsString>, flag: &str) -> Result<String> {
    let value = value(args, flag)?;
    value.into_string().ok().with_context(|| format!("{flag} wants text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(args: &[&str], expected: Option<&Args>) {
        assert_eq!(Args::parse(args.iter().map(Into::into)).ok().as_ref(), expected, "{args:?}");
    }

    #[test]
    fn a_comparison_is_what_is_done_unless_counts_are_asked_for() {
        check(&[], Some(&Args::Compare(CompareOptions::default())));
        let options = CompareOptions {
            runs: Some(3),
            only: Some("create".to_owned()),
            check: true,
            json: true,
            ..CompareOptions::default()
        };
        let args = ["--runs", "3", "--only", "create", "--check", "-o", "json"];
        check(&args, Some(&Args::Compare(options)));
        let options = CountsOptions { check: true, ..CountsOptions::default() };
        check(&["counts", "--check"], Some(&Args::Counts(options)));
        let options = ClusterOptions { runs: Some(2), check: true, ..ClusterOptions::default() };
        check(&["cluster", "--check", "--runs", "2"], Some(&Args::Cluster(options)));
        let options = ListOptions { runs: Some(3), json: true, ..ListOptions::default() };
        check(&["list", "--runs", "3", "-o", "json"], Some(&Args::List(options)));
        check(&["--help"], Some(&Args::Help));
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
            check(args, None);
        }
    }
}
