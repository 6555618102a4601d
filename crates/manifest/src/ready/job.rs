//! Jobs: started, or complete, as the rules ask.

use value::Value;

use super::{Condition, Readiness, Rules, condition, count};

/// What the server fills in for a Job that sets no limit.
const BACKOFF_LIMIT: i64 = 6;

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

pub(super) fn legacy(live: &Value, rules: Rules) -> Readiness {
    if !rules.jobs {
        return Readiness::Ready;
    }
    let failed = count(live, "failed");
    if failed > live.i64_at(&["spec", "backoffLimit"]).unwrap_or(BACKOFF_LIMIT) {
        return Readiness::Failed(format!("the Job failed {failed} times"));
    }
    match live.i64_at(&["spec", "completions"]) {
        Some(wanted) if count(live, "succeeded") < wanted => Readiness::Pending(progress(live)),
        _ => Readiness::Ready,
    }
}

/// Returns how many Pods have to succeed.
pub(super) fn wanted(live: &Value) -> i64 {
    let number = |field| live.i64_at(&["spec", field]);
    number("completions").or_else(|| number("parallelism")).unwrap_or(1)
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
    let mut text = format!("{}/{} succeeded", count(live, "succeeded"), wanted(live));
    for (field, what) in [("active", "active"), ("failed", "failed")] {
        match count(live, field) {
            0 => {}
            number => text.extend([", ", &number.to_string(), " ", what]),
        }
    }
    text
}
