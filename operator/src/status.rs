//! What is said: an outcome becomes conditions, the rest of the status, and events.
//!
//! Pure. Nothing here changes from one look to the next unless something happened, so that a settled release
//! is never written.

use api::{
    AttemptStatus, ChartStatus, Condition, ConditionStatus, HandledTokens, HistoryEntry,
    OperationStatus, PinnedStatus, Release, ReleaseInfo, ReleaseStatus, condition, reason,
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::runtime::events::EventType;

use crate::decide::{self, Failed, remedy};
use crate::inputs::{Fact, same_inputs};
use crate::observe::cause;

/// The longest message in a condition or an attempt, in bytes.
const LONGEST: usize = 1024;
/// How many revisions the status shows.
const HISTORY: usize = 10;
/// How many failed objects the status names.
const OBJECTS: usize = 5;

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A person has to act first.
    Stalled {
        /// The reason.
        reason: &'static str,
        /// The sentence.
        message: String,
    },
    /// Suspended.
    Held {
        /// Whether something would be done otherwise.
        pending: bool,
    },
    /// An operation has begun or moved on.
    Running {
        /// The operation.
        operation: OperationStatus,
        /// What it does or waits for.
        message: String,
    },
    /// An operation is complete.
    Succeeded {
        /// The operation.
        operation: OperationStatus,
    },
    /// An operation has failed.
    Failed {
        /// The operation.
        operation: OperationStatus,
        /// Why.
        failure: Failure,
        /// Whether the release has had a good revision.
        had_good: bool,
    },
    /// An operation was stopped by us or taken over by somebody.
    Dropped {
        /// The operation.
        operation: OperationStatus,
        /// Why.
        why: String,
    },
    /// Somebody else works on the release.
    Conflict {
        /// The sentence.
        message: String,
    },
    /// The next attempt is waited for.
    Backoff {
        /// When it is due; absent if none is planned.
        until: Option<Timestamp>,
        /// Whether the attempts are used up.
        exhausted: bool,
    },
    /// Nothing could be begun.
    Unavailable {
        /// The reason for the condition `Ready`.
        reason: &'static str,
        /// The reason for the condition `Stalled`, if time does not help.
        stalled: Option<&'static str>,
        /// The sentence.
        message: String,
    },
    /// All is well.
    Settled {
        /// The revision that `rollbackTo` names and the one deployed for it.
        pinned: Option<(u32, u32)>,
    },
    /// Nothing to say.
    Quiet,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The reason, as a condition reason.
    pub reason: &'static str,
    /// The sentence, without values of Secrets.
    pub message: String,
    /// The objects at fault.
    pub objects: Vec<String>,
    /// Whether a revision was written.
    pub recorded: bool,
}

/// What goes into a status besides the outcome.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The object.
    pub release: &'a Release,
    /// The stored revisions, oldest first; nothing if they were not looked at.
    pub facts: Option<&'a [Fact]>,
    /// The chart that was read, if one was.
    pub chart: Option<&'a ChartStatus>,
    /// The tokens that have been acted on, if they have been looked at.
    pub tokens: Option<&'a HandledTokens>,
    /// The time.
    pub now: Timestamp,
}

/// Something to tell as an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Normal or warning.
    pub kind: EventType,
    /// The reason, in one word.
    pub reason: String,
    /// What was done.
    pub action: &'static str,
    /// The sentence.
    pub message: String,
}

/// Returns the status after `outcome`, and what to tell.
#[must_use]
pub fn next(
    before: &ReleaseStatus,
    outcome: &Outcome,
    about: &About<'_>,
) -> (ReleaseStatus, Vec<Notice>) {
    let mut status = before.clone();
    if let Some(tokens) = about.tokens {
        if decide::new_tokens(about.release, before.handled.as_ref()).reset {
            status.failures = None;
        }
        let none = *tokens == HandledTokens::default();
        status.handled = (!none).then(|| tokens.clone());
    }
    if let Some(facts) = about.facts {
        describe(&mut status, facts, about.release);
    }
    if let Some(chart) = about.chart {
        status.chart = Some(chart.clone());
    }
    let generation = about.release.metadata.generation.unwrap_or_default();
    let mut draft = Draft { status, notices: Vec::new(), generation, now: about.now };
    draft.take(outcome, about);
    if let Some(told) = once(before, &draft.status, outcome) {
        draft.notices.push(told);
    }
    (draft.status, draft.notices)
}

struct Draft {
    status: ReleaseStatus,
    notices: Vec<Notice>,
    generation: i64,
    now: Timestamp,
}

