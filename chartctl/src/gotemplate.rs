//! Go templates given on the command line (`--template`): the bare language, without the functions of charts.

use std::any::Any;
use std::sync::Arc;

use gotmpl::{Funcs, Limits, Named, Object, Options, TemplateSet, Type, Value};

use crate::error::CliError;
use crate::failure;

/// What Helm 4.3.1 calls the template in its messages.
const NAME: &str = "_";

/// Returns what a template prints of `data`. The text of an error is Go's.
pub(crate) fn fill(template: &str, data: Value) -> Result<String, CliError> {
    let failed = |error: gotmpl::Error| failure::of(&error);
    let mut set = TemplateSet::new(NAME);
    set.parse(&Arc::new(Funcs::new()), NAME, template.as_bytes()).map_err(failed)?;
    let options = Options { limits: Limits::default(), ..Options::default() };
    let printed = Arc::new(set).execute(NAME, data, &options, &()).map_err(failed)?;
    Ok(printed.into_text())
}

/// A struct of Go, or a pointer to one: a name and fields.
pub(crate) struct Struct {
    name: &'static Named,
    fields: Vec<(&'static str, Value)>,
}

impl Struct {
    /// Returns a struct as a value.
    pub(crate) fn value<const N: usize>(
        name: &'static Named,
        fields: [(&'static str, Value); N],
    ) -> Value {
        Value::Object(Arc::new(Self { name, fields: fields.into() }))
    }
}

impl Object for Struct {
    fn go_type(&self) -> Type {
        Type::Named(self.name)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }
}
