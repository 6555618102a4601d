//! The blocks: `if`, `unless`, `each`, `with`, `raw`.

use std::collections::BTreeMap;
use std::sync::Arc;

use value::Value;

use crate::error::{Fault, did_you_mean};
use crate::eval::{Failure, Place, Run};
use crate::scope::Layer;
use crate::tree::{Block, Body};
use crate::values::truthy;

/// A block: its name, how many arguments it takes, how many names it may give.
pub(crate) const BLOCKS: &[(&str, usize, usize)] =
    &[("each", 1, 2), ("if", 1, 0), ("raw", 0, 0), ("unless", 1, 0), ("with", 1, 1)];

/// Returns the fault of a block that does not exist or is called wrongly.
pub(crate) fn check(block: &Block) -> Result<(), Fault> {
    let name = &block.call.name;
    let Some((_, args, names)) = BLOCKS.iter().find(|(known, ..)| *known == name.as_ref()) else {
        let help = did_you_mean(name, BLOCKS.iter().map(|(name, ..)| *name)).or_else(|| {
            funcs::table::find(name).map(|_| format!("call the function as {{{{{name} …}}}}"))
        });
        return Err(Fault::new(format!("unknown block \"{name}\"")).with_help(help).about(name));
    };
    let (got, given) = (block.call.args.len(), block.params.len());
    let problem = if got != *args {
        format!("#{name} takes {args} arguments, not {got}")
    } else if given > *names {
        format!("#{name} gives {names} names at most, not {given}")
    } else if let Some((named, _)) = block.call.named.first() {
        format!("#{name} takes no named argument {named}=")
    } else {
        return Ok(());
    };
    Err(Fault::new(problem).about(name))
}

/// Renders a block.
pub(crate) fn run(
    run: &mut Run<'_>,
    block: &Block,
    place: &mut Place<'_>,
    out: &mut String,
) -> Result<(), Failure> {
    let given = match block.call.args.first() {
        Some(arg) => run.value(arg, place)?,
        None => Value::Bool(true),
    };
    let otherwise = |run: &mut Run<'_>, place: &mut Place<'_>, out: &mut String| {
        block.otherwise.as_ref().map_or(Ok(()), |body| render(run, body, place, out))
    };
    match block.call.name.as_ref() {
        "each" => each(run, block, &given, place, out),
        "with" if truthy(&given) => {
            let names = block.params.first().map(|name| (Arc::clone(name), given.clone()));
            let locals = place.scope.locals();
            let layer = Layer { context: given, locals, names: names.into_iter().collect() };
            layered(run, &block.body, layer, place, out)
        }
        "unless" if truthy(&given) => otherwise(run, place, out),
        "if" | "with" if !truthy(&given) => otherwise(run, place, out),
        _ => render(run, &block.body, place, out),
    }
}

fn render(
    run: &mut Run<'_>,
    body: &Body,
    place: &mut Place<'_>,
    out: &mut String,
) -> Result<(), Failure> {
    run.body(body, place, out).map_err(Failure::Inside)
}

fn layered(
    run: &mut Run<'_>,
    body: &Body,
    layer: Layer,
    place: &mut Place<'_>,
    out: &mut String,
) -> Result<(), Failure> {
    place.scope.enter(layer);
    let result = render(run, body, place, out);
    place.scope.leave();
    result
}

fn each(
    run: &mut Run<'_>,
    block: &Block,
    given: &Value,
    place: &mut Place<'_>,
    out: &mut String,
) -> Result<(), Failure> {
    let items: Vec<(Value, &Value)> = match given {
        Value::List(items) => (0_i64..).map(Value::Int).zip(items.iter()).collect(),
        Value::Map(map) => map.iter().map(|(k, v)| (Value::String(Arc::clone(k)), v)).collect(),
        Value::Null => Vec::new(),
        other => {
            let message = format!("#each needs a list or a map, not a {}", other.kind());
            return Err(Fault::new(message).into());
        }
    };
    if items.is_empty() {
        return block.otherwise.as_ref().map_or(Ok(()), |body| render(run, body, place, out));
    }
    let last = items.len() - 1;
    for (index, (key, item)) in items.into_iter().enumerate() {
        run.charge(1)?;
        let locals = BTreeMap::from([
            ("first", Value::Bool(index == 0)),
            ("last", Value::Bool(index == last)),
            ("index", Value::Int(i64::try_from(index).unwrap_or(i64::MAX))),
            ("key", key.clone()),
        ]);
        let names = block.params.iter().cloned().zip([item.clone(), key]).collect();
        let layer = Layer { context: item.clone(), locals, names };
        layered(run, &block.body, layer, place, out)?;
    }
    Ok(())
}
