//! The charts that are compared, made ready in a folder of their own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use value::{Value, yaml};

use crate::measure::Desk;

/// How many times less CPU time than Helm's chartctl promises to take, and how much of the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Promise {
    /// Helm's CPU time divided by ours.
    pub(crate) cpu: f64,
    /// Helm's peak memory divided by ours.
    pub(crate) peak: f64,
}

/// A chart to render.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The name in the report.
    pub(crate) name: String,
    /// The folder.
    pub(crate) chart: PathBuf,
    /// What is promised for it.
    pub(crate) promise: Promise,
}

/// What a chart of ordinary size is promised.
pub(crate) const ORDINARY: Promise = Promise { cpu: 10.0, peak: 0.0 };

/// Lets Helm make the chart that it makes for beginners.
pub(crate) fn create(helm: &Path, desk: &Desk, folder: &Path) -> Result<Case> {
    let chart = folder.join("small");
    let made = desk.command(helm).arg("create").arg(&chart).output().context("helm create")?;
    if !made.status.success() {
        bail!("helm create failed: {}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(Case { name: "create".to_owned(), chart, promise: ORDINARY })
}

/// Returns the chart of that name among the public ones.
pub(crate) fn public(charts: &Path, name: &str, folder: &Path) -> Result<Case> {
    let chart = complete(&find(charts, name)?, charts, &folder.join(name))?;
    Ok(Case { name: name.to_owned(), chart, promise: ORDINARY })
}

/// Finds the folder of a chart; folders are called after the repository and the path in it.
fn find(charts: &Path, name: &str) -> Result<PathBuf> {
    let found = folders(charts)?.into_iter().find(|folder| {
        let folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        folder == name || folder.ends_with(&format!("_{name}"))
    });
    found.with_context(|| format!("there is no chart {name} in {}", charts.display()))
}

/// Returns the folders in a folder, in order.
pub(crate) fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Copies a chart. Dependencies that it does not bring along are taken from the other public charts, and left
/// out where they are not among those.
pub(crate) fn complete(chart: &Path, charts: &Path, to: &Path) -> Result<PathBuf> {
    copy(chart, to)?;
    let mut about = metadata(to)?;
    let mut kept = Vec::new();
    for dependency in about.list_at(&["dependencies"]) {
        let name = dependency.str_at(&["name"]).unwrap_or_default();
        let brought = brings(to, name)?;
        match (brought, find(charts, name)) {
            (true, _) => kept.push(dependency.clone()),
            (false, Ok(other)) => {
                let mut dependency = dependency.clone();
                let version = metadata(&other)?.get("version").cloned().unwrap_or_default();
                dependency.set(&["version"], version);
                copy(&other, &to.join("charts").join(name))?;
                kept.push(dependency);
            }
            (false, Err(_)) => {}
        }
    }
    if kept.len() < about.list_at(&["dependencies"]).len() || !kept.is_empty() {
        about.set(&["dependencies"], Value::from(kept));
        store(to, &about)?;
    }
    Ok(to.to_owned())
}

/// Returns whether a chart has a dependency below `charts/`, as a folder or an archive.
fn brings(chart: &Path, name: &str) -> Result<bool> {
    let charts = chart.join("charts");
    if !charts.is_dir() {
        return Ok(false);
    }
    for entry in fs::read_dir(&charts)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let archive = file.strip_suffix(".tgz").and_then(|file| file.strip_prefix(name));
        let is_archive = archive.is_some_and(|rest| rest.starts_with('-'));
        if is_archive || (path.is_dir() && metadata(&path)?.str_at(&["name"]) == Some(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads a chart's Chart.yaml.
pub(crate) fn metadata(chart: &Path) -> Result<Value> {
    let path = chart.join("Chart.yaml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    yaml::from_str(&text).with_context(|| format!("reading {}", path.display()))
}

/// Writes a chart's Chart.yaml.
pub(crate) fn store(chart: &Path, metadata: &Value) -> Result<()> {
    let path = chart.join("Chart.yaml");
    fs::write(&path, yaml::to_string(metadata))
        .with_context(|| format!("writing {}", path.display()))
}

/// Copies a folder with everything in it; the copy may be written to.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            fs::write(&target, bytes).with_context(|| format!("writing {}", target.display()))?;
        }
    }
    Ok(())
}

/// Returns how many bytes the files below a folder have together.
pub(crate) fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { size(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(folder: &Path, about: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("Chart.yaml"), about).unwrap();
    }

    #[test]
    fn dependencies_are_taken_from_the_other_charts_or_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let charts = folder.path().join("charts");
        let app = charts.join("org_repo__app");
        let dependencies =
            "- {name: own, version: 1.x}\n- {name: other, version: 9.9.9}\n- {name: none}\n";
        chart(&app, &format!("name: app\nversion: 1.0.0\ndependencies:\n{dependencies}"));
        chart(&app.join("charts/own"), "name: own\nversion: 1.0.0\n");
        chart(&charts.join("org_repo__charts_other"), "name: other\nversion: 2.0.0\n");
        let case = public(&charts, "app", &folder.path().join("work")).unwrap();
        let about = metadata(&case.chart).unwrap();
        assert_eq!(
            about.get("dependencies").map(ToString::to_string).as_deref(),
            Some(r#"[{"name":"own","version":"1.x"},{"name":"other","version":"2.0.0"}]"#)
        );
        assert!(case.chart.join("charts/other/Chart.yaml").is_file());
        assert!(public(&charts, "app2", folder.path()).is_err());
    }
}
