//! One look at one Release: gather, observe, decide, act, tell. It never waits for anything but requests.

mod carry;
mod gather;
mod tell;

use std::sync::Arc;
use std::time::Duration;

use actions::ActionError;
use api::{Release, ReleaseStatus};
use cluster::StorageError;
use jiff::Timestamp;
use kube::ResourceExt as _;
use kube::api::Api;
use kube::runtime::controller::Action as Requeue;
use plan::Action;
use tokio::time::Instant;

use self::carry::unavailable;
use crate::act;
use crate::context::{Context, Memory};
use crate::decide::{self, NextAction};
use crate::finalizer;
use crate::index::Name;
use crate::inputs::{Desired, Fact};
use crate::metrics::Ended;
use crate::observe::{Seen, State, cause, observe, owner};
use crate::reading::ReadError;
use crate::source::{Loaded, SourceError};
use crate::status::Outcome;
use crate::text::chain;
use crate::values::Composed;

/// How many things are done in one look: after an operation ends the next state is looked at right away.
const ROUNDS: usize = 6;
/// When to look again at what cannot be seen by a watch.
const AGAIN: Duration = Duration::from_secs(30);
/// When to look again while this process does not lead, which mostly means that it is about to end.
const STANDBY: Duration = Duration::from_secs(2);
/// The longest pause between attempts that come to no revision.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// How often the status may change because of what is waited for.
const TELL: Duration = Duration::from_secs(5);
/// How long a request of our own may take.
const REQUEST: Duration = Duration::from_secs(30);

/// A look that has to be taken again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The object could not be written.
    #[error("writing the Release")]
    Write(#[source] kube::Error),
    /// No answer in time.
    #[error("no answer while writing the Release")]
    NoAnswer,
    /// Records could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The cluster did not answer.
    #[error(transparent)]
    Source(SourceError),
    /// The cluster did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The cluster did not answer.
    #[error(transparent)]
    Action(ActionError),
}

/// Looks at one Release.
pub async fn reconcile(release: Arc<Release>, context: Arc<Context>) -> Result<Requeue, Error> {
    if !context.is_leading() {
        return Ok(Requeue::requeue(STANDBY));
    }
    let begun = Instant::now();
    context.metrics.begun();
    let uid = release.uid().unwrap_or_default();
    let memory = context.memory(&uid);
    let mut memory = memory.lock().await;
    let mut look = Look::new(&context, &release, &mut memory);
    let result = look.run().await;
    if result.is_ok() {
        memory.errors = 0;
    } else {
        memory.errors = memory.errors.saturating_add(1);
    }
    let ended = match &result {
        Err(_) => Ended::Error,
        Ok(action) if *action == Requeue::await_change() => Ended::Success,
        Ok(action) if *action == Requeue::requeue(Duration::ZERO) => Ended::Requeue,
        Ok(_) => Ended::RequeueAfter,
    };
    context.metrics.ended(ended, begun.elapsed());
    result
}

/// Says when to look again after an error: doubling, up to a minute.
#[must_use]
pub fn after_error(release: &Release, error: &Error, context: &Context) -> Requeue {
    let uid = release.uid().unwrap_or_default();
    let errors = context.memory(&uid).try_lock().map_or(1, |memory| memory.errors);
    let pause = Duration::from_secs(1 << errors.saturating_sub(1).min(6)).min(AGAIN * 2);
    let release = owner(release);
    tracing::warn!(release, error = chain(error), pause = pause.as_secs(), "looking again");
    Requeue::requeue(pause)
}

/// What follows an action.
enum Then {
    /// The next state is looked at right away.
    Again,
    /// As `Again`, and the status is written only with what comes next.
    Silently,
    /// The next look is taken after this time, or when something changes.
    After(Duration),
    /// The object is none of our business any more.
    Forget,
}

struct Look<'a> {
    context: &'a Context,
    release: &'a Release,
    memory: &'a mut Memory,
    name: Name,
    api: Api<Release>,
    status: ReleaseStatus,
    loaded: Option<Loaded>,
    composed: Option<Composed>,
    desired: Option<Desired>,
}

impl<'a> Look<'a> {
    fn new(context: &'a Context, release: &'a Release, memory: &'a mut Memory) -> Self {
        let namespace = release.namespace().unwrap_or_default();
        let recorded = || release.status.clone().unwrap_or_default();
        Self {
            context,
            release,
            name: Name::new(namespace.clone(), release.name_any()),
            api: Api::namespaced(context.cluster.client().clone(), &namespace),
            status: memory.status.clone().unwrap_or_else(recorded),
            memory,
            loaded: None,
            composed: None,
            desired: None,
        }
    }

