//! Charts that people use, with what Helm prints for them.
//!
//! Where a chart makes up passwords, certificates or times, Helm ran twice: the lines on which it agrees with itself
//! are compared, and how many there are.
//!
//! A chart may have come here without the subcharts that it had for Helm: then what counts is that it is refused for
//! that.

use std::fmt::Write as _;
use std::path::Path;

use value::Value;

use crate::golden::{compare_all, failed_alike, message, same, shared};
use crate::run::chartctl;

#[test]
fn charts_that_people_use_print_what_helm_prints() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("charts");
    let text = std::fs::read_to_string(folder.join("cases.json")).unwrap();
    let document = value::yaml::from_str(&text).unwrap();
    let cases: Vec<Case> = document.as_list().unwrap().iter().map(Case::read).collect();
    assert!(!cases.is_empty());
    compare_all("real", &cases, Case::name, |case| case.check(&folder));
}

struct Case {
    number: String,
    chart: String,
    /// Files of values, below the chart's folder.
    values: Vec<String>,
    /// Whether Helm refuses it.
    refused: bool,
    /// Whether Helm prints the same every time.
    stable: bool,
}

impl Case {
    fn read(case: &Value) -> Self {
        let text = |key: &str| case.str_at(&[key]).unwrap().to_owned();
        let values = case.list_at(&["values"]).iter();
        Self {
            number: text("case"),
            chart: text("chart"),
            values: values.map(|file| file.as_str().unwrap().to_owned()).collect(),
            refused: case.get("exit").and_then(Value::as_i64) != Some(0),
            stable: case.get("stable") == Some(&Value::Bool(true)),
        }
    }

    fn name(&self) -> String {
        self.number.clone()
    }

    fn check(&self, folder: &Path) -> Result<(), String> {
        let files: Vec<String> =
            self.values.iter().map(|file| format!("{}/{file}", self.chart)).collect();
        let mut args = vec!["template", "rel", &self.chart, "--namespace", "ns1"];
        args.extend(files.iter().flat_map(|file| ["-f", file]));
        let run = chartctl(&folder.join("charts"), &args, "", &[]);
        let golden = |ending: &str| {
            let path = folder.join(format!("golden/{}.{ending}", self.number));
            std::fs::read_to_string(path).unwrap()
        };
        let checked = if !self.refused && lacks_subcharts(&folder.join("charts").join(&self.chart))
        {
            let first = message(&run.stderr).unwrap_or_default();
            let expected = "an error occurred while checking for chart dependencies.";
            if first.starts_with(expected) { Ok(()) } else { Err(run.stderr.clone()) }
        } else if self.refused {
            let helms = golden("err");
            let first = message(&helms).and_then(|text| text.lines().next());
            failed_alike(first.unwrap_or_default(), &run)
        } else if run.code != Some(0) {
            Err(format!("was refused: {}", run.stderr))
        } else if self.stable {
            same("stdout", &golden("out"), &run.stdout)
        } else {
            same_where_stable(&golden("out"), &golden("alt"), &run.stdout)
        };
        checked.map_err(|difference| format!("{} {:?}\n{difference}", self.chart, self.values))
    }
}

/// Returns whether a dependency that Chart.yaml names is missing below `charts/`.
fn lacks_subcharts(chart: &Path) -> bool {
    let text = std::fs::read_to_string(chart.join("Chart.yaml")).unwrap();
    let metadata = value::yaml::from_str(&text).unwrap();
    let entries = std::fs::read_dir(chart.join("charts")).into_iter().flatten();
    let present: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let is_there = |name: &str| {
        present.iter().any(|file| {
            file.strip_prefix(name).is_some_and(|rest| {
                rest.is_empty()
                    || rest.strip_suffix(".tgz").is_some_and(|rest| rest.starts_with('-'))
            })
        })
    };
    let names = metadata.list_at(&["dependencies"]).iter().filter_map(|one| one.str_at(&["name"]));
    names.into_iter().any(|name| !is_there(name))
}

/// Compares the lines on which both runs of Helm agree.
fn same_where_stable(one: &str, other: &str, ours: &str) -> Result<(), String> {
    if one.split('\n').count() != ours.split('\n').count() {
        return same("the number of lines", one, ours);
    }
    let mut out = String::new();
    let lines = one.split('\n').zip(other.split('\n')).zip(ours.split('\n'));
    for (number, ((one, other), ours)) in lines.enumerate() {
        if one == other && one != ours {
            let _ok = writeln!(out, "line {}\n- {one:?}\n+ {ours:?}", number + 1);
        }
    }
    if out.is_empty() { Ok(()) } else { Err(out) }
}
