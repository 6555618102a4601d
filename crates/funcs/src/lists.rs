//! Lists. None is changed: each function returns a new one. Equality is that of `reflect.DeepEqual`.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use std::borrow::Cow;

use gotmpl::{Args, CallError, List, Type, Value, is_true};

use crate::args::{from, items, kind, slice as items_of};
use crate::bounds::{Walk, bounded_list, check_items};
use crate::cast;
use crate::table::{Answer, Row, pure, takes, takes_more};
use crate::types::same;

const ANY: Type = Type::Any;
const LIST: Type = Type::LIST;
/// `[][]interface {}`
const LISTS: Type = Type::List(&Type::LIST);

pub(crate) const ROWS: &[Row] = &[
    pure(
        "list",
        takes_more(&[], ANY, LIST),
        make,
        "Returns a list of the arguments.",
        r#"list 1 "a" => [1,"a"]"#,
    )
    .also(&["tuple"]),
    pure(
        "first",
        takes(&[ANY], ANY),
        first,
        "Returns the first item, null of an empty list.",
        "first [1,2] => 1",
    )
    .also(&["mustFirst"]),
    pure(
        "last",
        takes(&[ANY], ANY),
        last,
        "Returns the last item, null of an empty list.",
        "last [1,2] => 2",
    )
    .also(&["mustLast"]),
    pure(
        "rest",
        takes(&[ANY], LIST),
        rest,
        "Returns all but the first item.",
        "rest [1,2,3] => [2,3]",
    )
    .also(&["mustRest"]),
    pure(
        "initial",
        takes(&[ANY], LIST),
        initial,
        "Returns all but the last item.",
        "initial [1,2,3] => [1,2]",
    )
    .also(&["mustInitial"]),
    pure(
        "append",
        takes(&[ANY, ANY], LIST),
        append,
        "Returns the list with one more item.",
        "append [1] 2 => [1,2]",
    )
    .also(&["push", "mustAppend", "mustPush"]),
    pure(
        "prepend",
        takes(&[ANY, ANY], LIST),
        prepend,
        "Returns the list with one more item in front.",
        "prepend [1] 0 => [0,1]",
    )
    .also(&["mustPrepend"]),
    pure(
        "concat",
        takes_more(&[], ANY, ANY),
        concat,
        "Joins lists to one.",
        "concat [1] [2,3] => [1,2,3]",
    ),
    pure(
        "reverse",
        takes(&[ANY], LIST),
        reverse,
        "Returns the items the other way round.",
        "reverse [1,2] => [2,1]",
    )
    .also(&["mustReverse"]),
    pure(
        "uniq",
        takes(&[ANY], LIST),
        uniq,
        "Returns the items without repetitions.",
        "uniq [1,2,1] => [1,2]",
    )
    .also(&["mustUniq"]),
    pure(
        "without",
        takes_more(&[ANY], ANY, LIST),
        without,
        "Returns the list without the given items.",
        "without [1,2,3] 2 3 => [1]",
    )
    .also(&["mustWithout"]),
    pure(
        "has",
        takes(&[ANY, ANY], Type::Bool),
        has,
        "Returns whether a list (second argument) has an item.",
        "has 2 [1,2] => true",
    )
    .also(&["mustHas"]),
    pure(
        "compact",
        takes(&[ANY], LIST),
        compact,
        "Returns the items that are not empty.",
        r#"compact [0,1,"",null] => [1]"#,
    )
    .also(&["mustCompact"]),
    pure(
        "slice",
        takes_more(&[ANY], ANY, ANY),
        slice,
        "Returns the items from one position up to another.",
        "slice [1,2,3,4] 1 3 => [2,3]",
    )
    .also(&["mustSlice"]),
    pure(
        "chunk",
        takes(&[Type::Int, ANY], LISTS),
        chunk,
        "Cuts a list into lists of so many items.",
        "chunk 2 [1,2,3] => [[1,2],[3]]",
    )
    .also(&["mustChunk"]),
];

fn make(args: &Args<'_>) -> Answer {
    bounded_list(args.to_vec())
}

fn first(args: &Args<'_>) -> Answer {
    Ok(items_of(args, 0, "Cannot find first on type")?.first().cloned().unwrap_or_default())
}

fn last(args: &Args<'_>) -> Answer {
    Ok(items_of(args, 0, "Cannot find last on type")?.last().cloned().unwrap_or_default())
}

fn rest(args: &Args<'_>) -> Answer {
    let items = items_of(args, 0, "Cannot find rest on type")?;
    Ok(items.split_first().map_or_else(nil, |(_, rest)| rest.to_vec().into()))
}

fn initial(args: &Args<'_>) -> Answer {
    let items = items_of(args, 0, "Cannot find initial on type")?;
    Ok(items.split_last().map_or_else(nil, |(_, rest)| rest.to_vec().into()))
}

fn append(args: &Args<'_>) -> Answer {
    let mut items = items_of(args, 0, "Cannot push on type")?.into_owned();
    items.push(args.at(1).clone());
    bounded_list(items)
}

fn prepend(args: &Args<'_>) -> Answer {
    let mut items = vec![args.at(1).clone()];
    items.extend_from_slice(&items_of(args, 0, "Cannot prepend on type")?);
    bounded_list(items)
}

