//! The maps that templates see, and which part of the chart's values each of them is.

use gotmpl::{Map, Scene, Value};

use super::super::values::Values as ValuesObject;
use crate::explain::{Base, Reference, Values};

/// How many values are looked at to find one again.
const MAX_LOOKS: usize = 200_000;

/// The context of a file and of the charts below it.
pub(in crate::gotemplate) struct Scenery {
    charts: Vec<ChartScenery>,
}

struct ChartScenery {
    context: Map,
    /// Keys from the top of the values to those of the chart.
    keys: Vec<String>,
}

/// Where a reference leads to.
pub(in crate::gotemplate) struct Found {
    /// What the template calls the place.
    pub(in crate::gotemplate) shown: String,
    /// The fields of the reference behind that.
    pub(in crate::gotemplate) rest: Vec<String>,
    /// Keys from the top of the top chart's values.
    path: Vec<String>,
    pub(in crate::gotemplate) state: State,
}

/// What is there.
pub(in crate::gotemplate) enum State {
    /// The whole reference has this value.
    Is(Value),
    /// The rest of the reference cannot be followed from this value.
    InTheWay(Value),
    /// There is nothing.
    Missing,
}

impl Found {
    /// Whether there is a value that is not empty text.
    pub(in crate::gotemplate) fn is_usable(&self) -> bool {
        matches!(&self.state, State::Is(value) if !value.is_nil() && value.as_str() != Some(""))
    }
}

impl Scenery {
    /// Takes the dot of a file, whose chart is at `path` (`app/charts/db`).
    pub(in crate::gotemplate) fn new(root: &Value, path: &str) -> Self {
        let keys = path.split("/charts/").skip(1).map(str::to_owned).collect();
        let mut scenery = Self { charts: Vec::new() };
        if let Some(context) = map_of(root) {
            scenery.add(context, keys);
        }
        scenery
    }

    fn add(&mut self, context: Map, keys: Vec<String>) {
        let below = context.get("Subcharts").and_then(|below| map_of(&below));
        for (name, sub) in below.iter().flat_map(|map| map.entries().into_owned()) {
            let mut keys = keys.clone();
            keys.push(name.to_string());
            if let Some(sub) = map_of(&sub) {
                self.add(sub, keys);
            }
        }
        self.charts.push(ChartScenery { context, keys });
    }

    /// Follows a reference as far as it goes; nothing if it does not lead into values.
    pub(in crate::gotemplate) fn follow(
        &self,
        reference: &Reference,
        scene: &Scene,
    ) -> Option<Found> {
        let mut here = match &reference.base {
            Base::Dot => scene.dot.clone(),
            Base::Variable(name) => {
                let (_, value) = scene.variables.iter().find(|(known, _)| **known == **name)?;
                value.clone()
            }
        };
        let mut known = self.path_of(&here);
        for (taken, step) in reference.steps.iter().enumerate() {
            let found = |taken: usize, path: Vec<String>, state| Found {
                shown: reference.show(taken),
                rest: reference.steps.iter().skip(taken).cloned().collect(),
                path,
                state,
            };
            let Some(map) = map_of(&here) else {
                return known.map(|path| found(taken, path, State::InTheWay(here)));
            };
            let path = match known {
                Some(mut path) => {
                    path.push(step.clone());
                    Some(path)
                }
                None => self.values_of(&map, step),
            };
            let Some(next) = map.get(step) else {
                return path.map(|path| found(taken + 1, path, State::Missing));
            };
            known = path.or_else(|| self.path_of(&next));
            here = next;
            if taken + 1 == reference.steps.len() || here.is_nil() {
                let path = known.filter(|path| !path.is_empty())?;
                return Some(found(taken + 1, path, State::Is(here)));
            }
        }
        None
    }

    /// Returns the path of what `.Values` of a context is.
    fn values_of(&self, map: &Map, step: &str) -> Option<Vec<String>> {
        let chart = self.charts.iter().find(|chart| chart.context.is_same(map))?;
        (step == "Values").then(|| chart.keys.clone())
    }

