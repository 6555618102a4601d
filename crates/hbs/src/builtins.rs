//! What templates can call besides the functions of the table: what looks at variables that may be
//! missing, compares, includes partials and reads files of the chart.

use std::sync::Arc;

use funcs::table::Arity;
use value::Value;

use crate::compare;
use crate::error::{Fault, TemplateError, did_you_mean};
use crate::eval::{Failure, Place, Run};
use crate::parse::Read;
use crate::printf::printf;
use crate::scope::step;
use crate::tree::{Call, Expr};
use crate::values::truthy;
use crate::{Source, files, parse};

/// A helper of the engine itself.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) arity: Arity,
    pub(crate) run: fn(&mut Run<'_>, &Call, &mut Place<'_>) -> Result<Value, Failure>,
}

type Code = fn(&mut Run<'_>, &Call, &mut Place<'_>) -> Result<Value, Failure>;

const fn builtin(name: &'static str, min: usize, max: Option<usize>, run: Code) -> Builtin {
    Builtin { name, arity: Arity { min, max }, run }
}

/// The helpers of the engine, sorted by name. Those that a function of the table has the name of put up
/// with variables that are missing.
pub(crate) const BUILTINS: &[Builtin] = &[
    builtin("and", 1, None, and),
    builtin("coalesce", 0, None, tolerant),
    builtin("default", 2, Some(2), tolerant),
    builtin("empty", 1, Some(1), tolerant),
    builtin("eq", 2, None, |run, call, place| compared(run, call, place, compare::eq)),
    builtin("exists", 1, Some(1), exists),
    builtin("file", 1, Some(1), |run, call, place| {
        let args = run.args(call, place)?;
        Ok(files::file(&run.context.files, &args)?)
    }),
    builtin("fileBase64", 1, Some(1), |run, call, place| {
        let args = run.args(call, place)?;
        Ok(files::file_base64(&run.context.files, &args)?)
    }),
    builtin("glob", 1, Some(1), |run, call, place| {
        let args = run.args(call, place)?;
        Ok(files::glob(&run.context.files, &args)?)
    }),
    builtin("gt", 2, Some(2), |run, call, place| compared(run, call, place, compare::gt)),
    builtin("gte", 2, Some(2), |run, call, place| compared(run, call, place, compare::gte)),
    builtin("include", 1, Some(2), include),
    builtin("index", 2, None, index),
    builtin("len", 1, Some(1), |run, call, place| compared(run, call, place, compare::len)),
    builtin("lt", 2, Some(2), |run, call, place| compared(run, call, place, compare::lt)),
    builtin("lte", 2, Some(2), |run, call, place| compared(run, call, place, compare::lte)),
    builtin("ne", 2, Some(2), |run, call, place| compared(run, call, place, compare::ne)),
    builtin("not", 1, Some(1), |run, call, place| compared(run, call, place, compare::not)),
    builtin("or", 1, None, or),
    builtin("printf", 1, None, |run, call, place| compared(run, call, place, printf)),
    builtin("required", 2, Some(2), tolerant),
    builtin("tpl", 1, Some(2), tpl),
];

/// Returns the helper called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.binary_search_by(|builtin| builtin.name.cmp(name)).ok().and_then(|i| BUILTINS.get(i))
}

/// Returns the fault of a helper that does not exist.
pub(crate) fn unknown(name: &str) -> Fault {
    let known =
        BUILTINS.iter().map(|builtin| builtin.name).chain(funcs::table::rows().map(|row| row.name));
    Fault::new(format!("unknown helper \"{name}\""))
        .with_help(did_you_mean(name, known))
        .about(&Arc::from(name))
}

/// Returns the fault of a call that can never work.
pub(crate) fn check(call: &Call) -> Result<(), Fault> {
    let arity = find(&call.name)
        .map(|builtin| builtin.arity)
        .or_else(|| funcs::table::find(&call.name).map(funcs::table::Row::arity))
        .ok_or_else(|| unknown(&call.name))?;
    if let (Some((named, _)), true) = (call.named.first(), call.name.as_ref() != "dict") {
        let message = format!("{} takes no named argument {named}=", call.name);
        return Err(Fault::new(message).about(&call.name));
    }
    arity.check(call.args.len() + 2 * call.named.len()).map_err(|error| {
        let help = (call.name.as_ref() == "lookup" && call.args.len() == 2)
            .then(|| "lookup asks the cluster; index follows keys into a value".to_owned());
        Fault::new(format!("error calling {}: {error}", call.name))
            .with_help(help)
            .about(&call.name)
    })
}

