//! Hiding what Secrets hold, for display.

use value::Value;

use crate::Object;

/// What stands in for a secret.
pub const MASK: &str = "***";

/// Annotation in which `kubectl apply` keeps a copy of the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Returns the object with every value below `data` and `stringData` hidden, if it is a Secret.
#[must_use]
pub fn masked(object: &Object) -> Object {
    Object {
        value: masked_value(&object.value),
        ..object.clone()
    }
}

/// As [`masked`], for a bare tree: keys stay, so that one sees what a Secret has without seeing it. A copy
/// of the object in `kubectl`'s annotation is hidden as well.
#[must_use]
pub fn masked_value(value: &Value) -> Value {
    let mut masked = value.clone();
    if value.str_at(&["kind"]) != Some("Secret") || value.str_at(&["apiVersion"]) != Some("v1") {
        return masked;
    }
    for place in ["data", "stringData"] {
        if let Some(entries) = value.get(place) {
            masked.set(&[place], hidden(entries));
        }
    }
    let copy = ["metadata", "annotations", LAST_APPLIED];
    if value.at(&copy).is_some() {
        masked.set(&copy, Value::from(MASK));
    }
    masked
}

/// Hides each entry of a map, or the whole of anything else.
fn hidden(entries: &Value) -> Value {
    match entries {
        Value::Null => Value::Null,
        Value::Map(map) => map
            .keys()
            .map(|key| (key.clone(), Value::from(MASK)))
            .collect(),
        _ => Value::from(MASK),
    }
}
