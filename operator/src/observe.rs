//! What is the case: spec, recorded status and stored revisions become one named state.
//!
//! Pure. The first state that applies counts, in the order of the rows of [`observe`]; what to do about it is
//! for [`decide`](crate::decide).

use std::time::Duration;

use api::{DeletionPolicy, FINALIZER, OperationStatus, Release, ReleaseStatus};
use release::Status;

use crate::inputs::{Desired, Fact};

/// The least time after which a pending record of somebody else counts as left behind.
const LEFT_BEHIND: Duration = Duration::from_mins(5);

/// The same for a record whose holder renews a heartbeat: six of them.
const MISSED_BEATS: Duration = actions::HEARTBEAT.saturating_mul(6);

/// Why an operation runs.
pub mod cause {
    /// The spec asks for it.
    pub const SPEC: &str = "Spec";
    /// `rollbackTo` asks for it.
    pub const PIN: &str = "Pin";
    /// It undoes a failure.
    pub const REMEDY: &str = "Remedy";
    /// The Release is being deleted.
    pub const DELETION: &str = "Deletion";
}

/// Everything that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The object.
    pub release: &'a Release,
    /// Its status as it was last written, which the object from the cache may lag behind.
    pub status: &'a ReleaseStatus,
    /// The stored revisions, oldest first.
    pub facts: &'a [Fact],
    /// The older Release that owns the same Helm release, if there is one.
    pub rival: Option<&'a str>,
    /// What the spec asks for.
    pub inputs: &'a Inputs,
    /// For how long the newest record has not changed, by our own clock.
    pub unchanged: Duration,
}

/// What the spec asks for, if that can be told now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// It can.
    Known(Desired),
    /// It cannot: chart or values are not to be had.
    Missing(Missing),
}

/// Why chart or values are not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The reason for the condition `Ready`.
    pub reason: &'static str,
    /// The reason for the condition `Stalled`, if time does not help.
    pub stalled: Option<&'static str>,
    /// The sentence.
    pub message: String,
    /// Whether asking again may help although nothing changed in the cluster.
    pub retry: bool,
}

/// What is the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The object is being deleted.
    Deleting(Deleting),
    /// Our finalizer is not on the object.
    Unclaimed,
    /// Another Release owns the Helm release.
    Rivalled {
        /// The other one, `namespace/name`.
        owner: String,
    },
    /// Hands off.
    Suspended {
        /// Whether something would be done otherwise.
        pending: bool,
    },
    /// An operation of ours runs and is still wanted.
    Running(OperationStatus),
    /// An operation of ours runs and is no longer wanted.
    Outdated {
        /// The operation.
        operation: OperationStatus,
        /// Why.
        why: &'static str,
    },
    /// A pending record has our marks, but the status does not know of it: we died in between.
    Orphaned {
        /// The revision.
        revision: u32,
    },
    /// Somebody else's operation is pending.
    Busy {
        /// The revision.
        revision: u32,
        /// What its record says.
        status: Status,
        /// After which time it counts as left behind; nothing if it does already.
        remaining: Duration,
    },
    /// `rollbackTo` names what is not in storage.
    PinMissing {
        /// What it names.
        what: String,
    },
    /// `rollbackTo` is set and not satisfied.
    Unpinned {
        /// The revision to go back to.
        target: u32,
    },
    /// `rollbackTo` is satisfied.
    Pinned {
        /// The revision it names.
        target: u32,
        /// The revision that is deployed for it.
        revision: u32,
    },
    /// Chart or values are not to be had.
    Unavailable(Missing),
    /// There are records, and none of them can be read.
    Unreadable,
    /// There is no revision.
    Absent,
    /// The newest revision failed, and was made from what the spec asks for.
    Failed {
        /// The revision.
        revision: u32,
    },
    /// What is deployed is not what the spec asks for.
    OutOfSync {
        /// Why, in a sentence.
        why: String,
    },
    /// What is deployed is what the spec asks for.
    InSync {
        /// The revision.
        revision: u32,
    },
}

