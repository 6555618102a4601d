//! Values across charts: a chart's defaults below what its parent and the user say.
//!
//! In everything here the first map wins. *Merging* keeps nulls; *coalescing* takes a null over a default
//! for the wish to have no such key. These are the rules of Helm 4.3, quirks included.

use std::collections::BTreeSet;
use std::sync::Arc;

use value::{Map, Value, add_all};

use crate::shown::Shown;
use crate::{Chart, Warning};

/// The key whose content every subchart sees.
pub(crate) const GLOBAL: &str = "global";

/// What becomes of nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// They delete.
    Delete,
    /// They stay.
    Keep,
}

/// Values of a subchart that are not a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) key: String,
    pub(crate) found: &'static str,
    pub(crate) shown: Shown,
}

/// Warnings in the order of their first appearance: Helm coalesces several times and repeats them.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    list: Vec<Warning>,
    seen: BTreeSet<Warning>,
}

impl Warnings {
    pub(crate) fn add(&mut self, warning: Warning) {
        if self.seen.insert(warning.clone()) {
            self.list.push(warning);
        }
    }

    fn info(&mut self, text: String) {
        self.add(Warning::info(text));
    }

    pub(crate) fn into_list(self) -> Vec<Warning> {
        self.list
    }
}

/// Returns the defaults of `chart` and of all charts in it below `values`.
pub(crate) fn values(
    chart: &Chart,
    values: &Map,
    nulls: Nulls,
    warnings: &mut Warnings,
) -> Result<Map, Mismatch> {
    let mut merged = values.clone();
    all(chart, &mut merged, "", nulls, warnings)?;
    share_down(chart, &mut merged);
    Ok(merged)
}

fn all(
    chart: &Chart,
    over: &mut Map,
    prefix: &str,
    nulls: Nulls,
    warnings: &mut Warnings,
) -> Result<(), Mismatch> {
    let prefix = join(prefix, chart.name());
    own(chart, over, &prefix, nulls, warnings);
    for sub in &chart.subcharts {
        let mut below = match over.get(sub.name()) {
            None => Map::new(),
            Some(Value::Map(below)) => Map::clone(below),
            Some(other) => {
                let (key, shown) = (sub.name().to_owned(), Shown::of(other));
                return Err(Mismatch { key, found: other.kind(), shown });
            }
        };
        globals(&mut below, over, &prefix, warnings);
        all(sub, &mut below, &prefix, nulls, warnings)?;
        share(&below, over);
        over.insert(Arc::from(sub.name()), Value::from(below));
    }
    Ok(())
}

/// Puts the chart's own defaults below `over`.
fn own(chart: &Chart, over: &mut Map, prefix: &str, nulls: Nulls, warnings: &mut Warnings) {
    let none = Map::new();
    let mut change = Change::default();
    for (key, default) in chart.values.as_map().unwrap_or(&none) {
        match (over.get_mut(key), default) {
            (None, Value::Null) if nulls == Nulls::Delete => {}
            (None, default) => {
                let default = match nulls {
                    Nulls::Delete => without_nulls(default),
                    Nulls::Keep => default.clone(),
                };
                change.missing.push((key.clone(), default));
            }
            (Some(Value::Null), _) => {
                if nulls == Nulls::Delete {
                    change.removed.insert(key);
                }
            }
            (Some(Value::Map(over)), Value::Map(default)) if Arc::ptr_eq(over, default) => {}
            (Some(Value::Map(over)), Value::Map(default)) => {
                // Nulls for a subchart stay until the subchart's own defaults have been seen.
                let is_sub = chart.subcharts.iter().any(|sub| sub.name() == &**key);
                let nulls = if is_sub { Nulls::Keep } else { nulls };
                let path = join(prefix, key);
                if nulls == Nulls::Delete && default.values().any(has_nulls) {
                    shared_tables(over, &map_without_nulls(default), &path, nulls, warnings);
                } else {
                    shared_tables(over, default, &path, nulls, warnings);
                }
            }
            (Some(Value::Map(_)), default) => {
                if !default.is_null() {
                    let path = join(prefix, key);
                    warnings.info(format!("warning: skipped value for {path}: Not a table."));
                }
            }
            (Some(_), _) => {}
        }
    }
    change.apply(over);
}

