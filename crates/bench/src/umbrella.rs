//! A chart of sixty subcharts, made of the public ones.
//!
//! Charts that go on strike beside others (templates share one namespace, so that of two libraries of one name
//! the later one counts for both) are left out, and so are those that make up keys and passwords: that takes
//! its time, whatever renders the chart. Where there are fewer than sixty, some come several times, under
//! other names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use value::Value;

use crate::cases::{Case, Promise, complete, copy, folders, metadata, size, store};
use crate::measure::Desk;

/// How many subcharts there are.
const SUBCHARTS: usize = 60;

/// How large one of them may be, in bytes: together they must stay below the 100 MiB that Helm takes.
const LARGEST: u64 = (100 << 20) / SUBCHARTS as u64;

/// What is promised for it.
const PROMISE: Promise = Promise { cpu: 25.0, peak: 8.0 };

/// Makes the umbrella; `chartctl` finds out which charts can be in it.
pub(crate) fn make(chartctl: &Path, desk: &Desk, charts: &Path, folder: &Path) -> Result<Case> {
    let out = folder.join("umbrella.out");
    let mut ready = Vec::new();
    for chart in folders(charts)? {
        let name = chart.file_name().unwrap_or_default();
        let chart = complete(&chart, charts, &folder.join("parts").join(name))?;
        if size(&chart)? <= LARGEST && is_steady(chartctl, desk, &chart, &out)? {
            ready.push(chart);
        }
    }
    let chart = folder.join("umbrella");
    loop {
        if ready.is_empty() {
            bail!("no chart of {} can be a subchart", charts.display());
        }
        let names = assemble(&ready, &chart)?;
        let Err(refusal) = desk.render(chartctl, &chart, &out) else {
            let promise = PROMISE;
            return Ok(Case { name: "umbrella".to_owned(), chart, promise });
        };
        let refusal = refusal.to_string();
        let guilty =
            names.iter().position(|name| refusal.contains(&format!("umbrella/charts/{name}/")));
        let guilty = guilty.with_context(|| format!("whose fault is this? {refusal}"))?;
        ready.remove(guilty % ready.len());
    }
}

/// Returns whether a chart can be rendered, and says the same twice.
fn is_steady(chartctl: &Path, desk: &Desk, chart: &Path, out: &Path) -> Result<bool> {
    if desk.render(chartctl, chart, out).is_err() {
        return Ok(false);
    }
    let first = fs::read(out).context("reading what a chart says")?;
    desk.render(chartctl, chart, out)?;
    Ok(first == fs::read(out).context("reading what a chart says")?)
}

/// Puts the charts together, over and over until there are enough; returns their names.
fn assemble(ready: &[PathBuf], umbrella: &Path) -> Result<Vec<String>> {
    if umbrella.exists() {
        fs::remove_dir_all(umbrella).context("removing an umbrella")?;
    }
    let mut taken = BTreeSet::new();
    let (mut names, mut dependencies) = (Vec::new(), Vec::new());
    for chart in ready.iter().cycle().take(SUBCHARTS) {
        let mut about = metadata(chart)?;
        let own = about.str_at(&["name"]).unwrap_or_default().to_owned();
        let name = free_name(&own, &mut taken);
        let to = umbrella.join("charts").join(&name);
        copy(chart, &to)?;
        about.set(&["name"], Value::from(name.as_str()));
        store(&to, &about)?;
        let version = about.get("version").cloned().unwrap_or_default();
        let repository = Value::from(format!("file://charts/{name}"));
        let fields = [
            ("name", Value::from(name.as_str())),
            ("version", version),
            ("repository", repository),
        ];
        dependencies.push(fields.into_iter().collect());
        names.push(name);
    }
    let about = [
        ("apiVersion", Value::from("v2")),
        ("name", Value::from("umbrella")),
        ("version", Value::from("1.0.0")),
        ("dependencies", Value::from(dependencies)),
    ];
    store(umbrella, &about.into_iter().collect())?;
    Ok(names)
}

/// Returns the name, with a number behind it when it is taken.
fn free_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| taken.insert(name.clone())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_umbrella_has_sixty_subcharts_of_different_names() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("part");
        fs::create_dir_all(&part).unwrap();
        fs::write(part.join("Chart.yaml"), "name: part\nversion: 1.2.3\n").unwrap();
        let umbrella = folder.path().join("umbrella");
        let names = assemble(&[part.clone(), part], &umbrella).unwrap();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), SUBCHARTS);
        let last = metadata(&umbrella.join("charts/part-60")).unwrap();
        assert_eq!(last.str_at(&["name"]), Some("part-60"));
        let about = metadata(&umbrella).unwrap();
        assert_eq!(about.list_at(&["dependencies"]).len(), SUBCHARTS);
    }
}