/// The ways of being deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleting {
    /// Our finalizer is gone already.
    Released,
    /// Nothing is to be removed, for this reason.
    Leave(&'static str),
    /// Nothing is left.
    Done,
    /// An operation runs that has to stop first.
    Interrupt(OperationStatus),
    /// The uninstallation runs.
    Running(OperationStatus),
    /// Somebody else's operation is pending.
    Busy {
        /// The revision.
        revision: u32,
        /// What its record says.
        status: Status,
        /// After which time it counts as left behind.
        remaining: Duration,
    },
    /// A pending record is in the way: ours, or one that somebody left behind.
    Pending {
        /// Its revision.
        revision: u32,
    },
    /// It has to be uninstalled.
    Due,
}

/// Returns what is the case.
#[must_use]
pub fn observe(seen: &Seen<'_>) -> State {
    let spec = &seen.release.spec;
    if seen.release.metadata.deletion_timestamp.is_some() {
        return State::Deleting(deleting(seen));
    }
    if !has_finalizer(seen.release) {
        return State::Unclaimed;
    }
    if let Some(owner) = seen.rival {
        return State::Rivalled { owner: owner.to_owned() };
    }
    let state = regular(seen);
    if spec.suspend {
        let pending = !matches!(state, State::InSync { .. } | State::Pinned { .. });
        return State::Suspended { pending };
    }
    state
}

fn has_finalizer(release: &Release) -> bool {
    release.metadata.finalizers.iter().flatten().any(|finalizer| finalizer == FINALIZER)
}

fn deleting(seen: &Seen<'_>) -> Deleting {
    let spec = &seen.release.spec;
    if !has_finalizer(seen.release) {
        return Deleting::Released;
    }
    if seen.rival.is_some() {
        return Deleting::Leave("another Release owns the Helm release");
    }
    if spec.suspend {
        return Deleting::Leave("the Release is suspended");
    }
    match &seen.status.operation {
        Some(operation) if operation.action == "uninstall" => {
            return Deleting::Running(operation.clone());
        }
        Some(operation) => return Deleting::Interrupt(operation.clone()),
        None => {}
    }
    if spec.deletion_policy == DeletionPolicy::Orphan {
        return Deleting::Leave("its deletionPolicy is Orphan");
    }
    if let Some(fact) = seen.facts.last()
        && fact.status.is_pending()
    {
        let (revision, status) = (fact.revision, fact.status);
        let remaining = patience(seen.release, fact).saturating_sub(seen.unchanged);
        return if is_ours(fact, seen.release) || remaining.is_zero() {
            Deleting::Pending { revision }
        } else {
            Deleting::Busy { revision, status, remaining }
        };
    }
    let gone = seen.facts.iter().all(|fact| fact.status == Status::Uninstalled);
    if gone { Deleting::Done } else { Deleting::Due }
}

/// The states of a release that is neither deleted nor suspended.
fn regular(seen: &Seen<'_>) -> State {
    if let Some(operation) = &seen.status.operation {
        return match outdated(seen, operation) {
            Some(why) => State::Outdated { operation: operation.clone(), why },
            None => State::Running(operation.clone()),
        };
    }
    let newest = seen.facts.last();
    if let Some(fact) = newest
        && (fact.status.is_pending() || fact.status == Status::Uninstalling)
    {
        let ours = fact.status.is_pending() && is_ours(fact, seen.release);
        return if ours {
            State::Orphaned { revision: fact.revision }
        } else {
            let (revision, status) = (fact.revision, fact.status);
            let remaining = patience(seen.release, fact).saturating_sub(seen.unchanged);
            State::Busy { revision, status, remaining }
        };
    }
    if seen.release.spec.rollback_to.is_some() {
        return pin(seen);
    }
    let desired = match seen.inputs {
        Inputs::Known(desired) => desired,
        Inputs::Missing(missing) => return State::Unavailable(missing.clone()),
    };
    compared(seen.facts, desired)
}

