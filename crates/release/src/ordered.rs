//! Trees whose keys Helm writes in the order of a Go struct instead of sorted.

use serde::ser::{Serialize, SerializeMap, Serializer};
use value::Value;

/// The fields of a struct in order, with the shape of those that hold structs, or lists of them.
struct Shape(&'static [(&'static str, Option<&'static Self>)]);

static METADATA: Shape = Shape(&[
    ("name", None),
    ("home", None),
    ("sources", None),
    ("version", None),
    ("description", None),
    ("keywords", None),
    ("maintainers", Some(&MAINTAINER)),
    ("icon", None),
    ("apiVersion", None),
    ("condition", None),
    ("tags", None),
    ("appVersion", None),
    ("deprecated", None),
    ("annotations", None),
    ("kubeVersion", None),
    ("dependencies", Some(&DEPENDENCY)),
    ("type", None),
]);

static MAINTAINER: Shape = Shape(&[("name", None), ("email", None), ("url", None)]);

static DEPENDENCY: Shape = Shape(&[
    ("name", None),
    ("version", None),
    ("repository", None),
    ("condition", None),
    ("tags", None),
    ("enabled", None),
    ("import-values", None),
    ("alias", None),
    ("depends-on", None),
]);

static LOCK: Shape =
    Shape(&[("generated", None), ("digest", None), ("dependencies", Some(&DEPENDENCY))]);

/// Writes what Chart.yaml says in the order of Helm's `chart.Metadata`.
pub(crate) fn metadata<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    Ordered { value, shape: &METADATA }.serialize(serializer)
}

/// Writes what Chart.lock says in the order of Helm's `chart.Lock`.
pub(crate) fn lock<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    Ordered { value, shape: &LOCK }.serialize(serializer)
}

struct Ordered<'v> {
    value: &'v Value,
    shape: &'static Shape,
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shape = self.shape;
        match self.value {
            Value::Map(map) => {
                let mut fields = serializer.serialize_map(Some(map.len()))?;
                for (key, inner) in shape.0 {
                    match (map.get(*key), inner) {
                        (Some(value), Some(shape)) => {
                            fields.serialize_entry(key, &Ordered { value, shape })?;
                        }
                        (Some(value), None) => fields.serialize_entry(key, value)?,
                        (None, _) => {}
                    }
                }
                let known = |key: &str| shape.0.iter().any(|(field, _)| *field == key);
                for (key, value) in map.iter().filter(|(key, _)| !known(key)) {
                    fields.serialize_entry(key, value)?;
                }
                fields.end()
            }
            Value::List(items) => {
                serializer.collect_seq(items.iter().map(|value| Ordered { value, shape }))
            }
            value => value.serialize(serializer),
        }
    }
}
