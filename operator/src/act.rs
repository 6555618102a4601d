//! Carries out one operation, a short step at a time, and takes it up again after a restart.
//!
//! A plan is made from the records and the cluster when the operation begins; after a restart it is made anew
//! from the pending record, which is in storage before anything else is written. Every step may be done twice.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actions::{
    ActionError, DeployOptions, Event, Events, Execution, Others, Parts, Prepared, RenderOptions,
    RollbackOptions, StepError, TestFilter, Wanted, plan_revision, prepare_install,
    prepare_rollback, prepare_uninstall, prepare_upgrade, render_chart,
};
use api::{OperationInputs, OperationStatus, Release, WaitFor};
use chart::Chart;
use cluster::storage::RecordKey;
use cluster::{ApiError, Cluster, StorageError};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use manifest::{Gvk, ObjectId};
use plan::{Action, Adoption, Conflicts, Cursor, Next, Observed, Options, Plan, Step};
use release::{Marks, ReleaseName, Revision, Status, describe};
use render::Target;
use tokio::time::Instant;
use value::Value;

use crate::context::Context;
use crate::failpoint::Moment;
use crate::failure;
use crate::index::Name;
use crate::inputs::{Fact, Mark};
use crate::mask::Mask;
use crate::observe::{cause, owner};
use crate::status::Failure;

/// How long one look may work before others get their turn.
const BUDGET: Duration = Duration::from_secs(8);
/// How long to wait before a request is sent again that failed in passing.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest such wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What an operation works with.
#[derive(Clone, Debug)]
pub struct Material {
    /// The chart.
    pub chart: Arc<Chart>,
    /// The composed values.
    pub values: Value,
    /// What of them must not be shown.
    pub mask: Mask,
}

/// What to begin.
#[derive(Clone, Debug)]
pub struct Order {
    /// What is done.
    pub action: Action,
    /// Why; see [`cause`].
    pub cause: &'static str,
    /// The revision that a rollback goes back to.
    pub target: Option<u32>,
    /// Which attempt it is.
    pub attempt: u32,
    /// What the spec asks for.
    pub inputs: OperationInputs,
    /// Whether the release has had a good revision.
    pub had_good: bool,
}

/// An operation that runs in this process.
#[derive(Debug)]
pub struct Running {
    /// What is recorded of it.
    pub operation: OperationStatus,
    /// Whether the release has had a good revision.
    pub had_good: bool,
    execution: Execution,
    mask: Mask,
    closing: Option<Closing>,
    failures: u32,
}

/// The end of an operation that failed.
#[derive(Debug)]
struct Closing {
    steps: VecDeque<Step>,
    failure: Failure,
}

/// How far an operation has come.
#[derive(Debug)]
pub enum Progress {
    /// A step was done that has to be recorded before the next one.
    Recorded,
    /// The time for one look is over.
    Yield,
    /// Something is waited for.
    Waiting {
        /// What, in a sentence; nothing while it has not been looked at.
        message: Option<String>,
    },
    /// A request failed in passing.
    Retry {
        /// What was said.
        message: String,
        /// When to go on.
        after: Duration,
    },
    /// It is complete.
    Succeeded,
    /// It has failed, which is recorded.
    Failed(Failure),
    /// The record is no longer ours.
    Lost(String),
}

/// What became of taking up an operation.
#[derive(Debug)]
pub enum Resumed {
    /// It goes on.
    Running(Box<Running>),
    /// It had ended.
    Succeeded,
    /// It had failed.
    Failed(Failure),
    /// There is nothing to go on with.
    Gone(String),
}

/// Prepares an operation. Nothing is changed yet.
///
/// The future is boxed, so that the compiler need not look into it to see that it may move between threads.
pub fn begin<'a>(
    context: &'a Context,
    release: &'a Release,
    order: Order,
    material: Option<&'a Material>,
    facts: &'a [Fact],
    now: Timestamp,
) -> BoxFuture<'a, Result<Running, ActionError>> {
    Box::pin(prepare(context, release, order, material, facts, now))
}

