//! Carries a plan out from beginning to end, as a command does: one step after the other, blocking on a watch
//! where the plan waits. (The operator has a loop of its own, the reconcile.)

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use cluster::storage::RecordKey;
use cluster::{Cluster, Watch};
use futures::FutureExt;
use jiff::Timestamp;
use manifest::ObjectId;
use plan::{Action, Cursor, Next, Observed, Pending, Plan, Step, closing_steps, progress};
use release::{Revision, describe, marks};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::cancel::Cancel;
use crate::error::{ActionError, StepError};
use crate::event::{Event, Events};
use crate::execute::Execution;
use crate::explain::explain;
use crate::options::RunOptions;
use crate::prepare::Prepared;

/// How often a living process says so on its pending record.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// How long to wait before a step whose request failed in passing is done again.
const PAUSE: Duration = Duration::from_millis(500);

/// How long recording a failure may take before it is given up.
const CLOSING: Duration = Duration::from_secs(30);

/// Carries out a prepared plan and returns the record that it ended with.
///
/// Each wait may take `options.timeout`, as in Helm. When the plan fails or `cancel` fires, the failure is
/// recorded before the error is returned.
pub async fn run(
    cluster: &Cluster,
    prepared: Prepared,
    options: &RunOptions,
    cancel: &Cancel,
    events: Events<'_>,
) -> Result<Revision, ActionError> {
    carry_out(cluster, prepared, options, cancel, events).await.map_err(|failed| failed.error)
}

/// A plan that failed.
pub(crate) struct Failed {
    pub(crate) error: ActionError,
    /// Whether the record of the new revision exists, and so possibly objects of it.
    pub(crate) begun: bool,
}

/// As [`run`].
pub(crate) async fn carry_out(
    cluster: &Cluster,
    prepared: Prepared,
    options: &RunOptions,
    cancel: &Cancel,
    events: Events<'_>,
) -> Result<Revision, Failed> {
    for skipped in &prepared.plan.skipped {
        events(Event::Left(skipped.clone()));
    }
    let plan = Arc::new(prepared.plan);
    let marks = options.marks.clone();
    let execution = Execution::new(plan.clone(), Cursor::default(), marks, prepared.labels);
    let mut runner = Runner { cluster, options, execution, waiting: None };
    let heart = beat(cluster, &plan);
    let outcome = {
        let mut heart = Box::pin(heart).fuse();
        let mut steps = Box::pin(runner.steps(cancel, &mut *events)).fuse();
        futures::select_biased! {
            outcome = steps => outcome,
            never = heart => match never {},
        }
    };
    match outcome {
        Ok(()) => Ok(runner.execution.record().cloned().unwrap_or_else(|| plan.target.clone())),
        Err(error) => {
            let error = Box::pin(runner.close(error, events)).await;
            Err(Failed { error, begun: runner.execution.record().is_some() })
        }
    }
}

struct Runner<'a> {
    cluster: &'a Cluster,
    options: &'a RunOptions,
    execution: Execution,
    waiting: Option<Waiting>,
}

/// What is known while the plan waits.
struct Waiting {
    step: usize,
    watch: Watch,
    pending: Vec<Pending>,
    unready: BTreeSet<ObjectId>,
}

