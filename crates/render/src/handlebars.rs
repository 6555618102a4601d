//! The Handlebars engine: files that end in `.hbs`.

use std::sync::Arc;

use funcs::World;
use hbs::{Printed, Source, Templates};

use crate::TemplateError;
use crate::engine::{Engine, TemplateFile};
use crate::scope::TemplateScope;

/// Handlebars templates.
#[derive(Debug)]
pub(crate) struct Handlebars {
    templates: Templates,
}

impl Handlebars {
    pub(crate) fn compile(files: &[TemplateFile]) -> Result<Self, TemplateError> {
        let sources = files.iter().map(|file| Source {
            path: Arc::clone(&file.path),
            chart: Arc::clone(&file.chart),
            text: Arc::clone(&file.text),
        });
        Ok(Self { templates: Templates::compile(sources.collect())? })
    }
}

impl Engine for Handlebars {
    fn render(
        &self,
        path: &str,
        scope: &TemplateScope<'_>,
        world: &dyn World,
    ) -> Result<Printed, TemplateError> {
        let context = hbs::Context { data: scope.native(), files: scope.files() };
        Ok(self.templates.render(path, &context, world)?)
    }
}