async fn prepare(
    context: &Context,
    release: &Release,
    order: Order,
    material: Option<&Material>,
    facts: &[Fact],
    now: Timestamp,
) -> Result<Running, ActionError> {
    let (cluster, id) = (&context.cluster, context.random_id());
    let (name, namespace) = (release.release_name(), release.target_namespace());
    let marked = marked_inputs(&order, facts);
    let mut plan_options = options(release, order.action);
    let max_history = release.spec.max_history;
    let mut quiet = |_: Event| {};
    let prepared = match (order.action, material) {
        (Action::Install | Action::Upgrade, None) => return Err(ActionError::NotFound),
        (Action::Install | Action::Upgrade, Some(material)) => {
            let options = DeployOptions {
                values: material.values.clone(),
                plan: plan_options,
                max_history,
                inputs: marked.clone(),
                reuse: actions::Reuse::Reset,
                replace: true,
                others: Others::Refuse,
                ..DeployOptions::default()
            };
            let name = ReleaseName::parse(name).map_err(|error| invalid_name(&error))?;
            let chart = &material.chart;
            if order.action == Action::Install {
                prepare_install(cluster, chart, &name, namespace, &options, &mut quiet).await?
            } else {
                prepare_upgrade(cluster, chart, &name, namespace, &options, &mut quiet).await?
            }
        }
        (Action::Rollback, _) => {
            let options = RollbackOptions {
                revision: order.target,
                plan: plan_options,
                max_history,
                inputs: marked.clone(),
                others: Others::Refuse,
            };
            prepare_rollback(cluster, name, namespace, &options, &mut quiet).await?
        }
        (Action::Uninstall, _) => {
            plan_options.hooks &= !is_terminating(cluster, namespace).await?;
            uninstall(cluster, name, namespace, &plan_options).await?
        }
        (Action::Test, _) => {
            actions::prepare_test(cluster, name, namespace, &TestFilter::default()).await?
        }
    };
    let Prepared { plan, labels, .. } = prepared;
    let timeout =
        SignedDuration::try_from(release.spec.timeout.get()).unwrap_or(SignedDuration::MAX);
    let operation = OperationStatus {
        id: id.clone(),
        action: order.action.name().to_owned(),
        step: plan.step(Cursor::default()).map(Step::key).unwrap_or_default(),
        revision: plan.target.version,
        target: order.target,
        cause: order.cause.to_owned(),
        started_at: now,
        deadline: now.saturating_add(timeout).unwrap_or(Timestamp::MAX),
        attempt: order.attempt,
        inputs: order.inputs,
    };
    let marks = marks(release, &id, marked);
    Ok(Running {
        operation,
        had_good: order.had_good,
        execution: Execution::new(Arc::new(plan), Cursor::default(), marks, labels),
        mask: material.map(|material| material.mask.clone()).unwrap_or_default(),
        closing: None,
        failures: 0,
    })
}

/// Takes up an operation that another process began.
///
/// The future is boxed for the same reason as that of [`begin`].
pub fn resume<'a>(
    context: &'a Context,
    release: &'a Release,
    operation: OperationStatus,
    material: Option<&'a Material>,
    had_good: bool,
) -> BoxFuture<'a, Result<Resumed, ActionError>> {
    Box::pin(take_up(context, release, operation, material, had_good))
}

