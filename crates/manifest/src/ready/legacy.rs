//! What the rules of Helm 3 have in common.

use value::Value;

use super::Readiness;

/// Returns what is missing when a controller has not seen the last change. Unlike in the watcher's rules, an object
/// without an observed generation counts as not seen.
pub(super) fn unobserved(live: &Value) -> Option<Readiness> {
    let generation = live.i64_at(&["metadata", "generation"]).unwrap_or_default();
    let observed = live.i64_at(&["status", "observedGeneration"]).unwrap_or_default();
    (generation != observed).then(|| {
        Readiness::Pending(format!(
            "generation {generation} not yet observed, last seen {observed}"
        ))
    })
}

/// Returns whether a controller replaces Pods by itself.
pub(super) fn is_rolling(live: &Value) -> bool {
    live.str_at(&["spec", "updateStrategy", "type"]) == Some("RollingUpdate")
}

/// Returns a number, or a percentage of `total`; `None` for what is neither.
pub(super) fn scaled(given: &Value, total: i64, up: bool) -> Option<i64> {
    if let Some(text) = given.as_str() {
        let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
        let hundredfold = total.checked_mul(percent)?;
        return Some(if up { hundredfold.saturating_add(99) } else { hundredfold }.div_euclid(100));
    }
    given.as_i64()
}

/// Returns whether as many are there as have to be.
pub(super) fn enough(what: &str, there: i64, needed: i64) -> Readiness {
    if there < needed {
        return Readiness::Pending(format!("{there}/{needed} {what}"));
    }
    Readiness::Ready
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_as_asked() {
        let check = |given: &str, total, up, expected| {
            let given = value::yaml::from_str(given).unwrap();
            assert_eq!(scaled(&given, total, up), expected, "{given:?} of {total}");
        };
        check("25%", 3, true, Some(1));
        check("25%", 3, false, Some(0));
        check("100%", 3, true, Some(3));
        check("2", 3, true, Some(2));
        check("many", 3, true, None);
        check("9223372036854775807%", 3, true, None);
    }
}
