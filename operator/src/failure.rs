//! Errors become reasons and sentences. Pure.

use actions::{ActionError, StepError};
use api::reason;
use cluster::ApiError;
use plan::{Pending, PlanError};
use release::HistoryError;

use crate::source::SourceError;
use crate::status::Failure;
use crate::text::chain;

/// How many objects a sentence names.
const NAMED: usize = 3;

/// Returns what a step's error means.
#[must_use]
pub fn of_step(error: &StepError) -> Failure {
    let denied = error.api_errors().any(is_access_denied);
    let objects = match error {
        StepError::Objects { objects } => objects.iter().map(|(id, _)| id.to_string()).collect(),
        _ => Vec::new(),
    };
    Failure {
        reason: if denied { reason::ACCESS_DENIED } else { reason::APPLY_FAILED },
        message: chain(error),
        objects,
        recorded: false,
    }
}

/// Returns what it means that a plan cannot be completed.
#[must_use]
pub fn of_progress(failed: &plan::Failure) -> Failure {
    let reason = match (failed.expired, failed.hook) {
        (true, _) => reason::TIMED_OUT,
        (false, Some(_)) => reason::HOOK_FAILED,
        (false, None) => reason::UNHEALTHY,
    };
    let what = match (failed.expired, failed.hook) {
        (true, _) => "not ready in time".to_owned(),
        (false, Some(event)) => format!("{} hook failed", event.as_str()),
        (false, None) => "failed".to_owned(),
    };
    Failure {
        reason,
        message: format!("{what}: {}", listed(&failed.objects)),
        objects: failed.objects.iter().map(|pending| pending.object.to_string()).collect(),
        recorded: false,
    }
}

/// Returns the failure of a record that says it failed.
#[must_use]
pub fn recorded(description: &str) -> Failure {
    Failure {
        reason: reason::APPLY_FAILED,
        message: description.to_owned(),
        objects: Vec::new(),
        recorded: true,
    }
}

/// Returns the failure of a failpoint.
#[must_use]
pub fn on_purpose() -> Failure {
    Failure {
        reason: reason::APPLY_FAILED,
        message: "failed on purpose (failpoint)".to_owned(),
        objects: Vec::new(),
        recorded: false,
    }
}

/// Says what is waited for.
#[must_use]
pub fn waiting(pending: &[Pending]) -> String {
    format!("waiting for {}", listed(pending))
}

fn listed(pending: &[Pending]) -> String {
    let named: Vec<_> = pending
        .iter()
        .take(NAMED)
        .map(|pending| format!("{}: {pending}", pending.object))
        .collect();
    let more = match pending.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{}{more}", named.join("; "))
}

/// Why an operation could not be begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotBegun {
    /// The reason for the condition `Ready`.
    pub reason: &'static str,
    /// The sentence.
    pub message: String,
    /// Whether only other inputs can help.
    pub lasting: bool,
}

/// Returns what an error before the first write means, or nothing if the same may succeed a little later.
#[must_use]
pub fn of_action(error: &ActionError) -> Option<NotBegun> {
    let (reason, lasting) = match error {
        ActionError::Api(error) if error.is_transient() => return None,
        ActionError::Storage(error) if error.is_transient() => return None,
        ActionError::Api(error) if is_access_denied(error) => (reason::ACCESS_DENIED, false),
        ActionError::Storage(error) if error.api().is_some_and(is_access_denied) => {
            (reason::ACCESS_DENIED, false)
        }
        ActionError::Render(_)
        | ActionError::Record(_)
        | ActionError::Plan(PlanError::Order(_)) => (reason::RENDER_FAILED, true),
        ActionError::Plan(PlanError::UnknownKind { .. }) => (reason::WAITING, false),
        ActionError::InProgress { .. }
        | ActionError::NameInUse
        | ActionError::History(HistoryError::InProgress { .. }) => (reason::CONFLICT, false),
        _ => (reason::APPLY_FAILED, false),
    };
    let message = match error {
        // Whoever may read a Release need not be allowed to read its values.
        ActionError::Render(error) => error.without_values(),
        other => chain(other),
    };
    Some(NotBegun { reason, message, lasting })
}

/// Quotas and admission answer with the same status as missing rights; only the latter name what one cannot do.
fn is_access_denied(error: &ApiError) -> bool {
    match error {
        ApiError::Forbidden { message, .. } => message.contains(" cannot "),
        ApiError::Unauthorized { .. } => true,
        _ => false,
    }
}

/// Returns whether a chart is not to be had because the cluster does not answer.
#[must_use]
pub fn is_outage(error: &SourceError) -> bool {
    match error {
        SourceError::Read(crate::reading::ReadError::Api(error)) => error.is_transient(),
        _ => false,
    }
}
