//! Jobs: started, or complete, as the rules ask.

use value::Value;

use super::{Condition, Readiness, Rules, condition, count};

pub(super) fn check(live: &Value, rules: Rules) -> Readiness {
    let started = live.str_at(&["status", "startTime"]).is_some_and(|time| !time.is_empty());
    match ended(live) {
        Some(end) => end,
        None if !started => Readiness::Pending(not_started(live)),
        None if rules.jobs => Readiness::Pending(progress(live)),
        None => Readiness::Ready,
    }
}

pub(super) fn check_hook(live: &Value) -> Readiness {
    ended(live).unwrap_or_else(|| Readiness::Pending(progress(live)))
}

/// Returns how the Job ended, if it did.
fn ended(live: &Value) -> Option<Readiness> {
    if condition(live, "Complete").is_some_and(|complete| complete.is_true()) {
        return Some(Readiness::Ready);
    }
    let failed = condition(live, "Failed").filter(Condition::is_true)?;
    Some(Readiness::Failed(failed.words("the Job failed")))
}

fn not_started(live: &Value) -> String {
    let suspended = live.at(&["spec", "suspend"]).and_then(Value::as_bool) == Some(true);
    if suspended { "suspended" } else { "not yet started" }.to_owned()
}

/// Says how far the Job is: `1/3 succeeded, 2 active, 1 failed`.
fn progress(live: &Value) -> String {
    let wanted = live
        .i64_at(&["spec", "completions"])
        .or_else(|| live.i64_at(&["spec", "parallelism"]))
        .unwrap_or(1);
    let mut text = format!("{}/{wanted} succeeded", count(live, "succeeded"));
    for (field, what) in [("active", "active"), ("failed", "failed")] {
        match count(live, field) {
            0 => {}
            number => text.extend([", ", &number.to_string(), " ", what]),
        }
    }
    text
}