    /// Returns the path of a map or list that is a part of the values.
    fn path_of(&self, wanted: &Value) -> Option<Vec<String>> {
        let top = self.charts.last()?;
        let values = top.context.get("Values")?;
        let mut path = top.keys.clone();
        let mut looks = MAX_LOOKS;
        search(&values, wanted, &mut path, &mut looks).then_some(path)
    }
}

/// Looks for a map or list below a value; the path then leads there.
fn search(here: &Value, wanted: &Value, path: &mut Vec<String>, looks: &mut usize) -> bool {
    let Some(left) = looks.checked_sub(1) else { return false };
    *looks = left;
    if is_same(here, wanted) {
        return true;
    }
    let mut below = |key: String, value: &Value| {
        path.push(key);
        let is_there = search(value, wanted, path, looks);
        if !is_there {
            path.pop();
        }
        is_there
    };
    match (map_of(here), here.as_list()) {
        (Some(map), _) => map.entries().iter().any(|(key, value)| below(key.to_string(), value)),
        (None, Some(list)) => {
            let mut items = list.items().into_owned().into_iter().enumerate();
            items.any(|(index, value)| below(index.to_string(), &value))
        }
        (None, None) => false,
    }
}

fn is_same(a: &Value, b: &Value) -> bool {
    match (map_of(a), map_of(b)) {
        (Some(a), Some(b)) => a.is_same(&b),
        _ => matches!((a.as_list(), b.as_list()), (Some(a), Some(b)) if a.is_same(b)),
    }
}

/// Returns the map that a value is, under whatever type.
fn map_of(value: &Value) -> Option<Map> {
    let object = || value.as_object::<ValuesObject>().map(|values| values.0.clone());
    value.as_map().cloned().or_else(object)
}

/// Says what there is at a place, and who set it.
pub(in crate::gotemplate) fn sentence(found: &Found, values: &Values<'_>) -> Option<String> {
    let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
    let before = values.at(&path);
    let shown = &found.shown;
    let is_known = before.is_some_and(|value| !value.is_null());
    match &found.state {
        State::Missing if is_known => Some(format!("{shown} was taken away by a template")),
        State::Missing if path.is_empty() => None,
        State::Missing => Some(values.missing(&path, shown)),
        State::Is(value) | State::InTheWay(value) => {
            let kind = kind(value);
            if !is_as_before(value, before) {
                return Some(format!("{shown} is {kind}; a template has set or changed it"));
            }
            let sentence = values.describe(&path, shown, kind);
            let blocks = matches!(found.state, State::InTheWay(_));
            let next = found.rest.first().filter(|_| blocks && value.as_list().is_none());
            Some(match next {
                Some(next) => format!("{sentence}: it has no field {next}"),
                None => sentence,
            })
        }
    }
}

/// Whether a value is what it was before the first template ran; of lists and maps only the kind counts.
fn is_as_before(now: &Value, before: Option<&value::Value>) -> bool {
    let Some(before) = before else { return false };
    match before {
        value::Value::Map(_) => map_of(now).is_some(),
        value::Value::List(_) => now.as_list().is_some(),
        scalar => now.to_plain().is_ok_and(|now| now.to_floats() == scalar.to_floats()),
    }
}

/// Returns what a value is, with article; of numbers with the type that makes a difference to templates.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nil => "null",
        Value::Bool(_) => "a boolean",
        Value::Float(_) => "a number (float64)",
        Value::Int64(_) => "a number (int64)",
        Value::Int(_) => "a number (int)",
        Value::String(text) if text.is_empty() => "an empty string",
        Value::String(_) => "a string",
        Value::List(list) if list.is_empty() => "an empty list",
        Value::List(_) => "a list",
        Value::Map(map) if map.is_empty() => "an empty map",
        Value::Map(_) => "a map",
        _ => "a value of another kind",
    }
}