impl Draft {
    fn take(&mut self, outcome: &Outcome, about: &About<'_>) {
        match outcome {
            Outcome::Quiet => {}
            Outcome::Stalled { reason, message } => {
                self.ready(ConditionStatus::False, reason, message);
                self.stalled(reason, message);
                self.status.observed_generation = Some(self.generation);
            }
            Outcome::Held { pending } => self.held(*pending),
            Outcome::Running { operation, message } => self.running(operation, message),
            Outcome::Succeeded { operation } => self.succeeded(operation),
            Outcome::Failed { operation, failure, had_good } => {
                self.failed(operation, failure, *had_good, about.release);
            }
            Outcome::Dropped { operation, why } => {
                self.status.operation = None;
                self.attempt(operation, "Superseded", Some((reason::CONFLICT, why)), &[]);
                self.notice(EventType::Normal, "Superseded", verb(operation), why);
            }
            Outcome::Conflict { message } => {
                self.ready(ConditionStatus::False, reason::CONFLICT, message);
                self.reconciling(reason::PROGRESSING, message);
            }
            Outcome::Backoff { until, exhausted } => self.backoff(*until, *exhausted),
            Outcome::Unavailable { reason, stalled, message } => {
                self.ready(ConditionStatus::False, reason, message);
                match stalled {
                    Some(reason) => {
                        self.stalled(reason, message);
                        self.status.observed_generation = Some(self.generation);
                    }
                    None => self.reconciling(reason::RETRYING, message),
                }
            }
            Outcome::Settled { pinned } => self.settled(*pinned),
        }
    }

    fn held(&mut self, pending: bool) {
        self.unset(condition::RECONCILING);
        if pending {
            let message = "suspended, with a change pending";
            self.ready(ConditionStatus::False, reason::SUSPENDED, message);
        }
    }

    fn running(&mut self, operation: &OperationStatus, message: &str) {
        let first = self.status.operation.as_ref().is_none_or(|before| before.id != operation.id);
        if first {
            let text = started(operation);
            self.notice(
                EventType::Normal,
                &format!("{}Started", verb(operation)),
                verb(operation),
                &text,
            );
        }
        let stale = self.status.failures.as_ref().is_some_and(|failed| {
            operation.cause == cause::SPEC && !same_inputs(&failed.inputs, &operation.inputs)
        });
        if stale {
            self.status.failures = None;
        }
        if operation.cause != cause::PIN {
            self.status.pinned = None;
            self.unset(condition::PINNED);
        }
        self.status.operation = Some(operation.clone());
        let (ready, reason) = match operation.action.as_str() {
            "install" => (ConditionStatus::Unknown, reason::INSTALLING),
            "upgrade" => (ConditionStatus::Unknown, reason::UPGRADING),
            "rollback" if operation.cause == cause::REMEDY => {
                (ConditionStatus::False, reason::ROLLING_BACK)
            }
            "rollback" => (ConditionStatus::Unknown, reason::ROLLING_BACK),
            _ => (ConditionStatus::False, reason::UNINSTALLING),
        };
        self.ready(ready, reason, message);
        self.reconciling(reason::PROGRESSING, message);
    }

    fn succeeded(&mut self, operation: &OperationStatus) {
        self.status.operation = None;
        self.attempt(operation, "Succeeded", None, &[]);
        let text = format!("{} is complete", started(operation));
        self.notice(
            EventType::Normal,
            &format!("{}Succeeded", verb(operation)),
            verb(operation),
            &text,
        );
        if operation.cause == cause::REMEDY {
            let done = if operation.action == "uninstall" {
                (
                    remedy::UNINSTALLED,
                    reason::UNINSTALLED,
                    "the failed install was removed".to_owned(),
                )
            } else {
                let target = operation.target.unwrap_or_default();
                let text = format!("the failed upgrade was rolled back to revision {target}");
                (remedy::ROLLED_BACK, reason::ROLLED_BACK, text)
            };
            let (remedy, reason, text) = done;
            if let Some(failed) = &mut self.status.failures {
                failed.remedy = Some(remedy.to_owned());
            }
            self.set(condition::REMEDIATED, ConditionStatus::True, reason, &text);
        } else {
            self.status.failures = None;
            self.unset(condition::REMEDIATED);
        }
    }

