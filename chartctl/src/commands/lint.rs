//! `chartctl lint`.

mod read;

use std::fmt::Write as _;

use lint::{Finding, Options, Report, Severity, Subject};
use render::{Excused, KubeVersion};
use serde::Serialize;

use super::template;
use crate::arity;
use crate::cli::Context;
use crate::error::CliError;
use crate::flags::OutputFlag;
use crate::log::Level;
use crate::output::{self, Format};
use crate::ui::{Paint, Tone};
use crate::values::ValueFlags;

const USAGE: &str = "chartctl lint PATH [flags]";

/// Look for mistakes in a chart
///
/// What will make an installation fail is an ERROR; what breaks with a convention is a WARNING. The chart is rendered
/// for it, with its defaults and the values given, but no cluster is asked, and templates that require a value or
/// call "fail" go on.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl lint ./web
  chartctl lint ./web --strict --with-subcharts -f prod.yaml
  chartctl lint ./web ./api-1.2.0.tgz --quiet
  chartctl lint ./web --kube-version 1.33 -o json"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(crate) struct Args {
    /// The charts: folders or .tgz archives
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    paths: Vec<String>,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Look at the charts in charts/ too, each by itself
    #[arg(long)]
    with_subcharts: bool,
    /// Leave out what is only worth knowing, and charts without mistakes
    #[arg(long)]
    quiet: bool,
    /// Do not check the values against the chart's schema
    #[arg(long)]
    skip_schema_validation: bool,
    /// Let templates see this version of Kubernetes, and tell what is deprecated in it
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    values: ValueFlags,
}

/// A chart that was looked at.
#[derive(Debug)]
struct Linted {
    /// Its path as given.
    path: String,
    /// What was found, or why nothing could be looked at.
    result: Result<Report, String>,
    /// Whether that is a failure.
    failed: bool,
}

impl Args {
    /// Looks at the charts.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        if self.paths.is_empty() {
            return Err(arity::too_few(USAGE, 1));
        }
        let options = Options {
            kube_version: self.kube_version()?,
            skip_schema: self.skip_schema_validation,
            namespace: context.namespace_or_default(),
        };
        let mut paths = self.paths.clone();
        if self.with_subcharts {
            paths.extend(self.paths.iter().flat_map(|path| read::subcharts(path)));
        }
        let values = self.values.load()?;
        let world = template::offline(false)?;
        let mut charts = Vec::new();
        for path in paths {
            let result = read::subject(&path)
                .map(|subject: Subject| lint::check(&subject, &values, &options, &world));
            let failed = self.is_failure(&result);
            if let Ok(report) = &result {
                tell(context, report);
            }
            charts.push(Linted { path, result, failed });
        }
        self.print(context, &charts)
    }

    fn kube_version(&self) -> Result<Option<KubeVersion>, CliError> {
        let given = self.kube_version.as_deref().filter(|text| !text.is_empty());
        let read = |text| {
            KubeVersion::parse(text)
                .map_err(|error| CliError::input(format!("invalid kube version '{text}': {error}")))
        };
        given.map(read).transpose()
    }

    fn is_failure(&self, result: &Result<Report, String>) -> bool {
        let least = if self.strict { Severity::Warning } else { Severity::Error };
        match result {
            Ok(report) => report.findings.iter().any(|finding| finding.severity >= least),
            Err(_) => true,
        }
    }

    fn print(&self, context: &Context, charts: &[Linted]) -> Result<(), CliError> {
        let failed = charts.iter().filter(|chart| chart.failed).count();
        let summary = format!("{} chart(s) linted, {failed} chart(s) failed", charts.len());
        let text = match self.output.output {
            Format::Table => self.text(charts, context.ui.stdout_paint()),
            Format::Json => output::json(&self.entries(charts))?,
            Format::Yaml => output::yaml(&self.entries(charts))?,
        };
        context.ui.data(&text)?;
        if failed > 0 {
            let explained = charts.iter().filter_map(|chart| chart.result.as_ref().ok());
            let findings = explained.flat_map(|report| self.shown(report));
            let blocks = findings.filter(|finding| !finding.details.is_empty());
            let told = |told: CliError, finding: &Finding| told.block(finding.details.clone());
            return Err(blocks.fold(CliError::input(summary), told));
        }
        let is_said = !self.quiet || charts.iter().any(Linted::is_blamed);
        if self.output.output == Format::Table && is_said {
            context.ui.data(&format!("{summary}\n"))?;
        }
        Ok(())
    }

    fn text(&self, charts: &[Linted], paint: Paint) -> String {
        let mut text = String::new();
        for chart in charts {
            if self.quiet && !chart.is_blamed() {
                continue;
            }
            let _ok = writeln!(text, "==> Linting {}", chart.path);
            match &chart.result {
                Ok(report) => {
                    for finding in self.shown(report) {
                        let severity = finding.severity;
                        let word = paint.tone(tone(severity), severity.as_str());
                        let _ok = writeln!(text, "[{word}] {}: {}", finding.path, finding.message);
                    }
                }
                Err(why) => {
                    let _ok = writeln!(text, "Error {why}");
                }
            }
            text.push('\n');
        }
        text
    }

    fn shown<'r>(&self, report: &'r Report) -> impl Iterator<Item = &'r Finding> {
        let least = if self.quiet { Severity::Warning } else { Severity::Info };
        report.findings.iter().filter(move |finding| finding.severity >= least)
    }

    fn entries<'c>(&self, charts: &'c [Linted]) -> Vec<Entry<'c>> {
        let shown = charts.iter().filter(|chart| !self.quiet || chart.is_blamed());
        let entry = |chart: &'c Linted| Entry {
            chart: &chart.path,
            failed: chart.failed,
            error: chart.result.as_ref().err().map(String::as_str),
            findings: chart
                .result
                .iter()
                .flat_map(|report| self.shown(report))
                .map(|finding| FindingEntry {
                    severity: finding.severity.as_str(),
                    path: &finding.path,
                    message: &finding.message,
                    details: &finding.details,
                })
                .collect(),
        };
        shown.map(entry).collect()
    }
}

impl Linted {
    /// Returns whether there is anything worse than worth knowing.
    fn is_blamed(&self) -> bool {
        match &self.result {
            Ok(report) => report.findings.iter().any(|it| it.severity > Severity::Info),
            Err(_) => true,
        }
    }
}

const fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Info => Tone::Faint,
        Severity::Warning => Tone::Warn,
        Severity::Error => Tone::Bad,
    }
}

/// Tells what is no finding: values that templates require, and what was noticed about values.
fn tell(context: &Context, report: &Report) {
    for excused in &report.excused {
        let (level, text) = match excused {
            Excused::Required(_) => (Level::Warn, "missing required value"),
            Excused::Fail(_) => (Level::Info, "funcMap fail"),
        };
        context.ui.log(level, text, &[("message", &excused.to_string())]);
    }
    for warning in &report.warnings {
        context.ui.warn(warning);
    }
}

/// A chart of `-o json`.
#[derive(Serialize)]
struct Entry<'c> {
    chart: &'c str,
    failed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'c str>,
    findings: Vec<FindingEntry<'c>>,
}

#[derive(Serialize)]
struct FindingEntry<'c> {
    severity: &'static str,
    path: &'c str,
    message: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    details: &'c str,
}
