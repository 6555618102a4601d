//! Deep merging of maps.

use std::sync::Arc;

use crate::{Value, add_all};

/// Merges `over` into `base`: maps merge key by key, everything else in `over` replaces what `base` has.
///
/// A `null` in `over` replaces too, as between two `-f` files of Helm; removing keys by `null` is the
/// business of coalescing with a chart's defaults.
pub fn merge_over(base: &mut Value, over: Value) {
    let map = match over {
        Value::Map(map) if matches!(base, Value::Map(_)) => map,
        over => {
            *base = over;
            return;
        }
    };
    if let Some(base) = base.as_map_mut() {
        let mut missing = Vec::new();
        for (key, value) in Arc::unwrap_or_clone(map) {
            match base.get_mut(&key) {
                Some(base) => merge_over(base, value),
                None => missing.push((key, value)),
            }
        }
        add_all(base, missing);
    }
}

/// Returns `over` merged into a copy of `base`; see [`merge_over`].
#[must_use]
pub fn merge(base: &Value, over: &Value) -> Value {
    let mut merged = base.clone();
    merge_over(&mut merged, over.clone());
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json;
    use crate::testing::{any_configuration, any_map, any_value};

    fn check(base: &str, over: &str, expected: &str) {
        let merged = merge(&json::from_str(base).unwrap(), &json::from_str(over).unwrap());
        assert_eq!(json::to_string(&merged), expected, "{base} + {over}");
    }

    #[test]
    fn maps_merge_and_everything_else_replaces() {
        check(r#"{"a":1}"#, r#"{"b":2}"#, r#"{"a":1,"b":2}"#);
        check(r#"{"a":{"x":1,"y":2}}"#, r#"{"a":{"y":3}}"#, r#"{"a":{"x":1,"y":3}}"#);
        check(r#"{"a":[1,2]}"#, r#"{"a":[3]}"#, r#"{"a":[3]}"#);
        check(r#"{"a":{"x":1}}"#, r#"{"a":5}"#, r#"{"a":5}"#);
        check(r#"{"a":5}"#, r#"{"a":{"x":1}}"#, r#"{"a":{"x":1}}"#);
        check("1", "{}", "{}");
        check("{}", "null", "null");
    }

    #[test]
    fn null_replaces() {
        check(r#"{"a":{"x":1}}"#, r#"{"a":null}"#, r#"{"a":null}"#);
        check(r#"{"a":null}"#, r#"{"a":{"x":1}}"#, r#"{"a":{"x":1}}"#);
    }

    #[test]
    fn shared_values_are_left_alone() {
        let base = json::from_str(r#"{"a":{"x":1}}"#).unwrap();
        let mut copy = base.clone();
        merge_over(&mut copy, json::from_str(r#"{"a":{"x":2}}"#).unwrap());
        assert_eq!(base.at(&["a", "x"]), Some(&Value::Int(1)));
    }

    proptest! {
        #[test]
        fn an_empty_map_changes_no_map(map in any_map()) {
            prop_assert_eq!(merge(&map, &Value::map()), map.clone());
            prop_assert_eq!(merge(&Value::map(), &map), map);
        }

        #[test]
        fn merging_twice_is_merging_once(base in any_value(), over in any_value()) {
            let once = merge(&base, &over);
            prop_assert_eq!(merge(&once, &over), once);
        }

        #[test]
        fn files_of_values_may_be_merged_in_any_grouping(
            a in any_configuration(), b in any_configuration(), c in any_configuration(),
        ) {
            prop_assert_eq!(merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
        }

        #[test]
        fn the_keys_of_a_merge_are_those_of_both(base in any_map(), over in any_map()) {
            let merged = merge(&base, &over);
            let keys = |value: &Value| value.as_map().unwrap().keys().cloned().collect::<Vec<_>>();
            let mut expected = keys(&base);
            expected.extend(keys(&over));
            expected.sort();
            expected.dedup();
            prop_assert_eq!(keys(&merged), expected);
        }
    }
}
