//! Files that are templates of no engine of this build: those without any `{{` are printed as they are,
//! which is what every engine would do.

use std::collections::BTreeMap;
use std::sync::Arc;

use funcs::World;
use hbs::{Lines, Printed};

use crate::TemplateError;
use crate::engine::{Engine, TemplateFile};
use crate::scope::TemplateScope;

/// Files without actions.
#[derive(Debug)]
pub(crate) struct Plain {
    texts: BTreeMap<Arc<str>, Arc<str>>,
}

impl Plain {
    pub(crate) fn compile(files: &[TemplateFile]) -> Self {
        let texts = files.iter().map(|file| (Arc::clone(&file.path), Arc::clone(&file.text)));
        Self { texts: texts.collect() }
    }
}

impl Engine for Plain {
    fn render(
        &self,
        path: &str,
        _: &TemplateScope<'_>,
        _: &dyn World,
    ) -> Result<Printed, TemplateError> {
        let text = self.texts.get(path).map(AsRef::as_ref).unwrap_or_default();
        if text.contains("{{") {
            return Err(TemplateError::new(
                format!("{path} is a Go template; the Go engine is not part of this build yet"),
                "help: templates whose names end in .hbs are rendered by Handlebars".to_owned(),
            ));
        }
        Ok(Printed { text: text.to_owned(), lines: Lines::verbatim(text) })
    }
}
