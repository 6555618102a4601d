//! Pods: running and ready, or done.

use value::Value;

use super::{Readiness, condition};

/// Judges a Pod of the release. One that ended is ready however it ended, as in kstatus.
pub(super) fn check(live: &Value) -> Readiness {
    match live.str_at(&["status", "phase"]).unwrap_or_default() {
        "Succeeded" | "Failed" => Readiness::Ready,
        "Running" => running(live),
        "Pending" => Readiness::Pending(obstacle(live).unwrap_or_else(|| "starting".to_owned())),
        "" => Readiness::Pending("not yet observed".to_owned()),
        phase => Readiness::Pending(format!("phase {phase}")),
    }
}

pub(super) fn check_hook(live: &Value) -> Readiness {
    match live.str_at(&["status", "phase"]).unwrap_or_default() {
        "Succeeded" => Readiness::Ready,
        "Failed" => Readiness::Failed(end(live).unwrap_or_else(|| "the Pod failed".to_owned())),
        "Running" => Readiness::Pending(obstacle(live).unwrap_or_else(|| "running".to_owned())),
        _ => Readiness::Pending(obstacle(live).unwrap_or_else(|| "starting".to_owned())),
    }
}

pub(super) fn legacy(live: &Value) -> Readiness {
    if condition(live, "Ready").is_some_and(|ready| ready.is_true()) {
        return Readiness::Ready;
    }
    Readiness::Pending(obstacle(live).unwrap_or_else(|| "not ready".to_owned()))
}

/// Returns how a Pod is doing, and whether it is ready or done.
pub(super) fn state(live: &Value) -> (String, bool) {
    let phase = live.str_at(&["status", "phase"]).unwrap_or_default();
    if phase == "Succeeded" {
        return ("done".to_owned(), true);
    }
    if phase == "Failed" {
        return (end(live).unwrap_or_else(|| "failed".to_owned()), false);
    }
    if condition(live, "Ready").is_some_and(|ready| ready.is_true()) {
        return ("ready".to_owned(), true);
    }
    let starting = if phase == "Running" { "running, not ready" } else { "starting" };
    (obstacle(live).unwrap_or_else(|| starting.to_owned()), false)
}

/// Returns how many containers are ready, and how many there are.
pub(super) fn ready_containers(live: &Value) -> (i64, i64) {
    let ready = containers(live, "containerStatuses")
        .filter(|status| status.at(&["ready"]).and_then(Value::as_bool) == Some(true));
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    (number(ready.count()), number(live.list_at(&["spec", "containers"]).len()))
}

fn running(live: &Value) -> Readiness {
    if condition(live, "Ready").is_some_and(|ready| ready.is_true()) {
        return Readiness::Ready;
    }
    let looping = containers(live, "containerStatuses")
        .any(|status| waiting(status).is_some_and(|(reason, _)| reason == "CrashLoopBackOff"));
    let why = obstacle(live).unwrap_or_else(|| "running, not ready".to_owned());
    if looping { Readiness::Failed(why) } else { Readiness::Pending(why) }
}

/// Says what keeps a Pod from going on: the scheduler, or what a container waits for.
pub(super) fn obstacle(live: &Value) -> Option<String> {
    if let Some(scheduled) = condition(live, "PodScheduled").filter(super::Condition::is_false) {
        return Some(scheduled.words("not scheduled"));
    }
    statuses(live).find_map(container_obstacle)
}

/// Says what a container waits for, unless it is just being made.
pub(super) fn container_obstacle(status: &Value) -> Option<String> {
    let (reason, message) = waiting(status)?;
    if matches!(reason, "" | "PodInitializing" | "ContainerCreating") {
        return None;
    }
    let name = status.str_at(&["name"]).unwrap_or_default();
    let restarts = status.i64_at(&["restartCount"]).unwrap_or_default();
    let mut words = format!("container {name}: {reason}");
    match restarts {
        0 => {}
        1 => words.push_str(" (1 restart)"),
        restarts => words.extend([" (", &restarts.to_string(), " restarts)"]),
    }
    // What a crash loop says about itself is only how long it backs off.
    if !message.is_empty() && reason != "CrashLoopBackOff" {
        words.extend([": ", message]);
    }
    Some(words)
}

/// Says how a Pod failed: its own reason, or the first container that ended badly.
fn end(live: &Value) -> Option<String> {
    let text = |field| live.str_at(&["status", field]).filter(|text| !text.is_empty());
    match (text("reason"), text("message")) {
        (Some(reason), Some(message)) => return Some(format!("{reason}: {message}")),
        (Some(words), None) | (None, Some(words)) => return Some(words.to_owned()),
        (None, None) => {}
    }
    statuses(live).find_map(bad_end)
}

/// Says that a container ended badly, and has not been started again.
pub(super) fn bad_end(status: &Value) -> Option<String> {
    let code = status.i64_at(&["state", "terminated", "exitCode"]).filter(|code| *code != 0)?;
    let name = status.str_at(&["name"]).unwrap_or_default();
    Some(format!("container {name} ended with exit code {code}"))
}

/// Returns the statuses of all containers, those of the initialisation first.
pub(super) fn statuses(live: &Value) -> impl Iterator<Item = &Value> {
    containers(live, "initContainerStatuses").chain(containers(live, "containerStatuses"))
}

fn containers<'v>(live: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    live.list_at(&["status", field]).iter()
}

/// Returns the reason and the message of a container that waits.
pub(super) fn waiting(status: &Value) -> Option<(&str, &str)> {
    let waiting = status.at(&["state", "waiting"])?;
    let text = |field| waiting.str_at(&[field]).unwrap_or_default();
    Some((text("reason"), text("message")))
}
