//! `ReplicaSets`: as many Pods available as wanted.

use value::Value;

use super::related::Related;
use super::{Condition, Readiness, condition, count, legacy, pod, surplus, wanted_replicas};

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

pub(super) fn legacy(live: &Value, related: &Related) -> Readiness {
    if let Some(unseen) = legacy::unobserved(live) {
        return unseen;
    }
    if !related.pods_seen {
        return Readiness::Pending("its Pods are not looked at yet".to_owned());
    }
    // Every Pod of the selector counts, whoever owns it; none at all is enough.
    let unready = related.selected(live).find_map(|pod| match pod::legacy(pod) {
        Readiness::Ready => None,
        unready => Some(unready),
    });
    unready.unwrap_or(Readiness::Ready)
}
