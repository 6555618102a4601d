//! Which fields of a live object are still as they were applied, by what the server writes down about owners.
//!
//! Server-side apply keeps in `metadata.managedFields` the exact set of fields that a manager applied. Whoever
//! changes one of them takes it out of that set, and an apply that no longer has a field deletes it. So an object
//! needs no further apply when the set of ours is just what would be applied now and the values at its leaves are
//! the same. No schema is needed for that, and no knowledge of what the server fills in: that belongs to nobody.
//!
//! The set is `fieldsV1`: `f:name` is the field of a map, `k:{…}` the item of a list with these keys, `v:…` a
//! member of a set, and a node with nothing below it is owned as a whole.

use value::{Map, Value};

use crate::managers::{FIELD_MANAGER, Manager};
use crate::same::{Likeness, same};

/// What the server may set, or keeps out of the sets of owned fields.
const SERVER_METADATA: [&str; 8] = [
    "name",
    "namespace",
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];

/// A field that is not as it was applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: `spec.template.spec.containers[name=web].image`; empty for the object as a whole.
    pub path: String,
    /// What happened.
    pub what: What,
    /// The value that should be there.
    pub wanted: Option<Value>,
    /// The value that is there.
    pub live: Option<Value>,
    /// Who else owns the field, the latest first in time where there are several.
    pub by: Option<Manager>,
}

/// What happened to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// It is no longer ours: somebody else set it, or took it away.
    Lost,
    /// It is ours, and has another value.
    Changed,
    /// It is ours, and should not be there.
    Extra,
    /// The set of owned fields cannot be held against it.
    Unclear,
}

/// Returns where `live` is not what applying `wanted` has made of it. Both are whole objects.
///
/// [`Likeness::Written`] is for a `wanted` that is known to have been applied just like this: the server writes
/// some values in a form of its own.
#[must_use]
pub fn differences(wanted: &Value, live: &Value, likeness: Likeness) -> Vec<Difference> {
    let empty = Map::new();
    let mut walk =
        Walk { entries: live.list_at(&["metadata", "managedFields"]), likeness, ..Walk::default() };
    let version = wanted.str_at(&["apiVersion"]);
    let owned = walk
        .entries
        .iter()
        .find(|entry| is_ours(entry) && entry.str_at(&["apiVersion"]) == version);
    let Some(owned) = owned.and_then(|entry| entry.get("fieldsV1")).and_then(Value::as_map) else {
        walk.report(What::Lost, None, None);
        return walk.found;
    };
    let wanted = stripped(wanted, owned);
    let live = readable(live);
    walk.map(wanted.as_map().unwrap_or(&empty), owned, Some(&live));
    walk.found
}

/// Returns where the values of `live` are not those of `wanted`, whoever owns them: for objects that were not
/// written by server-side apply.
pub(crate) fn differences_by_value(wanted: &Value, live: &Value) -> Vec<Difference> {
    let mut walk = Walk {
        entries: live.list_at(&["metadata", "managedFields"]),
        likeness: Likeness::Written,
        ..Walk::default()
    };
    walk.plain(&stripped(wanted, &Map::new()), Some(&readable(live)));
    walk.found
}

/// Returns whether an entry of `managedFields` lists what we applied.
fn is_ours(entry: &Value) -> bool {
    let text = |key: &str| entry.str_at(&[key]).unwrap_or_default();
    text("manager") == FIELD_MANAGER
        && text("operation") == "Apply"
        && text("subresource").is_empty()
}

/// Takes off what is never owned. The status of a built-in kind, which some charts render, is not: applying the
/// object leaves it out.
fn stripped(wanted: &Value, owned: &Map) -> Value {
    let group = wanted.str_at(&["apiVersion"]).and_then(|version| version.split_once('/'));
    let group = group.map_or("", |(group, _)| group);
    let built_in = !group.contains('.') || group.ends_with(".k8s.io");
    let mut wanted = wanted.clone();
    if let Some(map) = wanted.as_map_mut() {
        map.remove("apiVersion");
        map.remove("kind");
        if built_in && !owned.contains_key("f:status") {
            map.remove("status");
        }
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            for key in SERVER_METADATA {
                metadata.remove(key);
            }
            if metadata.is_empty() {
                map.remove("metadata");
            }
        }
    }
    wanted
}

