//! `chartctl dependency list`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chart::{Chart, Dependency, Fit};

use crate::arity::{self, Extra};
use crate::cli::Context;
use crate::error::{CliError, file_error};
use crate::failure;
use crate::output::Table;
use crate::path;

const USAGE: &str = "chartctl dependency list CHART [flags]";

/// List the charts that a chart depends on, and whether they are there
///
/// A dependency is "ok" as an archive and "unpacked" as a folder in charts/; else it is "missing", has the "wrong
/// version" or cannot be read. What is in charts/ and not in Chart.yaml is warned of.
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(super) struct Args {
    /// The chart: a folder or a .tgz archive [default: this folder]
    #[arg(value_name = "CHART", value_hint = clap::ValueHint::AnyPath)]
    chart: Option<String>,
    /// Cut texts that are longer than this many characters
    #[arg(long, value_name = "NUMBER", default_value = "80")]
    max_col_width: u32,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Prints the list.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        arity::at_most(USAGE, 1, &self.extra)?;
        let folder = path::clean(Path::new(self.chart.as_deref().unwrap_or(".")));
        let shown = folder.to_string_lossy();
        std::fs::metadata(&folder).map_err(|error| file_error("stat", &shown, &error))?;
        if folder.is_dir() && !folder.join("Chart.yaml").exists() {
            return Err(CliError::input("Chart.yaml file is missing"));
        }
        let chart = chart::load_draft(&folder).map_err(|error| failure::of(&error))?;
        let charts = folder.join("charts");
        let dependencies = &chart.metadata.dependencies;
        if dependencies.is_empty() {
            let text = format!("WARNING: no dependencies at {}\n", charts.display());
            return context.ui.data(&text);
        }
        let entries = entries(&charts);
        let mut table = Table::with_heads(&["NAME", "VERSION", "REPOSITORY", "STATUS"]);
        for one in dependencies {
            let status = status(one, &chart, &entries);
            let cells = [&*one.name, &*one.version, &*one.repository, status];
            table.row(cells.map(Into::into));
        }
        let limit = usize::try_from(self.max_col_width).unwrap_or(usize::MAX);
        let mut out = table.render_within(limit, context.ui.stdout_paint());
        out.push('\n');
        for entry in &entries {
            if let Some(warning) = warning(entry, dependencies) {
                let _ok = writeln!(
                    out,
                    "WARNING: {} is {warning}",
                    value::quote(&entry.to_string_lossy())
                );
            }
        }
        context.ui.data(&out)
    }
}

/// Returns what is in a folder, in order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Returns the word for how a dependency is there.
fn status(wanted: &Dependency, parent: &Chart, entries: &[PathBuf]) -> &'static str {
    let version_of = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        let rest = name.strip_prefix(wanted.name.as_str())?.strip_prefix('-')?;
        rest.strip_suffix(".tgz").map(str::to_owned)
    };
    let archives: Vec<(&PathBuf, String)> =
        entries.iter().filter_map(|path| Some((path, version_of(path)?))).collect();
    let archive = match archives.as_slice() {
        [] => None,
        [(only, _)] => Some(*only),
        // Of several, the one whose name has a version.
        several => {
            let mut named = several.iter().filter(|(_, version)| chart::is_strict(version));
            match (named.next(), named.next()) {
                (Some(_), Some(_)) => return "too many matches",
                (found, _) => found.map(|(path, _)| *path),
            }
        }
    };
    if let Some(archive) = archive {
        return match chart::load_draft(archive) {
            Err(_) => "corrupt",
            Ok(found) if found.name() != wanted.name => "misnamed",
            Ok(found) => fitting(wanted, &found, "ok"),
        };
    }
    match parent.subcharts.iter().rfind(|sub| sub.name() == wanted.name) {
        None => "missing",
        Some(found) => fitting(wanted, found, "unpacked"),
    }
}

fn fitting(wanted: &Dependency, found: &Chart, word: &'static str) -> &'static str {
    match chart::fit(&wanted.version, found.version()) {
        Fit::Fits => word,
        Fit::Wrong => "wrong version",
        Fit::Unreadable => "invalid version",
    }
}

/// Returns what is wrong with something in `charts/`.
fn warning(path: &Path, dependencies: &[Dependency]) -> Option<&'static str> {
    let is_archive = path.extension().is_some_and(|extension| extension == "tgz");
    if !path.is_dir() && !is_archive {
        return None;
    }
    let Ok(found) = chart::load_draft(path) else { return Some("not a chart.") };
    let is_declared = dependencies.iter().any(|one| one.name == found.name());
    (!is_declared).then_some("not in Chart.yaml.")
}
