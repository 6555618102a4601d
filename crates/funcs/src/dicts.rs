//! Maps. None is changed: each function returns a new one.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use std::sync::Arc;

use value::{Map, Value};

use crate::args::{any, from, map, text, wrong};
use crate::error::FuncError;
use crate::flow::truthy;
use crate::table::{Row, exact, variadic};
use crate::text::text_of;

pub(crate) const ROWS: &[Row] = &[
    variadic(
        "dict",
        0,
        dict,
        "Returns a map of keys and values in turn.",
        r#"dict "a" 1 "b" 2 => {"a":1,"b":2}"#,
    ),
    exact(
        "get",
        2,
        get,
        "Returns an entry of a map, an empty text when it is missing.",
        r#"get {"a":1} "b" => """#,
    ),
    exact("set", 3, set, "Returns the map with an entry.", r#"set {"a":1} "b" 2 => {"a":1,"b":2}"#),
    exact("unset", 2, unset, "Returns the map without an entry.", r#"unset {"a":1} "a" => {}"#),
    exact(
        "hasKey",
        2,
        has_key,
        "Returns whether a map has a key.",
        r#"hasKey {"a":null} "a" => true"#,
    ),
    variadic(
        "pluck",
        1,
        pluck,
        "Returns the entries of that key in several maps.",
        r#"pluck "a" {"a":1} {"b":2} {"a":3} => [1,3]"#,
    ),
    variadic("keys", 0, keys, "Returns the keys, sorted.", r#"keys {"b":1,"a":2} => ["a","b"]"#),
    variadic(
        "values",
        0,
        values,
        "Returns the values, in the order of the keys.",
        r#"values {"b":1,"a":2} => [2,1]"#,
    ),
    variadic(
        "pick",
        1,
        pick,
        "Returns the map with nothing but the given keys.",
        r#"pick {"a":1,"b":2} "a" => {"a":1}"#,
    ),
    variadic(
        "omit",
        1,
        omit,
        "Returns the map without the given keys.",
        r#"omit {"a":1,"b":2} "a" => {"b":2}"#,
    ),
    variadic(
        "merge",
        1,
        merge,
        "Merges maps deeply; what stands further left wins unless it is empty.",
        r#"merge {"a":1,"b":""} {"a":2,"b":3} => {"a":1,"b":3}"#,
    ),
    variadic(
        "mergeOverwrite",
        1,
        merge_overwrite,
        "Merges maps deeply; what stands further right wins.",
        r#"mergeOverwrite {"a":1,"b":2} {"a":3} => {"a":3,"b":2}"#,
    ),
    variadic(
        "dig",
        3,
        dig,
        "Follows keys into a map (the last argument); returns the one before the last when a key is missing.",
        r#"dig "a" "b" "none" {"a":{"b":1}} => 1"#,
    ),
    exact("deepCopy", 1, deep_copy, "Returns a copy.", r#"deepCopy {"a":[1]} => {"a":[1]}"#),
];

fn dict(args: &[Value]) -> Result<Value, FuncError> {
    let mut entries = Map::new();
    for pair in args.chunks(2) {
        entries.insert(
            Arc::from(text_of(any(pair, 0))),
            pair.get(1).cloned().unwrap_or_else(|| Value::from("")),
        );
    }
    Ok(Value::from(entries))
}

fn get(args: &[Value]) -> Result<Value, FuncError> {
    Ok(map(args, 0)?.get(text(args, 1)?).cloned().unwrap_or_else(|| Value::from("")))
}

fn set(args: &[Value]) -> Result<Value, FuncError> {
    let mut entries = map(args, 0)?.clone();
    entries.insert(Arc::from(text(args, 1)?), any(args, 2).clone());
    Ok(Value::from(entries))
}

fn unset(args: &[Value]) -> Result<Value, FuncError> {
    let mut entries = map(args, 0)?.clone();
    entries.remove(text(args, 1)?);
    Ok(Value::from(entries))
}

fn has_key(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(map(args, 0)?.contains_key(text(args, 1)?)))
}

fn pluck(args: &[Value]) -> Result<Value, FuncError> {
    let key = text(args, 0)?;
    let mut found = Vec::new();
    for index in 1..args.len() {
        found.extend(map(args, index)?.get(key).cloned());
    }
    Ok(Value::from(found))
}

fn keys(args: &[Value]) -> Result<Value, FuncError> {
    let mut found = Vec::new();
    for index in 0..args.len() {
        found.extend(map(args, index)?.keys().map(|key| Value::String(key.clone())));
    }
    crate::bounds::bounded_list(found)
}

fn values(args: &[Value]) -> Result<Value, FuncError> {
    let mut found = Vec::new();
    for index in 0..args.len() {
        found.extend(map(args, index)?.values().cloned());
    }
    crate::bounds::bounded_list(found)
}

fn pick(args: &[Value]) -> Result<Value, FuncError> {
    let (entries, wanted) = (map(args, 0)?, texts(args, 1)?);
    Ok(wanted
        .into_iter()
        .filter_map(|key| entries.get_key_value(key).map(|(k, v)| (k.clone(), v.clone())))
        .collect())
}

fn omit(args: &[Value]) -> Result<Value, FuncError> {
    let (mut entries, dropped) = (map(args, 0)?.clone(), texts(args, 1)?);
    for key in dropped {
        entries.remove(key);
    }
    Ok(Value::from(entries))
}

fn texts(args: &[Value], start: usize) -> Result<Vec<&str>, FuncError> {
    (start..args.len()).map(|index| text(args, index)).collect()
}

fn merge(args: &[Value]) -> Result<Value, FuncError> {
    merged(args, |into, from| {
        if !truthy(into) && truthy(from) {
            *into = from.clone();
        }
    })
}

fn merge_overwrite(args: &[Value]) -> Result<Value, FuncError> {
    merged(args, |into, from| *into = from.clone())
}

fn merged(args: &[Value], settle: fn(&mut Value, &Value)) -> Result<Value, FuncError> {
    let mut result = Value::from(map(args, 0)?.clone());
    for (index, more) in from(args, 1).iter().enumerate() {
        match more {
            Value::Null => {}
            Value::Map(_) => merge_into(&mut result, more, settle),
            _ => return Err(wrong(args, index + 1, "a map")),
        }
    }
    Ok(result)
}

fn merge_into(into: &mut Value, from: &Value, settle: fn(&mut Value, &Value)) {
    if let (Some(entries), Some(more)) = (into.as_map_mut(), from.as_map()) {
        for (key, value) in more {
            match entries.get_mut(key) {
                Some(present) => merge_into(present, value, settle),
                None => drop(entries.insert(key.clone(), value.clone())),
            }
        }
    } else {
        settle(into, from);
    }
}

fn dig(args: &[Value]) -> Result<Value, FuncError> {
    let Some((last, rest)) = args.split_last() else {
        return Ok(Value::Null);
    };
    let Some((default, _)) = rest.split_last() else {
        return Ok(Value::Null);
    };
    if last.as_map().is_none() {
        return Err(wrong(args, args.len().saturating_sub(1), "a map"));
    }
    let mut found = last;
    for index in 0..args.len().saturating_sub(2) {
        match found.get(text(args, index)?) {
            Some(next) => found = next,
            None => return Ok(default.clone()),
        }
    }
    Ok(found.clone())
}

fn deep_copy(args: &[Value]) -> Result<Value, FuncError> {
    Ok(any(args, 0).clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn merging_goes_deep() {
        check(merge, r#"[{"a":{"x":1}},{"a":{"x":2,"y":3}},null]"#, r#"{"a":{"x":1,"y":3}}"#);
        check(
            merge_overwrite,
            r#"[{"a":{"x":1}},{"a":{"x":null,"y":3}}]"#,
            r#"{"a":{"x":null,"y":3}}"#,
        );
        check(merge, "[{},[1]]", "error: argument 2 must be a map, not a list");
    }

    #[test]
    fn digging_returns_the_default_for_a_missing_key() {
        check(dig, r#"["a","b","none",{"a":{}}]"#, r#""none""#);
        check(dig, r#"["a","none",5]"#, "error: argument 3 must be a map, not a number");
    }
}
