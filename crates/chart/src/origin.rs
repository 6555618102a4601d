//! Where the values come from that templates see: which values file, flag or chart's default, and what of
//! the others it overrides.
//!
//! Coalescing keeps no books. When somebody asks, the charts' defaults and the user's values are replaced by
//! marks of the same shape, and the very same coalescing is done with those: which mark arrives at a path says
//! who sets it, whatever aliases, globals, imports and nulls had to do with it. What it overrode is found by
//! taking the winner away and asking again.

use std::sync::Arc;

use value::origin::at;
use value::{Map, Place, Sources, Value, yaml};

use crate::coalesce;
use crate::requirements;
use crate::{Chart, ChartError, Content};

/// The entry of a marked map that tells where the map itself comes from; nobody has such a key.
const MAP: &str = "\u{fffe}";

/// What is said about values whose sources nobody named.
const GIVEN: &str = "the given values";

/// How many overridden places are looked for.
const MAX_PLACES: usize = 16;

/// The origins of all values of a chart.
#[derive(Clone, Debug)]
pub struct Origins {
    trees: Trees,
    /// What came out of the coalescing of the marked trees.
    marked: Map,
    /// What each mark stands for: a layer, and the path in it.
    marks: Vec<(usize, Vec<String>)>,
    /// The user's values, then the defaults of each chart.
    layers: Vec<Layer>,
    sources: Sources,
}

/// Where one value comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Who sets the value: the first is the one that counts, it overrides the others in this order. Empty if
    /// there is no such value. A map may be made of all of them.
    pub places: Vec<Place>,
    /// The `null` without which there would be a value.
    pub deleted_by: Option<Place>,
}

/// The charts and the user's values with marks for values.
#[derive(Clone, Debug)]
struct Trees {
    chart: Chart,
    user: Value,
}

#[derive(Clone, Debug)]
struct Layer {
    /// What it is called, such as `app/charts/db/values.yaml`.
    label: String,
    /// Keys from the top of the values to those of this chart.
    keys: Vec<String>,
    /// Positions among the subcharts from the top chart to this one; none for the user's values.
    chart: Option<Vec<usize>>,
    values: Value,
    text: Option<Content>,
}

impl Origins {
    /// Makes ready to tell the origins of values of `chart`, as loaded, under `user_values`, which come from
    /// `sources` as far as those say so.
    ///
    /// The work is that of [`crate::resolve`], which has to succeed with the same arguments.
    pub fn new(chart: &Chart, user_values: &Value, sources: &Sources) -> Result<Self, ChartError> {
        let mut chart = requirements::select(&bare(chart), user_values)?;
        let mut origins = Self {
            trees: Trees { chart: Chart::default(), user: Value::Null },
            marked: Map::new(),
            marks: Vec::new(),
            layers: Vec::new(),
            sources: sources.clone(),
        };
        origins.layers.push(Layer {
            label: GIVEN.to_owned(),
            keys: Vec::new(),
            chart: None,
            values: user_values.clone(),
            text: None,
        });
        let user = origins.mark(0, user_values, &mut Vec::new());
        let name = chart.name().to_owned();
        origins.add(&mut chart, &name, &mut Vec::new(), &mut Vec::new());
        origins.trees = Trees { chart, user };
        origins.marked = origins.trees.values()?;
        Ok(origins)
    }

    /// Returns where the value at `path` comes from: keys from the top of the top chart's values, and positions
    /// in lists.
    #[must_use]
    pub fn of(&self, path: &[&str]) -> Origin {
        let mut origin = Origin::default();
        let Some(mut setter) = self.setter(&self.marked, path) else {
            let (first, rest) = path.split_first().unzip();
            let top = first.and_then(|first| self.marked.get(*first));
            // Helm makes some maps itself.
            if top.and_then(|top| at(top, rest.unwrap_or_default())).is_none() {
                origin.deleted_by = self.deleted_by(path);
            }
            return origin;
        };
        let mut trees = self.trees.clone();
        loop {
            let (layer, within, rest) = setter;
            let mut full = within.clone();
            full.extend(rest);
            origin.places.extend(self.places(layer, &full));
            if origin.places.len() >= MAX_PLACES || !self.remove(&mut trees, layer, &within) {
                break;
            }
            let Some(next) = trees.values().ok().and_then(|values| self.setter(&values, path))
            else {
                break;
            };
            setter = next;
        }
        origin
    }

