//! Template engines: which file is rendered by which.
//!
//! An engine gets all of its files of the whole chart tree at once, since they see each other's partials,
//! and then renders them one by one. Which engine a file belongs to, its ending says.

use std::sync::Arc;

use chart::Chart;
use funcs::World;
use hbs::Printed;
use value::Value;

use crate::explain::Given;
use crate::{Excused, Target, TemplateError, gotemplate, handlebars};

/// A file below `templates/` of a chart or subchart.
#[derive(Clone, Debug)]
pub(crate) struct TemplateFile {
    /// The path that `# Source:` names, such as `app/charts/db/templates/web.hbs`.
    pub(crate) path: Arc<str>,
    /// The path of its chart, such as `app/charts/db`.
    pub(crate) chart: Arc<str>,
    /// The text, shared with the chart. Go's templates need not be UTF-8.
    pub(crate) text: Arc<[u8]>,
}

impl TemplateFile {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Returns whether the file only serves others.
    pub(crate) fn is_partial(&self) -> bool {
        self.name().starts_with('_')
    }

    fn is_native(&self) -> bool {
        self.path.ends_with(".hbs")
    }
}

/// What every file of a chart is rendered with.
pub(crate) struct Setting<'s> {
    /// What was asked for, if that is known.
    pub(crate) given: Option<Given<'s>>,
    /// The resolved chart.
    pub(crate) chart: &'s Chart,
    /// Its values, defaults included.
    pub(crate) values: &'s Value,
    /// The release.
    pub(crate) target: &'s Target,
    /// The world outside.
    pub(crate) world: &'s Arc<dyn World>,
    /// Whether `required` and `fail` only warn.
    pub(crate) lint: bool,
}

/// A template with what it printed.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The path that `# Source:` names.
    pub(crate) path: String,
    /// The text, and which line of the template printed what.
    pub(crate) printed: Printed,
}

/// Renders all templates of a chart. In each engine they are rendered in Helm's order (deepest charts
/// first, then descending by path), in which the first error counts.
///
/// Also returns what templates had to say on the way.
pub(crate) fn render_all(
    setting: &Setting<'_>,
) -> Result<(Vec<Output>, Vec<Excused>), TemplateError> {
    let files = files(setting.chart);
    let (native, other): (Vec<_>, Vec<_>) = files.into_iter().partition(TemplateFile::is_native);
    let (mut outputs, excused) = gotemplate::render_all(&other, setting)?;
    outputs.extend(handlebars::render_all(&native, setting)?);
    Ok((outputs, excused))
}

/// Returns the lines about what in a template printed the byte at `offset` of its output.
pub(crate) fn printed_by(
    setting: &Setting<'_>,
    path: &str,
    printed: &str,
    offset: usize,
) -> Option<String> {
    let mut files = files(setting.chart);
    files.retain(|file| !file.is_native());
    gotemplate::printed_by(&files, setting, path, printed, offset)
}

/// Returns the templates of a resolved chart and of those in it, in Helm's order.
pub(crate) fn files(chart: &Chart) -> Vec<TemplateFile> {
    let mut files = Vec::new();
    collect(chart, chart.name(), chart.metadata.is_library(), &mut files);
    in_order(files)
}

/// Sorts files by Helm's key, the largest first: the depth of the path, then its bytes.
fn in_order(files: Vec<TemplateFile>) -> Vec<TemplateFile> {
    let depth = |file: &TemplateFile| file.path.bytes().filter(|byte| *byte == b'/').count();
    let mut keyed: Vec<_> = files.into_iter().map(|file| (depth(&file), file)).collect();
    keyed.sort_by(|(a, one), (b, other)| (b, &other.path).cmp(&(a, &one.path)));
    keyed.into_iter().map(|(_, file)| file).collect()
}

/// Collects the templates of a chart and its subcharts; of library charts the partials alone.
fn collect(chart: &Chart, path: &str, library: bool, files: &mut Vec<TemplateFile>) {
    let prefix: Arc<str> = Arc::from(path);
    for file in chart.templates.iter() {
        let file = TemplateFile {
            path: Arc::from(format!("{path}/{}", file.name)),
            chart: Arc::clone(&prefix),
            text: file.data.shared(),
        };
        if !library || file.name().starts_with('_') {
            files.push(file);
        }
    }
    for sub in &chart.subcharts {
        let path = format!("{path}/charts/{}", sub.name());
        collect(sub, &path, sub.metadata.is_library(), files);
    }
}
