//! Functions: what they take, how they are registered, and what they may ask of the execution they are
//! called in.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::builtins::Builtin;
use crate::error::{CallError, Error};
use crate::exec::Exec;
use crate::meter::Meter;
use crate::options::Options;
use crate::set::TemplateSet;
use crate::types::Type;
use crate::value::Value;

/// What a function takes and returns. Arguments are checked against it as Go checks them, with Go's
/// messages, before the function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The types of the parameters that must be given.
    pub params: &'static [Type],
    /// The type of any number of further arguments.
    pub rest: Option<Type>,
    /// The type that the function is declared to return.
    pub result: Type,
}

impl Signature {
    /// Returns the signature of a function with exactly these parameters.
    #[must_use]
    pub const fn new(params: &'static [Type], result: Type) -> Self {
        Self { params, rest: None, result }
    }

    /// Returns the signature of a function that takes any number of arguments more.
    #[must_use]
    pub const fn variadic(params: &'static [Type], rest: Type, result: Type) -> Self {
        Self { params, rest: Some(rest), result }
    }

    /// Returns the type of the argument at `index`.
    pub(crate) fn param(&self, index: usize) -> Type {
        self.params.get(index).copied().or(self.rest).unwrap_or(Type::Any)
    }
}

/// A function that templates may call.
pub struct Func {
    name: Box<str>,
    signature: Signature,
    pub(crate) code: Code,
}

pub(crate) enum Code {
    Builtin(Builtin),
    Host(Box<HostFn>),
}

type HostFn = dyn Fn(&mut Call<'_, '_>, &Args<'_>) -> Result<Value, CallError> + Send + Sync;

impl Func {
    /// Declares a function. It is to return a value of the declared type; nil stands for a nil of that.
    pub fn new<F>(name: &str, signature: Signature, function: F) -> Self
    where
        F: Fn(&mut Call<'_, '_>, &Args<'_>) -> Result<Value, CallError> + Send + Sync + 'static,
    {
        Self { name: Box::from(name), signature, code: Code::Host(Box::new(function)) }
    }

    pub(crate) fn builtin(name: &str, builtin: Builtin) -> Self {
        Self { name: Box::from(name), signature: builtin.signature(), code: Code::Builtin(builtin) }
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what it takes and returns.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl fmt::Debug for Func {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Func")
            .field("name", &self.name)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

/// The functions that templates know. Those of the language are always there; a function of the host
/// takes the place of one with the same name.
#[derive(Clone, Debug)]
pub struct Funcs(HashMap<Box<[u8]>, Arc<Func>, RandomState>);

impl Funcs {
    /// Returns the functions of the language.
    #[must_use]
    pub fn new() -> Self {
        let named = |&(name, builtin): &(&str, Builtin)| {
            (Box::from(name.as_bytes()), Arc::new(Func::builtin(name, builtin)))
        };
        Self(Builtin::ALL.iter().map(named).collect())
    }

    /// Adds a function.
    pub fn add(&mut self, func: Func) {
        self.0.insert(Box::from(func.name.as_bytes()), Arc::new(func));
    }

    /// Returns the functions with one more.
    #[must_use]
    pub fn with(mut self, func: Func) -> Self {
        self.add(func);
        self
    }

    /// Returns the function of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Func>> {
        self.named(name.as_bytes())
    }

    /// Returns the function that a word of a template names.
    pub(crate) fn named(&self, word: &[u8]) -> Option<&Arc<Func>> {
        self.0.get(word)
    }
}

impl Default for Funcs {
    fn default() -> Self {
        Self::new()
    }
}

impl Extend<Func> for Funcs {
    fn extend<I: IntoIterator<Item = Func>>(&mut self, funcs: I) {
        funcs.into_iter().for_each(|func| self.add(func));
    }
}

/// The arguments of a call: a slice of values that fit the signature, with short ways to read them.
///
/// A nil for a parameter of a list or map type stays [`Value::Nil`].
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    values: &'a [Value],
    meter: Option<&'a Meter>,
}

impl Deref for Args<'_> {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        self.values
    }
}

static NIL: Value = Value::Nil;

impl<'a> Args<'a> {
    /// Returns arguments for calling a function of the host outside of templates; they are to fit its
    /// signature.
    #[must_use]
    pub const fn new(values: &'a [Value]) -> Self {
        Self { values, meter: None }
    }

    pub(crate) const fn metered(values: &'a [Value], meter: &'a Meter) -> Self {
        Self { values, meter: Some(meter) }
    }

    /// Returns other arguments for which the same execution pays.
    #[must_use]
    pub const fn with<'b>(&self, values: &'b [Value]) -> Args<'b>
    where
        'a: 'b,
    {
        Args { values, meter: self.meter }
    }
}

