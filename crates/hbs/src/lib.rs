//! The Handlebars template engine: strict, made for YAML, and safe with templates that nobody trusts.
//!
//! The `handlebars` crate reads the language, so that a template is what Handlebars says it is. Running
//! it is ours: the crate prints nothing for many things that are missing, turns values into JSON and has
//! no bounds. Here an unknown variable, helper or partial is an error with a place in the file, functions
//! are those of [`funcs::table`], and depth, steps and output are limited.
//!
//! ```
//! use funcs::FixedWorld;
//! use hbs::{Context, Source, Templates};
//!
//! let text = "name: {{upper values.name}}\n";
//! let templates = Templates::compile(vec![Source::new("app/templates/a.hbs", "app", text)])?;
//! let data = value::json::from_str(r#"{"values":{"name":"web"}}"#).expect("JSON");
//! let context = Context { data, files: Default::default() };
//! let output = templates.render("app/templates/a.hbs", &context, &FixedWorld::new())?;
//! assert_eq!(output.text, "name: WEB\n");
//! # Ok::<(), hbs::TemplateError>(())
//! ```

mod blocks;
mod builtins;
mod check;
mod compare;
mod error;
mod eval;
mod files;
mod lines;
mod locate;
mod parse;
mod partials;
mod path;
mod printf;
mod scan;
mod scope;
mod tree;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use funcs::World;
use value::Value;

pub use crate::error::{Frame, TemplateError};
pub use crate::lines::{Lines, Printed};

use crate::parse::Read;
use crate::partials::Partials;
use crate::tree::Template;

/// The text of a template.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path that errors and `render` name, such as `app/templates/web.hbs`.
    pub path: Arc<str>,
    /// The chart it belongs to, such as `app` or `app/charts/db`: decides which partial is meant when
    /// several have one name.
    pub chart: Arc<str>,
    /// The text.
    pub text: Arc<str>,
}

impl Source {
    /// Returns a source.
    #[must_use]
    pub fn new(path: &str, chart: &str, text: &str) -> Self {
        Self { path: Arc::from(path), chart: Arc::from(chart), text: Arc::from(text) }
    }

    /// Returns whether this is a file of partials, which prints nothing itself: its name begins with `_`.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
    }
}

/// What a template sees.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The variables; a map.
    pub data: Value,
    /// The files that `file`, `fileBase64` and `glob` find, by path.
    pub files: Arc<BTreeMap<String, Arc<[u8]>>>,
}

/// Compiled templates that see each other's partials.
#[derive(Debug)]
pub struct Templates {
    templates: BTreeMap<Arc<str>, Template>,
    partials: Partials,
}

impl Templates {
    /// Reads and checks templates. Files whose name begins with `_` are partials.
    ///
    /// Unknown helpers and partials are found here, even in branches that are never taken.
    pub fn compile(sources: Vec<Source>) -> Result<Self, TemplateError> {
        let mut partials = Partials::default();
        let mut templates = BTreeMap::new();
        let mut budget = scan::MAX_COST;
        for source in sources {
            let is_partial = source.is_partial();
            let Read { template, inline, cost } = parse::parse(source, budget)?;
            budget -= cost;
            if is_partial {
                partials.add_file(template, inline)?;
            } else {
                partials.add_local(&template, inline)?;
                templates.insert(Arc::clone(&template.source.path), template);
            }
        }
        let compiled = Self { templates, partials };
        check::check(&compiled)?;
        Ok(compiled)
    }

    /// Returns the paths of the templates that print something, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(AsRef::as_ref)
    }

    /// Renders the template at `path`.
    pub fn render(
        &self,
        path: &str,
        context: &Context,
        world: &dyn World,
    ) -> Result<Printed, TemplateError> {
        let template =
            self.templates.get(path).ok_or_else(|| TemplateError::unknown_template(path))?;
        eval::render(self, template, context, world)
    }
}
