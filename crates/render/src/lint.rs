//! Rendering for looking at what comes out, with nothing made of it.

use std::fmt;
use std::sync::Arc;

use chart::{Chart, Warning};
use funcs::World;
use value::Value;

use crate::engine::{self, Setting};
use crate::{Target, TemplateError};

/// What would have failed, had it not been for linting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Excused {
    /// A value that is required and not given; the template's message.
    Required(String),
    /// A call of `fail`; the template's message.
    Fail(String),
}

impl fmt::Display for Excused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required(message) | Self::Fail(message) => f.write_str(message),
        }
    }
}

impl From<&Excused> for Warning {
    fn from(excused: &Excused) -> Self {
        let facts = vec![("message", excused.to_string())];
        match excused {
            Excused::Required(_) => Self::warn("missing required value", facts),
            Excused::Fail(_) => Self { facts, ..Self::info("funcMap fail") },
        }
    }
}

/// What the templates of a chart print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Path of each template, as `# Source:` would name it, and its text, notes included.
    pub files: Vec<(String, String)>,
    /// What would have failed.
    pub excused: Vec<Excused>,
}

/// Renders all templates of a resolved chart with its coalesced `values`, as `helm lint` does: neither the
/// kind of the chart nor the version of the cluster nor schemas are checked, `required` and `fail` only
/// warn, and what is printed need not be objects.
pub fn print_for_lint(
    chart: &Chart,
    values: &Value,
    target: &Target,
    world: &Arc<dyn World>,
) -> Result<Printed, TemplateError> {
    let setting = Setting { given: None, chart, values, target, world, lint: true };
    let (outputs, excused) = engine::render_all(&setting)?;
    let files = outputs.into_iter().map(|output| (output.path, output.printed.text)).collect();
    Ok(Printed { files, excused })
}
