//! The value itself: Go's kinds as they come out of YAML and JSON, in a tree that is cheap to clone.
//!
//! Lists and maps are shared until one of the owners changes its copy (`Arc` with copy on write), so that
//! handing a chart's defaults to a hundred templates costs nothing. Maps are ordered by the bytes of
//! their keys, as `encoding/json` of Go writes them: nothing in this project depends on insertion order.

use std::fmt;
use std::sync::Arc;

use litemap::LiteMap;

/// The mapping of a [`Value::Map`]: keys in byte order, in one piece of memory, since most maps are small.
///
/// Setting and removing an entry moves those behind it. For many entries there is [`add_all`], and `collect`.
pub type Map = LiteMap<Arc<str>, Value>;

/// Sets entries of a map, all at once; of equal keys the last one counts.
pub fn add_all(map: &mut Map, entries: Vec<(Arc<str>, Value)>) {
    if !entries.is_empty() {
        *map = std::mem::take(map).into_iter().chain(entries).collect();
    }
}

/// A dynamic value.
///
/// Numbers follow what Kubernetes makes of JSON: an integer that fits an `i64` is [`Value::Int`], every
/// other number is [`Value::Float`].
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Arc<str>),
    /// A sequence.
    List(Arc<Vec<Self>>),
    /// A mapping.
    Map(Arc<Map>),
}

impl Value {
    /// Returns an empty map.
    #[must_use]
    pub fn map() -> Self {
        Self::Map(Arc::default())
    }

    /// Returns the word that Go's error messages use for the kind of this value (`map`, `slice`, …).
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::Float(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }

    /// Returns whether this is `null`.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the boolean, if this is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// Returns the integer, if this is one; a float without fraction counts.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(i) => Some(*i),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                reason = "the range is checked"
            )]
            Self::Float(f) if f.fract() == 0.0 && f.abs() < i64::MAX as f64 => Some(*f as i64),
            _ => None,
        }
    }

    /// Returns the text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(s) => Some(s),
            _ => None,
        }
    }

    /// Returns the items, if this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the entries, if this is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the entries for change, if this is a map; shared entries are copied first.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Map(map) => Some(Arc::make_mut(map)),
            _ => None,
        }
    }

    /// Returns the items for change, if this is a list; shared items are copied first.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Self>> {
        match self {
            Self::List(items) => Some(Arc::make_mut(items)),
            _ => None,
        }
    }

    /// Returns the entry `key` of a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Follows map keys from this value downwards; `None` as soon as one is missing.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Returns the text below map keys, if there is one.
    #[must_use]
    pub fn str_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// Returns the integer below map keys, if there is one.
    #[must_use]
    pub fn i64_at(&self, path: &[&str]) -> Option<i64> {
        self.at(path)?.as_i64()
    }

    /// Returns the list below map keys, empty where there is none.
    #[must_use]
    pub fn list_at(&self, path: &[&str]) -> &[Self] {
        self.at(path).and_then(Self::as_list).unwrap_or_default()
    }

    /// Returns this value with every integer as a float, at any depth.
    ///
    /// That is how Helm sees numbers that come out of a values file or out of JSON: templates can tell
    /// (`1000000` prints as `1e+06`), while integers of `--set` stay integers.
    #[must_use]
    pub fn to_floats(&self) -> Self {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "Go loses it too")]
            Self::Int(i) => Self::Float(*i as f64),
            Self::List(items) => items.iter().map(Self::to_floats).collect(),
            Self::Map(map) => map.iter().map(|(k, v)| (k.clone(), v.to_floats())).collect(),
            other => other.clone(),
        }
    }

    /// Returns the name of the Go type that holds this value in Helm, as `%T` prints it; null is `<nil>`.
    #[must_use]
    pub const fn go_type(&self) -> &'static str {
        match self {
            Self::Null => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int64",
            Self::Float(_) => "float64",
            Self::String(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        }
    }

    /// Sets the entry below map keys, making maps on the way; whatever else stood there is replaced.
    pub fn set(&mut self, path: &[&str], value: Self) {
        let Some((first, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        if !matches!(self, Self::Map(_)) {
            *self = Self::map();
        }
        if let Some(map) = self.as_map_mut() {
            map.entry(Arc::from(*first)).or_default().set(rest, value);
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Self::Int(i)
    }
}

impl From<f64> for Value {
    fn from(f: f64) -> Self {
        Self::Float(f)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::String(Arc::from(s))
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Self::String(Arc::from(s))
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(Arc::new(map))
    }
}

impl<K: Into<Arc<str>>> FromIterator<(K, Self)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, Self)>>(entries: I) -> Self {
        Self::from(entries.into_iter().map(|(k, v)| (k.into(), v)).collect::<Map>())
    }
}

impl FromIterator<Self> for Value {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        Self::from(items.into_iter().collect::<Vec<_>>())
    }
}

/// Prints compact JSON, for messages.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::json::to_string(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_keys_the_last_counts() {
        let entry = |key: &str, i: i64| (Arc::from(key), Value::Int(i));
        let mut map = Map::from_iter([entry("c", 1), entry("a", 1), entry("c", 2)]);
        assert_eq!(Value::from(map.clone()).to_string(), r#"{"a":1,"c":2}"#);
        add_all(&mut map, vec![entry("d", 4), entry("a", 3), entry("b", 3), entry("d", 5)]);
        assert_eq!(Value::from(map).to_string(), r#"{"a":3,"b":3,"c":2,"d":5}"#);
    }
}
