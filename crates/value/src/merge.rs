//! Deep merging of maps.

use crate::Value;

/// Merges `over` into `base`: maps merge key by key, everything else in `over` replaces what `base` has.
///
/// A `null` in `over` replaces too, as between two `-f` files of Helm; removing keys by `null` is the
/// business of coalescing with a chart's defaults.
pub fn merge_over(base: &mut Value, over: Value) {
    match (base.as_map_mut(), over) {
        (Some(map), Value::Map(over)) => {
            for (key, value) in over.iter() {
                merge_over(map.entry(key.clone()).or_default(), value.clone());
            }
        }
        (_, over) => *base = over,
    }
}

/// Returns `over` merged into a copy of `base`; see [`merge_over`].
#[must_use]
pub fn merge(base: &Value, over: &Value) -> Value {
    let mut merged = base.clone();
    merge_over(&mut merged, over.clone());
    merged
}