    /// Returns the first place of [`of`](Self::of) alone, which is much less work.
    #[must_use]
    pub fn winner(&self, path: &[&str]) -> Option<Place> {
        let (layer, mut within, rest) = self.setter(&self.marked, path)?;
        within.extend(rest);
        self.places(layer, &within).into_iter().next()
    }

    /// Returns the layer that sets `path` in coalesced marks, the path in it, and what of it lies in a list.
    fn setter(&self, marked: &Map, path: &[&str]) -> Option<(usize, Vec<String>, Vec<String>)> {
        let (first, rest) = path.split_first()?;
        let mut value = marked.get(*first)?;
        let mut rest = rest;
        while let (Value::Map(map), Some((key, after))) = (value, rest.split_first()) {
            value = map.get(*key)?;
            rest = after;
        }
        let mark = match value {
            Value::Map(map) => map.get(MAP)?,
            Value::Null if rest.is_empty() => {
                let (layer, way, _) =
                    self.nulls(path).find(|(_, way, length)| way.len() == *length)?;
                return Some((layer, way, Vec::new()));
            }
            other => other,
        };
        let (layer, within) = self.marks.get(usize::try_from(mark.as_i64()?).ok()?)?;
        let rest: Vec<String> = rest.iter().map(|&key| key.to_owned()).collect();
        if !rest.is_empty() {
            let keys: Vec<&str> = within.iter().chain(&rest).map(String::as_str).collect();
            at(&self.layers.get(*layer)?.values, &keys)?;
        }
        Some((*layer, within.clone(), rest))
    }

    /// Finds the null that keeps a value away.
    fn deleted_by(&self, path: &[&str]) -> Option<Place> {
        let (layer, null) = self.nulls(path).find_map(|(layer, way, length)| {
            let null = way.get(..length)?;
            let mut trees = self.trees.clone();
            let removed = self.remove(&mut trees, layer, null);
            let values = trees.values().ok().filter(|_| removed)?;
            self.setter(&values, path).map(|_| (layer, null.to_vec()))
        })?;
        self.places(layer, &null).into_iter().next()
    }

    /// Returns the nulls of all layers on the way to a value: the layer, the whole way in it, and how far
    /// down there the null is.
    fn nulls(&self, path: &[&str]) -> impl Iterator<Item = (usize, Vec<String>, usize)> {
        let ways = self.layers.iter().enumerate().flat_map(|(number, layer)| {
            layer.ways(path).into_iter().map(move |way| (number, layer, way))
        });
        ways.filter_map(|(number, layer, way)| {
            let keys: Vec<&str> = way.iter().map(String::as_str).collect();
            let is_null = |keys: &[&str]| layer.values.at(keys).is_some_and(Value::is_null);
            let length =
                (1..=keys.len()).find(|length| keys.get(..*length).is_some_and(is_null))?;
            Some((number, way, length))
        })
    }

    /// Returns who says in a layer what stands at a path.
    fn places(&self, layer: usize, path: &[String]) -> Vec<Place> {
        let Some(layer) = self.layers.get(layer) else { return Vec::new() };
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        if layer.chart.is_none() {
            let known = at(self.sources.value(), &keys).map(Value::to_floats);
            let places = self.sources.history(&keys);
            if !places.is_empty() && known == at(&layer.values, &keys).map(Value::to_floats) {
                return places;
            }
        }
        let text = layer.text.as_deref().and_then(|text| std::str::from_utf8(text).ok());
        vec![Place {
            source: layer.label.clone(),
            position: text.and_then(|text| yaml::position_of(text, &keys)),
            path: path.to_vec(),
        }]
    }

