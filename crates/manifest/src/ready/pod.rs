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
    containers(live, "initContainerStatuses").chain(containers(live, "containerStatuses")).find_map(
        |status| {
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
        },
    )
}

/// Says how a Pod failed: its own reason, or the first container that ended badly.
fn end(live: &Value) -> Option<String> {
    let text = |field| live.str_at(&["status", field]).filter(|text| !text.is_empty());
    match (text("reason"), text("message")) {
        (Some(reason), Some(message)) => return Some(format!("{reason}: {message}")),
        (Some(words), None) | (None, Some(words)) => return Some(words.to_owned()),
        (None, None) => {}
    }
    containers(live, "initContainerStatuses").chain(containers(live, "containerStatuses")).find_map(
        |status| {
            let code = status.i64_at(&["state", "terminated", "exitCode"])?;
            let name = status.str_at(&["name"]).unwrap_or_default();
            (code != 0).then(|| format!("container {name} ended with exit code {code}"))
        },
    )
}

fn containers<'v>(live: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    live.list_at(&["status", field]).iter()
}

/// Returns the reason and the message of a container that waits.
fn waiting(status: &Value) -> Option<(&str, &str)> {
    let waiting = status.at(&["state", "waiting"])?;
    let text = |field| waiting.str_at(&[field]).unwrap_or_default();
    Some((text("reason"), text("message")))
}
