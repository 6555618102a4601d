//! One wait of a running plan: what is watched, what was told of it, and how long trouble is put up with.

use std::collections::BTreeSet;
use std::time::Duration;

use cluster::{Cluster, Watch};
use manifest::ObjectId;
use manifest::ready::TroubleKind;
use plan::{Budget, Failure, Patience, Pending, Step};
use tokio::time::{Instant, timeout};

use crate::event::{Event, Events};

/// How long a wait goes on before anybody looks at more than the objects: most become ready sooner.
const QUIET: Duration = Duration::from_secs(1);

/// How long asking for events may take.
const LIMIT: Duration = Duration::from_secs(5);

/// The reasons of events by which autoscalers say that a node for a Pod is on its way.
const NODES_COME: [&str; 2] = ["TriggeredScaleUp", "Nominated"];

/// What is known while a plan waits.
pub(crate) struct Waiting {
    /// The place of the step in the plan.
    pub(crate) at: usize,
    /// What is watched.
    pub(crate) watch: Watch,
    step: Step,
    since: Instant,
    patience: Patience,
    pending: Vec<Pending>,
    unready: BTreeSet<ObjectId>,
}

impl Waiting {
    /// Begins to wait at a step.
    pub(crate) fn begin(cluster: &Cluster, step: &Step, at: usize, budget: Budget) -> Self {
        let objects: Vec<_> = step.awaits().into_iter().flatten().cloned().collect();
        Self {
            at,
            watch: cluster.watch(&objects),
            step: step.clone(),
            since: Instant::now(),
            patience: Patience::new(budget),
            pending: Vec::new(),
            unready: objects.into_iter().collect(),
        }
    }

    /// Returns what is waited for.
    pub(crate) fn objects(&self) -> Vec<ObjectId> {
        self.unready.iter().cloned().collect()
    }

    /// Looks at what keeps the objects from becoming ready; returns a failure if some will not.
    pub(crate) async fn look(
        &mut self,
        cluster: &Cluster,
        pending: &mut [Pending],
    ) -> Option<Failure> {
        if !self.looks_around() {
            return None;
        }
        let observed = self.watch.observed();
        let known = pending.iter().filter(|of| observed.objects.contains_key(&of.object));
        let known: Vec<_> = known.map(|pending| pending.object.clone()).collect();
        self.watch.look_around(&known);
        loop {
            let at = self.since.elapsed();
            let failure = self.patience.look(&self.step, pending, self.watch.observed(), at)?;
            if !nodes_are_coming(cluster, &failure).await {
                return Some(failure);
            }
            self.patience.excuse(TroubleKind::Unschedulable);
        }
    }

    /// Returns when to look again although nothing has changed.
    pub(crate) fn next_look(&self) -> Instant {
        let never = Duration::from_hours(1);
        let next = if self.since.elapsed() < QUIET { Some(QUIET) } else { self.patience.next() };
        self.since + next.unwrap_or_else(|| self.since.elapsed() + never)
    }

    /// Reports what changed since the last look.
    pub(crate) fn tell(&mut self, mut pending: Vec<Pending>, events: Events<'_>) {
        let unready: BTreeSet<_> = pending.iter().map(|pending| pending.object.clone()).collect();
        for object in self.unready.difference(&unready) {
            events(Event::Ready { object: object.clone() });
        }
        let observed = self.watch.observed();
        pending.retain(|pending| observed.objects.contains_key(&pending.object));
        if self.pending != pending {
            events(Event::Waiting { pending: pending.clone() });
        }
        self.unready = unready;
        self.pending = pending;
    }

    /// Returns whether Pods and events are worth watching by now. The rules of Helm 3 need them to judge.
    fn looks_around(&self) -> bool {
        match &self.step {
            Step::Await { legacy: true, .. } => true,
            Step::Await { .. } | Step::AwaitHook { .. } => self.since.elapsed() >= QUIET,
            _ => false,
        }
    }
}

/// Returns whether Pods without a node are to get one: an autoscaler says so in an event.
async fn nodes_are_coming(cluster: &Cluster, failure: &Failure) -> bool {
    let trouble = |pending: &Pending| pending.cause.as_ref()?.trouble.clone();
    for pending in &failure.objects {
        let Some(trouble) = trouble(pending) else { return false };
        if trouble.kind != TroubleKind::Unschedulable {
            return false;
        }
        let namespace = pending.object.namespace.as_deref().unwrap_or_default();
        let asked = timeout(LIMIT, cluster.events_of(namespace, &trouble.uid)).await;
        let Ok(Ok(events)) = asked else { return false };
        let coming = events
            .iter()
            .any(|event| event.str_at(&["reason"]).is_some_and(|of| NODES_COME.contains(&of)));
        if !coming {
            return false;
        }
    }
    true
}
