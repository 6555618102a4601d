//! `StatefulSets`: all replicas ready and, as far as the update strategy asks for it, of the new revision.

use value::Value;

use super::{Readiness, count, legacy, surplus, wanted_replicas};

pub(super) fn check(live: &Value) -> Readiness {
    // Under `OnDelete` it is people who make progress.
    if live.str_at(&["spec", "updateStrategy", "type"]) == Some("OnDelete") {
        return Readiness::Ready;
    }
    let wanted = wanted_replicas(live);
    let there = count(live, "replicas");
    let ready = count(live, "readyReplicas");
    if there < wanted {
        return Readiness::Pending(format!("{there}/{wanted} created, {ready} ready"));
    }
    if ready < wanted {
        return Readiness::Pending(format!("{ready}/{wanted} ready"));
    }
    if there > wanted {
        return surplus(there - wanted);
    }
    match live.i64_at(&["spec", "updateStrategy", "rollingUpdate", "partition"]) {
        Some(partition) => updated(live, wanted.saturating_sub(partition)),
        None => current(live, wanted),
    }
}

pub(super) fn legacy(live: &Value) -> Readiness {
    if let Some(unseen) = legacy::unobserved(live) {
        return unseen;
    }
    if !legacy::is_rolling(live) {
        return Readiness::Ready;
    }
    let wanted = wanted_replicas(live);
    let partition = live.i64_at(&["spec", "updateStrategy", "rollingUpdate", "partition"]);
    let partition = partition.unwrap_or_default();
    if let unfinished @ Readiness::Pending(_) = updated(live, wanted.saturating_sub(partition)) {
        return unfinished;
    }
    let ready = count(live, "readyReplicas");
    if ready != wanted {
        return Readiness::Pending(format!("{ready}/{wanted} ready"));
    }
    if partition == 0 { same_revision(live) } else { Readiness::Ready }
}

/// Judges a rolling update that leaves the replicas below a partition alone.
fn updated(live: &Value, wanted: i64) -> Readiness {
    let updated = count(live, "updatedReplicas");
    if updated < wanted {
        return Readiness::Pending(format!("{updated}/{wanted} updated"));
    }
    Readiness::Ready
}

/// Judges an update of all replicas.
fn current(live: &Value, wanted: i64) -> Readiness {
    let current = count(live, "currentReplicas");
    if current < wanted {
        return Readiness::Pending(format!("{current}/{wanted} of the current revision"));
    }
    same_revision(live)
}

fn same_revision(live: &Value) -> Readiness {
    let revision = |field| live.str_at(&["status", field]);
    if revision("currentRevision") != revision("updateRevision") {
        return Readiness::Pending("new revision not yet current".to_owned());
    }
    Readiness::Ready
}