impl Runner<'_> {
    /// Does every step of the plan.
    async fn steps(&mut self, cancel: &Cancel, events: Events<'_>) -> Result<(), ActionError> {
        let plan = self.execution.plan.clone();
        let mut deadline = self.deadline();
        loop {
            let cursor = self.execution.cursor;
            let expired = Instant::now() >= deadline;
            let observed = self.observe(&plan, cursor, events);
            let next = progress(&plan, cursor, observed, expired);
            match next {
                Next::Done => return Ok(()),
                Next::Fail(failure) => return Err(explain(self.cluster, failure).await.into()),
                Next::Do(step) => {
                    tokio::select! {
                        biased;
                        () = cancel.cancelled() => return Err(ActionError::Cancelled),
                        result = self.execution.execute(self.cluster, step, events) => match result {
                            Ok(()) => self.advance(&mut deadline),
                            Err(error) if error.is_transient() && !expired => {
                                events(Event::Retrying { why: error.to_string() });
                                sleep(PAUSE).await;
                            }
                            Err(error) => return Err(error.into()),
                        },
                    }
                }
                Next::Advance => {
                    self.tell(Vec::new(), events);
                    self.advance(&mut deadline);
                }
                Next::Wait(pending) => {
                    self.tell(pending, events);
                    let Some(waiting) = &mut self.waiting else { continue };
                    tokio::select! {
                        biased;
                        () = cancel.cancelled() => return Err(ActionError::Cancelled),
                        changed = waiting.watch.changed() => changed?,
                        () = sleep_until(deadline) => {}
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.options.timeout
    }

    fn advance(&mut self, deadline: &mut Instant) {
        self.execution.advance();
        self.waiting = None;
        *deadline = self.deadline();
    }

    /// Returns what is seen of the objects that the step at `cursor` waits for; begins to watch them if need be.
    fn observe(&mut self, plan: &Plan, cursor: Cursor, events: Events<'_>) -> &Observed {
        static NOTHING: Observed = Observed { objects: std::collections::BTreeMap::new() };
        let Some(objects) = plan.step(cursor).and_then(Step::awaits) else { return &NOTHING };
        if self.waiting.as_ref().is_none_or(|waiting| waiting.step != cursor.step) {
            let objects: Vec<_> = objects.into_iter().cloned().collect();
            events(Event::WaitStarted { objects: objects.clone() });
            let watch = self.cluster.watch(&objects);
            self.waiting = Some(Waiting {
                step: cursor.step,
                watch,
                pending: Vec::new(),
                unready: objects.into_iter().collect(),
            });
        }
        self.waiting.as_ref().map_or(&NOTHING, |waiting| waiting.watch.observed())
    }

    /// Reports what changed since the last look at what is waited for.
    fn tell(&mut self, mut pending: Vec<Pending>, events: Events<'_>) {
        let Some(waiting) = &mut self.waiting else { return };
        let unready: BTreeSet<_> = pending.iter().map(|pending| pending.object.clone()).collect();
        for object in waiting.unready.difference(&unready) {
            events(Event::Ready { object: object.clone() });
        }
        let observed = waiting.watch.observed();
        pending.retain(|pending| observed.objects.contains_key(&pending.object));
        if waiting.pending != pending {
            events(Event::Waiting { pending: pending.clone() });
        }
        waiting.unready = unready;
        waiting.pending = pending;
    }

    /// Puts a failed plan in order and records the failure, also when the API server comes back only later.
    async fn close(&mut self, error: ActionError, events: Events<'_>) -> ActionError {
        let plan = self.execution.plan.clone();
        if matches!(error, ActionError::Step(StepError::InProgress { .. } | StepError::Lost { .. }))
        {
            return error;
        }
        events(Event::Failed { why: error.to_string() });
        let steps = closing_steps(&plan, self.execution.cursor, &failure_text(&plan, &error));
        let closed = timeout(CLOSING, async {
            for step in &steps {
                while let Err(error) = self.execution.execute(self.cluster, step, events).await {
                    if !error.is_transient() {
                        // The failure is recorded by then, and is what people have to know.
                        if matches!(step, Step::Delete { .. }) {
                            let why =
                                format!("what this attempt created is not all deleted: {error}");
                            events(Event::Warning(why));
                            break;
                        }
                        return Err(error);
                    }
                    sleep(PAUSE).await;
                }
            }
            Ok(())
        });
        match closed.await {
            Ok(Ok(())) => error,
            Ok(Err(source)) => unrecorded(error, &plan, Some(source)),
            Err(_) => unrecorded(error, &plan, None),
        }
    }
}

fn unrecorded(cause: ActionError, plan: &Plan, source: Option<StepError>) -> ActionError {
    ActionError::Unrecorded { cause: Box::new(cause), revision: plan.target.version, source }
}

/// The description of the failed revision, in Helm's words.
fn failure_text(plan: &Plan, error: &ActionError) -> String {
    let (name, why) = (&plan.target.name, error.to_string());
    match plan.action {
        Action::Install | Action::Uninstall => describe::install_failed(name, &why),
        Action::Upgrade => describe::upgrade_failed(name, &why),
        Action::Rollback => describe::rollback_failed(name, &why),
    }
}

/// Renews the heartbeat of the pending record for ever. Missing a beat is no failure: the record may not exist
/// yet, and an API server that is gone is for the steps to notice.
async fn beat(cluster: &Cluster, plan: &Plan) -> Infallible {
    let target = &plan.target;
    let key = RecordKey::new(&*target.namespace, &*target.name, target.version);
    let mut ticks = tokio::time::interval(HEARTBEAT);
    loop {
        ticks.tick().await;
        let now = Some(Timestamp::now().to_string());
        let beat = [(marks::HEARTBEAT.to_owned(), now)].into();
        if let Err(error) = cluster.storage().annotate(&key, None, &beat).await {
            tracing::debug!(release = target.name, %error, "no heartbeat");
        }
    }
}
