//! Instruction counts: the same on a busy machine as on an idle one, so that a change shows that no clock would
//! show. They depend on the compiler and the C library, which is why the compiler is on record too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::args::CountsOptions;
use crate::measure::Desk;
use crate::{print, programs};

/// The charts of the repository that are counted.
const CHARTS: [&str; 3] =
    ["charts/examples/helm/guestbook", "charts/examples/helm/batch", "charts/operator"];

/// By how much a count may differ from the one on record, in percent.
const TOLERANCE: u64 = 3;

/// Counts, prints, and returns whether all is as it is on record.
pub(crate) fn run(options: &CountsOptions) -> Result<bool> {
    let folder = tempfile::tempdir().context("making a folder to work in")?;
    let desk = Desk::new(folder.path())?;
    let chartctl = programs::chartctl(options.chartctl.as_deref())?;
    let mut counts = BTreeMap::new();
    for chart in CHARTS {
        let path = programs::repository().join(chart);
        counts.insert(chart.to_owned(), count(&desk, &chartctl, &path)?);
    }
    let compiler = compiler()?;
    if options.update {
        let record = json!({"compiler": compiler, "instructions": counts});
        fs::write(record_path(), format!("{record:#}\n")).context("writing the record")?;
    }
    let record = Record::read()?;
    print(&table(&counts, &record.counts))?;
    if record.compiler != compiler {
        print(&format!("the record is of {}, this is {compiler}\n", record.compiler))?;
    }
    let same = |(chart, count): (&String, &u64)| {
        record.counts.get(chart).is_some_and(|known| is_near(*count, *known))
    };
    Ok(!options.check || counts.iter().all(same))
}

/// The counts on record.
struct Record {
    compiler: String,
    counts: BTreeMap<String, u64>,
}

impl Record {
    fn read() -> Result<Self> {
        let text = fs::read_to_string(record_path()).context("reading the record")?;
        let record: serde_json::Value =
            serde_json::from_str(&text).context("reading the record")?;
        let counts = record.get("instructions").and_then(serde_json::Value::as_object);
        let counts = counts.into_iter().flatten();
        let compiler = record.get("compiler").and_then(serde_json::Value::as_str);
        Ok(Self {
            compiler: compiler.unwrap_or_default().to_owned(),
            counts: counts.filter_map(|(k, v)| Some((k.clone(), v.as_u64()?))).collect(),
        })
    }
}

fn record_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.json")
}

/// Renders a chart under valgrind.
fn count(desk: &Desk, chartctl: &Path, chart: &Path) -> Result<u64> {
    let ran = desk
        .command(Path::new("valgrind"))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(chartctl)
        .args(["template", "rel"])
        .arg(chart)
        .stdout(Stdio::null())
        .output()
        .context("starting valgrind, which counts instructions and is to be on PATH")?;
    let said = String::from_utf8_lossy(&ran.stderr);
    if !ran.status.success() {
        bail!("chartctl cannot render {}: {said}", chart.display());
    }
    let count =
        said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.with_context(|| format!("valgrind does not say how many instructions: {said}"))
}

fn compiler() -> Result<String> {
    let version = Command::new("rustc").arg("--version").output().context("starting rustc")?;
    let version = String::from_utf8_lossy(&version.stdout);
    Ok(version.split(" (").next().unwrap_or_default().trim().to_owned())
}

fn is_near(count: u64, known: u64) -> bool {
    count.abs_diff(known).saturating_mul(100) <= known.saturating_mul(TOLERANCE)
}

#[expect(clippy::cast_precision_loss, reason = "a tenth of a percent is enough")]
fn table(counts: &BTreeMap<String, u64>, record: &BTreeMap<String, u64>) -> String {
    let row = |(chart, count): (&String, &u64)| match record.get(chart) {
        Some(known) => {
            let change = (*count as f64 / (*known).max(1) as f64 - 1.0) * 100.0;
            let verdict = if is_near(*count, *known) { "" } else { "  differs" };
            format!("{chart:<34}{count:>14}{known:>14}{change:>+8.1}%{verdict}\n")
        }
        None => format!("{chart:<34}{count:>14}{:>14}\n", "-"),
    };
    let head = format!("{:<34}{:>14}{:>14}{:>9}\n", "CHART", "INSTRUCTIONS", "ON RECORD", "CHANGE");
    std::iter::once(head).chain(counts.iter().map(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_may_differ_a_little_from_the_record() {
        let check = |count, known, expected| assert_eq!(is_near(count, known), expected, "{count}");
        check(1000, 1000, true);
        check(1030, 1000, true);
        check(970, 1000, true);
        check(1031, 1000, false);
        check(0, 1000, false);
    }

    #[test]
    fn the_record_is_of_the_charts_that_are_counted() {
        let record = Record::read().unwrap();
        let charts: Vec<_> = record.counts.keys().map(String::as_str).collect();
        let mut expected = CHARTS;
        expected.sort_unstable();
        assert_eq!(charts, expected);
        for chart in CHARTS {
            assert!(programs::repository().join(chart).join("Chart.yaml").is_file(), "{chart}");
        }
    }

    #[test]
    fn a_table_shows_what_has_changed() {
        let counts = BTreeMap::from([("a".to_owned(), 1100), ("b".to_owned(), 5)]);
        let record = BTreeMap::from([("a".to_owned(), 1000)]);
        let table = table(&counts, &record);
        assert!(table.contains("+10.0%  differs\n"), "{table}");
        assert!(table.ends_with("-\n"), "{table}");
    }
}