fn compared(
    run: &mut Run<'_>,
    call: &Call,
    place: &mut Place<'_>,
    function: fn(&[Value]) -> Result<Value, Fault>,
) -> Result<Value, Failure> {
    let args = run.args(call, place)?;
    Ok(function(&args)?)
}

/// Returns the first argument that counts as false, else the last; those behind it are not looked at.
fn and(run: &mut Run<'_>, call: &Call, place: &mut Place<'_>) -> Result<Value, Failure> {
    until(run, call, place, |value| !truthy(value))
}

/// Returns the first argument that counts as true, else the last; those behind it are not looked at.
fn or(run: &mut Run<'_>, call: &Call, place: &mut Place<'_>) -> Result<Value, Failure> {
    until(run, call, place, truthy)
}

fn until(
    run: &mut Run<'_>,
    call: &Call,
    place: &mut Place<'_>,
    done: fn(&Value) -> bool,
) -> Result<Value, Failure> {
    let mut value = Value::Null;
    for arg in &call.args {
        value = run.value(arg, place)?;
        if done(&value) {
            break;
        }
    }
    Ok(value)
}

/// Calls the function of the table; variables that are missing are null.
fn tolerant(run: &mut Run<'_>, call: &Call, place: &mut Place<'_>) -> Result<Value, Failure> {
    let mut args = Vec::with_capacity(call.args.len());
    for arg in &call.args {
        args.push(run.optional(arg, place)?.unwrap_or_default());
    }
    run.function(&call.name, &args)
}

/// Whether a variable is there and not null.
fn exists(run: &mut Run<'_>, call: &Call, place: &mut Place<'_>) -> Result<Value, Failure> {
    let found = match call.args.first() {
        Some(arg) => run.optional(arg, place)?,
        None => None,
    };
    Ok(Value::from(found.is_some_and(|value| !value.is_null())))
}

/// Renders a partial into a text.
fn include(run: &mut Run<'_>, call: &Call, place: &mut Place<'_>) -> Result<Value, Failure> {
    let (name, context) = text_and_context(run, call, place)?;
    run.partial(&name, context, place, place.at).map(Value::from)
}

/// How much work the parser may have with one text given to `tpl`; what it had counts as steps.
const TPL_COST: u64 = 50_000_000;

/// Renders a text as a template.
fn tpl(run: &mut Run<'_>, call: &Call, place: &mut Place<'_>) -> Result<Value, Failure> {
    let (text, context) = text_and_context(run, call, place)?;
    let secret = [run.template, place.source].iter().any(|source| source.text.contains("Secret"));
    let told = |error: TemplateError| Failure::Inside(if secret { error.masked() } else { error });
    let source = Source::new(&format!("{} (tpl)", place.source.path), &place.source.chart, &text);
    let Read { template, inline, cost } = parse::parse(source, TPL_COST).map_err(told)?;
    run.charge(1 + cost / 1000)?;
    if !inline.is_empty() {
        return Err(Fault::new("a text given to tpl cannot define partials").into());
    }
    crate::check::check_body(run.templates, &template.source, &template.body).map_err(told)?;
    let mut scope = place.scope.partial(context);
    let mut inner = Place::start(&template.source, &mut scope);
    run.apart(&template.body, &mut inner).map(Value::from).map_err(told)
}

fn text_and_context(
    run: &mut Run<'_>,
    call: &Call,
    place: &mut Place<'_>,
) -> Result<(Arc<str>, Value), Failure> {
    let args = run.args(call, place)?;
    let context = args.get(1).cloned().unwrap_or_else(|| place.scope.context());
    match args.into_iter().next() {
        Some(Value::String(text)) => Ok((text, context)),
        other => {
            let kind = other.unwrap_or_default().kind();
            Err(Fault::new(format!("{} needs a string, not a {kind}", call.name)).into())
        }
    }
}

/// Follows keys into maps and lists; a key that is missing is an error.
fn index(run: &mut Run<'_>, call: &Call, place: &mut Place<'_>) -> Result<Value, Failure> {
    let args = run.args(call, place)?;
    let mut args = args.iter();
    let mut value = args.next().cloned().unwrap_or_default();
    let mut way = match call.args.first() {
        Some(Expr::Path(path)) => path.raw.to_string(),
        _ => "the first argument".to_owned(),
    };
    for key in args {
        let key = match key {
            Value::String(key) => key.to_string(),
            other => other.to_string(),
        };
        let next = step(&value, &key).cloned().map_err(|why| {
            let known = value.as_map().into_iter().flat_map(|map| map.keys().map(AsRef::as_ref));
            Fault::new(format!("{way} {why}")).with_help(did_you_mean(&key, known))
        })?;
        value = next;
        way = format!("{way}.{key}");
    }
    Ok(value)
}
