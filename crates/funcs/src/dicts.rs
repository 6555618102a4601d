//! Maps. `set`, `unset` and the merges change the map that they are given; everybody who holds it sees
//! that. Keys and values come in the order of the keys, where Go has no order.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use gotmpl::{Args, CallError, Entry, List, Map, Type, Value};

use crate::args::{self, from, map, strings};
use crate::bounds::{MAX_DEPTH, Walk, bounded_list, too_deep};
use crate::merge::{Wins, merge_into};
use crate::table::{Answer, Row, pure, takes, takes_more};
use crate::text::text_of;

const ANY: Type = Type::Any;
const MAP: Type = Type::MAP;
const TEXT: Type = Type::String;

pub(crate) const ROWS: &[Row] = &[
    pure(
        "dict",
        takes_more(&[], ANY, MAP),
        dict,
        "Returns a map of keys and values in turn.",
        r#"dict "a" 1 "b" 2 => {"a":1,"b":2}"#,
    ),
    pure(
        "get",
        takes(&[MAP, TEXT], ANY),
        get,
        "Returns an entry of a map, an empty text when it is missing.",
        r#"get {"a":1} "b" => """#,
    ),
    pure(
        "set",
        takes(&[MAP, TEXT, ANY], MAP),
        set,
        "Adds an entry to a map and returns the map.",
        r#"set {"a":1} "b" 2 => {"a":1,"b":2}"#,
    ),
    pure(
        "unset",
        takes(&[MAP, TEXT], MAP),
        unset,
        "Removes an entry from a map and returns the map.",
        r#"unset {"a":1} "a" => {}"#,
    ),
    pure(
        "hasKey",
        takes(&[MAP, TEXT], Type::Bool),
        has_key,
        "Returns whether a map has a key.",
        r#"hasKey {"a":null} "a" => true"#,
    ),
    pure(
        "pluck",
        takes_more(&[TEXT], MAP, Type::LIST),
        pluck,
        "Returns the entries of that key in several maps.",
        r#"pluck "a" {"a":1} {"b":2} {"a":3} => [1,3]"#,
    ),
    pure(
        "keys",
        takes_more(&[], MAP, Type::STRINGS),
        keys,
        "Returns the keys, sorted.",
        r#"keys {"b":1,"a":2} => ["a","b"]"#,
    ),
    pure(
        "values",
        takes(&[MAP], Type::LIST),
        values,
        "Returns the values, in the order of the keys.",
        r#"values {"b":1,"a":2} => [2,1]"#,
    ),
    pure(
        "pick",
        takes_more(&[MAP], TEXT, MAP),
        pick,
        "Returns the map with nothing but the given keys.",
        r#"pick {"a":1,"b":2} "a" => {"a":1}"#,
    ),
    pure(
        "omit",
        takes_more(&[MAP], TEXT, MAP),
        omit,
        "Returns the map without the given keys.",
        r#"omit {"a":1,"b":2} "a" => {"b":2}"#,
    ),
    pure(
        "merge",
        takes_more(&[MAP], MAP, ANY),
        merge,
        "Merges maps deeply into the first; what stands further left wins unless it is empty.",
        r#"merge {"a":1,"b":""} {"a":2,"b":3} => {"a":1,"b":3}"#,
    )
    .also(&["mustMerge"]),
    pure(
        "mergeOverwrite",
        takes_more(&[MAP], MAP, ANY),
        merge_overwrite,
        "Merges maps deeply into the first; what stands further right wins.",
        r#"mergeOverwrite {"a":1,"b":2} {"a":3} => {"a":3,"b":2}"#,
    )
    .also(&["mustMergeOverwrite"]),
    pure(
        "dig",
        takes_more(&[], ANY, ANY),
        dig,
        "Follows keys into a map (the last argument); returns the one before the last when a key is missing.",
        r#"dig "a" "b" "none" {"a":{"b":1}} => 1"#,
    ),
    pure(
        "deepCopy",
        takes(&[ANY], ANY),
        deep_copy,
        "Returns a copy that shares nothing.",
        r#"deepCopy {"a":[1]} => {"a":[1]}"#,
    )
    .also(&["mustDeepCopy"]),
];

fn key(args: &Args<'_>, index: usize) -> Arc<str> {
    match args.at(index) {
        Value::String(key) => key.clone(),
        _ => Arc::from(args::text(args, index)),
    }
}

fn dict(args: &Args<'_>) -> Answer {
    let mut entries = Vec::with_capacity(args.len() / 2 + 1);
    for pair in args.chunks(2) {
        let [name, rest @ ..] = pair else { continue };
        let name = match name {
            Value::String(name) => name.clone(),
            other => Arc::from(args::lossy(&text_of(other)?)),
        };
        entries.push((name, rest.first().cloned().unwrap_or_else(|| Value::from(""))));
    }
    Ok(Value::from(Map::new(entries)))
}

fn get(args: &Args<'_>) -> Answer {
    let found = map(args, 0).and_then(|map| map.get(&args::text(args, 1)));
    Ok(found.unwrap_or_else(|| Value::from("")))
}

fn set(args: &Args<'_>) -> Answer {
    let map = map(args, 0)
        .filter(|map| !map.is_nil())
        .ok_or_else(|| CallError::from("assignment to entry in nil map"))?;
    map.set(key(args, 1), args.at(2).clone());
    Ok(args.at(0).clone())
}

