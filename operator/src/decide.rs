//! What to do: state, policy and counters become one action.
//!
//! Pure. Everything that depends on how often something failed is settled here; how the action is carried out
//! is for [`act`](crate::act).

use std::time::Duration;

use api::{
    Backoff, FailurePolicy, FailureStatus, HandledTokens, InstallFailure, OperationInputs,
    Recurrence, Release, ReleaseStatus, UpgradeFailure, reason,
};
use jiff::{SignedDuration, Timestamp};
use release::Status;

use crate::inputs::{Fact, same_inputs};
use crate::observe::{Deleting, Inputs, State, cause};

/// What is done about the last failure, as `status.failures.remedy`.
pub mod remedy {
    /// Something has to be undone before the next attempt.
    pub const PENDING: &str = "Pending";
    /// The upgrade was rolled back.
    pub const ROLLED_BACK: &str = "RolledBack";
    /// It could not be undone.
    pub const ROLLBACK_FAILED: &str = "RollbackFailed";
    /// The installation was removed.
    pub const UNINSTALLED: &str = "Uninstalled";
}

/// Annotation tokens that have not been acted on yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Look now, whatever the backoff says.
    pub reconcile: bool,
    /// Install or upgrade although nothing has changed.
    pub force: bool,
    /// Forget the failed attempts.
    pub reset: bool,
}

/// What decides besides the state.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The object.
    pub release: &'a Release,
    /// Its status as it was last written.
    pub status: &'a ReleaseStatus,
    /// The stored revisions, oldest first.
    pub facts: &'a [Fact],
    /// What the spec asks for.
    pub inputs: &'a Inputs,
    /// New annotation tokens.
    pub tokens: Tokens,
    /// Until when an attempt that came to no revision is not repeated.
    pub blocked: Option<Timestamp>,
    /// The time.
    pub now: Timestamp,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextAction {
    /// Nothing, and the object is none of our business any more.
    Forget,
    /// Put our finalizer on the object.
    Claim,
    /// Take our finalizer off the object.
    Release {
        /// Why something is left behind, if something is.
        left: Option<&'static str>,
    },
    /// Nothing, as a person has to act first.
    Stall {
        /// The reason for the condition `Stalled`.
        reason: &'static str,
        /// The sentence.
        message: String,
    },
    /// Nothing: suspended.
    Hold {
        /// Whether something would be done otherwise.
        pending: bool,
    },
    /// Go on with the running operation.
    Proceed,
    /// Go on with an operation of ours that only storage knows of.
    Adopt {
        /// Its revision.
        revision: u32,
    },
    /// Stop the running operation and record its revision as failed.
    Interrupt {
        /// Why.
        why: String,
    },
    /// Leave somebody else's operation alone for now.
    AwaitOthers {
        /// Its revision.
        revision: u32,
        /// What its record says.
        status: Status,
        /// After which time it counts as left behind.
        remaining: Duration,
    },
    /// Record a revision that somebody left pending as failed.
    Bury {
        /// The revision.
        revision: u32,
    },
    /// Install.
    Install {
        /// Which attempt it is, from 1.
        attempt: u32,
    },
    /// Upgrade.
    Upgrade {
        /// Which attempt it is, from 1.
        attempt: u32,
    },
    /// Roll back.
    Rollback {
        /// The revision to go back to.
        target: u32,
        /// See [`cause`].
        cause: &'static str,
        /// Which attempt it is, from 1.
        attempt: u32,
    },
    /// Uninstall.
    Uninstall {
        /// See [`cause`].
        cause: &'static str,
        /// Which attempt it is, from 1.
        attempt: u32,
    },
    /// Wait for the next attempt.
    Backoff {
        /// When it is due; absent if none is planned.
        until: Option<Timestamp>,
        /// Whether the attempts are used up.
        exhausted: bool,
    },
    /// Wait until an attempt that came to no revision is repeated.
    Blocked {
        /// When that is.
        until: Timestamp,
    },
    /// Say that chart or values are not to be had.
    Report {
        /// The reason for the condition `Ready`.
        reason: &'static str,
        /// The reason for the condition `Stalled`, if time does not help.
        stalled: Option<&'static str>,
        /// The sentence.
        message: String,
        /// Whether to ask again after a while.
        retry: bool,
    },
    /// Say that all is well.
    Settle {
        /// The pinned revision and the one it names, if `rollbackTo` is in force.
        pinned: Option<(u32, u32)>,
    },
}