    /// Takes what stands at a path of a layer out of the marked trees.
    fn remove(&self, trees: &mut Trees, layer: usize, path: &[String]) -> bool {
        let Some(layer) = self.layers.get(layer) else { return false };
        let values = match &layer.chart {
            None => Some(&mut trees.user),
            Some(way) => way
                .iter()
                .try_fold(&mut trees.chart, |chart, number| chart.subcharts.get_mut(*number))
                .map(|chart| &mut chart.values),
        };
        values.is_some_and(|values| remove(values, path))
    }

    /// Adds the layers of a chart and of those in it, and puts marks in the place of their values.
    fn add(&mut self, chart: &mut Chart, path: &str, keys: &mut Vec<String>, way: &mut Vec<usize>) {
        let number = self.layers.len();
        self.layers.push(Layer {
            label: format!("{path}/values.yaml"),
            keys: keys.clone(),
            chart: Some(way.clone()),
            values: chart.values.clone(),
            text: chart.values_text.clone(),
        });
        chart.values = self.mark(number, &chart.values.clone(), &mut Vec::new());
        for (place, sub) in chart.subcharts.iter_mut().enumerate() {
            let path = format!("{path}/charts/{}", sub.name());
            keys.push(sub.name().to_owned());
            way.push(place);
            self.add(sub, &path, keys, way);
            keys.pop();
            way.pop();
        }
    }

    /// Returns `value` with marks for everything but maps and nulls.
    fn mark(&mut self, layer: usize, value: &Value, path: &mut Vec<String>) -> Value {
        match value {
            Value::Null => Value::Null,
            Value::Map(map) => {
                let mut marked = vec![(Arc::from(MAP), self.new_mark(layer, path))];
                for (key, value) in map.iter() {
                    path.push(key.to_string());
                    marked.push((Arc::clone(key), self.mark(layer, value, path)));
                    path.pop();
                }
                Value::from(Map::from_iter(marked))
            }
            _ => self.new_mark(layer, path),
        }
    }

    fn new_mark(&mut self, layer: usize, path: &[String]) -> Value {
        let number = i64::try_from(self.marks.len()).unwrap_or(i64::MAX);
        self.marks.push((layer, path.to_vec()));
        Value::Int(number)
    }
}

impl Trees {
    fn values(&self) -> Result<Map, ChartError> {
        requirements::coalesce(self.chart.clone(), &self.user)
    }
}

impl Layer {
    /// Returns the paths in this layer that can have to do with a value: the same place, and before it for
    /// globals every place above that hands them down to there.
    fn ways(&self, path: &[&str]) -> Vec<Vec<String>> {
        let is_below = self.keys.iter().zip(path).all(|(key, step)| key == step);
        let Some(rest) = path.get(self.keys.len()..).filter(|_| is_below) else {
            return Vec::new();
        };
        let global = rest.iter().position(|step| *step == coalesce::GLOBAL).unwrap_or_default();
        let (above, within) = rest.split_at(global);
        let way = |count| above.iter().take(count).chain(within).map(|&key| key.to_owned());
        (0..=global).map(|count| way(count).collect()).collect()
    }
}

/// Returns a chart without what takes no part in coalescing, so that copies cost little.
fn bare(chart: &Chart) -> Chart {
    Chart {
        metadata: chart.metadata.clone(),
        values: chart.values.clone(),
        values_text: chart.values_text.clone(),
        subcharts: chart.subcharts.iter().map(bare).collect(),
        ..Chart::default()
    }
}

/// Removes what stands below keys of maps; returns whether there was something.
fn remove(value: &mut Value, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    let Some(map) = value.as_map_mut() else { return false };
    if rest.is_empty() {
        return map.remove(first.as_str()).is_some();
    }
    map.get_mut(first.as_str()).is_some_and(|below| remove(below, rest))
}

#[cfg(test)]
mod tests;