fn unset(args: &Args<'_>) -> Answer {
    let name = args::text(args, 1);
    if let Some(map) = map(args, 0).filter(|map| map.contains(&name)) {
        map.remove(&name);
    }
    Ok(args.at(0).clone())
}

fn has_key(args: &Args<'_>) -> Answer {
    Ok(Value::from(map(args, 0).is_some_and(|map| map.contains(&args::text(args, 1)))))
}

fn pluck(args: &Args<'_>) -> Answer {
    let name = args::text(args, 0);
    let maps = from(args, 1).iter().filter_map(Value::as_map);
    bounded_list(maps.filter_map(|map| map.get(&name)).collect())
}

fn keys(args: &Args<'_>) -> Answer {
    let maps = args.iter().filter_map(Value::as_map);
    let count = maps.clone().map(Map::len).sum();
    crate::bounds::check_items(count)?;
    args.spend(count)?;
    Ok(strings(maps.flat_map(Map::keys).map(Value::from).collect()))
}

fn values(args: &Args<'_>) -> Answer {
    let entries = entries(args)?;
    bounded_list(entries.iter().map(|(_, value)| value.clone()).collect())
}

/// Returns the entries of the first map, for which the execution pays.
fn entries<'a>(args: &'a Args<'_>) -> Result<Cow<'a, [Entry]>, CallError> {
    let map = map(args, 0);
    args.spend(map.map_or(0, Map::len))?;
    Ok(map.map(Map::entries).unwrap_or_default())
}

fn pick(args: &Args<'_>) -> Answer {
    let wanted = (1..args.len()).map(|index| key(args, index));
    let entry = |name: Arc<str>| map(args, 0)?.get(&name).map(|value| (name, value));
    Ok(Value::from(wanted.filter_map(entry).collect::<Map>()))
}

fn omit(args: &Args<'_>) -> Answer {
    let dropped: BTreeSet<_> = (1..args.len()).map(|index| key(args, index)).collect();
    let entries = entries(args)?;
    let kept = entries.iter().filter(|(name, _)| !dropped.contains(name));
    Ok(Value::from(Map::new(kept.cloned())))
}

fn merge(args: &Args<'_>) -> Answer {
    merged(args, Wins::First)
}

fn merge_overwrite(args: &Args<'_>) -> Answer {
    merged(args, Wins::Last)
}

fn merged(args: &Args<'_>, wins: Wins) -> Answer {
    let target = map(args, 0).cloned().unwrap_or_else(|| Map::new([]));
    let walk = Walk::new(args);
    for source in from(args, 1).iter().filter_map(Value::as_map) {
        merge_into(&walk, &target, source, wins)?;
    }
    Ok(Value::from(target))
}

fn dig(args: &Args<'_>) -> Answer {
    let [names @ .., default, last] = &**args else {
        return Err(CallError::from("dig needs at least three arguments"));
    };
    if names.is_empty() {
        return Err(CallError::from("dig needs at least three arguments"));
    }
    let mut found = last.clone();
    let mut here = plain_map(&found)?;
    let mut way = Vec::with_capacity(names.len());
    for name in names {
        way.push(name.as_text().map(args::lossy).ok_or_else(|| converts(name, "string"))?);
    }
    for (index, name) in way.iter().enumerate() {
        if index > 0 {
            here = plain_map(&found)?;
        }
        match here.get(name) {
            Some(next) => found = next,
            None => return Ok(default.clone()),
        }
    }
    Ok(found)
}

fn plain_map(value: &Value) -> Result<Map, CallError> {
    value
        .as_map()
        .filter(|map| map.go_type() == MAP)
        .cloned()
        .ok_or_else(|| converts(value, "map[string]interface {}"))
}

fn converts(value: &Value, wanted: &str) -> CallError {
    let got = if value.is_nil() { "nil".to_owned() } else { value.go_type().to_string() };
    CallError::Text(format!("interface conversion: interface {{}} is {got}, not {wanted}"))
}

fn deep_copy(args: &Args<'_>) -> Answer {
    if args.at(0).is_nil() {
        return Err(CallError::from("reflect: call of reflect.Value.Type on zero Value"));
    }
    copied(&Walk::new(args), args.at(0), MAX_DEPTH)
}

fn copied(walk: &Walk<'_>, value: &Value, depth: usize) -> Answer {
    walk.step()?;
    let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
    Ok(match value {
        Value::List(list) => {
            let items = list.items();
            let items =
                items.iter().map(|item| copied(walk, item, depth)).collect::<Result<_, _>>()?;
            Value::List(List::typed(list.go_type(), items))
        }
        Value::Map(map) => {
            let entry = |(name, item): &Entry| Ok((name.clone(), copied(walk, item, depth)?));
            let entries = map.entries().iter().map(entry).collect::<Result<Vec<_>, CallError>>()?;
            Value::Map(Map::typed(map.go_type(), entries))
        }
        Value::Object(object) => match object.plain() {
            Some(plain) => {
                let plain = copied(walk, &plain, depth)?;
                object.with_plain(plain).unwrap_or_else(|| value.clone())
            }
            None => value.clone(),
        },
        other => other.clone(),
    })
}
