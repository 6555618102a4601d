//! Carries out one step of a plan. The only writer to the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster::storage::RecordKey;
use cluster::{
    ApiError, ApplyOptions, CLIENT_SIDE_MANAGERS, Change, Cluster, StorageError, Stored,
};
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use manifest::{Object, ObjectId};
use plan::{Cursor, Doomed, LiveObject, Plan, Sought, Step, Unchanged, Update};
use release::{HookPhase, Marks, Revision, Status, describe};

use crate::error::StepError;
use crate::event::{Event, Events};

/// How many requests for objects of one step are under way at once.
const CONCURRENT: usize = 16;

/// How often a record is read again when somebody changed it under our hands.
const ATTEMPTS: usize = 5;

/// A plan being carried out. What it knows beyond plan and cursor is a cache: a new one made from the same
/// plan and the recorded cursor goes on where the old one stopped.
#[derive(Clone, Debug)]
pub struct Execution {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The step to do next.
    pub cursor: Cursor,
    marks: Marks,
    labels: BTreeMap<String, String>,
    record: Option<Stored>,
    /// Whether what the plan knows of the cluster is still so: nothing has run or been waited for since.
    fresh: bool,
}

impl Execution {
    /// Begins, or resumes at `cursor`. `labels` are the user's labels for the record.
    #[must_use]
    pub fn new(
        plan: Arc<Plan>,
        cursor: Cursor,
        mut marks: Marks,
        labels: BTreeMap<String, String>,
    ) -> Self {
        marks.order = plan.order.clone();
        Self { plan, cursor, marks, labels, record: None, fresh: true }
    }

    /// Makes it look again at objects that the plan leaves alone: for a plan that was made a while ago.
    #[must_use]
    pub fn looking_again(mut self) -> Self {
        self.fresh = false;
        self
    }

    /// Returns the record as it was last written, once there is one.
    #[must_use]
    pub fn record(&self) -> Option<&Revision> {
        self.record.as_ref().map(|stored| &stored.revision)
    }

    /// Moves on to the next step.
    pub fn advance(&mut self) {
        let step = self.plan.step(self.cursor);
        self.fresh &= step.is_none_or(|step| step.awaits().is_none());
        self.cursor.step += 1;
    }

    /// Does `step`, which is short, and may be done twice. Waiting steps do nothing.
    pub async fn execute(
        &mut self,
        cluster: &Cluster,
        step: &Step,
        events: Events<'_>,
    ) -> Result<(), StepError> {
        match step {
            Step::CreateNamespace { name } => {
                cluster.create_namespace(name).await?;
                events(Event::NamespaceCreated { name: name.clone() });
            }
            Step::PruneHistory { revisions } | Step::Purge { revisions } => {
                self.delete_records(cluster, revisions).await?;
            }
            Step::Begin => self.begin(cluster, events).await?,
            Step::ApplyCrds { objects } => {
                let handover: Vec<_> = objects
                    .iter()
                    .filter(|_| self.plan.migrate)
                    .map(|object| object.id.clone())
                    .collect();
                self.apply(cluster, objects, &handover, events).await?;
                cluster.refresh().await?;
            }
            Step::Apply { objects, unchanged, handover, .. } => {
                let settled = self.settled(cluster, objects, unchanged).await?;
                for id in &settled {
                    events(Event::Applied { object: id.clone(), change: Change::Unchanged });
                }
                let is_open = |object: &&Object| !settled.contains(&object.id);
                let open: Vec<_> = objects.iter().filter(is_open).cloned().collect();
                self.apply(cluster, &open, handover, events).await?;
            }
            Step::DeleteHook { id, .. } => {
                let doomed = Doomed { id: id.clone(), uid: None };
                self.delete(cluster, std::slice::from_ref(&doomed), &mut |_| {}).await?;
            }
            Step::RunHook { event, hook, object } => {
                let now = Timestamp::now();
                self.update(cluster, |revision| {
                    if let Some(stored) = revision.hooks.get_mut(*hook) {
                        stored.begin(now);
                    }
                })
                .await?;
                self.fresh = false;
                self.apply_one(cluster, object, self.plan.migrate).await?;
                events(Event::HookStarted { event: *event, object: object.id.clone() });
            }
            Step::FinishHook { event, hook, succeeded } => {
                let now = Timestamp::now();
                let phase = if *succeeded { HookPhase::Succeeded } else { HookPhase::Failed };
                self.update(cluster, |revision| {
                    if let Some(stored) = revision.hooks.get_mut(*hook) {
                        stored.finish(phase, now);
                    }
                })
                .await?;
                if let Some(object) = self.hook_object(*hook) {
                    events(Event::HookFinished { event: *event, object, succeeded: *succeeded });
                }
            }
            Step::Delete { objects, .. } => self.delete(cluster, objects, events).await?,
            Step::MarkUninstalling => {
                self.mark_uninstalling(cluster).await?;
                events(self.recorded(Status::Uninstalling));
            }
            Step::Commit { supersede } => self.commit(cluster, supersede, events).await?,
            Step::RecordFailure { description } => {
                self.update(cluster, |revision| {
                    *revision = revision.clone().failed(description.clone());
                })
                .await?;
                events(self.recorded(Status::Failed));
            }
            Step::MarkUninstalled { supersede } => {
                self.supersede(cluster, supersede).await?;
                let description = self.description(describe::UNINSTALLED);
                self.update(cluster, |revision| {
                    *revision = revision.clone().uninstalled(description.clone());
                })
                .await?;
                events(self.recorded(Status::Uninstalled));
            }
            Step::AwaitEstablished { .. }
            | Step::AwaitGone { .. }
            | Step::AwaitHook { .. }
            | Step::Await { .. } => {}
        }
        Ok(())
    }