/// What becomes of a map, all at once: one by one, each entry would move those behind it.
#[derive(Default)]
struct Change<'c> {
    missing: Vec<(Arc<str>, Value)>,
    removed: BTreeSet<&'c Arc<str>>,
}

impl Change<'_> {
    fn apply(self, to: &mut Map) {
        if !self.removed.is_empty() {
            to.retain(|key, _| !self.removed.contains(key));
        }
        add_all(to, self.missing);
    }
}

/// Puts the map `under` below the map `over`, which stays shared if it has everything already.
fn shared_tables(
    over: &mut Arc<Map>,
    under: &Map,
    prefix: &str,
    nulls: Nulls,
    warnings: &mut Warnings,
) {
    if matters(over, under, nulls) {
        tables(Arc::make_mut(over), under, prefix, nulls, warnings);
    }
}

/// Returns whether putting `under` below `over` changes anything, or is worth a warning.
fn matters(over: &Map, under: &Map, nulls: Nulls) -> bool {
    !std::ptr::eq(over, under)
        && under.iter().any(|(key, value)| match (over.get(key), value) {
            (None, _) => true,
            (Some(Value::Null), value) => nulls == Nulls::Delete && !value.is_null(),
            (Some(Value::Map(over)), Value::Map(under)) => matters(over, under, nulls),
            (Some(over), under) => {
                !under.is_null() && (over.as_map().is_some() || under.as_map().is_some())
            }
        })
}

/// Puts the map `under` below the map `over`.
pub(crate) fn tables(
    over: &mut Map,
    under: &Map,
    prefix: &str,
    nulls: Nulls,
    warnings: &mut Warnings,
) {
    let mut change = Change::default();
    for (key, value) in under {
        match (over.get_mut(key), value) {
            (None, value) => change.missing.push((key.clone(), value.clone())),
            (Some(Value::Null), value) => {
                if nulls == Nulls::Delete && !value.is_null() {
                    change.removed.insert(key);
                }
            }
            (Some(Value::Map(over)), Value::Map(under)) => {
                shared_tables(over, under, &join(prefix, key), nulls, warnings);
            }
            (Some(Value::Map(_)), Value::Null) => {}
            (Some(Value::Map(_)), _) => warnings.info(format!(
                "warning: destination for {} is a table. Ignoring non-table value",
                join(prefix, key)
            )),
            (Some(_), Value::Map(_)) => warnings.info(format!(
                "warning: cannot overwrite table with non table for {}",
                join(prefix, key)
            )),
            (Some(_), _) => {}
        }
    }
    change.apply(over);
}

/// Hands the globals of `parent` to a subchart's values: the parent's win, maps are merged.
fn globals(below: &mut Map, parent: &Map, prefix: &str, warnings: &mut Warnings) {
    let empty = Map::new();
    let mut merged = match below.get(GLOBAL) {
        None => Map::new(),
        Some(Value::Map(own)) => Map::clone(own),
        Some(_) => {
            warnings.info(
                "warning: skipping globals because destination global is not a table.".to_owned(),
            );
            return;
        }
    };
    let source = match parent.get(GLOBAL) {
        None => &empty,
        Some(Value::Map(source)) => source,
        Some(_) => {
            warnings
                .info("warning: skipping globals because source global is not a table.".to_owned());
            return;
        }
    };
    let mut change = Change::default();
    for (key, value) in source {
        match (merged.get_mut(key), value) {
            (Some(Value::Map(own)), Value::Map(value)) => {
                let mut top = Map::clone(value);
                tables(&mut top, own, &join(prefix, key), Nulls::Keep, warnings);
                *own = Arc::new(top);
            }
            (Some(_), Value::Map(_)) => warnings
                .info(format!("Conflict: cannot merge map onto non-map for {key:?}. Skipping.")),
            (Some(Value::Map(_)), _) => warnings.info(format!("key {key} is table. Skipping")),
            (Some(own), value) => *own = value.clone(),
            (None, value) => change.missing.push((key.clone(), value.clone())),
        }
    }
    change.apply(&mut merged);
    below.insert(Arc::from(GLOBAL), Value::from(merged));
}