/// Adds to a Secret what `stringData` became, which the server only keeps as `data`.
fn readable(live: &Value) -> Value {
    use base64::Engine as _;

    let mut live = live.clone();
    let is_secret =
        live.str_at(&["kind"]) == Some("Secret") && live.str_at(&["apiVersion"]) == Some("v1");
    if let (true, Some(data)) = (is_secret, live.get("data").and_then(Value::as_map)) {
        let decoded = |text: &str| {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
            String::from_utf8(bytes).ok()
        };
        let texts: Value = data
            .iter()
            .filter_map(|(key, value)| {
                Some((key.to_string(), Value::from(decoded(value.as_str()?)?)))
            })
            .collect();
        live.set(&["stringData"], texts);
    }
    live
}

/// A step on the way into an object, as `fieldsV1` writes it.
type Key = String;

#[derive(Default)]
struct Walk<'a> {
    entries: &'a [Value],
    likeness: Likeness,
    trail: Vec<Key>,
    found: Vec<Difference>,
}

impl Walk<'_> {
    fn value(&mut self, wanted: &Value, node: &Value, live: Option<&Value>) {
        let node = node.as_map().filter(|node| node.keys().any(|key| &**key != "."));
        match (wanted, node) {
            (Value::Map(wanted), Some(node)) => self.map(wanted, node, live),
            (Value::List(wanted), Some(node)) => self.list(wanted, node, live),
            (_, None) if same(wanted, live, self.likeness) => {}
            (_, None) => self.report(What::Changed, Some(wanted), live),
            (_, Some(_)) => self.report(What::Unclear, Some(wanted), live),
        }
    }

    fn map(&mut self, wanted: &Map, node: &Map, live: Option<&Value>) {
        for (name, value) in wanted {
            let live = live.and_then(|live| live.get(name));
            let key = format!("f:{name}");
            let below = node.get(key.as_str());
            self.trail.push(key);
            match below {
                Some(below) => self.value(value, below, live),
                // Of an empty list whose items have owners of their own nothing is owned.
                None if is_empty(value) && live.is_none_or(is_empty) => {}
                None => self.lost(value, live),
            }
            self.trail.pop();
        }
        for key in node.keys() {
            let what = match key.strip_prefix("f:") {
                Some(name) if wanted.contains_key(name) => continue,
                Some(_) => What::Extra,
                None if &**key == "." => continue,
                None => What::Unclear,
            };
            let live = key.strip_prefix("f:").and_then(|name| live?.get(name));
            self.inside(key, |walk| walk.report(what, None, live));
        }
    }

    /// Nothing of it is ours any more: of a map each field is told.
    fn lost(&mut self, wanted: &Value, live: Option<&Value>) {
        match (wanted, live) {
            (Value::Map(map), Some(Value::Map(_))) if !map.is_empty() => {
                self.map(map, &Map::new(), live);
            }
            _ => self.report(What::Lost, Some(wanted), live),
        }
    }

    fn list(&mut self, wanted: &[Value], node: &Map, live: Option<&Value>) {
        let live_items = live.and_then(Value::as_list).unwrap_or_default();
        let keys = || node.keys().filter(|key| &***key != ".");
        if keys().all(|key| key.starts_with("v:")) {
            self.set(wanted, node, live_items);
        } else if let Some(pairs) = paired(wanted, node) {
            for (item, key) in pairs.items {
                let fields = keys_of(key).unwrap_or_default();
                let live = live_items.iter().find(|live| has_keys(live, &fields, false));
                let empty = Map::new();
                let below = node.get(key).and_then(Value::as_map).unwrap_or(&empty);
                self.inside(key, |walk| match item.as_map() {
                    Some(item) => walk.map(item, below, live),
                    None => walk.report(What::Unclear, Some(item), live),
                });
            }
            for item in pairs.lost {
                let live = live_items.iter().find(|live| resembles(item, live));
                self.report(What::Lost, Some(item), live);
            }
            for key in pairs.extra {
                let fields = keys_of(key).unwrap_or_default();
                let live = live_items.iter().find(|live| has_keys(live, &fields, false));
                self.inside(key, |walk| walk.report(What::Extra, None, live));
            }
        } else {
            self.report(What::Unclear, Some(&Value::from(wanted.to_vec())), live);
        }
    }

    /// Compares values alone. Items of a list are found by their names, where they have any.
    fn plain(&mut self, wanted: &Value, live: Option<&Value>) {
        match (wanted, live) {
            (Value::Map(map), Some(Value::Map(_))) => {
                for (name, value) in &**map {
                    let live = live.and_then(|live| live.get(name));
                    self.inside(&format!("f:{name}"), |walk| walk.plain(value, live));
                }
            }
            (Value::List(items), Some(Value::List(found)))
                if items.iter().all(|item| item.str_at(&["name"]).is_some()) =>
            {
                for item in &**items {
                    let name = item.str_at(&["name"]).unwrap_or_default();
                    let live = found.iter().find(|live| live.str_at(&["name"]) == Some(name));
                    let key = format!("k:{{\"name\":{}}}", value::quote(name));
                    self.inside(&key, |walk| walk.plain(item, live));
                }
            }
            _ if same(wanted, live, self.likeness) => {}
            _ => self.report(What::Changed, Some(wanted), live),
        }
    }

    /// A list whose members are owned one by one.
    fn set(&mut self, wanted: &[Value], node: &Map, live: &[Value]) {
        let member = |key: &str| value::json::from_str(key.strip_prefix("v:")?).ok();
        let owned: Vec<Value> = node.keys().filter_map(|key| member(key)).collect();
        let has = |list: &[Value], item: &Value| {
            list.iter().any(|other| same(item, Some(other), Likeness::Exact))
        };
        for item in wanted {
            if !has(&owned, item) {
                self.report(What::Lost, Some(item), live.iter().find(|live| *live == item));
            } else if !has(live, item) {
                self.report(What::Changed, Some(item), None);
            }
        }
        for item in owned.iter().filter(|item| !has(wanted, item)) {
            self.report(What::Extra, None, Some(item));
        }
    }

    fn inside(&mut self, key: &str, look: impl FnOnce(&mut Self)) {
        self.trail.push(key.to_owned());
        look(self);
        self.trail.pop();
    }

    fn report(&mut self, what: What, wanted: Option<&Value>, live: Option<&Value>) {
        let by = self.entries.iter().filter(|entry| !is_ours(entry) && owns(entry, &self.trail));
        self.found.push(Difference {
            path: printed(&self.trail),
            what,
            wanted: wanted.cloned(),
            live: live.cloned(),
            by: by.filter_map(Manager::of).max_by(|a, b| a.since.cmp(&b.since)),
        });
    }
}

