//! A copy of a chart with the dependencies that it is to have, and its values.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::table::Entry;

/// The files that a run works on.
pub(super) struct Files {
    folder: TempDir,
    chart: PathBuf,
}

impl Files {
    /// Prepares `entry` of the charts under `charts`, for a release in `namespace`.
    pub(super) fn of(entry: &Entry, charts: &Path, namespace: &str) -> Result<Self> {
        let folder = TempDir::new().context("making a temporary folder")?;
        let original = charts.join(entry.folder);
        let chart = if entry.borrowed.is_empty() && entry.without.is_empty() {
            original
        } else {
            let copied = folder.path().join(entry.name);
            copy(&original, &copied)?;
            complete(entry, charts, &copied)?;
            copied
        };
        for (name, text) in [("values.yaml", entry.values), ("changed.yaml", entry.changed)] {
            write(&folder.path().join(name), &text.replace("{namespace}", namespace))?;
        }
        Ok(Self { folder, chart })
    }

    pub(super) fn chart(&self) -> String {
        self.chart.display().to_string()
    }

    /// The values that the chart needs.
    pub(super) fn values(&self) -> String {
        self.folder.path().join("values.yaml").display().to_string()
    }

    /// The values of the upgrade, on top of the others.
    pub(super) fn changed(&self) -> String {
        self.folder.path().join("changed.yaml").display().to_string()
    }
}

fn complete(entry: &Entry, charts: &Path, chart: &Path) -> Result<()> {
    for (name, folder) in entry.borrowed {
        copy(&charts.join(folder), &chart.join("charts").join(name))?;
    }
    let path = chart.join("Chart.yaml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    write(&path, &without(&text, entry.without))
}

/// Leaves out the dependencies of these names.
fn without(text: &str, names: &[&str]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut skipping = false;
    for line in text.split_inclusive('\n') {
        let begins = line.trim_start().strip_prefix("- name: ");
        if let Some(name) = begins {
            skipping = names.contains(&name.trim());
        } else if !line.starts_with(' ') {
            skipping = false;
        }
        if !skipping {
            kept.push_str(line);
        }
    }
    kept
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copying = || format!("copying {}", from.display());
    fs::create_dir_all(to).with_context(copying)?;
    for entry in fs::read_dir(from).with_context(copying)? {
        let entry = entry.with_context(copying)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target).with_context(copying)?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_left_out_by_name() {
        let text = "name: a\ndependencies:\n  - name: b\n    version: 1\n  - name: c\n    version: 2\ntype: application\n";
        let expected = "name: a\ndependencies:\n  - name: c\n    version: 2\ntype: application\n";
        assert_eq!(without(text, &["b"]), expected);
        assert_eq!(without(text, &[]), text);
    }
}
