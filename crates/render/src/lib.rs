//! Chart, values and target in; manifest out.
//!
//! [`render`] settles a chart's dependencies, checks it against the cluster's version and the values
//! against its schema, renders every template by the engine that its file name asks for, and makes a
//! [`manifest::Bundle`] of what they print. Nothing outside is touched but the [`World`]; the same input
//! gives the same bytes.

mod capabilities;
mod engine;
mod error;
mod explain;
mod files;
mod gotemplate;
mod handlebars;
mod lint;
mod name;
mod postrender;
mod rendered;
mod scope;
mod target;

use std::sync::Arc;

use chart::Chart;
use value::Value;

pub use chart::{Level, Warning};
pub use funcs::{FixedWorld, OfflineWorld, World, WorldError};

pub use crate::capabilities::{BadKubeVersion, Capabilities, KubeVersion};
pub use crate::error::{Files, RenderError, TemplateError};
pub use crate::lint::{Excused, Printed, print_for_lint};
pub use crate::name::{Variables, expand, name_of_template};
pub use crate::postrender::{PostRenderError, PostRenderer};
pub use crate::rendered::{RenderOptions, Rendered, is_notes};
pub use crate::target::Target;

/// Renders `chart` with `user_values` for `target`.
///
/// The steps are Helm's, in Helm's order: library charts are refused, dependencies settled and values
/// coalesced, the schemas and the constraint on the cluster's version checked, all templates rendered,
/// notes taken out, and the rest split into objects and hooks.
pub fn render(
    chart: &Chart,
    user_values: &Value,
    target: &Target,
    options: &RenderOptions,
    world: &Arc<dyn World>,
) -> Result<Rendered, RenderError> {
    if chart.metadata.is_library() {
        return Err(RenderError::Library);
    }
    let given = explain::Given { chart, values: user_values, sources: &options.sources };
    let resolved = chart::resolve(chart, user_values)?;
    let order = chart::order(chart, &resolved.chart);
    let chart = resolved.chart;
    if !options.skip_schema {
        chart::check_schema(&chart, &resolved.values).map_err(|error| {
            let values = explain::Values::new(Some(given), &resolved.values);
            RenderError::Schema { notes: explain::schema_notes(&error, &values), error }
        })?;
    }
    check_kube_version(&chart, &target.capabilities)?;
    let setting = engine::Setting {
        given: Some(given),
        chart: &chart,
        values: &resolved.values,
        target,
        world,
        lint: options.lint,
    };
    let (outputs, said) = engine::render_all(&setting)?;
    chart.check_read()?;
    let mut warnings = resolved.warnings;
    warnings.extend(said.iter().map(Warning::from));
    let printed = rendered::take_apart(outputs, options.post_renderer.as_ref())
        .map_err(|error| rendered::with_templates(error, &setting))?;
    Ok(printed.into_rendered(chart, order, resolved.values, warnings, options))
}

fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<(), RenderError> {
    let constraint = &chart.metadata.kube_version;
    let version = &capabilities.kube_version;
    if constraint.is_empty() || chart::is_compatible(constraint, &version.normalised()) {
        return Ok(());
    }
    Err(RenderError::KubeVersion {
        constraint: constraint.clone(),
        version: version.version.clone(),
    })
}
