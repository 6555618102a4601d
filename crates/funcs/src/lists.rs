//! Lists. None is changed: each function returns a new one.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use std::collections::BTreeSet;

use value::Value;

use crate::args::{any, from, int, list};
use crate::bounds::{bounded_list, check_items};
use crate::error::FuncError;
use crate::flow::truthy;
use crate::table::{Function, Row, exact, row, variadic};
use crate::types::same;

pub(crate) const ROWS: &[Row] = &[
    variadic("list", 0, make, "Returns a list of the arguments.", r#"list 1 "a" => [1,"a"]"#),
    exact("first", 1, first, "Returns the first item, null of an empty list.", "first [1,2] => 1"),
    exact("last", 1, last, "Returns the last item, null of an empty list.", "last [1,2] => 2"),
    exact("rest", 1, rest, "Returns all but the first item.", "rest [1,2,3] => [2,3]"),
    exact("initial", 1, initial, "Returns all but the last item.", "initial [1,2,3] => [1,2]"),
    exact("append", 2, append, "Returns the list with an item behind.", "append [1] 2 => [1,2]"),
    exact("prepend", 2, prepend, "Returns the list with an item before.", "prepend [1] 0 => [0,1]"),
    variadic("concat", 0, concat, "Joins lists.", "concat [1] [2,3] => [1,2,3]"),
    exact("reverse", 1, reverse, "Returns the list backwards.", "reverse [1,2] => [2,1]"),
    exact("uniq", 1, uniq, "Drops items that came before.", "uniq [1,2,1] => [1,2]"),
    variadic("without", 1, without, "Drops the given items.", "without [1,2,3] 2 3 => [1]"),
    exact("has", 2, has, "Returns whether a list has an item.", "has 2 [1,2] => true"),
    exact("compact", 1, compact, "Drops empty items.", r#"compact [1,"",null,0] => [1]"#),
    row(
        "slice",
        1,
        Some(3),
        Function::Pure(slice),
        "Returns the items from one position up to another.",
        "slice [1,2,3,4] 1 3 => [2,3]",
    ),
    exact(
        "chunk",
        2,
        chunk,
        "Cuts a list into lists of so many items.",
        "chunk 2 [1,2,3] => [[1,2],[3]]",
    ),
    exact(
        "until",
        1,
        until,
        "Returns the numbers from 0 up to, without, the argument.",
        "until 3 => [0,1,2]",
    ),
    exact(
        "untilStep",
        3,
        until_step,
        "Returns the numbers from the first argument up to, without, the second, by the third.",
        "untilStep 3 9 2 => [3,5,7]",
    ),
];

fn make(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(args.to_vec()))
}

fn first(args: &[Value]) -> Result<Value, FuncError> {
    Ok(list(args, 0)?.first().cloned().unwrap_or_default())
}

fn last(args: &[Value]) -> Result<Value, FuncError> {
    Ok(list(args, 0)?.last().cloned().unwrap_or_default())
}

fn rest(args: &[Value]) -> Result<Value, FuncError> {
    Ok(list(args, 0)?.split_first().map_or_else(Vec::new, |(_, rest)| rest.to_vec()).into())
}

fn initial(args: &[Value]) -> Result<Value, FuncError> {
    Ok(list(args, 0)?.split_last().map_or_else(Vec::new, |(_, rest)| rest.to_vec()).into())
}

fn append(args: &[Value]) -> Result<Value, FuncError> {
    let mut items = list(args, 0)?.to_vec();
    items.push(any(args, 1).clone());
    bounded_list(items)
}

fn prepend(args: &[Value]) -> Result<Value, FuncError> {
    let mut items = vec![any(args, 1).clone()];
    items.extend_from_slice(list(args, 0)?);
    bounded_list(items)
}

fn concat(args: &[Value]) -> Result<Value, FuncError> {
    let mut items = Vec::new();
    for index in 0..args.len() {
        let more = list(args, index)?;
        check_items(items.len() + more.len())?;
        items.extend_from_slice(more);
    }
    Ok(Value::from(items))
}

fn reverse(args: &[Value]) -> Result<Value, FuncError> {
    Ok(list(args, 0)?.iter().rev().cloned().collect())
}

fn uniq(args: &[Value]) -> Result<Value, FuncError> {
    let mut seen = BTreeSet::new();
    let first = |item: &&Value| seen.insert(value::json::to_string(item));
    Ok(list(args, 0)?.iter().filter(first).cloned().collect())
}

fn without(args: &[Value]) -> Result<Value, FuncError> {
    let dropped = from(args, 1);
    let keep = |item: &&Value| !dropped.iter().any(|other| same(other, item));
    Ok(list(args, 0)?.iter().filter(keep).cloned().collect())
}

fn has(args: &[Value]) -> Result<Value, FuncError> {
    if any(args, 1).is_null() {
        return Ok(Value::from(false));
    }
    let wanted = any(args, 0);
    Ok(Value::from(list(args, 1)?.iter().any(|item| same(item, wanted))))
}

fn compact(args: &[Value]) -> Result<Value, FuncError> {
    Ok(list(args, 0)?.iter().filter(|item| truthy(item)).cloned().collect())
}

fn slice(args: &[Value]) -> Result<Value, FuncError> {
    let items = list(args, 0)?;
    let position = |index: usize, or: usize| {
        if index < args.len() {
            usize::try_from(int(args, index)?)
                .map_err(|_| FuncError::failed("a position must not be negative"))
        } else {
            Ok(or)
        }
    };
    let (start, end) = (position(1, 0)?, position(2, items.len())?);
    items.get(start..end).map(|items| Value::from(items.to_vec())).ok_or_else(|| {
        FuncError::failed(format!(
            "positions {start} to {end} are outside of {} items",
            items.len()
        ))
    })
}

fn chunk(args: &[Value]) -> Result<Value, FuncError> {
    let size = usize::try_from(int(args, 0)?).unwrap_or(0).max(1);
    Ok(list(args, 1)?.chunks(size).map(|items| Value::from(items.to_vec())).collect())
}

fn until(args: &[Value]) -> Result<Value, FuncError> {
    let end = int(args, 0)?;
    steps(0, end, if end < 0 { -1 } else { 1 })
}

fn until_step(args: &[Value]) -> Result<Value, FuncError> {
    steps(int(args, 0)?, int(args, 1)?, int(args, 2)?)
}

fn steps(start: i64, end: i64, step: i64) -> Result<Value, FuncError> {
    let ahead = |at: i64| if step > 0 { at < end } else { at > end };
    let mut items = Vec::new();
    let mut at = start;
    while step != 0 && ahead(at) {
        items.push(Value::Int(at));
        check_items(items.len())?;
        let Some(next) = at.checked_add(step) else {
            break;
        };
        at = next;
    }
    Ok(Value::from(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_is_bounded_and_goes_down_too() {
        assert!(until(&[Value::Int(i64::MAX)]).is_err());
        assert_eq!(until(&[Value::Int(-2)]), Ok(Value::from(vec![Value::Int(0), Value::Int(-1)])));
        assert_eq!(steps(0, 5, 0), Ok(Value::from(Vec::new())));
    }

    #[test]
    fn a_slice_outside_is_an_error() {
        let items = Value::from(vec![Value::Int(1)]);
        let error = slice(&[items, Value::Int(1), Value::Int(5)]).expect_err("outside");
        assert_eq!(error.to_string(), "positions 1 to 5 are outside of 1 items");
    }
}
