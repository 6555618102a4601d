//! What holds for objects of any kind, and the rule for kinds without one: their conditions.

use value::Value;

use super::{Readiness, condition};

/// Judges by the condition `Ready`. An object without it is ready: most kinds have no such notion, and a
/// custom resource that its controller has not seen yet cannot be told from them.
pub(super) fn check(live: &Value) -> Readiness {
    match condition(live, "Ready") {
        Some(ready) if !ready.is_true() => Readiness::Pending(ready.words("not ready")),
        _ => Readiness::Ready,
    }
}

/// Returns what keeps an object of any kind from being ready: it is being deleted, its controller has not
/// seen its last change, or says itself that it works at it or is stuck.
pub(super) fn unfinished(live: &Value) -> Option<Readiness> {
    if let Some(stale) = stale(live) {
        return Some(stale);
    }
    if let Some(reconciling) = condition(live, "Reconciling").filter(super::Condition::is_true) {
        return Some(Readiness::Pending(reconciling.words("reconciling")));
    }
    let stalled = condition(live, "Stalled").filter(super::Condition::is_true)?;
    Some(Readiness::Failed(stalled.words("stalled")))
}

/// Returns why the status of an object says nothing yet: it is being deleted, or its controller has not seen its last
/// change.
pub(super) fn stale(live: &Value) -> Option<Readiness> {
    if live.str_at(&["metadata", "deletionTimestamp"]).is_some_and(|time| !time.is_empty()) {
        return Some(Readiness::Pending("being deleted".to_owned()));
    }
    let generation = live.i64_at(&["metadata", "generation"]);
    let observed = live.i64_at(&["status", "observedGeneration"]);
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        let why = format!("generation {generation} not yet observed, last seen {observed}");
        return Some(Readiness::Pending(why));
    }
    None
}
