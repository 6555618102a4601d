//! `DaemonSets`: a ready Pod of the new template on every node that should have one.

use value::Value;

use super::{Readiness, count};

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
