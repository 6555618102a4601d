//! Whether a chart is well made.
//!
//! [`check`] looks at a [`Subject`], which is a chart with what its folder shows even where it cannot be
//! loaded, and returns [`Finding`]s: those of `helm lint` 4.3.1, in its order and words. The rules are one
//! module each: Chart.yaml, values, templates (which are rendered for it), dependencies, definitions.

mod chartfile;
mod crds;
mod dependencies;
mod deprecated;
mod documents;
mod finding;
mod mail;
mod names;
mod order;
mod subject;
mod templates;
mod url;
mod values;

use std::sync::Arc;

use render::{Excused, KubeVersion, World};
use value::Value;

pub use crate::finding::{Finding, Severity};
pub use crate::subject::{Entry, Subject};

/// How a chart is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The namespace that templates see.
    pub namespace: String,
    /// The version of Kubernetes that templates see and that decides what is deprecated; the newest that is
    /// known where none is given.
    pub kube_version: Option<KubeVersion>,
    /// Whether values are not held against the schemas.
    pub skip_schema: bool,
}

/// What was found out about a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings, in the order of the rules.
    pub findings: Vec<Finding>,
    /// What would have failed in rendering, had it not been for linting.
    pub excused: Vec<Excused>,
    /// What was noticed about values on the way.
    pub warnings: Vec<String>,
}

/// Looks at a chart with `user_values` over its defaults.
pub fn check(
    subject: &Subject,
    user_values: &Value,
    options: &Options,
    world: &Arc<dyn World>,
) -> Report {
    let mut report = Report::default();
    chartfile::check(subject, &mut report.findings);
    values::check(subject, user_values, options, &mut report.findings);
    templates::check(subject, user_values, options, world, &mut report);
    dependencies::check(subject, &mut report.findings);
    crds::check(subject, &mut report.findings);
    report
}

/// Returns the texts of `error` and its causes as Go's wrapped errors read.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
