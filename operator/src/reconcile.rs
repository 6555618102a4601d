//! One look at one Release: gather, observe, decide, act, tell. It never waits for anything but requests.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use actions::ActionError;
use api::{
    ChartStatus, FIELD_MANAGER, OperationInputs, OperationStatus, Release, ReleaseStatus, reason,
};
use cluster::StorageError;
use cluster::storage::RecordKey;
use jiff::{SignedDuration, Timestamp};
use kube::api::{Api, Patch, PatchParams};
use kube::core::Status;
use kube::runtime::controller::Action as Requeue;
use kube::runtime::events::Event;
use kube::{Resource as _, ResourceExt as _};
use plan::Action;
use serde_json::json;
use tokio::time::Instant;

use crate::act::{self, Material, Order, Progress, Resumed};
use crate::context::{Blocked, Context, Known, Memory};
use crate::decide::{self, Circumstances, NextAction, new_tokens, present_tokens};
use crate::failure;
use crate::finalizer;
use crate::index::{Key, Name};
use crate::inputs::{Desired, Fact, Mark};
use crate::metrics::Ended;
use crate::observe::{Inputs, Missing, Seen, State, cause, observe};
use crate::reading::{ReadError, Reader};
use crate::source::{Asker, Loaded, SourceError};
use crate::status::{self, About, Notice, Outcome};
use crate::text::chain;
use crate::values::{self, Composed, Data, ValuesError};

