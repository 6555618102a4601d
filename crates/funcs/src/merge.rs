//! Merging maps in place, as the library `mergo` 1.0 does for sprig, with its odd rules for what is empty.

use gotmpl::{CallError, List, Map, Value, is_true};

use crate::args::kind;
use crate::bounds::{MAX_DEPTH, Walk, too_deep};

/// Which of two values that are both there stays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wins {
    /// The one that was there, unless it is empty.
    First,
    /// The one that is merged in.
    Last,
}

/// Merges `source` into `target`, maps below them too. What was missing is shared afterwards.
pub(crate) fn merge_into(
    walk: &Walk<'_>,
    target: &Map,
    source: &Map,
    wins: Wins,
) -> Result<(), CallError> {
    below(walk, target, source, wins, MAX_DEPTH)
}

fn below(
    walk: &Walk<'_>,
    target: &Map,
    source: &Map,
    wins: Wins,
    depth: usize,
) -> Result<(), CallError> {
    let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
    for (key, new) in source.entries().iter() {
        walk.step()?;
        if new.is_nil() {
            if wins == Wins::Last {
                target.set(key.clone(), Value::Nil);
            }
            continue;
        }
        let old = target.get(key);
        if let Some((old, new)) = old.as_ref().and_then(map_of).zip(map_of(new)) {
            below(walk, &old, &new, wins, depth)?;
        }
        let is_list = kind(new) == "slice";
        if is_list {
            keep_list(target, key, old.as_ref(), new, wins);
        }
        if let Some(old) = old.as_ref().filter(|old| is_true(old))
            && (is_list || (kind(old) == "map" && kind(new) == "map"))
        {
            continue;
        }
        if wins == Wins::Last || !old.as_ref().is_some_and(is_true) {
            target.set(key.clone(), new.clone());
        }
    }
    Ok(())
}

/// Returns the map that a value is, under whatever named type.
fn map_of(value: &Value) -> Option<Map> {
    match value {
        Value::Map(map) => Some(map.clone()),
        Value::Object(object) => object.plain()?.as_map().cloned(),
        _ => None,
    }
}

/// Lists are set at once. The library looks here whether the whole target is empty, not the old list.
fn keep_list(target: &Map, key: &str, old: Option<&Value>, new: &Value, wins: Wins) {
    let empty = || match new {
        Value::List(list) => Value::List(List::typed(list.go_type(), Vec::new())),
        _ => Value::from(Vec::new()),
    };
    let kept = match old.filter(|old| !old.is_nil()) {
        _ if wins == Wins::Last || target.is_empty() => new.clone(),
        Some(_) => return,
        None => empty(),
    };
    target.set(key, kept);
}