async fn take_up(
    context: &Context,
    release: &Release,
    operation: OperationStatus,
    material: Option<&Material>,
    had_good: bool,
) -> Result<Resumed, ActionError> {
    let cluster = &context.cluster;
    let mask = material.map(|material| material.mask.clone()).unwrap_or_default();
    let (name, namespace) = (release.release_name(), release.target_namespace());
    let mut options = options(release, action_of(&operation));
    let (plan, labels, inputs) = if operation.action == "uninstall" {
        options.hooks &= !is_terminating(cluster, namespace).await?;
        match uninstall(cluster, name, namespace, &options).await {
            Err(ActionError::NotFound) => return Ok(Resumed::Succeeded),
            prepared => {
                let prepared = prepared?;
                (prepared.plan, prepared.labels, None)
            }
        }
    } else {
        let history = cluster.storage().history(namespace, name).await?;
        let Ok(record) = history.at(operation.revision) else {
            return Ok(Resumed::Gone(format!("revision {} is not in storage", operation.revision)));
        };
        let marks = record.marks();
        if marks.operation.as_deref() != Some(&operation.id) {
            let revision = operation.revision;
            return Ok(Resumed::Gone(format!(
                "revision {revision} was taken over by somebody else"
            )));
        }
        match record.revision.info.status {
            Status::Failed => {
                let message = record.revision.info.description.clone();
                return Ok(Resumed::Failed(failure::recorded(&message)));
            }
            Status::Deployed => {}
            status if status.is_pending() => {}
            status => {
                let revision = operation.revision;
                return Ok(Resumed::Gone(format!("revision {revision} is {status}")));
            }
        }
        let mut parts = Parts::of(record)?;
        if needs_definitions(&operation) {
            parts.crds = definitions(cluster, &record.revision, material).await?;
        } else {
            options.crds = plan::CrdPolicy::Skip;
        }
        let wanted = Wanted {
            action: action_of(&operation),
            target: record.revision.clone(),
            parts,
            max_history: release.spec.max_history,
            inputs: marks.inputs.clone(),
            options,
        };
        let labels = record.custom_labels();
        (plan_revision(cluster, wanted, &history).await?, labels, marks.inputs)
    };
    let cursor = resume_at(&plan, &operation.step);
    let marks = marks(release, &operation.id, inputs);
    tracing::info!(operation = operation.id, step = operation.step, "operation taken up again");
    Ok(Resumed::Running(Box::new(Running {
        operation,
        had_good,
        execution: Execution::new(Arc::new(plan), cursor, marks, labels),
        mask,
        closing: None,
        failures: 0,
    })))
}

/// Does what can be done now.
pub async fn advance(context: &Context, name: &Name, running: &mut Running) -> Progress {
    let begun = Instant::now();
    while context.is_leading() {
        if running.closing.is_some() {
            return running.close(context).await;
        }
        if let Some(progress) = running.step(context, name).await {
            return progress;
        }
        if begun.elapsed() > BUDGET {
            return Progress::Yield;
        }
    }
    Progress::Yield
}

impl Running {
    /// Does the step at the cursor; says nothing while there is more to do.
    async fn step(&mut self, context: &Context, name: &Name) -> Option<Progress> {
        let plan = Arc::clone(&self.execution.plan);
        let cursor = self.execution.cursor;
        let expired = Timestamp::now() >= self.operation.deadline;
        let observed = if let Some(ids) = plan.step(cursor).and_then(Step::awaits) {
            match context.waiting.observe(name, &ids).await {
                Ok(observed) => observed,
                Err(error) if error.is_transient() && !expired => {
                    return Some(self.retry(&error.to_string()));
                }
                Err(error) => return self.fail(&plan, failure::of_step(&StepError::Api(error))),
            }
        } else {
            context.waiting.leave(name);
            Observed::default()
        };
        match plan::progress(&plan, cursor, &observed, expired) {
            Next::Done => Some(Progress::Succeeded),
            Next::Fail(failed) => {
                let failed = actions::explain(&context.cluster, failed).await;
                self.fail(&plan, failure::of_progress(&failed))
            }
            Next::Wait(pending) => {
                let seen = pending.iter().all(|of| observed.objects.contains_key(&of.object));
                let message = seen.then(|| failure::waiting(&pending));
                Some(Progress::Waiting { message })
            }
            Next::Advance => self.advanced(&plan, cursor),
            Next::Do(step) => match self.perform(context, &plan, step).await {
                Ok(()) => self.advanced(&plan, cursor),
                Err(Trouble::Step(
                    StepError::InProgress { revision } | StepError::Lost { revision },
                )) => {
                    let why = format!("revision {revision} was written by somebody else");
                    Some(Progress::Lost(why))
                }
                Err(Trouble::Step(error)) if error.is_transient() && !expired => {
                    Some(self.retry(&error.to_string()))
                }
                Err(Trouble::Step(error)) => self.fail(&plan, failure::of_step(&error)),
                Err(Trouble::OnPurpose) => self.fail(&plan, failure::on_purpose()),
            },
        }
    }

