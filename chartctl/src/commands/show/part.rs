//! The parts of a chart as they are printed: each with one newline more than it has.

use std::fmt::Write as _;

use chart::{Chart, File};

use crate::arity::{self, Extra};
use crate::commands::source::DownloadFlags;
use crate::error::CliError;
use crate::output;

/// Which chart is shown.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// The chart: a folder, a .tgz archive, or the http(s) address of one
    #[arg(value_name = "CHART", value_hint = clap::ValueHint::AnyPath)]
    chart: Option<String>,
    #[command(flatten)]
    download: DownloadFlags,
    #[command(flatten)]
    extra: Extra,
}

impl Which {
    /// Loads the chart.
    pub(super) fn load(self, usage: &str) -> Result<Chart, CliError> {
        let [chart] = arity::exactly(usage, [self.chart], &self.extra)?;
        let source = self.download.locate(&chart)?;
        source.load()
    }
}

/// Returns the metadata: Chart.yaml written anew, without comments, keys sorted.
pub(super) fn metadata(chart: &Chart) -> Result<String, CliError> {
    Ok(format!("{}\n", output::yaml(&chart.metadata)?))
}

/// Returns values.yaml as it is written; nothing where there is none.
pub(super) fn values(chart: &Chart) -> Option<String> {
    let text = chart.values_text.as_deref()?;
    Some(format!("{}\n", String::from_utf8_lossy(text)))
}

/// Returns the first file that is called a readme.
pub(super) fn readme(chart: &Chart) -> Option<String> {
    let names = ["readme.md", "readme.txt", "readme"];
    let is_readme = |file: &&File| names.iter().any(|name| file.name.eq_ignore_ascii_case(name));
    chart.files.iter().find(is_readme).map(|file| format!("{}\n", file.text()))
}

/// Returns the files below `crds/`, of subcharts too, each beginning with a separator.
pub(super) fn crds(chart: &Chart) -> String {
    let mut out = String::new();
    for crd in chart.crds() {
        let text = String::from_utf8_lossy(&crd.data);
        let separator = if text.starts_with("---") { "" } else { "---\n" };
        let _ok = writeln!(out, "{separator}{text}");
    }
    out
}