/// Items of a list with the keys of their owners.
struct Pairs<'a> {
    items: Vec<(&'a Value, &'a str)>,
    /// Items that nobody of ours owns.
    lost: Vec<&'a Value>,
    /// Owned items that are not wanted.
    extra: Vec<&'a str>,
}

/// Finds the owned entry of each item; nothing where that is not certain.
///
/// Keys with a default (`protocol` of a port) are in the entry even when the item does not name them, so that an
/// item may fit several entries: those that fit exactly come first.
fn paired<'a>(wanted: &'a [Value], node: &'a Map) -> Option<Pairs<'a>> {
    let mut entries = Vec::new();
    for key in node.keys().filter(|key| &***key != ".") {
        entries.push((&**key, keys_of(key)?));
    }
    let mut pairs = Pairs { items: Vec::new(), lost: Vec::new(), extra: Vec::new() };
    let mut left: Vec<&Value> = wanted.iter().collect();
    for loose in [false, true] {
        for item in std::mem::take(&mut left) {
            let mut fitting =
                entries.iter().enumerate().filter(|(_, (_, keys))| has_keys(item, keys, loose));
            match (fitting.next().map(|(place, _)| place), fitting.next()) {
                (Some(place), None) => pairs.items.push((item, entries.remove(place).0)),
                (None, _) if loose => pairs.lost.push(item),
                (None, _) => left.push(item),
                (Some(_), Some(_)) => return None,
            }
        }
    }
    pairs.extra = entries.into_iter().map(|(key, _)| key).collect();
    Some(pairs)
}

/// Reads the fields of `k:{"name":"web"}`.
fn keys_of(key: &str) -> Option<Value> {
    let keys = value::json::from_str(key.strip_prefix("k:")?).ok()?;
    keys.as_map().is_some().then_some(keys)
}

/// Returns whether an item has these key fields; with `loose` it may leave some out, but not all.
fn has_keys(item: &Value, keys: &Value, loose: bool) -> bool {
    let Some(keys) = keys.as_map() else { return false };
    let mut named = 0;
    for (key, value) in keys {
        match item.get(key) {
            Some(found) if same(value, Some(found), Likeness::Exact) => named += 1,
            None if loose => {}
            Some(_) | None => return false,
        }
    }
    named > 0
}

