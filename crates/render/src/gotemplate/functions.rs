//! The functions that Helm binds to an execution: `include`, `tpl`, `required`, `fail`; and what they
//! share while a chart is rendered.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;
use funcs::World;
use funcs::table::{self, Host as WorldHost};
use gotmpl::{Args, Call, CallError, Func, Funcs, Signature, TemplateSet, Type, Value, quote};

use super::{CACHE, NAMESPACE, NO_VALUE};
use crate::Excused;

/// How often a template may be included by itself, directly or not.
const MAX_NESTING: usize = 1000;

/// What functions share while a chart is rendered.
pub(super) struct Host {
    world: Arc<dyn World>,
    lint: bool,
    included: RefCell<HashMap<Arc<str>, usize, RandomState>>,
    excused: RefCell<Vec<Excused>>,
}

impl Host {
    pub(super) fn new(world: Arc<dyn World>, lint: bool) -> Self {
        Self { world, lint, included: RefCell::default(), excused: RefCell::default() }
    }

    /// Returns what `required` and `fail` said in lint mode.
    pub(super) fn into_excused(self) -> Vec<Excused> {
        self.excused.into_inner()
    }

    /// Notes that a template is included; an error when it includes itself without end.
    fn enter(&self, name: &str) -> Result<(), CallError> {
        let mut included = self.included.borrow_mut();
        match included.get_mut(name) {
            Some(count) if *count > MAX_NESTING => Err(CallError::Text(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            ))),
            Some(count) => {
                *count += 1;
                Ok(())
            }
            None => {
                included.insert(Arc::from(name), 1);
                Ok(())
            }
        }
    }

    fn leave(&self, name: &str) {
        if let Some(count) = self.included.borrow_mut().get_mut(name) {
            *count -= 1;
        }
    }

    fn excuse(&self, excused: Excused) {
        self.excused.borrow_mut().push(excused);
    }
}

impl WorldHost for Host {
    fn world(&self) -> &dyn World {
        self.world.as_ref()
    }
}

/// What a chart says when it refuses its values by `required` or `fail`.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// Returns all functions that templates of a chart know.
pub(super) fn all() -> Funcs {
    let mut funcs = Funcs::new();
    funcs.extend(table::funcs::<Host>());
    let on_text = |result| Signature::new(&[Type::String, Type::Any], result);
    funcs.add(Func::new("include", on_text(Type::String), include));
    funcs.add(Func::new("tpl", on_text(Type::String), tpl));
    funcs.add(Func::new("required", on_text(Type::Any), required));
    funcs.add(Func::new("fail", Signature::new(&[Type::String], Type::String), fail));
    funcs
}

fn host<'c>(call: &Call<'c, '_>) -> Result<&'c Host, CallError> {
    call.host().ok_or_else(|| CallError::from("the template is rendered without a chart"))
}

fn include(call: &mut Call<'_, '_>, args: &Args<'_>) -> Result<Value, CallError> {
    let host = host(call)?;
    let name = args.text(0)?;
    host.enter(name)?;
    let printed = call.execute(name, args.at(1).clone());
    host.leave(name);
    Ok(printed?)
}

fn tpl(call: &mut Call<'_, '_>, args: &Args<'_>) -> Result<Value, CallError> {
    let text = args.bytes(0);
    if !text.windows(2).any(|pair| pair == b"{{") {
        return Ok(without_no_value(args.at(0)));
    }
    args.spend(text.len())?;
    let unit = CACHE.parse(NAMESPACE, text).map_err(|error| {
        CallError::Within(format!("cannot parse template {}", quote(text)), error)
    })?;
    let mut set = TemplateSet::layered(NAMESPACE, call.templates());
    set.add_main(&unit);
    let printed = call.execute_in(Arc::new(set), NAMESPACE, args.at(1).clone());
    let printed = printed.map_err(|error| {
        let message = format!("error during tpl function execution for {}", quote(text));
        CallError::Within(message, error)
    })?;
    Ok(without_no_value(&printed))
}

fn without_no_value(printed: &Value) -> Value {
    match printed.as_str() {
        Some(text) if text.contains(NO_VALUE) => Value::from(text.replace(NO_VALUE, "")),
        _ => printed.clone(),
    }
}

fn required(call: &mut Call<'_, '_>, args: &Args<'_>) -> Result<Value, CallError> {
    let given = args.at(1);
    if !given.is_nil() && !given.as_text().is_some_and(<[u8]>::is_empty) {
        return Ok(given.clone());
    }
    let message = String::from_utf8_lossy(args.bytes(0)).into_owned();
    let host = host(call)?;
    if !host.lint {
        return Err(CallError::Host(Arc::new(Refusal(message))));
    }
    host.excuse(Excused::Required(message));
    Ok(Value::from(""))
}

fn fail(call: &mut Call<'_, '_>, args: &Args<'_>) -> Result<Value, CallError> {
    let message = String::from_utf8_lossy(args.bytes(0)).into_owned();
    let host = host(call)?;
    if !host.lint {
        return Err(CallError::Host(Arc::new(Refusal(message))));
    }
    host.excuse(Excused::Fail(message));
    Ok(Value::from(""))
}