fn concat(args: &Args<'_>) -> Answer {
    let mut all = Vec::new();
    for value in args.iter() {
        let more = items(value).map_err(|problem| {
            let kind = kind(value);
            if value.is_nil() {
                problem
            } else {
                CallError::Text(format!("Cannot concat type {kind} as list"))
            }
        })?;
        check_items(all.len() + more.len())?;
        all.extend_from_slice(&more);
    }
    Ok(if all.is_empty() { nil() } else { Value::from(all) })
}

/// Returns a nil slice, which prints as an empty one but for JSON.
fn nil() -> Value {
    Value::List(List::nil(Type::LIST))
}

fn reverse(args: &Args<'_>) -> Answer {
    let items = items_of(args, 0, "Cannot find reverse on type")?;
    Ok(Value::from(items.iter().rev().cloned().collect::<Vec<_>>()))
}

fn uniq(args: &Args<'_>) -> Answer {
    let items = items_of(args, 0, "Cannot find uniq on type")?;
    let walk = Walk::new(args);
    let mut seen = Seen::default();
    let mut kept = Vec::new();
    for item in items.iter() {
        if seen.is_new(&walk, item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::from(kept))
}

/// What has been seen: texts in a set, so that long lists of them stay quick, anything else in a list.
#[derive(Default)]
struct Seen<'a> {
    texts: std::collections::BTreeSet<&'a [u8]>,
    others: Vec<&'a Value>,
}

impl<'a> Seen<'a> {
    fn is_new(&mut self, walk: &Walk<'_>, item: &'a Value) -> Result<bool, CallError> {
        if let Some(text) = item.as_text() {
            walk.compare(20 * text.len())?;
            return Ok(self.texts.insert(text));
        }
        let new = !is_among(walk, item, self.others.iter().copied())?;
        if new {
            self.others.push(item);
        }
        Ok(new)
    }
}

/// Returns whether a value equals one of the others.
fn is_among<'v>(
    walk: &Walk<'_>,
    item: &Value,
    others: impl IntoIterator<Item = &'v Value>,
) -> Result<bool, CallError> {
    for other in others {
        if same(walk, other, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn without(args: &Args<'_>) -> Answer {
    let items = items_of(args, 0, "Cannot find without on type")?;
    let (walk, dropped) = (Walk::new(args), from(args, 1));
    let mut kept = Vec::new();
    for item in items.iter() {
        if !is_among(&walk, item, dropped)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::from(kept))
}

fn has(args: &Args<'_>) -> Answer {
    let (wanted, list) = (args.at(0), args.at(1));
    if list.is_nil() {
        return Ok(Value::from(false));
    }
    let items = items_of(args, 1, "Cannot find has on type")?;
    Ok(Value::from(is_among(&Walk::new(args), wanted, items.iter())?))
}

fn compact(args: &Args<'_>) -> Answer {
    let items = items_of(args, 0, "Cannot compact on type")?;
    Ok(Value::from(items.iter().filter(|item| is_true(item)).cloned().collect::<Vec<_>>()))
}

fn slice(args: &Args<'_>) -> Answer {
    let list = args.at(0);
    let items = items_of(args, 0, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let position = |index: usize, otherwise: usize| match args.get(index) {
        Some(value) => usize::try_from(cast::int(value)).ok(),
        None => Some(otherwise),
    };
    let range = position(1, 0).zip(position(2, items.len()));
    let cut = range.and_then(|(start, end)| items.get(start..end));
    let cut = cut
        .ok_or_else(|| CallError::from("reflect.Value.Slice: slice index out of bounds"))?
        .to_vec();
    Ok(match list {
        Value::Bytes(_) => {
            let byte = |item: &Value| u8::try_from(item.as_uint().unwrap_or_default()).ok();
            Value::Bytes(cut.iter().filter_map(byte).collect())
        }
        _ => Value::List(List::typed(list.go_type(), cut)),
    })
}

fn chunk(args: &Args<'_>) -> Answer {
    let size = args.int(0);
    let items: Cow<'_, [Value]> = items_of(args, 1, "Cannot chunk type")?;
    match usize::try_from(size) {
        Ok(size) if size > 0 => chunks(&items, size),
        // The library computes the number of chunks in floats; with a negative size it comes to none.
        _ if size < 0 && (2..=size.unsigned_abs().saturating_add(1)).contains(&length(&items)) => {
            chunks(&[], 1)
        }
        _ => Err(CallError::from("runtime error: makeslice: len out of range")),
    }
}

fn length(items: &[Value]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

fn chunks(items: &[Value], size: usize) -> Answer {
    let chunks = items.chunks(size).map(|chunk| Value::from(chunk.to_vec())).collect();
    Ok(Value::List(List::typed(LISTS, chunks)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::NIL_POINTER;

    #[test]
    fn nil_is_no_list_but_has_nothing() {
        let nil = [Value::Nil];
        let error = first(&Args::new(&nil)).expect_err("refused").to_string();
        assert_eq!(error, NIL_POINTER);
        let found = has(&Args::new(&[Value::Int(1), Value::Nil])).expect("an answer");
        assert_eq!(found.as_bool(), Some(false));
    }
}
