//! The Handlebars engine: files that end in `.hbs`.

use std::sync::Arc;

use hbs::{Source, Templates};

use crate::TemplateError;
use crate::engine::{Output, Setting, TemplateFile};
use crate::scope::Scope;

/// Renders those of `files` that are no partials. They are in Helm's order.
pub(crate) fn render_all(
    files: &[TemplateFile],
    setting: &Setting<'_>,
) -> Result<Vec<Output>, TemplateError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let sources = files.iter().map(|file| Source {
        path: Arc::clone(&file.path),
        chart: Arc::clone(&file.chart),
        text: Arc::from(String::from_utf8_lossy(&file.text)),
    });
    let templates = Templates::compile(sources.collect())?;
    let scope = Scope::new(setting.chart, setting.values, setting.target);
    let mut outputs = Vec::new();
    for file in files.iter().filter(|file| !file.is_partial()) {
        let own = scope.of(file);
        let context = hbs::Context { data: own.native(), files: own.files() };
        let printed = templates.render(&file.path, &context, setting.world.as_ref())?;
        outputs.push(Output { path: file.path.to_string(), printed });
    }
    Ok(outputs)
}