    /// Creates the pending record. If it exists and is ours, the step is being repeated.
    ///
    /// The record locks others out who want to write the same one, but an uninstallation writes an older one:
    /// so both sides write first and look for the other one then, and at least one of them finds it.
    async fn begin(&mut self, cluster: &Cluster, events: Events<'_>) -> Result<(), StepError> {
        let target = &self.plan.target;
        let (storage, now) = (cluster.storage(), Timestamp::now());
        let stored = match storage.create(target, &self.labels, &self.marks, now).await {
            Err(StorageError::AlreadyExists { key }) => {
                let stored = storage.read(&key).await?;
                if !self.is_ours(&stored) || !stored.revision.info.status.is_pending() {
                    return Err(StepError::InProgress { revision: target.version });
                }
                stored
            }
            result => {
                let stored = result?;
                if self.is_being_uninstalled(cluster).await? {
                    storage.delete(&stored.key).await?;
                    return Err(StepError::InProgress { revision: target.version });
                }
                stored
            }
        };
        if let Some(parts) = stored.parts() {
            events(Event::Warning(format!(
                "revision {} is too large for Helm: it is stored in {} objects, and only chartctl can upgrade, roll \
                 back or uninstall it",
                target.version,
                parts.saturating_add(1)
            )));
        }
        self.record = Some(stored);
        events(self.recorded(target.info.status));
        Ok(())
    }

    /// Returns whether somebody began to uninstall the release after the plan was made.
    async fn is_being_uninstalled(&self, cluster: &Cluster) -> Result<bool, StepError> {
        let ends = |status| matches!(status, Status::Uninstalling | Status::Uninstalled);
        let pruned = |revision| {
            let prunes = |step: &Step| matches!(step, Step::PruneHistory { revisions } if revisions.contains(&revision));
            self.plan.steps.iter().any(prunes)
        };
        match self.plan.last {
            Some((revision, before)) if !ends(before) && !pruned(revision) => {
                match cluster.storage().read_head(&self.key(revision)).await {
                    Ok(last) => Ok(ends(last.revision.info.status)),
                    Err(StorageError::NotFound { .. }) => Ok(true),
                    Err(StorageError::Damaged { .. }) => Ok(false),
                    Err(error) => Err(error.into()),
                }
            }
            _ => Ok(false),
        }
    }

