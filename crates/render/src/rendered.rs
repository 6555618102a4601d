//! The result of rendering.

use std::collections::BTreeMap;
use std::sync::Arc;

use chart::{Chart, OrderError};
use hbs::Lines;
use manifest::sequence::ChartOrder;
use manifest::{Bundle, Documents, ManifestError};
use value::{Position, Sources, Value};

use crate::engine::{self, Output, Setting};
use crate::{Files, PostRenderer, RenderError, Warning};

/// How many findings are traced back to templates, each by executing one again.
const MAX_TRACED: usize = 3;

/// How a chart is rendered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenderOptions {
    /// Whether values are not held against the schemas.
    pub skip_schema: bool,
    /// Whether the notes of subcharts are kept too.
    pub subchart_notes: bool,
    /// Whether `required` and `fail` only warn, as when a chart is checked without its users' values.
    pub lint: bool,
    /// What is handed the manifests before they are taken apart.
    pub post_renderer: Option<PostRenderer>,
    /// Where the user's values come from, for messages; without sources they are just given.
    pub sources: Sources,
}

/// A rendered chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// What the templates printed, taken apart and sorted. Documents need not be objects yet: printing a
    /// chart asks no more of them than Helm does.
    pub documents: Documents,
    /// The notes for the person who installs it.
    pub notes: Option<String>,
    /// The chart as it is stored: without disabled subcharts, aliases applied.
    pub chart: Chart,
    /// The values that templates saw: the user's over all defaults.
    pub values: Value,
    /// What Helm logs about the chart and its values; there is more in `documents`.
    pub warnings: Vec<Warning>,
    /// What each template printed, in ascending order of path; notes left out.
    pub files: Vec<(String, Arc<String>)>,
    /// Which line of its template printed what.
    lines: BTreeMap<String, Lines>,
    order: Result<chart::Order, OrderError>,
}

impl Rendered {
    /// Returns the order that the charts ask for among themselves. Printing them does not need it.
    pub fn chart_order(&self) -> Result<ChartOrder, RenderError> {
        let chart::Order { own, whole } = self.order.clone()?;
        Ok(ChartOrder { own, whole })
    }

    /// Returns what people should know, a line each.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let deprecated = "this chart is deprecated".to_owned();
        let mut told: Vec<String> =
            self.chart.metadata.deprecated.then_some(deprecated).into_iter().collect();
        told.extend(self.warnings.iter().map(ToString::to_string));
        told.extend(self.documents.warnings.iter().map(ToString::to_string));
        told
    }

    /// Makes objects of the documents and of the files below `crds/`, for a cluster to take. Also returns
    /// what people should know about them.
    pub fn bundle(&self) -> Result<(Bundle, Vec<manifest::Warning>), RenderError> {
        let made = self.documents.clone().into_bundle();
        let (mut bundle, warnings) =
            made.map_err(|error| unreadable(error, &self.files, &self.lines))?;
        bundle.crds = crds(&self.chart)?;
        self.chart.check_read()?;
        Ok((bundle, warnings))
    }
}

/// What the templates of a chart printed, taken apart.
pub(crate) struct Printed {
    documents: Documents,
    notes: Vec<(String, String)>,
    files: Vec<(String, Arc<String>)>,
    lines: BTreeMap<String, Lines>,
}

/// Takes apart what the templates printed, or what `post_renderer` makes of it.
pub(crate) fn take_apart(
    outputs: Vec<Output>,
    post_renderer: Option<&PostRenderer>,
) -> Result<Printed, RenderError> {
    let (mut files, mut lines) = (Vec::new(), BTreeMap::new());
    for Output { path, printed } in outputs {
        lines.insert(path.clone(), printed.lines);
        files.push((path, printed.text));
    }
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    let (notes, mut files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(path, _)| is_notes(path));
    if let Some(post_renderer) = post_renderer {
        files = post_renderer.apply(&files)?;
        // Their lines are no template's any more.
        lines.clear();
    }
    let files = files.into_iter().map(|(path, text)| (path, Arc::new(text))).collect::<Vec<_>>();
    let documents =
        manifest::documents(&files).map_err(|error| unreadable(error, &files, &lines))?;
    Ok(Printed { documents, notes, files, lines })
}

impl Printed {
    /// Makes the result.
    pub(crate) fn into_rendered(
        self,
        chart: Chart,
        order: Result<chart::Order, OrderError>,
        values: Value,
        warnings: Vec<Warning>,
        options: &RenderOptions,
    ) -> Rendered {
        let Self { documents, notes, files, lines } = self;
        let notes = notes_of(&chart, notes, options);
        Rendered { documents, notes, chart, values, warnings, files, lines, order }
    }
}

/// Adds to an error about documents what in Go templates printed them.
pub(crate) fn with_templates(error: RenderError, setting: &Setting<'_>) -> RenderError {
    let RenderError::Manifest { source, files, .. } = error else { return error };
    let printers = source.findings().iter().take(MAX_TRACED).filter_map(|finding| {
        let (path, text) = files.0.iter().find(|(path, _)| *path == finding.path)?;
        let offset = offset(text, finding.position?)?;
        engine::printed_by(setting, path, text, offset)
    });
    let printed_by = printers
        .flat_map(|printer| printer.lines().map(|line| format!("\n  {line}")).collect::<Vec<_>>());
    let printed_by = printed_by.collect();
    RenderError::Manifest { source, printed_by, files }
}

/// Adds to an error which lines of the templates printed what it is about, and all that they printed.
fn unreadable(
    error: ManifestError,
    files: &[(String, Arc<String>)],
    lines: &BTreeMap<String, Lines>,
) -> RenderError {
    let source = error.traced(|path, position| {
        let (_, text) = files.iter().find(|(known, _)| known == path)?;
        lines.get(path)?.at(offset(text, position)?)
    });
    RenderError::Manifest { source, printed_by: String::new(), files: Files(files.to_vec()) }
}

/// Returns the byte of a place in a text.
fn offset(text: &str, position: Position) -> Option<usize> {
    let line = text.split_inclusive('\n').nth(position.line.checked_sub(1)?).unwrap_or_default();
    let before: usize = text.split_inclusive('\n').take(position.line - 1).map(str::len).sum();
    let column = line.char_indices().nth(position.column.checked_sub(1)?);
    Some(before + column.map_or(line.trim_end().len(), |(byte, _)| byte))
}

/// Returns whether a template is the notes of its chart, which are no objects.
#[must_use]
pub fn is_notes(path: &str) -> bool {
    path.ends_with("NOTES.txt") || path.ends_with("NOTES.txt.hbs")
}

/// Joins the notes of the chart itself, and those of subcharts when asked for.
fn notes_of(
    chart: &Chart,
    notes: Vec<(String, String)>,
    options: &RenderOptions,
) -> Option<String> {
    let own = [
        format!("{}/templates/NOTES.txt", chart.name()),
        format!("{}/templates/NOTES.txt.hbs", chart.name()),
    ];
    let texts: Vec<String> = notes
        .into_iter()
        .filter(|(path, _)| options.subchart_notes || own.contains(path))
        .map(|(_, text)| text)
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn crds(chart: &Chart) -> Result<Vec<manifest::Object>, RenderError> {
    let mut objects = Vec::new();
    for file in chart.crds() {
        let text = String::from_utf8_lossy(&file.data);
        let found = manifest::parse_file(&file.path, &text)
            .map_err(|source| RenderError::Crd { path: file.path.clone(), source })?;
        objects.extend(found);
    }
    Ok(objects)
}