impl Args<'_> {
    /// Takes steps from what the execution may cost; an error when they are used up.
    ///
    /// Making the result and looking at texts and lists among the arguments once is paid for, a step for
    /// 64 bytes. A function that does more, or goes through maps or what is deeper, pays for that here.
    pub fn spend(&self, steps: usize) -> Result<(), CallError> {
        let paid = self.meter.map(|meter| meter.spend(u64::try_from(steps).unwrap_or(u64::MAX)));
        paid.transpose().map(|_| ()).map_err(CallError::Limit)
    }

    /// Returns the argument at `index`, nil beyond the last.
    #[must_use]
    pub fn at(&self, index: usize) -> &Value {
        self.values.get(index).unwrap_or(&NIL)
    }

    /// Returns the bytes of a text.
    #[must_use]
    pub fn bytes(&self, index: usize) -> &[u8] {
        match self.at(index) {
            Value::Bytes(bytes) => bytes,
            other => other.as_text().unwrap_or_default(),
        }
    }

    /// Returns a text; an error if it is not UTF-8.
    pub fn text(&self, index: usize) -> Result<&str, CallError> {
        std::str::from_utf8(self.bytes(index)).map_err(|_| CallError::from("text is not UTF-8"))
    }

    /// Returns an integer.
    #[must_use]
    pub fn int(&self, index: usize) -> i64 {
        self.at(index).as_int().unwrap_or_default()
    }

    /// Returns a float.
    #[must_use]
    pub fn float(&self, index: usize) -> f64 {
        self.at(index).as_float().unwrap_or_default()
    }

    /// Returns a boolean.
    #[must_use]
    pub fn bool(&self, index: usize) -> bool {
        self.at(index).as_bool().unwrap_or_default()
    }
}

/// The execution that a function is called in.
///
/// With it a function renders further templates: they share bounds, fuel and call trace with the caller.
pub struct Call<'e, 'x> {
    pub(crate) exec: &'x mut Exec<'e>,
}

impl<'e> Call<'e, '_> {
    /// Returns what the host gave the execution along.
    #[must_use]
    pub fn host<T: Any>(&self) -> Option<&'e T> {
        self.exec.host.downcast_ref()
    }

    /// Returns the options of the execution.
    #[must_use]
    pub fn options(&self) -> &Options {
        self.exec.options
    }

    /// Returns the templates in scope.
    #[must_use]
    pub fn templates(&self) -> &Arc<TemplateSet> {
        &self.exec.set
    }

    /// Returns the name of the template that is being executed.
    #[must_use]
    pub fn template(&self) -> &str {
        self.exec.template_name()
    }

    /// Returns how many executions of templates of that name are under way, whether an action or a
    /// function began them.
    #[must_use]
    pub fn nesting(&self, name: &str) -> usize {
        self.exec.nesting(name)
    }

    /// Executes a template in scope and returns what it prints.
    pub fn execute(&mut self, name: &str, data: Value) -> Result<Value, Error> {
        self.exec.render(name, data)
    }

    /// Executes a template of another set, which is in scope as long as that takes.
    ///
    /// To render a text with everything in scope, parse it into [`TemplateSet::layered`] over
    /// [`Call::templates`].
    pub fn execute_in(
        &mut self,
        set: Arc<TemplateSet>,
        name: &str,
        data: Value,
    ) -> Result<Value, Error> {
        let outer = std::mem::replace(&mut self.exec.set, set);
        let result = self.exec.render(name, data);
        self.exec.set = outer;
        result
    }
}