/// Takes over from `from` the maps within the globals' maps that `to` has too.
///
/// Helm copies globals one level deep when it hands them to a subchart. What lies deeper is one map that
/// both charts write to, so a subchart's own globals show in its parent there.
fn share(from: &Map, to: &mut Map) {
    let Some(from) = from.get(GLOBAL).and_then(Value::as_map) else { return };
    let Some(to) = to.get_mut(GLOBAL).and_then(Value::as_map_mut) else { return };
    for (key, to) in to {
        let (Some(Value::Map(from)), Value::Map(to)) = (from.get(key), to) else { continue };
        for (key, value) in from.iter() {
            let (Some(Value::Map(known)), Value::Map(new)) = (to.get(key), value) else { continue };
            if !Arc::ptr_eq(known, new) {
                Arc::make_mut(to).insert(key.clone(), value.clone());
            }
        }
    }
}

/// Shows every subchart what its siblings left in the maps they share.
fn share_down(chart: &Chart, over: &mut Map) {
    for sub in &chart.subcharts {
        let slot = over.get_mut(sub.name()).filter(|slot| matches!(slot, Value::Map(_)));
        let Some(mut below) = slot.map(std::mem::take) else { continue };
        if let Some(inner) = below.as_map_mut() {
            share(over, inner);
            share_down(sub, inner);
        }
        if let Some(slot) = over.get_mut(sub.name()) {
            *slot = below;
        }
    }
}

/// Returns `value` without the null entries of its maps; lists are left alone. What has none is shared.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Map(map) if map.values().any(has_nulls) => Value::from(map_without_nulls(map)),
        other => other.clone(),
    }
}

fn has_nulls(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Map(map) => map.values().any(has_nulls),
        _ => false,
    }
}

