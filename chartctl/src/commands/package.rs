//! `chartctl package`.

use std::path::Path;

use chart::Chart;

use super::source::unsupported;
use crate::cli::Context;
use crate::error::{CliError, file_error};
use crate::failure;
use crate::path;

const USAGE: &str = "chartctl package CHART_PATH [...] [flags]";

/// Pack charts into .tgz archives
///
/// An archive is named NAME-VERSION.tgz. The same chart always gives the same bytes. What the chart depends on must be
/// in its charts/ folder.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl package ./web
  chartctl package ./web ./api -d build --version 1.4.2 --app-version 2026.1"
)]
pub(crate) struct Args {
    /// The folders of the charts
    #[arg(value_name = "CHART_PATH", value_hint = clap::ValueHint::DirPath)]
    paths: Vec<String>,
    /// Write this version into the packed Chart.yaml
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Write this version of the application into the packed Chart.yaml
    #[arg(long, value_name = "VERSION")]
    app_version: Option<String>,
    /// Put the archives into this folder, which is made if need be
    #[arg(short, long, value_name = "FOLDER", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    destination: String,
    /// Sign the archives
    #[arg(long, hide = true)]
    sign: bool,
    /// Fetch what the charts depend on first
    #[arg(short = 'u', long, hide = true)]
    dependency_update: bool,
}

impl Args {
    /// Packs the charts.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        if self.paths.is_empty() {
            return Err(CliError::usage("need at least one argument, the path to the chart"));
        }
        if self.sign {
            return Err(unsupported("--sign", "archives cannot be signed"));
        }
        if self.dependency_update {
            return Err(unsupported("--dependency-update", "charts are not fetched")
                .hint("put what the chart depends on into its charts/ folder"));
        }
        for path in &self.paths {
            let written = self.pack(path)?;
            let text = format!("Successfully packaged chart and saved it to: {written}\n");
            context.ui.data(&text)?;
        }
        Ok(())
    }

    /// Packs one chart and returns where the archive is.
    fn pack(&self, given: &str) -> Result<String, CliError> {
        let metadata =
            std::fs::metadata(given).map_err(|error| file_error("stat", given, &error))?;
        if !metadata.is_dir() {
            let root = std::path::absolute(given).unwrap_or_else(|_| given.into());
            let shown = path::clean(&root.join("Chart.yaml")).display().to_string();
            return Err(CliError::input(format!(
                "unable to detect chart at {shown}: open {shown}: not a directory"
            ))
            .hint("only folders are packed"));
        }
        let mut chart = chart::load(Path::new(given)).map_err(|error| failure::of(&error))?;
        self.set_versions(&mut chart)?;
        let missing: Vec<&str> = absent(&chart);
        if !missing.is_empty() {
            return Err(CliError::input(format!(
                "found in Chart.yaml, but missing in charts/ directory: {}",
                missing.join(", ")
            )));
        }
        let package = chart::package(&chart).map_err(|error| failure::of(&error))?;
        let folder = if self.destination == "." {
            std::path::absolute(".").map_err(|error| file_error("getwd", ".", &error))?
        } else {
            path::clean(Path::new(&self.destination))
        };
        let file = folder.join(&package.file_name);
        let shown = file.display().to_string();
        let failed =
            |error: std::io::Error| file_error("open", &shown, &error).prefixed("failed to save");
        if folder.is_file() {
            let problem = format!("failed to save: is not a directory: {}", folder.display());
            return Err(CliError::input(problem));
        }
        std::fs::create_dir_all(&folder).map_err(failed)?;
        std::fs::write(&file, &package.bytes).map_err(failed)?;
        Ok(shown)
    }

    fn set_versions(&self, chart: &mut Chart) -> Result<(), CliError> {
        let given = |flag: &Option<String>| flag.clone().filter(|text| !text.is_empty());
        if let Some(version) = given(&self.version) {
            // What can be read fits itself, but by the text alone; a constraint of anything tells the two apart.
            if chart::fit(">=0.0.0-0", &version) == chart::Fit::Unreadable {
                return Err(CliError::input("invalid semantic version")
                    .hint("versions look like 1.2.3 or 1.2.3-rc.1 (semver.org)"));
            }
            chart.metadata.version = version;
        }
        if let Some(version) = given(&self.app_version) {
            chart.metadata.app_version = version;
        }
        Ok(())
    }
}

/// Returns the dependencies that are declared and not there.
fn absent(chart: &Chart) -> Vec<&str> {
    let declared = chart.metadata.dependencies.iter().map(|one| one.name.as_str());
    declared.filter(|name| chart.subchart(name).is_none()).collect()
}