/// Returns what to do about `state`.
#[must_use]
pub fn next(state: State, given: &Circumstances<'_>) -> NextAction {
    match state {
        State::Deleting(deleting) => delete(&deleting, given),
        State::Unclaimed => NextAction::Claim,
        State::Rivalled { owner } => NextAction::Stall {
            reason: reason::RELEASE_CONFLICT,
            message: format!("the Helm release belongs to the Release {owner}, which is older"),
        },
        State::Suspended { pending } => NextAction::Hold { pending },
        State::Running(_) => NextAction::Proceed,
        State::Outdated { why, .. } => NextAction::Interrupt { why: format!("superseded: {why}") },
        State::Orphaned { revision } => NextAction::Adopt { revision },
        State::Busy { revision, status, remaining } => busy(revision, status, remaining),
        State::PinMissing { what } => NextAction::Stall {
            reason: reason::ROLLBACK_TARGET_MISSING,
            message: format!("rollbackTo asks for {what}, which is not in storage"),
        },
        State::Unpinned { target } => {
            let wanted = failures(given, Some(target));
            attempt(wanted, given, |attempt| NextAction::Rollback {
                target,
                cause: cause::PIN,
                attempt,
            })
        }
        State::Pinned { target, revision } => {
            NextAction::Settle { pinned: Some((target, revision)) }
        }
        State::Unavailable(missing) => NextAction::Report {
            reason: missing.reason,
            stalled: missing.stalled,
            message: missing.message,
            retry: missing.retry,
        },
        State::Unreadable => NextAction::Stall {
            reason: reason::STORAGE_DAMAGED,
            message: "no record of the release can be read".to_owned(),
        },
        State::Absent => {
            attempt(failures(given, None), given, |attempt| NextAction::Install { attempt })
        }
        State::Failed { .. } | State::OutOfSync { .. } => {
            attempt(failures(given, None), given, |attempt| NextAction::Upgrade { attempt })
        }
        State::InSync { .. } if given.tokens.force => NextAction::Upgrade { attempt: 1 },
        State::InSync { .. } => NextAction::Settle { pinned: None },
    }
}

fn delete(deleting: &Deleting, given: &Circumstances<'_>) -> NextAction {
    match deleting {
        Deleting::Released => NextAction::Forget,
        Deleting::Leave(why) => NextAction::Release { left: Some(*why) },
        Deleting::Done => NextAction::Release { left: None },
        Deleting::Interrupt(_) => {
            NextAction::Interrupt { why: "superseded: the Release is being deleted".to_owned() }
        }
        Deleting::Running(_) => NextAction::Proceed,
        Deleting::Busy { revision, status, remaining } => busy(*revision, *status, *remaining),
        Deleting::Pending { revision } => NextAction::Bury { revision: *revision },
        Deleting::Due => {
            let failed =
                given.status.failures.as_ref().filter(|failed| failed.action == "uninstall");
            // An uninstallation is tried for ever: nothing but the finalizer keeps the object.
            match failed.and_then(|failed| failed.next_retry_at) {
                Some(until) if until > given.now && !given.tokens.reconcile => {
                    NextAction::Backoff { until: Some(until), exhausted: false }
                }
                _ => NextAction::Uninstall {
                    cause: cause::DELETION,
                    attempt: failed.map_or(1, |failed| failed.attempts + 1),
                },
            }
        }
    }
}

fn busy(revision: u32, status: Status, remaining: Duration) -> NextAction {
    match status {
        _ if !remaining.is_zero() => NextAction::AwaitOthers { revision, status, remaining },
        // Of an uninstallation nothing is left that could be gone back to: it is finished.
        Status::Uninstalling => NextAction::Uninstall { cause: cause::REMEDY, attempt: 1 },
        _ => NextAction::Bury { revision },
    }
}

/// Returns the failed attempts at what is wanted now, if there are any. `target` is that of a pinned rollback.
fn failures<'a>(given: &Circumstances<'a>, target: Option<u32>) -> Option<&'a FailureStatus> {
    let failed = given.status.failures.as_ref().filter(|_| !given.tokens.reset)?;
    let same = match (target, given.inputs) {
        (Some(target), _) => failed.target == Some(target),
        (None, Inputs::Known(desired)) => failed.target.is_none() && desired.same(&failed.inputs),
        (None, Inputs::Missing(_)) => false,
    };
    same.then_some(failed)
}

/// Puts an attempt off while its time has not come, and undoes the last one first if that is due.
fn attempt(
    failed: Option<&FailureStatus>,
    given: &Circumstances<'_>,
    action: impl FnOnce(u32) -> NextAction,
) -> NextAction {
    let asked = given.tokens.reconcile || given.tokens.force || given.tokens.reset;
    if let Some(failed) = failed {
        if failed.remedy.as_deref() == Some(remedy::PENDING) {
            return undo(failed, given);
        }
        let due = failed.next_retry_at.is_some_and(|at| at <= given.now);
        if !due && !asked {
            let exhausted = is_exhausted(&given.release.spec.failure, failed);
            return NextAction::Backoff { until: failed.next_retry_at, exhausted };
        }
    }
    match given.blocked {
        Some(until) if until > given.now && !asked => NextAction::Blocked { until },
        _ => action(failed.map_or(1, |failed| failed.attempts.saturating_add(1))),
    }
}

fn undo(failed: &FailureStatus, given: &Circumstances<'_>) -> NextAction {
    let attempt = failed.attempts;
    if failed.action == "install" {
        return NextAction::Uninstall { cause: cause::REMEDY, attempt };
    }
    match given.facts.iter().rev().find(|fact| fact.was_good()) {
        Some(good) => NextAction::Rollback { target: good.revision, cause: cause::REMEDY, attempt },
        None => NextAction::Upgrade { attempt: attempt.saturating_add(1) },
    }
}

