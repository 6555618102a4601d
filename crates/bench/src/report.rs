//! What is printed about a comparison.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

use crate::cases::Promise;
use crate::compare::ratios;
use crate::measure::Cost;

/// A chart with what both programs cost.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The chart.
    pub(crate) name: String,
    /// What is promised for it.
    pub(crate) promise: Promise,
    /// The median of Helm.
    pub(crate) helm: Cost,
    /// The median of chartctl.
    pub(crate) chartctl: Cost,
    /// The first difference between what both print.
    pub(crate) difference: Option<String>,
}

impl Row {
    /// Returns whether chartctl is as much cheaper as it promises.
    pub(crate) fn is_kept(&self) -> bool {
        let (cpu, peak) = ratios(self.helm, self.chartctl);
        cpu >= self.promise.cpu && peak >= self.promise.peak
    }
}

/// Returns a table for people.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut out = format!(
        "{:<24}{:>12}{:>12}{:>9}{:>9}{:>12}{:>12}{:>9}{:>9}\n",
        "CHART", "HELM CPU", "OURS", "RATIO", "WANTED", "HELM PEAK", "OURS", "RATIO", "WANTED"
    );
    for row in rows {
        let (cpu, peak) = ratios(row.helm, row.chartctl);
        let _ok = writeln!(
            out,
            "{:<24}{:>12}{:>12}{:>9}{:>9}{:>12}{:>12}{:>9}{:>9}",
            row.name,
            time(row.helm.cpu),
            time(row.chartctl.cpu),
            times(cpu),
            wanted(row.promise.cpu),
            size(row.helm.peak),
            size(row.chartctl.peak),
            times(peak),
            wanted(row.promise.peak),
        );
    }
    for row in rows {
        if let Some(difference) = &row.difference {
            let _ok = writeln!(out, "{}: the outputs differ: {difference}", row.name);
        }
        if !row.is_kept() {
            let _ok = writeln!(out, "{}: less than is promised", row.name);
        }
    }
    out
}

/// Returns the same for programs: times in seconds, memory in bytes.
pub(crate) fn json(rows: &[Row]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let (cpu, peak) = ratios(row.helm, row.chartctl);
            let cost = |cost: Cost| json!({"cpu": cost.cpu.as_secs_f64(), "peak": cost.peak});
            json!({
                "chart": row.name,
                "helm": cost(row.helm),
                "chartctl": cost(row.chartctl),
                "ratio": {"cpu": cpu, "peak": peak},
                "wanted": {"cpu": row.promise.cpu, "peak": row.promise.peak},
                "kept": row.is_kept(),
                "difference": row.difference,
            })
        })
        .collect();
    format!("{:#}\n", json!(rows))
}

fn time(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "a tenth of a megabyte is enough")]
fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn times(ratio: f64) -> String {
    format!("{ratio:.1}x")
}

fn wanted(ratio: f64) -> String {
    if ratio > 0.0 { format!("{ratio}x") } else { "-".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_shows_ratios_and_what_is_wrong() {
        let cost = |ms, peak| Cost { cpu: Duration::from_millis(ms), peak };
        let row = Row {
            name: "create".to_owned(),
            promise: Promise { cpu: 10.0, peak: 0.0 },
            helm: cost(45, 48_000_000),
            chartctl: cost(5, 12_000_000),
            difference: Some("line 1".to_owned()),
        };
        assert_eq!(
            table(&[row]),
            "CHART                       HELM CPU        OURS    RATIO   WANTED   HELM PEAK        OURS    RATIO   WANTED\n\
             create                       45.0 ms      5.0 ms     9.0x      10x     48.0 MB     12.0 MB     4.0x        -\n\
             create: the outputs differ: line 1\n\
             create: less than is promised\n"
        );
    }
}