/// Says why a running operation is no longer wanted, if it is not. What cannot be told now counts as unchanged: an
/// outage of a chart's server stops nothing.
fn outdated(seen: &Seen<'_>, operation: &OperationStatus) -> Option<&'static str> {
    let pin = seen.release.spec.rollback_to.is_some();
    match operation.cause.as_str() {
        cause::PIN if !pin => Some("rollbackTo was removed"),
        cause::PIN => match pin_target(seen) {
            Some(target) if Some(target) != operation.target => Some("rollbackTo was changed"),
            _ => None,
        },
        cause::DELETION => None,
        _ if pin => Some("rollbackTo was set"),
        // A failed installation is removed completely before anything else is tried.
        cause::REMEDY if operation.action == "uninstall" => None,
        _ => match seen.inputs {
            Inputs::Known(desired) if !desired.same(&operation.inputs) => {
                Some("the chart or the values have changed")
            }
            _ => None,
        },
    }
}

/// Returns the revision that `rollbackTo` names, if it is in storage and was good once.
fn pin_target(seen: &Seen<'_>) -> Option<u32> {
    let pin = seen.release.spec.rollback_to.as_ref()?;
    let named = |fact: &&Fact| match (pin.revision, &pin.chart_version) {
        (Some(revision), _) => fact.revision == revision,
        (None, Some(version)) => fact.version == *version && fact.was_good(),
        (None, None) => false,
    };
    // A revision that came about by going back to the version is as good, but the origin stays the same
    // whatever is done for the pin.
    let found = seen.facts.iter().rev().find(|fact| named(fact) && fact.values_digest.is_some())?;
    let origin = found.rollback_revision;
    let exists = seen.facts.iter().any(|fact| fact.revision == origin);
    Some(if pin.revision.is_none() && origin > 0 && exists { origin } else { found.revision })
}

fn pin(seen: &Seen<'_>) -> State {
    let Some(target) = pin_target(seen) else {
        let pin = seen.release.spec.rollback_to.clone().unwrap_or_default();
        let what = match (pin.revision, pin.chart_version) {
            (Some(revision), _) => format!("revision {revision}"),
            (None, version) => {
                format!("a good revision of chart version {}", version.unwrap_or_default())
            }
        };
        return State::PinMissing { what };
    };
    match seen.facts.last() {
        Some(fact)
            if fact.status == Status::Deployed
                && (fact.revision == target || fact.rollback_revision == target) =>
        {
            State::Pinned { target, revision: fact.revision }
        }
        _ => State::Unpinned { target },
    }
}

/// Holds the stored revisions against what the spec asks for.
fn compared(facts: &[Fact], desired: &Desired) -> State {
    let Some(newest) = facts.last() else { return State::Absent };
    match newest.status {
        Status::Deployed if newest.matches(desired) => State::InSync { revision: newest.revision },
        Status::Failed if newest.matches(desired) => State::Failed { revision: newest.revision },
        Status::Uninstalled if !facts.iter().any(|fact| fact.status == Status::Deployed) => {
            State::Absent
        }
        _ if facts.iter().all(|fact| fact.values_digest.is_none()) => State::Unreadable,
        _ => State::OutOfSync { why: difference(newest, desired) },
    }
}

fn difference(newest: &Fact, desired: &Desired) -> String {
    let number = newest.revision;
    if newest.chart != desired.chart || newest.version != desired.version {
        return format!(
            "revision {number} has chart {}-{}, the spec asks for {}-{}",
            newest.chart, newest.version, desired.chart, desired.version
        );
    }
    if newest.chart_digest.as_ref().is_some_and(|digest| *digest != desired.chart_digest) {
        return format!("the archive of the chart is another one than that of revision {number}");
    }
    if newest.values_digest.as_ref() != Some(&desired.values_digest) {
        return format!("the values are others than those of revision {number}");
    }
    format!("revision {number} is {}", newest.status)
}

/// Returns whether a record carries the marks of an operation for this Release.
fn is_ours(fact: &Fact, release: &Release) -> bool {
    fact.operation.is_some() && fact.owner.as_deref() == Some(&*owner(release))
}

/// Returns for how long a pending record of somebody else has to be unchanged to count as left behind.
fn patience(release: &Release, fact: &Fact) -> Duration {
    if fact.beats { MISSED_BEATS } else { release.spec.timeout.get().max(LEFT_BEHIND) }
}

/// Returns how a Release is named in the marks of records.
#[must_use]
pub fn owner(release: &Release) -> String {
    let metadata = &release.metadata;
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    format!("{namespace}/{}", metadata.name.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests;