/// How many things are done in one look: after an operation ends the next state is looked at right away.
const ROUNDS: usize = 6;
/// When to look again at what cannot be seen by a watch.
const AGAIN: Duration = Duration::from_secs(30);
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
        return Ok(Requeue::await_change());
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
    let release = crate::observe::owner(release);
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
            tracing::debug!(release = %crate::observe::owner(self.release), ?state, ?action, "decided");
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

    /// Notes what the watches have to look for.
    fn register(&self) {
        let spec = &self.release.spec;
        let key = |kind, name: &str| Key {
            kind,
            namespace: self.name.namespace.clone(),
            name: name.to_owned(),
        };
        let mut keys: BTreeSet<Key> =
            values::sources(spec).iter().map(|source| key(source.kind, &source.name)).collect();
        let chart = &spec.chart;
        keys.extend(
            chart.config_map.iter().map(|file| key(api::SourceKind::ConfigMap, &file.name)),
        );
        let secrets = chart.secret.iter().map(|file| &file.name);
        let secrets = secrets.chain(chart.secret_ref.iter().map(|secret| &secret.name));
        keys.extend(secrets.map(|name| key(api::SourceKind::Secret, name)));
        self.context.index.register(&self.name, keys, self.target());
    }

    fn target(&self) -> Name {
        Name::new(self.release.target_namespace(), self.release.release_name())
    }

    fn forget(&mut self) {
        self.context.index.forget(&self.name);
        self.context.waiting.leave(&self.name);
        self.context.metrics.hide(&self.name.namespace, &self.name.name);
        self.context.forget(&self.release.uid().unwrap_or_default());
    }

    fn handled(&mut self) {
        let tokens = present_tokens(self.release);
        if new_tokens(self.release, self.status.handled.as_ref()).reset {
            self.status.failures = None;
        }
        if tokens != api::HandledTokens::default() {
            self.status.handled = Some(tokens);
        }
    }

    /// Returns what is known of the stored revisions. While the watch has seen nothing new, nothing is read; nor
    /// while an operation of ours runs, which notices by itself when others interfere.
    async fn facts(&mut self) -> Result<Vec<Fact>, Error> {
        let target = self.target();
        let watched = self.context.index.records(&target);
        let own = self.memory.running.is_some() && self.status.operation.is_some();
        if let Some(known) = &self.memory.known
            && (own || watched.as_ref() == Some(&known.versions))
        {
            return Ok(sorted(known));
        }
        let storage = self.context.cluster.storage();
        let selector = format!("name={}", target.name);
        let metas = storage.list(Some(&target.namespace), Some(&selector)).await?;
        let before = self.memory.known.take().unwrap_or_default();
        let mut known = Known::default();
        let mut changed = Vec::new();
        for meta in metas {
            let secret = meta.key.object_name();
            known.versions.insert(secret.clone(), meta.resource_version.clone());
            match before.facts.get(&secret) {
                Some(fact) if before.versions.get(&secret) == Some(&meta.resource_version) => {
                    known.facts.insert(secret, fact.clone());
                }
                _ => changed.push(meta),
            }
        }
        for (meta, entry) in storage.read_all(&changed).await? {
            let fact = Fact::of(&entry, &self.context.key);
            known.facts.insert(meta.key.object_name(), fact);
        }
        let facts = sorted(&known);
        self.memory.known = Some(known);
        Ok(facts)
    }

    /// For how long the newest record has not changed since we first saw it so.
    fn unchanged(&mut self, facts: &[Fact]) -> Duration {
        let newest = facts.last().map(|fact| fact.revision);
        let version = self.memory.known.as_ref().and_then(|known| {
            let (secret, _) = known.facts.iter().find(|(_, fact)| Some(fact.revision) == newest)?;
            Some(format!("{secret} {}", known.versions.get(secret)?))
        });
        let Some(version) = version else { return Duration::ZERO };
        match &self.memory.foreign {
            Some((seen, since)) if *seen == version => since.elapsed(),
            _ => {
                self.memory.foreign = Some((version, Instant::now()));
                Duration::ZERO
            }
        }
    }

    /// Finds out what the spec asks for.
    async fn inputs(&mut self, rivalled: bool) -> Result<Inputs, Error> {
        if self.release.metadata.deletion_timestamp.is_some() || rivalled {
            return Ok(Inputs::Missing(missing(reason::WAITING, String::new())));
        }
        let chart = match self.load().await {
            Ok(chart) => chart,
            Err(error) if failure::is_outage(&error) => return Err(Error::Source(error)),
            Err(error) => match self.remembered_chart() {
                Some(chart) => chart,
                None => return Ok(Inputs::Missing(unsourced(&error))),
            },
        };
        let values_digest = match self.values_digest().await? {
            Ok(digest) => digest,
            Err(error) => {
                return Ok(Inputs::Missing(missing(reason::VALUES_FAILED, error.to_string())));
            }
        };
        let desired = Desired {
            chart_digest: chart.digest,
            chart: chart.name,
            version: chart.resolved,
            values_digest,
        };
        self.desired = Some(desired.clone());
        Ok(Inputs::Known(desired))
    }

    fn reader(&self) -> Reader<'a> {
        // The namespace outlives the look, as it is the object's own.
        let namespace = self.release.metadata.namespace.as_deref().unwrap_or_default();
        Reader::new(&self.context.cluster, &self.context.index, namespace)
    }

    async fn load(&mut self) -> Result<ChartStatus, SourceError> {
        if self.loaded.is_none() {
            let spec = &self.release.spec;
            let asker = Asker {
                name: &self.name,
                reader: self.reader(),
                fresh_for: spec.interval.get(),
                wake: &self.context.trigger,
            };
            self.loaded = Some(self.context.charts.load(&spec.chart, &asker).await?);
        }
        let loaded = self.loaded.as_ref().ok_or(SourceError::Nothing)?;
        let status = ChartStatus {
            name: loaded.chart.name().to_owned(),
            resolved: loaded.chart.version().to_owned(),
            digest: loaded.digest.to_string(),
            source: loaded.origin.clone(),
        };
        self.status.chart = Some(status.clone());
        Ok(status)
    }

    /// While an address does not answer, what it gave last is what the spec asks for.
    fn remembered_chart(&self) -> Option<ChartStatus> {
        let (chart, spec) = (self.status.chart.clone()?, &self.release.spec.chart);
        let same = spec.url.as_ref() == Some(&chart.source)
            && spec.digest.as_ref().is_none_or(|digest| *digest == chart.digest);
        same.then_some(chart)
    }

    /// Returns the digest of the values. They are read only if a source has changed.
    async fn values_digest(&mut self) -> Result<Result<String, ValuesError>, Error> {
        let reader = self.reader();
        let generation = self.release.metadata.generation.unwrap_or_default();
        let sources = values::sources(&self.release.spec);
        let versions: Option<Vec<_>> =
            sources.iter().map(|source| Some((source.clone(), reader.version(source)?))).collect();
        if let (Some(versions), Some((key, digest))) = (versions, &self.memory.values)
            && *key == (generation, versions)
        {
            return Ok(Ok(digest.clone()));
        }
        self.compose().await
    }

    /// Reads and composes the values.
    async fn compose(&mut self) -> Result<Result<String, ValuesError>, Error> {
        let reader = self.reader();
        let (mut data, mut versions) = (Data::new(), Vec::new());
        for source in values::sources(&self.release.spec) {
            let read = reader.read(&source).await?;
            versions.push((source.clone(), read.as_ref().map(|read| read.version.clone())));
            if let Some(read) = read {
                data.insert(source, read.data);
            }
        }
        Ok(match values::compose(&self.release.spec, &data) {
            Ok(composed) => {
                let digest = self.context.key.values(&composed.values);
                let generation = self.release.metadata.generation.unwrap_or_default();
                self.memory.values = Some(((generation, versions), digest.clone()));
                self.composed = Some(composed);
                Ok(digest)
            }
            Err(error) => Err(error),
        })
    }

    /// Returns chart and values, read if need be.
    async fn material(&mut self) -> Result<Option<Material>, Error> {
        if self.composed.is_none() {
            let before = self.desired.as_ref().map(|desired| desired.values_digest.clone());
            match self.compose().await? {
                Ok(digest) if before.is_none_or(|before| before == digest) => {}
                // They have changed since they were looked at; the next look sees it.
                _ => return Ok(None),
            }
        }
        Ok(self.loaded.as_ref().zip(self.composed.as_ref()).map(|(loaded, composed)| Material {
            chart: Arc::clone(&loaded.chart),
            values: composed.values.clone(),
            mask: composed.mask.clone(),
        }))
    }

    fn circumstances<'b>(&'b self, facts: &'b [Fact], inputs: &'b Inputs) -> Circumstances<'b> {
        let blocked = self.memory.blocked.as_ref();
        Circumstances {
            release: self.release,
            status: &self.status,
            facts,
            inputs,
            tokens: new_tokens(self.release, self.status.handled.as_ref()),
            blocked: blocked
                .filter(|blocked| blocked.inputs == self.wanted())
                .map(|blocked| blocked.until),
            now: Timestamp::now(),
        }
    }

    /// What an attempt is tried for, as a text to compare.
    fn wanted(&self) -> String {
        let inputs = self.recorded_inputs();
        format!("{} {:?}", Mark(&inputs), self.release.spec.rollback_to)
    }

    fn recorded_inputs(&self) -> OperationInputs {
        let generation = self.release.metadata.generation.unwrap_or_default();
        match &self.desired {
            Some(desired) => desired.recorded(generation),
            None => OperationInputs { generation, ..OperationInputs::default() },
        }
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

    /// Takes the finalizer off, and says what is left behind.
    async fn let_go(&mut self, left: Option<&str>, facts: &[Fact]) -> Result<(), Error> {
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
            let kind = kube::runtime::events::EventType::Normal;
            self.publish(Notice { kind, reason, action: "Delete", message }).await;
        }
        self.write(finalizer::remove(&self.api, self.release)).await
    }

    async fn interrupt(&mut self, state: &State, why: String) -> Result<(Outcome, Then), Error> {
        let operation = match state {
            State::Outdated { operation, .. }
            | State::Deleting(crate::observe::Deleting::Interrupt(operation)) => operation.clone(),
            _ => return Ok((Outcome::Quiet, Then::Again)),
        };
        let key = self.key(operation.revision);
        act::bury(&self.context.cluster, &key, Some(&operation.id), &why).await?;
        self.end_operation();
        Ok((Outcome::Dropped { operation, why }, Then::Silently))
    }

    fn key(&self, revision: u32) -> RecordKey {
        RecordKey::new(self.release.target_namespace(), self.release.release_name(), revision)
    }

    /// Forgets the running operation; storage has to be looked at anew.
    fn end_operation(&mut self) {
        self.memory.running = None;
        self.memory.known = None;
        self.memory.told = None;
        self.context.waiting.leave(&self.name);
    }

    async fn begin(
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
            let exists = self.context.cluster.namespace_exists(namespace).await;
            if !exists.map_err(|error| Error::Action(error.into()))? {
                let message = format!(
                    "namespace {namespace:?} does not exist, and createNamespace is not set"
                );
                return Ok(self.block(reason::WAITING, message, false));
            }
        }
        // What undoes a failed attempt was begun for what that attempt was.
        let failed = self.status.failures.as_ref().filter(|_| cause == cause::REMEDY);
        let inputs = failed.map_or_else(|| self.recorded_inputs(), |failed| failed.inputs.clone());
        let order = Order { action, cause, target, attempt, inputs, had_good };
        let (context, release, now) = (self.context, self.release, Timestamp::now());
        let begun = act::begin(context, release, order, material.as_ref(), facts, now).await;
        match begun {
            Ok(running) => {
                self.memory.blocked = None;
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
                    Ok(self.block(trouble.reason, message, trouble.lasting))
                }
            },
        }
    }

    /// Notes that nothing could be begun.
    fn block(&mut self, reason: &'static str, message: String, lasting: bool) -> (Outcome, Then) {
        let inputs = self.wanted();
        let before = self.memory.blocked.as_ref().filter(|blocked| blocked.inputs == inputs);
        let times = before.map_or(1, |blocked| blocked.times.saturating_add(1));
        let doubled = AGAIN.saturating_mul(2_u32.saturating_pow((times - 1).min(8)));
        let pause = if lasting { self.interval() } else { doubled.min(LONGEST_PAUSE) };
        let pause = pause.max(Duration::from_secs(1));
        let signed = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        let until = Timestamp::now().saturating_add(signed).unwrap_or(Timestamp::MAX);
        let blocked = Blocked { inputs, until, times, reason, message };
        let outcome = unavailable(&blocked);
        self.memory.blocked = Some(blocked);
        (outcome, Then::After(pause))
    }

    /// Goes on with the recorded operation.
    async fn proceed(&mut self, facts: &[Fact]) -> Result<(Outcome, Then), Error> {
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
            Progress::Waiting { message } => {
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

    fn succeeded(&mut self, operation: OperationStatus) -> (Outcome, Then) {
        self.count(&operation, "succeeded");
        self.end_operation();
        (Outcome::Succeeded { operation }, Then::Silently)
    }

    fn count(&self, operation: &OperationStatus, result: &'static str) {
        let took = Timestamp::now().duration_since(operation.started_at);
        let took = Duration::try_from(took).unwrap_or_default();
        self.context.metrics.operation(&operation.action, result, took);
    }

    /// Takes an operation of an earlier process up; says how it ended if it had.
    async fn resume(
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
    fn throttled(&mut self, message: String) -> String {
        let recent = self.memory.told.is_some_and(|told| told.elapsed() < TELL);
        let before = status::of_type(&self.status, api::condition::RECONCILING);
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

    /// Puts the outcome into the status, writes that if it is another one, and tells what there is to tell.
    async fn tell(&mut self, outcome: &Outcome, write: bool) -> Result<(), Error> {
        let facts = self.memory.known.as_ref().map(sorted);
        let about = About {
            release: self.release,
            facts: facts.as_deref(),
            chart: None,
            tokens: None,
            now: Timestamp::now(),
        };
        let (status, notices) = status::next(&self.status, outcome, &about);
        self.status = status;
        for notice in notices {
            self.publish(notice).await;
        }
        if write {
            self.save().await?;
        }
        self.context.metrics.show(self.release, &self.status);
        Ok(())
    }

    /// Writes the status, if it is not as it was last written.
    async fn save(&mut self) -> Result<(), Error> {
        let written = self.memory.status.as_ref().or(self.release.status.as_ref());
        let nothing = written.is_none() && self.status == ReleaseStatus::default();
        if nothing || written == Some(&self.status) {
            self.memory.status = Some(self.status.clone());
            return Ok(());
        }
        if !self.context.is_leading() {
            return Ok(());
        }
        let patch = json!({
            "apiVersion": Release::api_version(&()),
            "kind": Release::kind(&()),
            "metadata": {"name": self.name.name, "uid": self.release.metadata.uid},
            "status": self.status,
        });
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let patch = Patch::Apply(&patch);
        let api = self.api.clone();
        let name = self.name.name.clone();
        let written = tokio::time::timeout(REQUEST, api.patch_status(&name, &params, &patch)).await;
        match written.map_err(|_| Error::NoAnswer)? {
            Ok(_) => {}
            // The object went away while we looked.
            Err(kube::Error::Api(status)) if is_gone(&status) => {}
            Err(error) => return Err(Error::Write(error)),
        }
        self.memory.status = Some(self.status.clone());
        Ok(())
    }

    async fn publish(&self, notice: Notice) {
        let event = Event {
            type_: notice.kind,
            reason: notice.reason,
            note: Some(notice.message),
            action: notice.action.to_owned(),
            secondary: None,
        };
        let reference = self.release.object_ref(&());
        let sent = self.context.recorder.publish(&event, &reference);
        match tokio::time::timeout(REQUEST, sent).await {
            Ok(Ok(())) => {}
            // An event more or less is no reason to stop.
            Ok(Err(error)) => {
                tracing::warn!(%error, reason = event.reason, "an event was not recorded");
            }
            Err(_) => tracing::warn!(reason = event.reason, "no answer while recording an event"),
        }
    }

    async fn write(
        &self,
        request: impl Future<Output = Result<(), kube::Error>>,
    ) -> Result<(), Error> {
        if !self.context.is_leading() {
            return Ok(());
        }
        let answer = tokio::time::timeout(REQUEST, request).await.map_err(|_| Error::NoAnswer)?;
        answer.map_err(Error::Write)
    }

    /// The interval give or take a tenth, always the same for one Release.
    fn interval(&self) -> Duration {
        let uid = self.release.metadata.uid.as_deref().unwrap_or_default();
        let spread =
            uid.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        self.release.spec.interval.get().saturating_mul(90 + spread % 21) / 100
    }
}

fn sorted(known: &Known) -> Vec<Fact> {
    let mut facts: Vec<_> = known.facts.values().cloned().collect();
    facts.sort_by_key(|fact| fact.revision);
    facts
}

fn moving(operation: OperationStatus) -> Outcome {
    let message = format!("{}: {}", operation.action, operation.step);
    Outcome::Running { operation, message }
}

fn unavailable(blocked: &Blocked) -> Outcome {
    let message = blocked.message.clone();
    Outcome::Unavailable { reason: blocked.reason, stalled: None, message }
}

fn missing(reason: &'static str, message: String) -> Missing {
    Missing { reason, stalled: None, message, retry: false }
}

/// Returns what it means that the chart is not to be had.
fn unsourced(error: &SourceError) -> Missing {
    let mismatch = match error {
        SourceError::DigestMismatch { .. } => true,
        SourceError::Earlier(earlier) => earlier.mismatch,
        _ => false,
    };
    let fetching = matches!(error, SourceError::Fetching);
    Missing {
        reason: if fetching { reason::WAITING } else { reason::SOURCE_FAILED },
        stalled: mismatch.then_some(reason::DIGEST_MISMATCH),
        message: chain(error),
        retry: matches!(error, SourceError::Earlier(_)) && !mismatch,
    }
}

fn left_until(time: Timestamp) -> Duration {
    let left = time.duration_since(Timestamp::now());
    // A little later, so that it is past when we look.
    Duration::try_from(left).unwrap_or_default() + Duration::from_millis(50)
}

fn is_gone(status: &Status) -> bool {
    status.code == 404 || (status.code == 409 && status.message.contains("uid"))
}