    fn failed(
        &mut self,
        operation: &OperationStatus,
        failure: &Failure,
        had_good: bool,
        release: &Release,
    ) {
        self.status.operation = None;
        let message = cut(&failure.message);
        self.attempt(operation, "Failed", Some((failure.reason, &message)), &failure.objects);
        self.notice(
            EventType::Warning,
            &format!("{}Failed", verb(operation)),
            verb(operation),
            &message,
        );
        if operation.cause == cause::REMEDY {
            if let Some(failed) = &mut self.status.failures {
                failed.remedy = Some(remedy::ROLLBACK_FAILED.to_owned());
            }
            self.set(
                condition::REMEDIATED,
                ConditionStatus::False,
                reason::ROLLBACK_FAILED,
                &message,
            );
        } else {
            let counted = Failed {
                action: &operation.action,
                target: operation.target.filter(|_| operation.cause == cause::PIN),
                inputs: &operation.inputs,
                reason: failure.reason,
                message: &message,
                recorded: failure.recorded,
                had_good,
                seed: seed(release),
            };
            let policy = &release.spec.failure;
            let before = self.status.failures.as_ref();
            self.status.failures = Some(decide::count(before, &counted, policy, self.now));
            self.unset(condition::REMEDIATED);
        }
        let reason = match operation.action.as_str() {
            "uninstall" => reason::UNINSTALL_FAILED,
            _ => failure.reason,
        };
        self.ready(ConditionStatus::False, reason, &message);
        self.reconciling(reason::RETRYING, &message);
    }

    fn backoff(&mut self, until: Option<Timestamp>, exhausted: bool) {
        let Some(failed) = self.status.failures.clone() else { return };
        let when = match until {
            Some(until) => {
                format!("next attempt at {}", until.strftime("%Y-%m-%dT%H:%M:%SZ"))
            }
            None => "no further attempt until something changes".to_owned(),
        };
        let undone = match failed.remedy.as_deref() {
            Some(remedy::ROLLED_BACK) => "rolled back, ",
            Some(remedy::UNINSTALLED) => "removed again, ",
            Some(remedy::ROLLBACK_FAILED) => "and rolling back failed too, ",
            _ => "",
        };
        let count = match failed.attempts {
            1 => String::new(),
            attempts => format!(" {attempts} times"),
        };
        let action = &failed.action;
        let text = format!("{action} failed{count}, {undone}{when}: {}", failed.message);
        let reason = match failed.remedy.as_deref() {
            Some(remedy::ROLLED_BACK) => reason::ROLLED_BACK,
            _ => &*failed.reason,
        };
        self.ready(ConditionStatus::False, reason, &text);
        if exhausted {
            self.stalled(reason::RETRIES_EXHAUSTED, &text);
            self.status.observed_generation = Some(self.generation);
        } else {
            self.reconciling(reason::RETRYING, &text);
        }
    }

    fn settled(&mut self, pinned: Option<(u32, u32)>) {
        self.status.failures = None;
        self.status.observed_generation = Some(self.generation);
        for gone in [condition::RECONCILING, condition::STALLED, condition::REMEDIATED] {
            self.unset(gone);
        }
        let what = self.status.release.as_ref().map_or_else(String::new, |release| {
            format!("revision {} of {}-{}", release.revision, release.chart, release.version)
        });
        if let Some((target, revision)) = pinned {
            self.status.pinned = Some(PinnedStatus { target, revision });
            let text = format!("{what} is deployed, held at revision {target} by rollbackTo");
            self.ready(ConditionStatus::True, reason::PINNED, &text);
            self.set(condition::PINNED, ConditionStatus::True, reason::ROLLBACK_TO, &text);
        } else {
            self.status.pinned = None;
            self.unset(condition::PINNED);
            let text = format!("{what} is deployed");
            self.ready(ConditionStatus::True, reason::DEPLOYED, &text);
        }
    }

    fn attempt(
        &mut self,
        operation: &OperationStatus,
        result: &str,
        why: Option<(&str, &str)>,
        objects: &[String],
    ) {
        self.status.last_attempt = Some(AttemptStatus {
            generation: operation.inputs.generation,
            action: operation.action.clone(),
            revision: operation.revision,
            chart_digest: operation.inputs.chart_digest.clone(),
            values_digest: operation.inputs.values_digest.clone(),
            started_at: operation.started_at,
            finished_at: self.now,
            result: result.to_owned(),
            reason: why.map(|(reason, _)| reason.to_owned()),
            message: why.map(|(_, message)| cut(message)),
            failed_objects: objects
                .iter()
                .take(OBJECTS)
                .map(|object| shorten(object, 512))
                .collect(),
        });
    }

    fn ready(&mut self, status: ConditionStatus, reason: &str, message: &str) {
        self.set(condition::READY, status, reason, message);
    }