    /// Marks the newest record. If a newer one was begun after the plan was made, takes the mark back.
    async fn mark_uninstalling(&mut self, cluster: &Cluster) -> Result<(), StepError> {
        let (storage, now) = (cluster.storage(), Timestamp::now());
        let version = self.plan.target.version;
        let mut before = self.plan.target.info.clone();
        self.update(cluster, |revision| {
            if revision.info.status != Status::Uninstalling {
                before = revision.info.clone();
            }
            *revision = revision.clone().uninstalling(now);
        })
        .await?;
        self.hold(cluster).await?;

        let next = version.saturating_add(1);
        match storage.read_head(&self.key(next)).await {
            Err(StorageError::NotFound { .. }) => Ok(()),
            Ok(_) | Err(StorageError::Damaged { .. }) => {
                self.update(cluster, |revision| revision.info = before.clone()).await?;
                Err(StepError::InProgress { revision: next })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Says on the record that this operation holds it; that of an uninstallation was written by another one.
    async fn hold(&mut self, cluster: &Cluster) -> Result<(), StepError> {
        let key = self.key(self.plan.target.version);
        let marks = self.marks.annotations().into_iter().map(|(name, text)| (name, Some(text)));
        let meta = cluster.storage().annotate(&key, None, &marks.collect()).await?;
        if let Some(stored) = &mut self.record {
            stored.absorb(meta);
        }
        Ok(())
    }

    async fn commit(
        &mut self,
        cluster: &Cluster,
        supersede: &[u32],
        events: Events<'_>,
    ) -> Result<(), StepError> {
        let description = self.description(match self.plan.action {
            plan::Action::Install | plan::Action::Uninstall | plan::Action::Test => {
                describe::INSTALLED
            }
            plan::Action::Upgrade => describe::UPGRADED,
            plan::Action::Rollback => &self.plan.target.info.description,
        });
        self.update(cluster, |revision| *revision = revision.clone().deployed(description.clone()))
            .await?;
        self.supersede(cluster, supersede).await?;
        events(self.recorded(Status::Deployed));
        Ok(())
    }

    fn description(&self, default: &str) -> String {
        self.plan.options.description.clone().unwrap_or_else(|| default.to_owned())
    }

    async fn supersede(&self, cluster: &Cluster, revisions: &[u32]) -> Result<(), StepError> {
        let target = self.plan.target.version;
        for &revision in revisions.iter().filter(|revision| **revision != target) {
            let key = self.key(revision);
            for attempt in 1.. {
                match supersede_one(cluster, &key).await {
                    // A record that cannot be read cannot be rewritten either; history shows it as damaged.
                    Err(StorageError::NotFound { .. } | StorageError::Damaged { .. }) => break,
                    Err(StorageError::Changed { .. }) if attempt < ATTEMPTS => {}
                    result => {
                        result?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    async fn delete_records(&self, cluster: &Cluster, revisions: &[u32]) -> Result<(), StepError> {
        let Revision { namespace, name, .. } = &self.plan.target;
        cluster.storage().delete_all(namespace, name, revisions).await?;
        Ok(())
    }

    /// Changes the record by `change`. The heartbeat and other annotations may be written at the same time: then
    /// the record is read and changed again, as long as it is still ours.
    async fn update(
        &mut self,
        cluster: &Cluster,
        mut change: impl FnMut(&mut Revision),
    ) -> Result<(), StepError> {
        let (storage, key) = (cluster.storage(), self.key(self.plan.target.version));
        for attempt in 1.. {
            let mut stored = match self.record.take() {
                Some(stored) => stored,
                None => storage.read(&key).await?,
            };
            self.check_ours(&stored)?;
            change(&mut stored.revision);
            match storage.update(&stored, Timestamp::now()).await {
                Err(StorageError::Changed { .. }) if attempt < ATTEMPTS => {}
                result => {
                    self.record = Some(result?);
                    break;
                }
            }
        }
        Ok(())
    }

    fn key(&self, revision: u32) -> RecordKey {
        let target = &self.plan.target;
        RecordKey::new(&*target.namespace, &*target.name, revision)
    }

    /// A record that somebody else finished, or took over, is no longer ours to write.
    fn check_ours(&self, stored: &Stored) -> Result<(), StepError> {
        // These two write to a record that is there already.
        let others = matches!(self.plan.action, plan::Action::Uninstall | plan::Action::Test);
        if others || self.is_ours(stored) {
            Ok(())
        } else {
            Err(StepError::Lost { revision: stored.revision.version })
        }
    }

    fn is_ours(&self, stored: &Stored) -> bool {
        stored.marks().operation == self.marks.operation
    }

    fn recorded(&self, status: Status) -> Event {
        Event::Recorded { revision: self.plan.target.version, status }
    }

    fn hook_object(&self, hook: usize) -> Option<ObjectId> {
        self.plan.steps.iter().find_map(|step| match step {
            Step::RunHook { hook: of, object, .. } if *of == hook => Some(object.id.clone()),
            _ => None,
        })
    }

    /// Returns those of the objects to leave alone that are still as the plan found them.
    async fn settled(
        &self,
        cluster: &Cluster,
        objects: &[Object],
        unchanged: &[Unchanged],
    ) -> Result<BTreeSet<ObjectId>, StepError> {
        if self.fresh || unchanged.is_empty() {
            return Ok(unchanged.iter().map(|one| one.id.clone()).collect());
        }
        let known: BTreeMap<_, _> = unchanged.iter().map(|one| (&one.id, &one.version)).collect();
        let sought: Vec<_> =
            objects.iter().filter(|object| known.contains_key(&object.id)).map(sought).collect();
        let live = cluster.survey(&sought).await?;
        let same = |id: &ObjectId| {
            live.get(id).and_then(LiveObject::resource_version)
                == known.get(id).map(|version| version.as_str())
        };
        Ok(known.keys().filter(|id| same(id)).map(|id| (*id).clone()).collect())
    }

    /// Applies all objects at once; every one is tried, and every failure is reported. The fields of those in
    /// `handover` belong to client-side owners as yet.
    async fn apply(
        &self,
        cluster: &Cluster,
        objects: &[Object],
        handover: &[ObjectId],
        events: Events<'_>,
    ) -> Result<(), StepError> {
        // Collected first: a stream that holds the closure could not move between threads.
        let requests: Vec<_> = objects
            .iter()
            .map(|object| async move {
                let handover = handover.contains(&object.id);
                (object, self.apply_one(cluster, object, handover).await)
            })
            .collect();
        let mut results = stream::iter(requests).buffer_unordered(CONCURRENT);
        let mut failed = Vec::new();
        while let Some((object, result)) = results.next().await {
            match result {
                Ok(change) => events(Event::Applied { object: object.id.clone(), change }),
                Err(error) => failed.push((object.id.clone(), error)),
            }
        }
        StepError::of_objects(failed)
    }

    async fn apply_one(
        &self,
        cluster: &Cluster,
        object: &Object,
        handover: bool,
    ) -> Result<Change, ApiError> {
        if handover {
            cluster.migrate_field_managers(&object.id, &CLIENT_SIDE_MANAGERS).await?;
        }
        if self.plan.options.update == Update::Replace {
            return Ok(cluster.replace(object).await?.change);
        }
        let force = self.plan.options.conflicts.force(self.plan.migrate);
        let options = ApplyOptions { force, ..ApplyOptions::default() };
        Ok(cluster.apply(object, &options).await?.change)
    }

    async fn delete(
        &self,
        cluster: &Cluster,
        objects: &[Doomed],
        events: Events<'_>,
    ) -> Result<(), StepError> {
        let propagation = self.plan.options.propagation;
        let requests: Vec<_> = objects
            .iter()
            .map(|doomed| async move {
                (doomed, cluster.delete(&doomed.id, doomed.uid.as_deref(), propagation).await)
            })
            .collect();
        let mut results = stream::iter(requests).buffer_unordered(CONCURRENT);
        let mut failed = Vec::new();
        while let Some((doomed, result)) = results.next().await {
            match result {
                Ok(_) => events(Event::Deleted { object: doomed.id.clone() }),
                Err(error) => failed.push((doomed.id.clone(), error)),
            }
        }
        StepError::of_objects(failed)
    }
}

/// An object that is as it should be carries the labels that it should.
fn sought(object: &Object) -> Sought {
    let labels = object.value.at(&["metadata", "labels"]).and_then(value::Value::as_map);
    let text = |(key, value): (&Arc<str>, &value::Value)| {
        Some((key.to_string(), value.as_str()?.to_owned()))
    };
    let labels = labels.map(|labels| labels.iter().filter_map(text).collect()).unwrap_or_default();
    Sought { id: object.id.clone(), expected: true, labels }
}

/// Records a deployed revision as superseded; any other is left alone.
async fn supersede_one(cluster: &Cluster, key: &RecordKey) -> Result<(), StorageError> {
    let mut stored = cluster.storage().read_head(key).await?;
    if stored.revision.info.status == Status::Deployed {
        stored.revision = stored.revision.superseded();
        cluster.storage().update(&stored, Timestamp::now()).await?;
    }
    Ok(())
}