/// Returns whether an item of a live list looks like what somebody wanted: for showing, not for deciding.
fn resembles(wanted: &Value, live: &Value) -> bool {
    ["name", "key", "mountPath", "containerPort", "port", "ip", "type", "uid"].iter().any(|key| {
        wanted.get(key).is_some_and(|value| live.get(key).is_some_and(|found| found == value))
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Map(map) => map.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::String(_) => false,
    }
}

/// Returns whether an entry of `managedFields` owns the field at the end of a trail, or something around it as a
/// whole.
fn owns(entry: &Value, trail: &[Key]) -> bool {
    let Some(mut node) = entry.get("fieldsV1").and_then(Value::as_map) else { return false };
    for (depth, key) in trail.iter().enumerate() {
        match node.get(key.as_str()).and_then(Value::as_map) {
            Some(below) => node = below,
            None => return depth > 0 && node.keys().all(|key| &**key == "."),
        }
    }
    !trail.is_empty()
}

/// Prints a trail: `spec.containers[name=web].image`, `data["a.b"]`.
fn printed(trail: &[Key]) -> String {
    let mut path = String::new();
    for key in trail {
        if let Some(name) = key.strip_prefix("f:") {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if name.chars().all(plain) && !name.is_empty() {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            } else {
                path.push('[');
                path.push_str(&value::quote(name));
                path.push(']');
            }
        } else {
            path.push('[');
            path.push_str(&item_name(key));
            path.push(']');
        }
    }
    path
}

fn item_name(key: &str) -> String {
    let keys = keys_of(key);
    let Some(keys) = keys.as_ref().and_then(Value::as_map) else {
        return key.split_once(':').map_or(key, |(_, rest)| rest).to_owned();
    };
    let pairs = keys.iter().map(|(key, value)| match value.as_str() {
        Some(text) => format!("{key}={text}"),
        None => format!("{key}={}", value::json::to_string(value)),
    });
    pairs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares an object with its live state; `owned` is ours, and others are `name: fields`, the fields as YAML.
    fn check(wanted: &str, owned: &str, live: &str, others: &[(&str, &str)], expected: &[&str]) {
        let read = |text: &str| value::yaml::from_str(text).unwrap();
        let version = read("{apiVersion: v1}");
        let entry = |manager: &str, operation: &str, fields: &str| {
            let mut entry = version.clone();
            entry.set(&["manager"], manager.into());
            entry.set(&["operation"], operation.into());
            entry.set(&["time"], "2026-11-21T10:00:00Z".into());
            entry.set(&["fieldsV1"], read(fields));
            entry
        };
        let entries = others.iter().map(|(manager, fields)| entry(manager, "Update", fields));
        let entries = [entry("helm", "Apply", owned)].into_iter().chain(entries);
        let mut live = read(live);
        live.set(&["apiVersion"], "v1".into());
        live.set(&["metadata", "managedFields"], entries.collect());
        let mut wanted = read(wanted);
        wanted.set(&["apiVersion"], "v1".into());
        let found: Vec<_> = differences(&wanted, &live, Likeness::Written)
            .into_iter()
            .map(|found| {
                let by = found.by.map(|by| format!(" by {}", by.name)).unwrap_or_default();
                format!("{:?} {}{by}", found.what, found.path)
            })
            .collect();
        assert_eq!(found, expected, "{wanted:?}");
    }

    #[test]
    fn fields_of_maps_are_lost_changed_and_extra() {
        let owned = "{'f:spec': {'f:a': {}, 'f:b': {}}}";
        check("{spec: {a: 1, b: 2}}", owned, "{spec: {a: 1, b: 2, c: 3}}", &[], &[]);
        check("{spec: {a: 1, b: 2}}", owned, "{spec: {a: 1, b: 3}}", &[], &["Changed spec.b"]);
        check("{spec: {a: 1}}", owned, "{spec: {a: 1, b: 2}}", &[], &["Extra spec.b"]);
        let editor = [("editor", "{'f:spec': {'f:c': {}}}")];
        let lost = &["Lost spec.c by editor"];
        check("{spec: {a: 1, b: 2, c: 3}}", owned, "{spec: {a: 1, b: 2, c: 4}}", &editor, lost);
        check("{spec: {a: 1, b: 2, c: 3}}", owned, "{spec: {a: 1, b: 2}}", &[], &["Lost spec.c"]);
    }

    #[test]
    fn items_are_found_by_their_keys_and_defaults_of_keys_are_filled_in() {
        let owned = r#"{'f:ports': {'k:{"port":53,"protocol":"TCP"}': {.: {}, 'f:port': {}}, 'k:{"port":53,"protocol":"UDP"}': {.: {}, 'f:port': {}, 'f:protocol': {}}}}"#;
        let ports = "[{port: 53, protocol: TCP}, {port: 53, protocol: UDP}]";
        let live = format!("{{ports: {ports}}}");
        check("{ports: [{port: 53}, {port: 53, protocol: UDP}]}", owned, &live, &[], &[]);
        let extra = &[r"Extra ports[port=53,protocol=TCP]"];
        check("{ports: [{port: 53, protocol: UDP}]}", owned, &live, &[], extra);
        check("{ports: [{port: 53}, {port: 53}]}", owned, &live, &[], &["Unclear ports"]);
        let more = "{ports: [{port: 53}, {port: 53, protocol: UDP}, {port: 80}]}";
        check(more, owned, &live, &[], &["Lost ports"]);
    }

    #[test]
    fn fields_of_items_are_named_by_their_keys() {
        let wanted = "{spec: {containers: [{name: web, image: a}]}}";
        let owned = r#"{'f:spec': {'f:containers': {'k:{"name":"web"}': {.: {}, 'f:name': {}}}}}"#;
        let live = "{spec: {containers: [{name: web, image: b}]}}";
        let editor = r#"{'f:spec': {'f:containers': {'k:{"name":"web"}': {'f:image': {}}}}}"#;
        let lost = &["Lost spec.containers[name=web].image by edit"];
        check(wanted, owned, live, &[("edit", editor)], lost);
    }

    #[test]
    fn sets_and_wholes_are_compared_by_value() {
        let owned = r#"{'f:metadata': {'f:finalizers': {'v:"a"': {}}}}"#;
        check("{metadata: {finalizers: [a]}}", owned, "{metadata: {finalizers: [b, a]}}", &[], &[]);
        let lost = &["Lost metadata.finalizers"];
        check(
            "{metadata: {finalizers: [a, b]}}",
            owned,
            "{metadata: {finalizers: [b, a]}}",
            &[],
            lost,
        );
        check("{rules: [{a: 1}]}", "{'f:rules': {}}", "{rules: [{a: 1}]}", &[], &[]);
        check("{rules: [{a: 1}]}", "{'f:rules': {}}", "{rules: [{a: 2}]}", &[], &["Changed rules"]);
        check("{rules: [1]}", "{'f:rules': {'i:0': {}}}", "{rules: [1]}", &[], &["Unclear rules"]);
        check("{a: 1}", "{'f:a': {'f:b': {}}}", "{a: 1}", &[], &["Unclear a"]);
    }

    #[test]
    fn what_is_empty_is_owned_or_absent() {
        let owned = "{'f:a': {}, 'f:b': {}}";
        check("{a: {}, b: null, c: []}", owned, "{a: {}}", &[], &[]);
        check("{a: {}, b: null, c: []}", owned, "{a: {}, c: [1]}", &[], &["Lost c"]);
    }

    #[test]
    fn the_text_of_a_secret_is_compared_with_its_data() {
        let secret = |data: &str| format!("{{kind: Secret, data: {{p: {data}}}}}");
        let wanted = "{kind: Secret, stringData: {p: hello}}";
        let owned = "{'f:stringData': {'f:p': {}}}";
        check(wanted, owned, &secret("aGVsbG8="), &[], &[]);
        check(wanted, owned, &secret("aGk="), &[], &["Changed stringData.p"]);
    }

    #[test]
    fn what_the_server_sets_does_not_count() {
        let wanted = "{kind: A, metadata: {name: a, creationTimestamp: null}, status: {x: 1}}";
        check(wanted, "{}", "{metadata: {name: a}}", &[], &[]);
        let owned = "{'f:status': {'f:x': {}}}";
        check(wanted, owned, "{status: {x: 2}}", &[], &["Changed status.x"]);
    }

    #[test]
    fn an_object_that_is_not_ours_at_all_is_lost_as_a_whole() {
        let read = |text: &str| value::yaml::from_str(text).unwrap();
        let (wanted, live) = (read("{apiVersion: v1, data: {a: b}}"), read("{apiVersion: v1}"));
        let found = differences(&wanted, &live, Likeness::Exact);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].what, found[0].path.as_str()), (What::Lost, ""));
    }

    #[test]
    fn names_with_dots_stand_in_quotes() {
        let trail = ["f:metadata", "f:labels", "f:app.kubernetes.io/name"].map(str::to_owned);
        assert_eq!(printed(&trail), r#"metadata.labels["app.kubernetes.io/name"]"#);
    }
}