    fn reconciling(&mut self, reason: &str, message: &str) {
        self.set(condition::RECONCILING, ConditionStatus::True, reason, message);
        self.unset(condition::STALLED);
    }

    fn stalled(&mut self, reason: &str, message: &str) {
        self.set(condition::STALLED, ConditionStatus::True, reason, message);
        self.unset(condition::RECONCILING);
    }

    /// Sets a condition; the time of the last transition stays while the status does.
    fn set(&mut self, type_: &str, status: ConditionStatus, reason: &str, message: &str) {
        let conditions = &mut self.status.conditions;
        let before = conditions.iter().position(|condition| condition.type_ == type_);
        let mut condition = Condition {
            type_: type_.to_owned(),
            status: status.as_str().to_owned(),
            reason: reason.to_owned(),
            message: cut(message),
            last_transition_time: Time(self.now),
            observed_generation: Some(self.generation),
        };
        match before.and_then(|place| conditions.get_mut(place)) {
            Some(old) => {
                if old.status == condition.status {
                    condition.last_transition_time = old.last_transition_time.clone();
                }
                *old = condition;
            }
            None => conditions.push(condition),
        }
    }

    fn unset(&mut self, type_: &str) {
        self.status.conditions.retain(|condition| condition.type_ != type_);
    }

    fn notice(&mut self, kind: EventType, reason: &str, action: &'static str, message: &str) {
        let (reason, message) = (reason.to_owned(), cut(message));
        self.notices.push(Notice { kind, reason, action, message });
    }
}

/// Tells what stays the case for long, the first time only.
fn once(before: &ReleaseStatus, after: &ReleaseStatus, outcome: &Outcome) -> Option<Notice> {
    let (type_, action) = match outcome {
        Outcome::Stalled { .. } | Outcome::Backoff { exhausted: true, .. } => {
            (condition::STALLED, "Stall")
        }
        Outcome::Unavailable { .. } | Outcome::Conflict { .. } => (condition::READY, "Wait"),
        _ => return None,
    };
    let now = of_type(after, type_)?;
    let told = of_type(before, type_).is_some_and(|old| old.reason == now.reason);
    (!told).then(|| Notice {
        kind: EventType::Warning,
        reason: now.reason.clone(),
        action,
        message: now.message.clone(),
    })
}

/// Returns a condition.
#[must_use]
pub fn of_type<'a>(status: &'a ReleaseStatus, type_: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|condition| condition.type_ == type_)
}

/// Writes the stored revisions down.
fn describe(status: &mut ReleaseStatus, facts: &[Fact], release: &Release) {
    status.release = facts.last().map(|fact| ReleaseInfo {
        name: release.release_name().to_owned(),
        namespace: release.target_namespace().to_owned(),
        revision: fact.revision,
        status: fact.status.as_str().to_owned(),
        chart: shorten(&fact.chart, 250),
        version: shorten(&fact.version, 128),
        app_version: some(&fact.app_version).map(|text| shorten(&text, 250)),
        chart_digest: fact.chart_digest.clone(),
        values_digest: fact.values_digest.clone(),
        first_deployed: fact.first_deployed,
        last_deployed: fact.last_deployed,
    });
    let newest = facts.iter().rev().take(HISTORY);
    status.history = newest
        .map(|fact| HistoryEntry {
            revision: fact.revision,
            status: fact.status.as_str().to_owned(),
            chart: shorten(&fact.chart, 250),
            version: shorten(&fact.version, 128),
            chart_digest: fact.chart_digest.clone(),
            values_digest: fact.values_digest.clone(),
            deployed_at: fact.last_deployed,
            reason: some(&fact.description).map(|text| shorten(&text, 512)),
        })
        .collect();
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The verb of an operation, as events begin.
fn verb(operation: &OperationStatus) -> &'static str {
    match operation.action.as_str() {
        "install" => "Install",
        "upgrade" => "Upgrade",
        "rollback" => "Rollback",
        _ => "Uninstall",
    }
}

fn started(operation: &OperationStatus) -> String {
    let revision = operation.revision;
    match (operation.action.as_str(), operation.target) {
        ("rollback", Some(target)) => {
            format!("rollback to revision {target} as revision {revision}")
        }
        ("uninstall", _) => "uninstallation".to_owned(),
        (action, _) => format!("{action} as revision {revision}"),
    }
}

/// Returns what spreads the retries of many releases.
fn seed(release: &Release) -> u64 {
    let uid = release.metadata.uid.as_deref().unwrap_or_default();
    uid.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn cut(text: &str) -> String {
    shorten(text, LONGEST)
}

/// Cuts a text to so many bytes, at a character.
fn shorten(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests;
