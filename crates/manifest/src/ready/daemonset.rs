//! `DaemonSets`: a ready Pod of the new template on every node that should have one.

use value::Value;

use super::{Readiness, count, legacy};

pub(super) fn check(live: &Value) -> Readiness {
    let seen = live.i64_at(&["metadata", "generation"]).is_some()
        && live.i64_at(&["status", "observedGeneration"]).is_some();
    let Some(wanted) = live.i64_at(&["status", "desiredNumberScheduled"]).filter(|_| seen) else {
        return Readiness::Pending("not yet observed by its controller".to_owned());
    };
    let stages = [
        ("currentNumberScheduled", "scheduled"),
        ("updatedNumberScheduled", "updated"),
        ("numberAvailable", "available"),
        ("numberReady", "ready"),
    ];
    for (field, what) in stages {
        let reached = count(live, field);
        if reached < wanted {
            return Readiness::Pending(format!("{reached}/{wanted} nodes {what}"));
        }
    }
    Readiness::Ready
}

pub(super) fn legacy(live: &Value) -> Readiness {
    if let Some(unseen) = legacy::unobserved(live) {
        return unseen;
    }
    if !legacy::is_rolling(live) {
        return Readiness::Ready;
    }
    let wanted = count(live, "desiredNumberScheduled");
    let updated = count(live, "updatedNumberScheduled");
    if updated != wanted {
        return Readiness::Pending(format!("{updated}/{wanted} nodes updated"));
    }
    let missing = live.at(&["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"]);
    let missing = missing.and_then(|missing| legacy::scaled(missing, wanted, true));
    legacy::enough(
        "nodes ready",
        count(live, "numberReady"),
        wanted.saturating_sub(missing.unwrap_or(wanted)),
    )
}
