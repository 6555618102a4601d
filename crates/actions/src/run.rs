//! Carries a plan out from beginning to end, as a command does: one step after the other, blocking on a watch
//! where the plan waits. (The operator has a loop of its own, the reconcile.)

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use cluster::Cluster;
use cluster::storage::RecordKey;
use futures::FutureExt;
use jiff::Timestamp;
use plan::{Action, Cursor, Failure, Next, Observed, Plan, Step, closing_steps, progress};
use release::{Revision, describe, marks};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::cancel::Cancel;
use crate::error::{ActionError, StepError};
use crate::event::{Event, Events};
use crate::execute::Execution;
use crate::explain::explain;
use crate::hook_logs;
use crate::options::RunOptions;
use crate::prepare::Prepared;
use crate::waiting::Waiting;

/// How often a living process says so on its pending record.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// How long to wait before a step whose request failed in passing is done again.
const PAUSE: Duration = Duration::from_millis(500);

/// How long a wait may take where the time given is zero.
const UNSAID: Duration = Duration::from_secs(30);

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
    if !cluster.storage().is_lasting() {
        return Err(Failed { error: ActionError::Forgetful, begun: false });
    }
    for skipped in &prepared.plan.skipped {
        events(Event::Left(skipped.clone()));
    }
    let plan = Arc::new(prepared.plan);
    let marks = options.marks.clone();
    let execution = Execution::new(plan.clone(), Cursor::default(), marks, prepared.labels);
    let execution = if prepared.saved { execution.looking_again() } else { execution };
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

