//! What is on disk, for looking at: a chart's folder, or an archive as if it were unpacked.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chart::{Chartfile, Limits};
use lint::{Entry, Subject};

use crate::error::{chain, file_error_text};
use crate::path::clean;

/// How large a file may be that is read, in bytes.
const LIMIT: u64 = 100 << 20;

/// Returns the chart at `path`, or why there is none to look at, in Helm's words.
pub(super) fn subject(path: &str) -> Result<Subject, String> {
    if is_archive(path) { unpacked(path) } else { folder(path) }
}

/// Returns the charts below the folder `charts` of a chart, at any depth, in lexical order.
pub(super) fn subcharts(path: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(&clean(&Path::new(path).join("charts")), &mut found);
    found
}

fn is_archive(path: &str) -> bool {
    [".tgz", ".tar.gz"].iter().any(|ending| path.ends_with(ending))
}

fn walk(path: &Path, found: &mut Vec<String>) {
    // Links are not followed, as in Go's walk.
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    let shown = path.to_string_lossy();
    if path.file_name().is_some_and(|name| name == "Chart.yaml") {
        found.extend(path.parent().map(|parent| parent.to_string_lossy().into_owned()));
    } else if is_archive(&shown) {
        found.push(shown.into_owned());
    }
    if metadata.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let mut below: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        below.sort();
        for path in below {
            walk(&path, found);
        }
    }
}

fn folder(path: &str) -> Result<Subject, String> {
    let chart_yaml = clean(&Path::new(path).join("Chart.yaml"));
    fs::metadata(&chart_yaml).map_err(|error| {
        let why = file_error_text("stat", &chart_yaml.to_string_lossy(), &error);
        format!("unable to check Chart.yaml file in chart: {why}")
    })?;
    let root = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    let root = clean(&root);
    Ok(Subject {
        path: root.to_string_lossy().into_owned(),
        chart_yaml: file(&root.join("Chart.yaml")),
        values: file(&root.join("values.yaml")),
        schema: file(&root.join("values.schema.json")),
        templates: place(&root.join("templates")),
        crds: place(&root.join("crds")),
        chart: chart::load_draft(&root),
    })
}

/// Returns what stands at `path`, with its content if it is a file.
fn file(path: &Path) -> Entry {
    match place(path) {
        Entry::File(_) => match read(path) {
            Ok(data) => Entry::File(Arc::from(data)),
            Err(why) => Entry::Unreadable(why),
        },
        other => other,
    }
}

/// Returns what stands at `path`, without its content.
fn place(path: &Path) -> Entry {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Entry::Folder,
        Ok(_) => Entry::File(Arc::from([])),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Entry::Missing,
        Err(error) => Entry::Unreadable(file_error_text("stat", &path.to_string_lossy(), &error)),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error| file_error_text("open", &path.to_string_lossy(), &error);
    let mut data = Vec::new();
    let mut file = fs::File::open(path).map_err(failed)?.take(LIMIT + 1);
    file.read_to_end(&mut data).map_err(failed)?;
    if data.len() as u64 > LIMIT {
        return Err(format!("read {}: larger than {LIMIT} bytes", path.display()));
    }
    Ok(data)
}

/// Returns an archive as if it were unpacked: its chart has a folder of its name.
fn unpacked(path: &str) -> Result<Subject, String> {
    let bytes = read(Path::new(path)).map_err(|why| format!("unable to open tarball: {why}"))?;
    let failed = |why: String| format!("unable to extract tarball: {why}");
    let files =
        chart::archive_files(&bytes, &Limits::default()).map_err(|error| failed(chain(&error)))?;
    let chart_yaml = files.iter().find(|file| file.name == "Chart.yaml");
    let name = chart_yaml.map(|file| Chartfile::read(&file.data)).transpose();
    let name = name.map_err(|error| failed(chain(&error)))?.map(|chart| chart.metadata.name);
    let problem = match name.as_deref().unwrap_or_default() {
        "" => Some("chart name not specified".to_owned()),
        name @ ("." | "..") => Some(format!("chart name {name:?} is not allowed")),
        name if name.contains('/') => {
            Some(format!("chart name {} must not contain path separators", value::quote(name)))
        }
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(failed(problem));
    }
    let root = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    Ok(Subject::of_files(clean(&root).to_string_lossy(), files))
}

#[cfg(test)]
mod tests {
    use super::subcharts;

    #[test]
    fn subcharts_are_found_at_any_depth() {
        let root = tempfile::tempdir().unwrap();
        let charts = ["charts/b/charts/c/Chart.yaml", "charts/b/Chart.yaml", "charts/a-1.tgz"];
        for name in charts {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let start = format!("{}/", root.path().display());
        let found = subcharts(root.path().to_str().unwrap());
        let found: Vec<_> = found.iter().map(|path| path.replace(&start, "")).collect();
        assert_eq!(found, ["charts/a-1.tgz", "charts/b", "charts/b/charts/c"]);
    }
}
