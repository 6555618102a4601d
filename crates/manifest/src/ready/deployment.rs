//! Deployments: all replicas of the new template there, the old ones gone, and the rollout reported done.

use value::Value;

use super::related::Related;
use super::{Condition, Readiness, condition, count, legacy, surplus, wanted_replicas};

/// What the server fills in for a Deployment that sets no deadline, in old API versions.
const NO_DEADLINE: i64 = i32::MAX as i64;

pub(super) fn check(live: &Value) -> Readiness {
    if is_paused(live) {
        return Readiness::Ready;
    }
    let progressing = condition(live, "Progressing");
    if let Some(progress) = &progressing
        && progress.reason == "ProgressDeadlineExceeded"
    {
        return Readiness::Failed(progress.words("progress deadline exceeded"));
    }
    if let Some(why) = replicas(live) {
        return why;
    }
    if has_deadline(live) && !progressing.is_some_and(|progress| is_complete(&progress)) {
        return Readiness::Pending("rollout not yet reported complete".to_owned());
    }
    if !condition(live, "Available").is_some_and(|available| available.is_true()) {
        return Readiness::Pending("not yet reported available".to_owned());
    }
    Readiness::Ready
}

pub(super) fn legacy(live: &Value, related: &Related) -> Readiness {
    if is_paused(live) {
        return Readiness::Ready;
    }
    if let Some(unseen) = legacy::unobserved(live) {
        return unseen;
    }
    let Some(newest) = related.newest_replica_set(live) else {
        return Readiness::Pending("no ReplicaSet of the new template yet".to_owned());
    };
    if let Some(unseen) = legacy::unobserved(newest) {
        return unseen;
    }
    let wanted = wanted_replicas(live);
    legacy::enough(
        "ready",
        count(newest, "readyReplicas"),
        wanted.saturating_sub(unavailable(live, wanted)),
    )
}

/// Returns how many replicas may be missing during an update, as the Deployment controller reckons: with neither
/// surge nor missing replicas nothing could move, so then it is one.
fn unavailable(live: &Value, wanted: i64) -> i64 {
    let number = |field, up| {
        let given = live.at(&["spec", "strategy", "rollingUpdate", field]);
        given.and_then(|given| legacy::scaled(given, wanted, up)).unwrap_or_default()
    };
    let rolling = live.str_at(&["spec", "strategy", "type"]) == Some("RollingUpdate");
    if !rolling || wanted == 0 {
        return 0;
    }
    match (number("maxSurge", true), number("maxUnavailable", false)) {
        (0, 0) => 1,
        (_, missing) => missing.min(wanted),
    }
}

fn is_paused(live: &Value) -> bool {
    live.at(&["spec", "paused"]).and_then(Value::as_bool) == Some(true)
}

/// Returns what is missing of the replicas.
fn replicas(live: &Value) -> Option<Readiness> {
    let wanted = wanted_replicas(live);
    let there = count(live, "replicas");
    let updated = count(live, "updatedReplicas");
    let available = count(live, "availableReplicas");
    let ready = count(live, "readyReplicas");
    let why = if there < wanted && updated == there {
        format!("{there}/{wanted} created, {available} available")
    } else if there < wanted || updated < wanted {
        format!("{updated}/{wanted} updated, {available} available")
    } else if there > wanted {
        return Some(surplus(there - wanted));
    } else if available < updated {
        format!("{available}/{wanted} available")
    } else if ready < wanted {
        format!("{ready}/{wanted} ready")
    } else {
        return None;
    };
    let refused = condition(live, "ReplicaFailure").filter(Condition::is_true);
    Some(Readiness::Pending(match refused {
        Some(refused) => format!("{why}; {}", refused.words("Pods are refused")),
        None => why,
    }))
}

fn has_deadline(live: &Value) -> bool {
    let deadline = live.i64_at(&["spec", "progressDeadlineSeconds"]);
    deadline.is_some_and(|seconds| seconds != NO_DEADLINE)
}

fn is_complete(progress: &Condition<'_>) -> bool {
    progress.is_true() && progress.reason == "NewReplicaSetAvailable"
}