fn map_without_nulls(map: &Map) -> Map {
    let kept = map.iter().filter(|(_, value)| !value.is_null());
    kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect()
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

#[cfg(test)]
mod tests {
    use value::yaml;

    use super::*;
    use crate::Metadata;

    fn chart(name: &str, defaults: &str, subcharts: Vec<Chart>) -> Chart {
        Chart {
            metadata: Metadata { name: name.into(), ..Metadata::default() },
            values: yaml::from_str(defaults).unwrap(),
            subcharts,
            ..Chart::default()
        }
    }

    fn run(chart: &Chart, user: &str) -> (Result<Value, Mismatch>, Vec<Warning>) {
        let mut warnings = Warnings::default();
        let user = yaml::from_str(user).unwrap();
        let user = user.as_map().cloned().unwrap_or_default();
        let result = values(chart, &user, Nulls::Delete, &mut warnings);
        (result.map(Value::from), warnings.into_list())
    }

    fn check(defaults: &str, user: &str, expected: &str) {
        let (result, warnings) = run(&chart("app", defaults, vec![]), user);
        assert_eq!(result.unwrap().to_string(), expected, "{defaults} under {user}");
        assert_eq!(warnings, []);
    }

    #[test]
    fn defaults_lie_below_the_users_values() {
        check("a: 1", "", r#"{"a":1}"#);
        check("a: 1", "a: 2", r#"{"a":2}"#);
        check("a: {b: 1, c: 2}", "a: {b: 3}", r#"{"a":{"b":3,"c":2}}"#);
        check("a: [1, 2]", "a: [3]", r#"{"a":[3]}"#);
        check("a: {b: 1}", "a: 1", r#"{"a":1}"#);
    }

    #[test]
    fn nulls_delete_defaults() {
        check("a: 1\nb: 2", "a: ~", r#"{"b":2}"#);
        check("a: {b: 1, c: 2}", "a: {b: ~}", r#"{"a":{"c":2}}"#);
        check("a: 1", "x: ~", r#"{"a":1,"x":null}"#);
        check("a: {b: 1}", "a: {x: ~}", r#"{"a":{"b":1,"x":null}}"#);
        check("a: ~\nb: {c: ~, d: [~]}", "", r#"{"b":{"d":[null]}}"#);
        check("a: ~", "a: {b: 1}", r#"{"a":{"b":1}}"#);
    }

    fn check_warning(defaults: &str, user: &str, expected: &str) {
        let (result, warnings) = run(&chart("app", defaults, vec![]), user);
        assert!(result.is_ok());
        assert_eq!(warnings, [Warning::info(expected)]);
    }

    #[test]
    fn maps_and_scalars_that_meet_are_reported() {
        check_warning("a: 1", "a: {b: 1}", "warning: skipped value for app.a: Not a table.");
        check_warning(
            "a: {m: {k: {z: 1}}}",
            "a: {m: {k: 1}}",
            "warning: cannot overwrite table with non table for app.a.m.k",
        );
        check_warning(
            "a: {m: 1}",
            "a: {m: {k: 1}}",
            "warning: destination for app.a.m is a table. Ignoring non-table value",
        );
    }

    #[test]
    fn subcharts_see_their_values_and_the_globals() {
        let sub = || chart("s", "a: 1\nb: {c: 2, d: ~}", vec![]);
        let check = |defaults: &str, user: &str, expected: &str| {
            let (result, _) = run(&chart("app", defaults, vec![sub()]), user);
            assert_eq!(result.unwrap().to_string(), expected);
        };
        check("", "", r#"{"s":{"a":1,"b":{"c":2},"global":{}}}"#);
        check(
            "s: {a: 5}\nglobal: {x: {w: 1}}",
            "s: {global: {x: {z: 2, w: 7}}}",
            r#"{"global":{"x":{"w":1}},"s":{"a":5,"b":{"c":2},"global":{"x":{"w":1,"z":2}}}}"#,
        );
        check("", "s: {a: ~}", r#"{"s":{"b":{"c":2},"global":{}}}"#);
        check("s: {a: ~}", "", r#"{"s":{"a":1,"b":{"c":2},"global":{}}}"#);
    }

    #[test]
    fn globals_below_the_second_level_are_shared_as_in_helm() {
        let subs = vec![
            chart("r", "", vec![]),
            chart("s", "global: {x: {v: 1, w: {z: 2, n: ~}}}", vec![]),
        ];
        let (result, _) = run(&chart("app", "global: {x: {w: {}}}", subs), "");
        assert_eq!(
            result.unwrap().to_string(),
            r#"{"global":{"x":{"w":{"z":2}}},"r":{"global":{"x":{"w":{"z":2}}}},"s":{"global":{"x":{"v":1,"w":{"z":2}}}}}"#
        );
    }

    #[test]
    fn maps_that_have_everything_already_stay_shared() {
        let app = chart("app", "a: {b: {c: 1}, n: {d: ~}}", vec![]);
        let once = run(&app, "").0.unwrap();
        let user = once.as_map().cloned().unwrap();
        let twice = values(&app, &user, Nulls::Keep, &mut Warnings::default()).unwrap();
        let map = |value: Option<&Value>| match value {
            Some(Value::Map(map)) => Arc::clone(map),
            other => panic!("no map: {other:?}"),
        };
        assert!(!Arc::ptr_eq(&map(twice.get("a")), &map(once.get("a"))), "a null comes back");
        let inner = |of: &Map| map(map(of.get("a")).get("b"));
        assert!(Arc::ptr_eq(&inner(&twice), &inner(&user)));
        let again = values(&app, &twice, Nulls::Keep, &mut Warnings::default()).unwrap();
        assert!(Arc::ptr_eq(&map(again.get("a")), &map(twice.get("a"))));
    }

    #[test]
    fn a_subchart_needs_a_map() {
        let (result, _) = run(&chart("app", "", vec![chart("s", "", vec![])]), "s: text");
        let shown = Shown::of(&Value::from("text"));
        assert_eq!(result, Err(Mismatch { key: "s".into(), found: "string", shown }));
    }
}