impl Runner<'_> {
    /// Does every step of the plan.
    async fn steps(&mut self, cancel: &Cancel, events: Events<'_>) -> Result<(), ActionError> {
        let plan = self.execution.plan.clone();
        let mut deadline = self.deadline();
        let mut told = None;
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
                            Ok(()) => {
                                told = None;
                                self.tell_logs(&plan, step, events).await;
                                self.advance(&mut deadline);
                            }
                            Err(error) if error.is_transient() && !expired => {
                                let why = error.to_string();
                                if told.as_ref() != Some(&why) {
                                    events(Event::Retrying { why: why.clone() });
                                    told = Some(why);
                                }
                                sleep(PAUSE).await;
                            }
                            Err(error) => return Err(error.into()),
                        },
                    }
                }
                Next::Advance => {
                    if let Some(waiting) = &mut self.waiting {
                        waiting.tell(Vec::new(), events);
                    }
                    self.advance(&mut deadline);
                }
                Next::Wait(mut pending) => {
                    let Some(waiting) = &mut self.waiting else { continue };
                    if let Some(failure) = waiting.look(self.cluster, &mut pending).await {
                        waiting.tell(pending, events);
                        return Err(explain(self.cluster, failure).await.into());
                    }
                    waiting.tell(pending, events);
                    let next = waiting.next_look().min(deadline);
                    tokio::select! {
                        biased;
                        () = cancel.cancelled() => return Err(ActionError::Cancelled),
                        changed = waiting.watch.changed() => changed?,
                        () = sleep_until(next) => {}
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.limit()
    }

    /// Returns how long the step at the cursor may take.
    fn limit(&self) -> Duration {
        let Execution { plan, cursor, .. } = &self.execution;
        let given = match plan.step(*cursor) {
            Some(Step::Await { .. }) => plan.options.readiness_timeout,
            _ => None,
        };
        // No time at all means some time, as in Helm's watcher.
        let given = given.unwrap_or(self.options.timeout);
        if given.is_zero() { UNSAID } else { given }
    }

    fn advance(&mut self, deadline: &mut Instant) {
        self.execution.advance();
        self.waiting = None;
        *deadline = self.deadline();
    }

    /// Returns what is seen of the objects that the step at `cursor` waits for; begins to watch them if need be.
    fn observe(&mut self, plan: &Plan, cursor: Cursor, events: Events<'_>) -> &Observed {
        static NOTHING: LazyLock<Observed> = LazyLock::new(Observed::default);
        let Some(step) = plan.step(cursor).filter(|step| step.awaits().is_some()) else {
            return &NOTHING;
        };
        if self.waiting.as_ref().is_none_or(|waiting| waiting.at != cursor.step) {
            let waiting = Waiting::begin(self.cluster, step, cursor.step, self.options.budget);
            events(Event::WaitStarted { objects: waiting.objects(), limit: self.limit() });
            self.waiting = Some(waiting);
        }
        self.waiting.as_ref().map_or(&NOTHING, |waiting| waiting.watch.observed())
    }

    /// Tells what a hook that has ended printed, before it may be deleted.
    async fn tell_logs(&self, plan: &Plan, step: &Step, events: Events<'_>) {
        hook_logs::tell(self.cluster, plan, step, self.options.test_logs, events).await;
    }

    /// Puts a failed plan in order and records the failure, also when the API server comes back only later.
    async fn close(&mut self, error: ActionError, events: Events<'_>) -> ActionError {
        let plan = self.execution.plan.clone();
        if matches!(error, ActionError::Step(StepError::InProgress { .. } | StepError::Lost { .. }))
        {
            return error;
        }
        events(Event::Failed { why: error.to_string() });
        if plan.action == Action::Uninstall {
            self.let_go(&plan).await;
        }
        let steps = closing_steps(&plan, self.execution.cursor, &failure_text(&plan, &error));
        let closed = timeout(CLOSING, async {
            for step in &steps {
                self.tell_logs(&plan, step, events).await;
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

impl Runner<'_> {
    /// Takes the heartbeat off the record of an uninstallation that failed: nothing else on it tells that nobody
    /// is at work any more.
    async fn let_go(&self, plan: &Plan) {
        let target = &plan.target;
        let key = RecordKey::new(&*target.namespace, &*target.name, target.version);
        let gone = [(marks::HEARTBEAT.to_owned(), None)].into();
        let storage = self.cluster.storage();
        match timeout(CLOSING, storage.annotate(&key, None, &gone)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(release = target.name, %error, "the heartbeat stays"),
            Err(_) => tracing::debug!(release = target.name, "the heartbeat stays"),
        }
    }
}

fn unrecorded(cause: ActionError, plan: &Plan, source: Option<StepError>) -> ActionError {
    ActionError::Unrecorded { cause: Box::new(cause), revision: plan.target.version, source }
}

/// The description of the failed revision, in Helm's words.
fn failure_text(plan: &Plan, error: &ActionError) -> String {
    let (name, mut why) = (&plan.target.name, error.to_string());
    if let ActionError::NotReady(Failure { hook: Some(event), .. }) = error {
        why = match plan.action {
            Action::Install => format!("failed {event}: {why}"),
            Action::Upgrade => format!("{event} hooks failed: {why}"),
            Action::Rollback | Action::Uninstall | Action::Test => why,
        };
    }
    match plan.action {
        Action::Install | Action::Uninstall => describe::install_failed(name, &why),
        Action::Test => why,
        Action::Upgrade => describe::upgrade_failed(name, &why),
        Action::Rollback => describe::rollback_failed(name, &why),
    }
}

/// Renews the heartbeat of the pending record for ever. Missing a beat is no failure: the record may not exist
/// yet, and an API server that is gone is for the steps to notice.
async fn beat(cluster: &Cluster, plan: &Plan) -> Infallible {
    let target = &plan.target;
    let key = RecordKey::new(&*target.namespace, &*target.name, target.version);
    // The record of a test is finished, and nobody's.
    if plan.action == Action::Test || !plan.is_recorded() {
        return std::future::pending().await;
    }
    // There is no record yet.
    let mut ticks = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    loop {
        ticks.tick().await;
        let now = Some(Timestamp::now().to_string());
        let beat = [(marks::HEARTBEAT.to_owned(), now)].into();
        if let Err(error) = cluster.storage().annotate(&key, None, &beat).await {
            tracing::debug!(release = target.name, %error, "no heartbeat");
        }
    }
}
