//! Rules about dependencies: what is declared and what is in `charts/` are the same, each once.

use std::collections::BTreeSet;

use chart::Chart;

use crate::Subject;
use crate::finding::{Finding, Findings};

/// Checks the dependencies of the chart, which are those it has after loading.
pub(crate) fn check(subject: &Subject, findings: &mut Vec<Finding>) {
    let chart = match &subject.chart {
        Ok(chart) => chart,
        Err(error) => {
            return Findings::of("", findings).unloadable("unable to load chart\n\t", error);
        }
    };
    let mut found = Findings::of(&subject.path, findings);
    let undeclared = undeclared(chart);
    if !undeclared.is_empty() {
        found.error(format!(
            "chart metadata is missing these dependencies: {}",
            undeclared.join(",")
        ));
    }
    let shadowing = shadowing(chart);
    if !shadowing.is_empty() {
        found.error(format!("multiple dependencies with name or alias: {}", shadowing.join(",")));
    }
    let absent = absent(chart);
    if !absent.is_empty() {
        found.warning(format!(
            "chart directory is missing these dependencies: {}",
            absent.join(",")
        ));
    }
}

fn undeclared(chart: &Chart) -> Vec<&str> {
    let declared: BTreeSet<&str> =
        chart.metadata.dependencies.iter().map(|one| &*one.name).collect();
    chart.subcharts.iter().map(Chart::name).filter(|name| !declared.contains(name)).collect()
}

fn absent(chart: &Chart) -> Vec<&str> {
    let there: BTreeSet<&str> = chart.subcharts.iter().map(Chart::name).collect();
    let declared = chart.metadata.dependencies.iter().map(|one| &*one.name);
    declared.filter(|name| !there.contains(name)).collect()
}

fn shadowing(chart: &Chart) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let keys = chart.metadata.dependencies.iter().map(chart::Dependency::key);
    keys.filter(|key| !seen.insert(*key)).collect()
}