/// Returns whether no attempt is left.
#[must_use]
pub fn is_exhausted(policy: &FailurePolicy, failed: &FailureStatus) -> bool {
    let stop = match failed.action.as_str() {
        "install" => policy.install == InstallFailure::Stop,
        "upgrade" => policy.upgrade == UpgradeFailure::Stop,
        _ => false,
    };
    stop || u32::try_from(policy.retries).is_ok_and(|retries| failed.attempts > retries)
}

/// A failed attempt.
#[derive(Clone, Copy, Debug)]
pub struct Failed<'a> {
    /// What was tried: install, upgrade, rollback or uninstall.
    pub action: &'a str,
    /// The revision that a pinned rollback went to.
    pub target: Option<u32>,
    /// What it was tried for.
    pub inputs: &'a OperationInputs,
    /// The reason of the failure, as a condition reason.
    pub reason: &'a str,
    /// What was said.
    pub message: &'a str,
    /// Whether a revision was written, so that there may be something to undo.
    pub recorded: bool,
    /// Whether the release has had a good revision.
    pub had_good: bool,
    /// Spreads the attempts of many releases.
    pub seed: u64,
}

/// Returns the count of failures after one more, with what follows by policy.
#[must_use]
pub fn count(
    before: Option<&FailureStatus>,
    failed: &Failed<'_>,
    policy: &FailurePolicy,
    now: Timestamp,
) -> FailureStatus {
    let before = before.filter(|before| {
        before.target == failed.target
            && same_inputs(&before.inputs, failed.inputs)
            && (before.action == "uninstall") == (failed.action == "uninstall")
    });
    let action = match failed.action {
        "upgrade" if !failed.had_good => "install",
        action => action,
    };
    let undo = match action {
        "install" => policy.install == InstallFailure::Uninstall,
        "upgrade" => policy.upgrade == UpgradeFailure::Rollback && failed.had_good,
        _ => false,
    };
    let mut counted = FailureStatus {
        attempts: before.map_or(1, |before| before.attempts.saturating_add(1)),
        reason: failed.reason.to_owned(),
        message: failed.message.to_owned(),
        action: action.to_owned(),
        target: failed.target,
        next_retry_at: None,
        since: before.map_or(now, |before| before.since),
        remedy: (undo && failed.recorded).then(|| remedy::PENDING.to_owned()),
        inputs: failed.inputs.clone(),
    };
    counted.next_retry_at = next_retry(&counted, policy, failed.seed, now);
    counted
}

fn next_retry(
    failed: &FailureStatus,
    policy: &FailurePolicy,
    seed: u64,
    now: Timestamp,
) -> Option<Timestamp> {
    let stopped = match failed.action.as_str() {
        "install" => policy.install == InstallFailure::Stop,
        "upgrade" => policy.upgrade == UpgradeFailure::Stop,
        "uninstall" => return later(now, backoff(&policy.backoff, failed.attempts, seed)),
        _ => false,
    };
    if stopped {
        return None;
    }
    if !is_exhausted(policy, failed) {
        return later(now, backoff(&policy.backoff, failed.attempts, seed));
    }
    match policy.retry_stalled {
        Recurrence::Never => None,
        Recurrence::Every(pause) => later(now, pause.get()),
    }
}

/// Doubles with each attempt up to the limit, give or take a fifth.
fn backoff(policy: &Backoff, attempts: u32, seed: u64) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1).min(31));
    let pause = policy.initial.get().saturating_mul(doubled).min(policy.max.get());
    // 80 to 120 hundredths, the same for the same release and attempt.
    let spread = 80
        + u32::try_from((seed ^ u64::from(attempts)).wrapping_mul(0x9E37_79B9) % 41).unwrap_or(20);
    pause.saturating_mul(spread) / 100
}

fn later(now: Timestamp, pause: Duration) -> Option<Timestamp> {
    let pause = SignedDuration::try_from(pause).ok()?;
    now.checked_add(pause).ok()
}

/// Returns the tokens on the object that have not been acted on.
#[must_use]
pub fn new_tokens(release: &Release, handled: Option<&HandledTokens>) -> Tokens {
    let now = present_tokens(release);
    let handled = handled.cloned().unwrap_or_default();
    let is_new = |now: Option<String>, handled: Option<String>| now.is_some() && now != handled;
    Tokens {
        reconcile: is_new(now.reconcile_at, handled.reconcile_at),
        force: is_new(now.force_at, handled.force_at),
        reset: is_new(now.reset_at, handled.reset_at),
    }
}

/// Returns the tokens on the object.
#[must_use]
pub fn present_tokens(release: &Release) -> HandledTokens {
    let token = |key: &str| {
        let annotations = release.metadata.annotations.as_ref()?;
        Some(annotations.get(key)?.chars().take(256).collect::<String>())
    };
    HandledTokens {
        reconcile_at: token(api::ANNOTATION_RECONCILE_AT),
        force_at: token(api::ANNOTATION_FORCE_AT),
        reset_at: token(api::ANNOTATION_RESET_AT),
    }
}

#[cfg(test)]
mod tests;