    async fn perform(
        &mut self,
        context: &Context,
        plan: &Plan,
        step: &Step,
    ) -> Result<(), Trouble> {
        let release = &plan.target.name;
        let reach = |moment| context.reach(plan, step.name(), moment);
        reach(Moment::Before).await.map_err(|_| Trouble::OnPurpose)?;
        let begun = Instant::now();
        let mut log = |event: Event| log(release, &event);
        execute(&mut self.execution, &context.cluster, step, &mut log).await?;
        context.metrics.step(step.name(), begun.elapsed());
        tracing::info!(release, step = %step.key(), "step done");
        reach(Moment::After).await.map_err(|_| Trouble::OnPurpose)
    }

    /// Moves on. What must not be done twice is recorded before anything follows it: the creation of the record,
    /// and all about hooks.
    fn advanced(&mut self, plan: &Plan, cursor: Cursor) -> Option<Progress> {
        self.failures = 0;
        self.execution.advance();
        if let Some(next) = plan.step(self.execution.cursor) {
            self.operation.step = next.key();
        }
        let done = plan.step(cursor)?;
        matches!(
            done,
            Step::Begin
                | Step::MarkUninstalling
                | Step::DeleteHook { .. }
                | Step::AwaitGone { .. }
                | Step::RunHook { .. }
                | Step::AwaitHook { .. }
                | Step::FinishHook { .. }
        )
        .then_some(Progress::Recorded)
    }

    fn retry(&mut self, message: &str) -> Progress {
        let doubled = PAUSE.saturating_mul(2_u32.saturating_pow(self.failures.min(8)));
        self.failures += 1;
        Progress::Retry { message: self.mask.apply(message), after: doubled.min(LONGEST_PAUSE) }
    }

    fn fail(&mut self, plan: &Plan, mut failure: Failure) -> Option<Progress> {
        failure.message = self.mask.apply(&failure.message);
        let description = description(plan, &failure.message);
        let steps = plan::closing_steps(plan, self.execution.cursor, &description);
        failure.recorded = steps.iter().any(|step| matches!(step, Step::RecordFailure { .. }));
        self.closing = Some(Closing { steps: steps.into(), failure });
        None
    }

    /// Puts what failed in order and records the failure; goes on with that for as long as it takes.
    async fn close(&mut self, context: &Context) -> Progress {
        let Some(mut closing) = self.closing.take() else { return Progress::Yield };
        while let Some(step) = closing.steps.front() {
            let mut quiet = |_: Event| {};
            match execute(&mut self.execution, &context.cluster, step, &mut quiet).await {
                Ok(()) => {}
                Err(error @ StepError::Lost { .. }) => return Progress::Lost(error.to_string()),
                Err(error) if error.is_transient() => {
                    self.closing = Some(closing);
                    return self.retry(&error.to_string());
                }
                Err(error) => tracing::warn!(%error, step = step.name(), "closing an operation"),
            }
            closing.steps.pop_front();
        }
        Progress::Failed(closing.failure)
    }
}

/// Boxed, so that the compiler need not look into it to see that it may move between threads.
fn execute<'a>(
    execution: &'a mut Execution,
    cluster: &'a Cluster,
    step: &'a Step,
    events: Events<'a>,
) -> BoxFuture<'a, Result<(), StepError>> {
    Box::pin(execution.execute(cluster, step, events))
}

enum Trouble {
    Step(StepError),
    OnPurpose,
}

impl From<StepError> for Trouble {
    fn from(error: StepError) -> Self {
        Self::Step(error)
    }
}

