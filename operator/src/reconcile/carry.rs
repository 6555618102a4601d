//! Beginning operations, going on with them, and ending them.

use std::time::Duration;

use actions::ActionError;
use api::{OperationStatus, condition, reason};
use cluster::storage::RecordKey;
use jiff::{SignedDuration, Timestamp};
use kube::runtime::events::EventType;
use plan::{Action, PlanError};
use tokio::time::Instant;

use super::{AGAIN, Error, LONGEST_PAUSE, Look, TELL, Then, left_until};
use crate::act::{self, Order, Progress, Resumed};
use crate::context::Blocked;
use crate::failure;
use crate::finalizer;
use crate::index::Need;
use crate::inputs::Fact;
use crate::observe::{Deleting, State, cause};
use crate::status::{self, Notice, Outcome};
use crate::text::chain;

/// How long after a change of definitions a kind may still not be served.
const SERVED_IN: Duration = Duration::from_secs(15);
/// How soon to look for it again.
const SERVED_PAUSE: Duration = Duration::from_millis(500);

impl Look<'_> {
    /// Takes the finalizer off, and says what is left behind.
    pub(super) async fn let_go(&mut self, left: Option<&str>, facts: &[Fact]) -> Result<(), Error> {
        if let Some(operation) = self.status.operation.clone()
            && operation.action != "uninstall"
            && !self.release.spec.suspend
        {
            let why = "superseded: the Release was deleted";
            let key = self.key(operation.revision);
            act::bury(&self.context.cluster, &key, Some(&operation.id), why).await?;
        }
        if let Some(left) = left.filter(|_| !facts.is_empty()) {
            let name = self.target();
            let message = format!(
                "release {} in namespace {} stays as it is: {left}",
                name.name, name.namespace
            );
            let reason = "Orphaned".to_owned();
            let kind = EventType::Normal;
            self.publish(Notice { kind, reason, action: "Delete", message }).await;
        }
        self.write(finalizer::remove(&self.api, self.release)).await
    }

    pub(super) async fn interrupt(
        &mut self,
        state: &State,
        why: String,
    ) -> Result<(Outcome, Then), Error> {
        let operation = match state {
            State::Outdated { operation, .. } | State::Deleting(Deleting::Interrupt(operation)) => {
                operation.clone()
            }
            _ => return Ok((Outcome::Quiet, Then::Again)),
        };
        let key = self.key(operation.revision);
        act::bury(&self.context.cluster, &key, Some(&operation.id), &why).await?;
        self.end_operation();
        Ok((Outcome::Dropped { operation, why }, Then::Silently))
    }

    pub(super) fn key(&self, revision: u32) -> RecordKey {
        RecordKey::new(self.release.target_namespace(), self.release.release_name(), revision)
    }

    /// Forgets the running operation; storage has to be looked at anew.
    pub(super) fn end_operation(&mut self) {
        self.memory.running = None;
        self.memory.known = None;
        self.memory.told = None;
        self.context.waiting.leave(&self.name);
    }

    pub(super) async fn begin(
        &mut self,
        action: Action,
        cause: &'static str,
        target: Option<u32>,
        attempt: u32,
        facts: &[Fact],
    ) -> Result<(Outcome, Then), Error> {
        let had_good = facts.iter().any(Fact::was_good);
        let needs_material = matches!(action, Action::Install | Action::Upgrade);
        let material = if needs_material { self.material().await? } else { None };
        if needs_material && material.is_none() {
            let message = "the chart cannot be had now".to_owned();
            return Ok(self.block(reason::SOURCE_FAILED, message, false));
        }
        if needs_material && !self.release.spec.create_namespace {
            let namespace = self.release.target_namespace();
            let need = Need::Namespace(namespace.to_owned());
            self.context.index.need(&self.name, Some(need));
            let exists = self.context.cluster.namespace_exists(namespace).await;
            if !exists.map_err(|error| Error::Action(error.into()))? {
                let message = format!(
                    "namespace {namespace:?} does not exist, and createNamespace is not set"
                );
                return Ok(self.block_until(true, reason::WAITING, message, false));
            }
            self.context.index.need(&self.name, None);
        }
        // What undoes a failed attempt was begun for what that attempt was.
        let failed = self.status.failures.as_ref().filter(|_| cause == cause::REMEDY);
        let inputs = failed.map_or_else(|| self.recorded_inputs(), |failed| failed.inputs.clone());
        let order = Order { action, cause, target, attempt, inputs, had_good };
        let (context, release, now) = (self.context, self.release, Timestamp::now());
        let given = material.as_ref();
        let mut begun = act::begin(context, release, order.clone(), given, facts, now).await;
        if let Err(ActionError::Plan(PlanError::UnknownKind { .. })) = &begun {
            // The kind may have come since the kinds were listed.
            context.index.need(&self.name, Some(Need::Kind));
            let listed = context.cluster.refresh().await;
            listed.map_err(|error| Error::Action(error.into()))?;
            begun = act::begin(context, release, order, given, facts, now).await;
        }
        match begun {
            Ok(running) => {
                self.memory.blocked = None;
                self.context.index.need(&self.name, None);
                let operation = running.operation.clone();
                self.memory.running = Some(running);
                // The record of a new revision comes first; an uninstallation has none of its own.
                let then = if action == Action::Uninstall { Then::Again } else { Then::Silently };
                let message =
                    format!("{} of revision {} begins", operation.action, operation.revision);
                Ok((Outcome::Running { operation, message }, then))
            }
            Err(error) => match failure::of_action(&error) {
                None => Err(Error::Action(error)),
                Some(trouble) => {
                    let mask = material.map(|material| material.mask).unwrap_or_default();
                    let message = mask.apply(&trouble.message);
                    let unknown = matches!(error, ActionError::Plan(PlanError::UnknownKind { .. }));
                    if unknown && context.index.kinds_changed().is_some_and(|ago| ago < SERVED_IN) {
                        // A definition is there a moment before its kind is served.
                        context.trigger_later(&self.name, SERVED_PAUSE);
                        self.context.index.need(&self.name, None);
                    }
                    Ok(self.block_until(unknown, trouble.reason, message, trouble.lasting))
                }
            },
        }
    }

    /// Notes that nothing could be begun.
    pub(super) fn block(
        &mut self,
        reason: &'static str,
        message: String,
        lasting: bool,
    ) -> (Outcome, Then) {
        self.block_until(false, reason, message, lasting)
    }

    /// The same, where `needs` says that something may come by which it can.
    fn block_until(
        &mut self,
        needs: bool,
        reason: &'static str,
        message: String,
        lasting: bool,
    ) -> (Outcome, Then) {
        let inputs = self.wanted();
        let before = self.memory.blocked.as_ref().filter(|blocked| blocked.inputs == inputs);
        let times = before.map_or(1, |blocked| blocked.times.saturating_add(1));
        let doubled = AGAIN.saturating_mul(2_u32.saturating_pow((times - 1).min(8)));
        let pause = if lasting { self.interval() } else { doubled.min(LONGEST_PAUSE) };
        let pause = pause.max(Duration::from_secs(1));
        let signed = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        let until = Timestamp::now().saturating_add(signed).unwrap_or(Timestamp::MAX);
        let blocked = Blocked { inputs, until, times, reason, message, needs };
        let outcome = unavailable(&blocked);
        self.memory.blocked = Some(blocked);
        (outcome, Then::After(pause))
    }

    /// Goes on with the recorded operation.
    pub(super) async fn proceed(&mut self, facts: &[Fact]) -> Result<(Outcome, Then), Error> {
        let Some(recorded) = self.status.operation.clone() else {
            return Ok((Outcome::Quiet, Then::Again));
        };
        let running = self.memory.running.as_ref();
        if running.is_none_or(|running| running.operation.id != recorded.id)
            && let Some(ended) = self.resume(recorded.clone(), facts).await?
        {
            return Ok(ended);
        }
        let Some(running) = &mut self.memory.running else {
            return Ok((Outcome::Quiet, Then::Again));
        };
        let progress = act::advance(self.context, &self.name, running).await;
        let operation = running.operation.clone();
        let had_good = running.had_good;
        let left = left_until(operation.deadline);
        Ok(match progress {
            Progress::Recorded => {
                // The new record is to be seen in the status.
                if facts.last().is_none_or(|fact| fact.revision < operation.revision) {
                    self.memory.known = None;
                }
                (moving(operation), Then::Again)
            }
            Progress::Yield => (moving(operation), Then::After(Duration::ZERO)),
            Progress::Waiting { message: None } => (Outcome::Quiet, Then::After(left)),
            Progress::Waiting { message: Some(message) } => {
                let message = self.throttled(message);
                (Outcome::Running { operation, message }, Then::After(left))
            }
            Progress::Retry { message, after } => {
                tracing::warn!(release = %crate::observe::owner(self.release), message, "a request failed");
                (moving(operation), Then::After(after))
            }
            Progress::Succeeded => self.succeeded(operation),
            Progress::Failed(failure) => {
                self.count(&operation, "failed");
                self.end_operation();
                (Outcome::Failed { operation, failure, had_good }, Then::Again)
            }
            Progress::Lost(why) => {
                self.end_operation();
                (Outcome::Dropped { operation, why }, Then::Silently)
            }
        })
    }

    pub(super) fn succeeded(&mut self, operation: OperationStatus) -> (Outcome, Then) {
        self.count(&operation, "succeeded");
        self.end_operation();
        (Outcome::Succeeded { operation }, Then::Silently)
    }

    pub(super) fn count(&self, operation: &OperationStatus, result: &'static str) {
        let took = Timestamp::now().duration_since(operation.started_at);
        let took = Duration::try_from(took).unwrap_or_default();
        self.context.metrics.operation(&operation.action, result, took);
    }

    /// Takes an operation of an earlier process up; says how it ended if it had.
    pub(super) async fn resume(
        &mut self,
        operation: OperationStatus,
        facts: &[Fact],
    ) -> Result<Option<(Outcome, Then)>, Error> {
        let material = if self.loaded.is_some() { self.material().await? } else { None };
        let had_good =
            facts.iter().filter(|fact| fact.revision != operation.revision).any(Fact::was_good);
        let (context, release) = (self.context, self.release);
        let resumed =
            act::resume(context, release, operation.clone(), material.as_ref(), had_good).await;
        Ok(match resumed {
            Ok(Resumed::Running(running)) => {
                self.memory.running = Some(*running);
                None
            }
            Ok(Resumed::Succeeded) => Some(self.succeeded(operation)),
            Ok(Resumed::Failed(failure)) => {
                self.end_operation();
                Some((Outcome::Failed { operation, failure, had_good }, Then::Again))
            }
            Ok(Resumed::Gone(why)) => {
                self.end_operation();
                Some((Outcome::Dropped { operation, why }, Then::Silently))
            }
            Err(error) => match failure::of_action(&error) {
                None => return Err(Error::Action(error)),
                Some(trouble) => {
                    // It cannot be planned any more, so it ends here.
                    let key = self.key(operation.revision);
                    let why = chain(&error);
                    act::bury(&context.cluster, &key, Some(&operation.id), &why).await?;
                    self.end_operation();
                    let failure = status::Failure {
                        reason: trouble.reason,
                        message: trouble.message,
                        objects: Vec::new(),
                        recorded: true,
                    };
                    Some((Outcome::Failed { operation, failure, had_good }, Then::Again))
                }
            },
        })
    }

    /// Keeps the last message for a while, so that a status is not written with every pod that starts.
    pub(super) fn throttled(&mut self, message: String) -> String {
        let recent = self.memory.told.is_some_and(|told| told.elapsed() < TELL);
        let before = status::of_type(&self.status, condition::RECONCILING);
        match before.filter(|_| recent) {
            Some(before) if before.message != message => {
                self.context.trigger_later(&self.name, TELL);
                before.message.clone()
            }
            _ => {
                self.memory.told = Some(Instant::now());
                message
            }
        }
    }
}

fn moving(operation: OperationStatus) -> Outcome {
    let message = format!("{}: {}", operation.action, operation.step);
    Outcome::Running { operation, message }
}

pub(super) fn unavailable(blocked: &Blocked) -> Outcome {
    let message = blocked.message.clone();
    Outcome::Unavailable { reason: blocked.reason, stalled: None, message }
}
