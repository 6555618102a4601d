//! The comparison: both programs on each chart, in turns.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::args::{CompareOptions, Output};
use crate::cases::{self, Case};
use crate::measure::{Cost, Desk, median};
use crate::report::{self, Row};
use crate::{print, programs, say, umbrella};

/// How often each program renders each chart unless told.
const RUNS: usize = 11;

/// The public charts that a promise is about.
const PUBLIC: [&str; 2] = ["kube-prometheus-stack", "argo-cd"];

/// Compares, prints, and returns whether all is well.
pub(crate) fn run(options: &CompareOptions) -> Result<bool> {
    let passing = tempfile::tempdir().context("making a folder to work in")?;
    let folder = options.keep.as_deref().unwrap_or(passing.path());
    let desk = Desk::new(folder)?;
    let folder = fs::canonicalize(folder).context("looking for the folder to work in")?;
    let bench = Bench {
        helm: programs::helm(options.beside.helm.as_deref())?,
        chartctl: programs::chartctl(options.beside.chartctl.as_deref())?,
        runs: options.beside.runs(RUNS),
        folder,
        desk,
    };
    let mut rows = Vec::new();
    for case in bench.cases(options)? {
        say(&format!("{}: {} runs of each", case.name, bench.runs));
        rows.push(bench.compare(&case)?);
    }
    print(&if options.output.output == Output::Json {
        report::json(&rows)
    } else {
        report::table(&rows)
    })?;
    let equal = rows.iter().all(|row| row.difference.is_none());
    Ok(equal && (!options.beside.check || rows.iter().all(Row::is_kept)))
}

struct Bench {
    helm: PathBuf,
    chartctl: PathBuf,
    runs: usize,
    folder: PathBuf,
    desk: Desk,
}

impl Bench {
    fn cases(&self, options: &CompareOptions) -> Result<Vec<Case>> {
        let wanted = |name: &str| options.only.as_deref().is_none_or(|only| only == name);
        let mut found = Vec::new();
        if wanted("create") {
            found.push(cases::create(&self.helm, &self.desk, &self.folder)?);
        }
        let charts = match &options.charts {
            Some(charts) => charts.clone(),
            None => programs::repository().join("../shared/charts/charts"),
        };
        if !charts.is_dir() {
            say(&format!("no public charts in {}: see --charts", charts.display()));
            return Ok(found);
        }
        for name in PUBLIC.into_iter().filter(|name| wanted(name)) {
            found.push(cases::public(&charts, name, &self.folder)?);
        }
        if wanted("umbrella") {
            say("umbrella: putting subcharts together");
            found.push(umbrella::make(&self.chartctl, &self.desk, &charts, &self.folder)?);
        }
        if let (true, Some(only)) = (found.is_empty(), &options.only) {
            found.push(cases::public(&charts, only, &self.folder)?);
        }
        Ok(found)
    }

    fn compare(&self, case: &Case) -> Result<Row> {
        let outputs = ["ours", "theirs", "theirs-again"].map(|name| self.folder.join(name));
        let [ours, theirs, again] = &outputs;
        let chart = &case.chart;
        self.desk.render(&self.helm, chart, again)?;
        let (mut helm, mut chartctl) = (Vec::new(), Vec::new());
        // In turns, so that whatever else the machine does meets both.
        for _ in 0..self.runs {
            helm.push(self.desk.render(&self.helm, chart, theirs)?);
            chartctl.push(self.desk.render(&self.chartctl, chart, ours)?);
        }
        Ok(Row {
            name: case.name.clone(),
            promise: case.promise,
            helm: median(&helm),
            chartctl: median(&chartctl),
            difference: difference(ours, theirs, again)?,
        })
    }
}

/// Returns the first difference between what both print. Lines that Helm itself prints one way or another, such
/// as random passwords, are passed over.
fn difference(ours: &Path, theirs: &Path, again: &Path) -> Result<Option<String>> {
    let (mut ours, mut theirs, mut again) = (lines(ours)?, lines(theirs)?, lines(again)?);
    for number in 1_usize.. {
        let [ours, theirs, again] = [next(&mut ours)?, next(&mut theirs)?, next(&mut again)?];
        if theirs.is_some() != again.is_some() {
            bail!("Helm does not print the same number of lines twice");
        }
        if ours.is_some() != theirs.is_some() {
            return Ok(Some(format!("one output ends before line {number}")));
        }
        if ours != theirs && theirs == again {
            let shown = |line: Option<String>| line.unwrap_or_default();
            return Ok(Some(format!(
                "line {number} is {:?}, with Helm {:?}",
                shown(ours),
                shown(theirs)
            )));
        }
        if ours.is_none() {
            break;
        }
    }
    Ok(None)
}

fn lines(path: &Path) -> Result<Lines<BufReader<File>>> {
    let file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(BufReader::new(file).lines())
}

fn next(lines: &mut Lines<BufReader<File>>) -> Result<Option<String>> {
    Ok(lines.next().transpose()?)
}

/// Returns how many times more the first costs than the second, in time and in memory.
#[expect(clippy::cast_precision_loss, reason = "a ratio needs no more than a few digits")]
pub(crate) fn ratios(helm: Cost, chartctl: Cost) -> (f64, f64) {
    let cpu = helm.cpu.as_secs_f64() / chartctl.cpu.as_secs_f64().max(1e-6);
    (cpu, helm.peak as f64 / (chartctl.peak.max(1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_equal_where_helm_agrees_with_itself() {
        let folder = tempfile::tempdir().unwrap();
        let check = |texts: [&str; 3], expected: Option<&str>| {
            let paths = ["a", "b", "c"].map(|name| folder.path().join(name));
            for (path, text) in paths.iter().zip(texts) {
                std::fs::write(path, text).unwrap();
            }
            let [ours, theirs, again] = &paths;
            assert_eq!(difference(ours, theirs, again).unwrap().as_deref(), expected, "{texts:?}");
        };
        check(["a\nb\n", "a\nb\n", "a\nb\n"], None);
        check(["a\nx\n", "a\ny\n", "a\nz\n"], None);
        check(["a\nx\n", "a\nb\n", "a\nb\n"], Some("line 2 is \"x\", with Helm \"b\""));
        check(["a\n", "a\nb\n", "a\nb\n"], Some("one output ends before line 2"));
    }
}