/// Records a pending revision as failed. With `operation`, only if it is still that one's.
pub async fn bury(
    cluster: &Cluster,
    key: &RecordKey,
    operation: Option<&str>,
    why: &str,
) -> Result<(), StorageError> {
    let mut stored = match cluster.storage().read(key).await {
        Err(StorageError::NotFound { .. }) => return Ok(()),
        read => read?,
    };
    let theirs = operation.is_some() && stored.marks().operation.as_deref() != operation;
    if theirs || !stored.revision.info.status.is_pending() {
        return Ok(());
    }
    stored.revision = stored.revision.failed(why);
    cluster.storage().update(&stored, Timestamp::now()).await?;
    Ok(())
}

/// Returns the operation that a pending record of ours belongs to.
#[must_use]
pub fn adopted(
    release: &Release,
    fact: &Fact,
    desired: Option<&OperationInputs>,
    now: Timestamp,
) -> OperationStatus {
    let failures = release.status.as_ref().and_then(|status| status.failures.clone());
    let target = (fact.rollback_revision > 0).then_some(fact.rollback_revision);
    let (action, cause) = match (fact.status, release.spec.rollback_to.is_some()) {
        (Status::PendingInstall, _) => ("install", cause::SPEC),
        (Status::PendingRollback, true) => ("rollback", cause::PIN),
        (Status::PendingRollback, false) => ("rollback", cause::REMEDY),
        _ => ("upgrade", cause::SPEC),
    };
    let generation = release.metadata.generation.unwrap_or_default();
    let of_record = OperationInputs {
        generation,
        chart_digest: fact.chart_digest.clone().unwrap_or_default(),
        values_digest: fact.values_digest.clone().unwrap_or_default(),
    };
    let inputs = match action {
        // What a rollback is made of says nothing about what it was begun for.
        "rollback" => failures
            .as_ref()
            .map(|failures| failures.inputs.clone())
            .or_else(|| desired.cloned())
            .unwrap_or(of_record),
        _ => of_record,
    };
    let started_at = fact.last_deployed.unwrap_or(now);
    let timeout =
        SignedDuration::try_from(release.spec.timeout.get()).unwrap_or(SignedDuration::MAX);
    OperationStatus {
        id: fact.operation.clone().unwrap_or_default(),
        action: action.to_owned(),
        step: Step::Begin.key(),
        revision: fact.revision,
        target: target.filter(|_| action == "rollback"),
        cause: cause.to_owned(),
        started_at,
        deadline: started_at.saturating_add(timeout).unwrap_or(Timestamp::MAX),
        attempt: failures.map_or(1, |failures| failures.attempts.saturating_add(1)),
        inputs,
    }
}

/// Returns what the record says it was made from. That of a rollback was made from what its target was.
fn marked_inputs(order: &Order, facts: &[Fact]) -> Option<String> {
    let inputs = match order.target {
        None => order.inputs.clone(),
        Some(target) => {
            let fact = facts.iter().find(|fact| fact.revision == target)?;
            OperationInputs {
                generation: 0,
                chart_digest: fact.chart_digest.clone()?,
                values_digest: fact.values_digest.clone()?,
            }
        }
    };
    Some(Mark(&inputs).to_string())
}

/// No look waits to see whether somebody else is at work; [`patience`](crate::observe::patience) is for that.
async fn uninstall(
    cluster: &Cluster,
    name: &str,
    namespace: &str,
    options: &Options,
) -> Result<Prepared, ActionError> {
    prepare_uninstall(cluster, name, namespace, options, Others::Refuse, &mut |_| {}).await
}

fn marks(release: &Release, id: &str, inputs: Option<String>) -> Marks {
    let owner = owner(release);
    Marks {
        operation: Some(id.to_owned()),
        holder: Some(format!("operator {owner}")),
        owner: Some(owner),
        inputs,
        ..Marks::default()
    }
}

fn options(release: &Release, action: Action) -> Options {
    let wait = match (action, release.spec.wait) {
        // What is deleted is waited for in any case: the finalizer stands for it.
        (Action::Uninstall, _) | (_, WaitFor::Ready) => plan::Wait::Ready,
        (_, WaitFor::ReadyAndJobs) => plan::Wait::ReadyAndJobs,
        (_, WaitFor::None) => plan::Wait::None,
    };
    Options {
        wait,
        adoption: Adoption::Unowned,
        conflicts: Conflicts::Force,
        create_namespace: release.spec.create_namespace,
        ..Options::default()
    }
}

