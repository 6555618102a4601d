//! Putting the charts in that a chart depends on and that lie in folders beside it: `--dependency-update`.
//!
//! The chart on disk stays as it is. Dependencies from repositories are not fetched yet.

use std::path::{Path, PathBuf};

use chart::{Chart, Dependency, Fit};

use crate::error::CliError;
use crate::failure;

/// Returns `chart`, which lies at `folder` if it is on this machine, with what it lacks.
pub(in crate::commands) fn complete(
    mut chart: Chart,
    folder: Option<&Path>,
) -> Result<Chart, CliError> {
    let has = |chart: &Chart, name: &str| chart.subcharts.iter().any(|sub| sub.name() == name);
    for dependency in chart.metadata.dependencies.clone() {
        if !has(&chart, &dependency.name) {
            let found = load(&dependency, folder)?;
            chart.subcharts.push(found);
        }
    }
    Ok(chart)
}

fn load(dependency: &Dependency, folder: Option<&Path>) -> Result<Chart, CliError> {
    let Dependency { name, version, repository, .. } = dependency;
    let Some(path) = folder.and_then(|folder| path(repository, folder)) else {
        let place = if repository.is_empty() { "charts/" } else { repository };
        return Err(CliError::input(format!(
            "--dependency-update cannot fetch {name:?} from {place:?} yet: found in Chart.yaml, but missing in charts/ \
             directory: {name}"
        ))
        .hint("put it into the chart's charts/ folder, as 'helm dependency build' does"));
    };
    if !path.is_dir() {
        return Err(CliError::input(format!("directory {} not found", path.display())));
    }
    let found = chart::load(&path).map_err(|error| failure::of(&error))?;
    match chart::fit(version, found.version()) {
        Fit::Fits => Ok(found),
        Fit::Wrong => Err(CliError::input(format!(
            "can't get a valid version for dependency {name}: {} at {} does not satisfy {version:?}",
            found.version(),
            path.display()
        ))),
        Fit::Unreadable => Err(CliError::input(format!(
            "dependency {name:?} has an invalid version/constraint format: {version:?}"
        ))),
    }
}

/// Returns the folder of a `file://` repository, which is relative to the chart's.
fn path(repository: &str, folder: &Path) -> Option<PathBuf> {
    let path = Path::new(repository.strip_prefix("file://")?);
    Some(if path.is_absolute() { path.to_owned() } else { folder.join(path) })
}
