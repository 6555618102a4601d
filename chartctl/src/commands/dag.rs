//! `chartctl dag`.

use manifest::Object;
use manifest::sequence::{Member, Sequence, sequence};
use render::Rendered;
use serde::Serialize;

use super::source::DownloadFlags;
use super::{deploy, template};
use crate::cli::Context;
use crate::error::CliError;
use crate::failure;
use crate::flags::OutputFlag;
use crate::output::{self, Cell, Format, Table};
use crate::ui::Tone;
use crate::values::ValueFlags;

/// Show the batches in which a chart's objects are deployed
///
/// What a batch has is deployed together, after everything in the batches before it. Most charts are one batch: more
/// of them come about by the annotations helm.sh/resource-group and helm.sh/depends-on/resource-groups of objects, by
/// helm.sh/depends-on/subcharts of Chart.yaml, and by depends-on of its dependencies. No cluster is asked.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "chartctl dag CHART [flags]",
    after_long_help = "\
Examples:
  chartctl dag ./shop
  chartctl dag ./shop -f prod.yaml -o json"
)]
pub(crate) struct Args {
    /// The chart
    #[arg(value_name = "CHART", value_hint = clap::ValueHint::AnyPath)]
    chart: String,
    #[command(flatten)]
    values: ValueFlags,
    #[command(flatten)]
    download: DownloadFlags,
    #[command(flatten)]
    output: OutputFlag,
}

/// What is deployed together.
#[derive(Debug, Serialize)]
struct Batch {
    /// Its number, from one.
    batch: usize,
    parts: Vec<Part>,
}

/// A group of a chart, or what is in none of its groups.
#[derive(Debug, Serialize)]
struct Part {
    chart: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    objects: Vec<String>,
}

impl Args {
    /// Prints the batches.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let source = self.download.locate(&self.chart)?;
        let sources = self.values.sources()?;
        let options = actions::DeployOptions {
            values: sources.value().clone(),
            render: actions::RenderOptions {
                how: render::RenderOptions { sources, ..render::RenderOptions::default() },
                ..actions::RenderOptions::default()
            },
            ..actions::DeployOptions::default()
        };
        let chart = source.load()?;
        deploy::check_installable(&chart)?;
        let namespace = context.namespace_or_default();
        let rendered = template::render_offline(&chart, template::NAME, &namespace, &options)?;
        let (bundle, _) = rendered.bundle().map_err(|error| failure::of(&error))?;
        let members: Vec<Member<'_>> = bundle.objects.iter().map(Member::of).collect();
        let sequence = sequence_of(&rendered, &members)?;
        for warning in &sequence.warnings {
            context.ui.warn(warning);
        }
        let batches = batches(&sequence, &bundle.objects);
        context.ui.data(&match self.output.output {
            Format::Json => output::json(&batches)?,
            Format::Yaml => output::yaml(&batches)?,
            Format::Table => table(&batches).render(context.ui.stdout_paint()),
        })
    }
}

/// Returns the batches of members of what a chart rendered to.
pub(super) fn sequence_of(
    rendered: &Rendered,
    members: &[Member<'_>],
) -> Result<Sequence, CliError> {
    let order = rendered.chart_order().map_err(|error| failure::of(&error))?;
    sequence(members, &order).map_err(|error| failure::of(&error))
}

fn batches(sequence: &Sequence, objects: &[Object]) -> Vec<Batch> {
    let named = |place: &usize| {
        let id = &objects.get(*place)?.id;
        Some(format!("{}/{}", id.gvk.kind, id.name))
    };
    let part = |section: &manifest::sequence::Section| Part {
        chart: section.chart.clone(),
        group: section.group.clone(),
        objects: section.members.iter().filter_map(named).collect(),
    };
    let batch = |(place, batch): (usize, &manifest::sequence::Batch)| Batch {
        batch: place + 1,
        parts: batch.sections.iter().map(part).collect(),
    };
    sequence.batches.iter().enumerate().map(batch).collect()
}

/// Returns a row for each object.
fn table(batches: &[Batch]) -> Table {
    let mut table = Table::with_heads(&["BATCH", "CHART", "GROUP", "OBJECT"]);
    for Batch { batch, parts } in batches {
        for Part { chart, group, objects } in parts {
            for object in objects {
                let group = group.as_deref().map_or(Cell::toned("-", Tone::Faint), Cell::from);
                let batch = batch.to_string().into();
                table.row([batch, chart.as_str().into(), group, object.as_str().into()]);
            }
        }
    }
    table
}