fn action_of(operation: &OperationStatus) -> Action {
    match operation.action.as_str() {
        "install" => Action::Install,
        "rollback" => Action::Rollback,
        "uninstall" => Action::Uninstall,
        _ => Action::Upgrade,
    }
}

/// Returns whether the definitions under `crds/` may not have been applied yet.
fn needs_definitions(operation: &OperationStatus) -> bool {
    let step = operation.step.as_str();
    let early = ["create-namespace", "prune-history", "begin", "apply-crds", "await-established"];
    matches!(operation.action.as_str(), "install" | "upgrade")
        && early.iter().any(|early| step.starts_with(early))
}

/// Renders again for the definitions alone: records do not hold them, and they have no templates.
async fn definitions(
    cluster: &Cluster,
    revision: &Revision,
    material: Option<&Material>,
) -> Result<Vec<manifest::Object>, ActionError> {
    let Some(material) = material else { return Ok(Vec::new()) };
    let (name, namespace) = (&*revision.name, &*revision.namespace);
    let target = if revision.info.status == Status::PendingInstall {
        Target::install(name, namespace)
    } else {
        Target::upgrade(name, namespace, revision.version)
    };
    let options = RenderOptions::default();
    let (chart, values) = (&material.chart, &material.values);
    let rendered = render_chart(cluster, chart, values, target, &options, &mut |_| {}).await?;
    Ok(Parts::rendered(&rendered)?.crds)
}

/// Finds the recorded step in a plan that was made anew. A deletion may be missing there, as nothing is left to
/// delete: then the plan goes on behind everything that comes before deletions.
fn resume_at(plan: &Plan, key: &str) -> Cursor {
    if plan.steps.iter().any(|step| step.key() == key) {
        return plan.cursor_at(key);
    }
    if !key.starts_with("delete/") && !key.starts_with("await-gone") {
        return Cursor::default();
    }
    let early = |step: &Step| {
        matches!(step, Step::Apply { .. } | Step::MarkUninstalling | Step::Begin)
            || step.key().contains("/pre-")
    };
    let last = plan.steps.iter().rposition(early);
    Cursor { step: last.map_or(0, |last| last + 1) }
}

/// Hooks cannot be created in a namespace that is being deleted.
async fn is_terminating(cluster: &Cluster, namespace: &str) -> Result<bool, ApiError> {
    let id = ObjectId::new(Gvk::new("", "v1", "Namespace"), None, namespace);
    let found = cluster.get(&id).await?;
    Ok(found.is_some_and(|found| found.str_at(&["metadata", "deletionTimestamp"]).is_some()))
}

/// The description of the failed revision, in Helm's words.
fn description(plan: &Plan, why: &str) -> String {
    let name = &plan.target.name;
    match plan.action {
        Action::Install | Action::Uninstall => describe::install_failed(name, why),
        Action::Test => why.to_owned(),
        Action::Upgrade => describe::upgrade_failed(name, why),
        Action::Rollback => describe::rollback_failed(name, why),
    }
}

/// The schema lets no other name through than Helm's.
fn invalid_name(error: &release::InvalidName) -> ActionError {
    tracing::warn!(%error, "a Release has a name that Helm refuses");
    ActionError::NotFound
}

fn log(release: &str, event: &Event) {
    match event {
        Event::Applied { object, change } => {
            tracing::debug!(release, %object, ?change, "applied");
        }
        Event::Deleted { object } => tracing::debug!(release, %object, "deleted"),
        Event::Recorded { revision, status } => {
            tracing::info!(release, revision, %status, "recorded");
        }
        Event::HookStarted { object, .. } => tracing::info!(release, %object, "hook started"),
        Event::HookFinished { object, succeeded, .. } => {
            tracing::info!(release, %object, succeeded, "hook finished");
        }
        _ => {}
    }
}
