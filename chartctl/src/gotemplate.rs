//! Go templates given on the command line (`--template`): the bare language, without the functions of charts.

use std::any::Any;
use std::sync::Arc;

use gotmpl::{
    Args, Call, CallError, Funcs, Limits, Named, Object, Options, Signature, TemplateSet, Type,
    Value,
};

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

/// A struct of Go, or a pointer to one: a name, fields, and texts that methods return.
pub(crate) struct Struct {
    name: &'static Named,
    fields: Vec<(&'static str, Value)>,
    methods: Vec<(&'static str, Value)>,
    is_nil: bool,
}

impl Struct {
    /// Returns a struct as a value.
    pub(crate) fn value<const N: usize>(
        name: &'static Named,
        fields: [(&'static str, Value); N],
    ) -> Value {
        Self::with_methods(name, fields, [])
    }

    /// Returns a struct with methods that take nothing and return these texts.
    pub(crate) fn with_methods<const N: usize, const M: usize>(
        name: &'static Named,
        fields: [(&'static str, Value); N],
        methods: [(&'static str, Value); M],
    ) -> Value {
        let (fields, methods) = (fields.into(), methods.into());
        Value::Object(Arc::new(Self { name, fields, methods, is_nil: false }))
    }

    /// Returns a pointer to nothing.
    pub(crate) fn nil(name: &'static Named) -> Value {
        let (fields, methods) = (Vec::new(), Vec::new());
        Value::Object(Arc::new(Self { name, fields, methods, is_nil: true }))
    }
}

impl Object for Struct {
    fn go_type(&self) -> Type {
        Type::Named(self.name)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_nil(&self) -> bool {
        self.is_nil
    }

    fn method(&self, name: &str) -> Option<Signature> {
        let known = self.methods.iter().any(|(method, _)| *method == name);
        known.then(|| Signature::new(&[], Type::String))
    }

    fn call(&self, name: &str, _: &mut Call<'_, '_>, _: &Args<'_>) -> Result<Value, CallError> {
        let result = self.methods.iter().find(|(method, _)| *method == name);
        result
            .map(|(_, value)| value.clone())
            .ok_or_else(|| CallError::Text("no method".to_owned()))
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }
}