    async fn run(&mut self) -> Result<Requeue, Error> {
        self.register();
        for _ in 0..ROUNDS {
            let rival = self.context.rival(self.release);
            let facts = self.facts().await?;
            let inputs = self.inputs(rival.is_some()).await?;
            let unchanged = self.unchanged(&facts);
            let seen = Seen {
                release: self.release,
                status: &self.status,
                facts: &facts,
                rival: rival.as_deref(),
                inputs: &inputs,
                unchanged,
            };
            let state = observe(&seen);
            let action = decide::next(state.clone(), &self.circumstances(&facts, &inputs));
            tracing::debug!(release = %owner(self.release), ?state, ?action, "decided");
            let acted_on = !matches!(
                action,
                NextAction::Forget
                    | NextAction::Claim
                    | NextAction::Release { .. }
                    | NextAction::Stall { .. }
                    | NextAction::Hold { .. }
                    | NextAction::Proceed
                    | NextAction::Adopt { .. }
                    | NextAction::Interrupt { .. }
                    | NextAction::AwaitOthers { .. }
                    | NextAction::Bury { .. }
            );
            if acted_on {
                self.handled();
            }
            let (outcome, then) = self.act(action, &state, &facts).await?;
            let write = !matches!(then, Then::Silently | Then::Forget);
            self.tell(&outcome, write).await?;
            match then {
                Then::Again | Then::Silently => {}
                Then::After(pause) => return Ok(Requeue::requeue(pause)),
                Then::Forget => {
                    self.forget();
                    return Ok(Requeue::await_change());
                }
            }
        }
        Ok(Requeue::requeue(Duration::ZERO))
    }

    async fn act(
        &mut self,
        action: NextAction,
        state: &State,
        facts: &[Fact],
    ) -> Result<(Outcome, Then), Error> {
        Ok(match action {
            NextAction::Forget => (Outcome::Quiet, Then::Forget),
            NextAction::Claim => {
                self.write(finalizer::add(&self.api, self.release)).await?;
                // The change of the object wakes us.
                (Outcome::Quiet, Then::After(AGAIN))
            }
            NextAction::Release { left } => {
                self.let_go(left, facts).await?;
                (Outcome::Quiet, Then::Forget)
            }
            NextAction::Stall { reason, message } => {
                (Outcome::Stalled { reason, message }, Then::After(AGAIN * 2))
            }
            NextAction::Hold { pending } => {
                self.context.waiting.leave(&self.name);
                (Outcome::Held { pending }, Then::After(self.interval()))
            }
            NextAction::Proceed => self.proceed(facts).await?,
            NextAction::Adopt { revision } => {
                let Some(fact) = facts.iter().find(|fact| fact.revision == revision) else {
                    return Ok((Outcome::Quiet, Then::After(AGAIN)));
                };
                let desired = self.desired.is_some().then(|| self.recorded_inputs());
                let now = Timestamp::now();
                let operation = match &self.memory.running {
                    Some(running) => running.operation.clone(),
                    None => act::adopted(self.release, fact, desired.as_ref(), now),
                };
                let message = format!("revision {revision} is taken up again");
                (Outcome::Running { operation, message }, Then::Silently)
            }
            NextAction::Interrupt { why } => self.interrupt(state, why).await?,
            NextAction::AwaitOthers { revision, status, remaining } => {
                let message = format!("revision {revision} is {status} by somebody else");
                (Outcome::Conflict { message }, Then::After(remaining))
            }
            NextAction::Bury { revision } => {
                let key = self.key(revision);
                let why = "interrupted: whoever began this revision has not finished it";
                act::bury(&self.context.cluster, &key, None, why).await?;
                self.memory.known = None;
                (Outcome::Quiet, Then::Again)
            }
            NextAction::Install { attempt } => {
                self.begin(Action::Install, cause::SPEC, None, attempt, facts).await?
            }
            NextAction::Upgrade { attempt } => {
                self.begin(Action::Upgrade, cause::SPEC, None, attempt, facts).await?
            }
            NextAction::Rollback { target, cause, attempt } => {
                self.begin(Action::Rollback, cause, Some(target), attempt, facts).await?
            }
            NextAction::Uninstall { cause, attempt } => {
                self.begin(Action::Uninstall, cause, None, attempt, facts).await?
            }
            NextAction::Backoff { until, exhausted } => {
                let pause = until.map_or_else(|| self.interval(), left_until);
                (Outcome::Backoff { until, exhausted }, Then::After(pause.min(self.interval())))
            }
            NextAction::Blocked { until } => {
                let outcome = self.memory.blocked.as_ref().map_or(Outcome::Quiet, unavailable);
                (outcome, Then::After(left_until(until)))
            }
            NextAction::Report { reason, stalled, message, retry } => {
                let pause = if retry { AGAIN } else { self.interval() };
                (Outcome::Unavailable { reason, stalled, message }, Then::After(pause))
            }
            NextAction::Settle { pinned } => {
                self.memory.blocked = None;
                self.context.waiting.leave(&self.name);
                (Outcome::Settled { pinned }, Then::After(self.interval()))
            }
        })
    }
}

fn left_until(time: Timestamp) -> Duration {
    let left = time.duration_since(Timestamp::now());
    // A little later, so that it is past when we look.
    Duration::try_from(left).unwrap_or_default() + Duration::from_millis(50)
}
