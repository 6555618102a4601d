//! `ReplicaSets`: as many Pods available as wanted.

use value::Value;

use super::{Condition, Readiness, condition, count, surplus, wanted_replicas};

pub(super) fn check(live: &Value) -> Readiness {
    if let Some(refused) = condition(live, "ReplicaFailure").filter(Condition::is_true) {
        return Readiness::Pending(refused.words("Pods are refused"));
    }
    let wanted = wanted_replicas(live);
    let stages = [
        ("fullyLabeledReplicas", "created"),
        ("availableReplicas", "available"),
        ("readyReplicas", "ready"),
    ];
    for (field, what) in stages {
        let reached = count(live, field);
        if reached < wanted {
            return Readiness::Pending(format!("{reached}/{wanted} {what}"));
        }
    }
    let there = count(live, "replicas");
    if there > wanted { surplus(there - wanted) } else { Readiness::Ready }
}
