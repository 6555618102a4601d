//! Template engines: which file is rendered by which.
//!
//! An engine gets all of its files of the whole chart tree at once, since they see each other's partials,
//! and then renders them one by one. Which engine a file belongs to, its ending says.

use std::sync::Arc;

use chart::Chart;
use funcs::World;
use hbs::Printed;

use crate::TemplateError;
use crate::handlebars::Handlebars;
use crate::plain::Plain;
use crate::scope::{Scope, TemplateScope};

/// A file below `templates/` of a chart or subchart.
#[derive(Clone, Debug)]
pub(crate) struct TemplateFile {
    /// The path that `# Source:` names, such as `app/charts/db/templates/web.hbs`.
    pub(crate) path: Arc<str>,
    /// The path of its chart, such as `app/charts/db`.
    pub(crate) chart: Arc<str>,
    /// The text.
    pub(crate) text: Arc<str>,
}

impl TemplateFile {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// A template engine, compiled for the templates of one chart.
pub(crate) trait Engine: Send + Sync {
    /// Renders the template at `path`.
    fn render(
        &self,
        path: &str,
        scope: &TemplateScope<'_>,
        world: &dyn World,
    ) -> Result<Printed, TemplateError>;
}

/// A template with what it printed.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The path that `# Source:` names.
    pub(crate) path: String,
    /// The text, and which line of the template printed what.
    pub(crate) printed: Printed,
}

/// Renders all templates of a chart, in Helm's order of rendering (deepest charts first,
/// then descending by path), in which the first error counts.
pub(crate) fn render_all(
    chart: &Chart,
    scope: &Scope,
    world: &dyn World,
) -> Result<Vec<Output>, TemplateError> {
    let mut files = Vec::new();
    collect(chart, chart.name(), false, &mut files);
    files.sort_by(|a, b| order(&b.path).cmp(&order(&a.path)));
    let (native, other): (Vec<_>, Vec<_>) =
        files.iter().cloned().partition(|file| file.path.ends_with(".hbs"));
    let handlebars = Handlebars::compile(&native)?;
    let plain = Plain::compile(&other);
    let mut rendered = Vec::new();
    for file in files.iter().filter(|file| !file.name().starts_with('_')) {
        let engine: &dyn Engine = if file.path.ends_with(".hbs") { &handlebars } else { &plain };
        let printed = engine.render(&file.path, &scope.of(file), world)?;
        rendered.push(Output { path: file.path.to_string(), printed });
    }
    Ok(rendered)
}

/// Helm's key of a path, the largest first: its depth, then its bytes.
fn order(path: &str) -> (usize, &str) {
    (path.matches('/').count(), path)
}

/// Collects the templates of a chart and its subcharts; of library charts the partials alone.
fn collect(chart: &Chart, path: &str, library: bool, files: &mut Vec<TemplateFile>) {
    let prefix: Arc<str> = Arc::from(path);
    for file in &chart.templates {
        let file = TemplateFile {
            path: Arc::from(format!("{path}/{}", file.name)),
            chart: Arc::clone(&prefix),
            text: Arc::from(file.text()),
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
