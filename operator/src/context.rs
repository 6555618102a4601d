//! What all reconciles share, and what is remembered of each Release between them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use api::{Release, ReleaseStatus};
use cluster::Cluster;
use jiff::Timestamp;
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector::Store;
use plan::Plan;
use tokio::time::Instant;

use crate::act::Running;
use crate::digest::DigestKey;
use crate::failpoint::{Failpoint, Moment, OnPurpose};
use crate::index::{Index, Name, Versions};
use crate::inputs::Fact;
use crate::lease::Leadership;
use crate::metrics::Metrics;
use crate::source::Charts;
use crate::trigger::Trigger;
use crate::values::Source;
use crate::waiting::Waiting;

/// What all reconciles share.
pub struct Context {
    /// The cluster.
    pub cluster: Cluster,
    /// What the watches know.
    pub index: Arc<Index>,
    /// Wakes Releases.
    pub trigger: Trigger,
    /// Readiness.
    pub waiting: Waiting,
    /// Charts.
    pub charts: Arc<Charts>,
    /// The key of digests.
    pub key: DigestKey,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Who tells events.
    pub reporter: Reporter,
    /// Whether this process may write.
    pub leadership: Leadership,
    /// For tests.
    pub failpoint: Option<Failpoint>,
    /// The caches of Releases, one for each controller.
    pub stores: Mutex<Vec<Store<Release>>>,
    /// What is remembered, by uid.
    pub memories: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<Memory>>>>,
}

/// What is remembered of one Release. Losing it costs requests, nothing else.
#[derive(Debug, Default)]
pub struct Memory {
    /// The status as it was last written; the cache of objects lags behind it.
    pub status: Option<ReleaseStatus>,
    /// The operation that runs.
    pub running: Option<Running>,
    /// The stored revisions as they were last read.
    pub known: Option<Known>,
    /// The digest of the values, and what they were composed of.
    pub values: Option<(ValuesKey, String)>,
    /// Attempts that came to no revision.
    pub blocked: Option<Blocked>,
    /// The newest record of somebody else, and since when it is as it is.
    pub foreign: Option<(String, Instant)>,
    /// Reconciles that failed in a row.
    pub errors: u32,
    /// When the status was last written because of what is waited for.
    pub told: Option<Instant>,
}

/// Stored revisions.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The `resourceVersion`s of the records.
    pub versions: Versions,
    /// What is known of them, by Secret.
    pub facts: BTreeMap<String, Fact>,
}

/// What values were composed of: the generation of the spec, and the versions of the sources.
pub type ValuesKey = (i64, Vec<(Source, Option<String>)>);

/// An attempt that came to no revision.
#[derive(Clone, Debug)]
pub struct Blocked {
    /// What it was tried for.
    pub inputs: String,
    /// When it is tried again.
    pub until: Timestamp,
    /// How often it was tried.
    pub times: u32,
    /// The reason.
    pub reason: &'static str,
    /// The sentence.
    pub message: String,
    /// Whether it waits for what [`Index::arrived`] tells of.
    pub needs: bool,
}

impl Context {
    /// Returns whether this process may write.
    #[must_use]
    pub fn is_leading(&self) -> bool {
        self.leadership.is_held()
    }

    /// Returns what is remembered of a Release.
    #[must_use]
    pub fn memory(&self, uid: &str) -> Arc<tokio::sync::Mutex<Memory>> {
        let mut memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(memories.entry(uid.to_owned()).or_default())
    }

    /// Returns a recorder for one event. A recorder counts events of one reason as repetitions of the first, and
    /// keeps only its text, so that the upgrade to revision 3 would be told as one more to revision 2.
    #[must_use]
    pub fn recorder(&self) -> Recorder {
        Recorder::new(self.cluster.client().clone(), self.reporter.clone())
    }

    /// Forgets a Release that is gone, and wakes those that stand for the same Helm release.
    pub fn forget(&self, name: &Name, uid: &str) {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
        self.waiting.leave(name);
        self.metrics.hide(&name.namespace, &name.name);
        self.trigger.all(self.index.forget(name));
    }

    /// Returns the older Release that stands for the same Helm release, if there is one.
    #[must_use]
    pub fn rival(&self, release: &Release) -> Option<String> {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let mut oldest: Option<Arc<Release>> = None;
        for other in stores.iter().flat_map(Store::state) {
            let same = other.release_name() == release.release_name()
                && other.target_namespace() == release.target_namespace();
            let older = age(&other) < oldest.as_deref().map_or_else(|| age(release), age);
            if same && older && other.metadata.uid != release.metadata.uid {
                oldest = Some(other);
            }
        }
        oldest.map(|other| crate::observe::owner(&other))
    }

    /// Wakes a Release after a while.
    pub fn trigger_later(&self, name: &Name, pause: std::time::Duration) {
        let (trigger, name) = (self.trigger.clone(), name.clone());
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            trigger.one(&name);
        });
    }

    /// Does what the failpoint says, if there is one and this is the place.
    pub async fn reach(&self, plan: &Plan, step: &str, moment: Moment) -> Result<(), OnPurpose> {
        match &self.failpoint {
            Some(failpoint) => failpoint.reach(plan, step, moment).await,
            None => Ok(()),
        }
    }

    /// Returns an id that no other operation has.
    #[must_use]
    pub fn random_id(&self) -> String {
        let mut bytes = [0_u8; 16];
        if getrandom::fill(&mut bytes).is_err() {
            // Without randomness the time has to do: ids only have to differ.
            bytes = Timestamp::now().as_nanosecond().to_be_bytes();
        }
        let mut text = String::with_capacity(32);
        for byte in bytes {
            // Writing to a string cannot fail.
            let _: std::fmt::Result = write!(text, "{byte:02x}");
        }
        text
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}

/// Sorts Releases by age, and by uid where that is equal.
fn age(release: &Release) -> (Option<Timestamp>, Option<&str>) {
    let metadata = &release.metadata;
    let created = metadata.creation_timestamp.as_ref().map(|time| time.0);
    (created, metadata.uid.as_deref())
}
