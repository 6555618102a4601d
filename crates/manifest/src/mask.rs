//! Hiding what Secrets hold, for display.

use value::Value;

use crate::Object;

pub use value::MASK;

/// Annotation in which `kubectl apply` keeps a copy of the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Returns the object with every value below `data` and `stringData` hidden, if it is a Secret.
#[must_use]
pub fn masked(object: &Object) -> Object {
    Object { value: masked_value(&object.value), ..object.clone() }
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
        Value::Map(map) => map.keys().map(|key| (key.clone(), Value::from(MASK))).collect(),
        _ => Value::from(MASK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secrets_are_hidden_and_only_what_they_hold() {
        let check = |text: &str, expected: &str| {
            let masked = masked_value(&value::yaml::from_str(text).unwrap());
            assert_eq!(masked, value::yaml::from_str(expected).unwrap(), "{text}");
        };
        check(
            "{apiVersion: v1, kind: Secret, type: t, data: {a: eA==}, stringData: {b: x, c: {d: y}}}",
            "{apiVersion: v1, kind: Secret, type: t, data: {a: '***'}, stringData: {b: '***', c: '***'}}",
        );
        check(
            "{apiVersion: v1, kind: Secret, data: text}",
            "{apiVersion: v1, kind: Secret, data: '***'}",
        );
        check(
            "{apiVersion: v1, kind: Secret, metadata: {annotations: \
             {kubectl.kubernetes.io/last-applied-configuration: x, k: v}}}",
            "{apiVersion: v1, kind: Secret, metadata: {annotations: \
             {kubectl.kubernetes.io/last-applied-configuration: '***', k: v}}}",
        );
        let map = "{apiVersion: v1, kind: ConfigMap, data: {a: b}}";
        check(map, map);
    }
}
