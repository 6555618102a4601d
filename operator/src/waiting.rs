//! Readiness watches, shared: one list and watch for each kind and namespace in which some Release waits.
//!
//! A waiting Release holds no worker and no task of its own. When something it waits for changes it is woken
//! through the [`Trigger`]; the last one to leave ends the watch.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cluster::{ApiError, Cluster, Resource};
use futures::StreamExt as _;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Config, Event};
use manifest::{Gvk, ObjectId};
use plan::Observed;
use tokio::task::JoinHandle;
use value::Value;

use crate::index::Name;
use crate::trigger::Trigger;

/// How often the server is asked for a kind that it does not serve yet.
const MISSING_KIND: Duration = Duration::from_secs(2);

/// A kind, and a namespace unless the kind has none.
type Place = (Gvk, Option<String>);

/// The watches; clones share them.
#[derive(Clone)]
pub struct Waiting(Arc<Shared>);

struct Shared {
    cluster: Cluster,
    trigger: Trigger,
    groups: Mutex<BTreeMap<Place, Group>>,
}

struct Group {
    wanted: BTreeMap<ObjectId, Wanted>,
    /// Why nothing can be seen here, if that will not pass by itself.
    denied: Option<ApiError>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Wanted {
    waiters: BTreeSet<Name>,
    seen: Seen,
}

/// What is known of an object.
#[derive(Clone, Debug, Default, PartialEq)]
enum Seen {
    #[default]
    NotYet,
    Absent,
    Present(Value),
}

impl From<Option<Value>> for Seen {
    fn from(found: Option<Value>) -> Self {
        found.map_or(Self::Absent, Self::Present)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Waiting {
    /// Watches through `cluster` and wakes through `trigger`.
    #[must_use]
    pub fn new(cluster: Cluster, trigger: Trigger) -> Self {
        Self(Arc::new(Shared { cluster, trigger, groups: Mutex::default() }))
    }

    /// Makes a Release wait for these objects and no others, and returns what is known of them.
    pub async fn observe(&self, release: &Name, ids: &[&ObjectId]) -> Result<Observed, ApiError> {
        for id in self.register(release, ids) {
            // The watch has listed without looking for this one.
            let found = self.0.cluster.get(&id).await?;
            let mut groups = self.0.lock();
            let group = groups.get_mut(&place(&id));
            if let Some(wanted) = group.and_then(|group| group.wanted.get_mut(&id))
                && wanted.seen == Seen::NotYet
            {
                wanted.seen = found.into();
            }
        }
        let groups = self.0.lock();
        let mut observed = Observed::default();
        for id in ids {
            let Some(group) = groups.get(&place(id)) else { continue };
            if let Some(error) = &group.denied {
                return Err(error.clone());
            }
            let seen = match group.wanted.get(*id).map(|wanted| &wanted.seen) {
                Some(Seen::Present(value)) => Some(value.clone()),
                Some(Seen::Absent) => None,
                Some(Seen::NotYet) | None => continue,
            };
            observed.objects.insert((*id).clone(), seen);
        }
        Ok(observed)
    }

    /// Lets a Release no longer wait for anything.
    pub fn leave(&self, release: &Name) {
        self.keep(release, &BTreeSet::new());
    }

    /// Returns how many kinds and namespaces are watched.
    #[must_use]
    pub fn watches(&self) -> usize {
        self.0.lock().len()
    }

    fn keep(&self, release: &Name, ids: &BTreeSet<&ObjectId>) {
        let mut groups = self.0.lock();
        for group in groups.values_mut() {
            for (id, wanted) in &mut group.wanted {
                if !ids.contains(id) {
                    wanted.waiters.remove(release);
                }
            }
            group.wanted.retain(|_, wanted| !wanted.waiters.is_empty());
        }
        groups.retain(|_, group| !group.wanted.is_empty());
    }

    /// Returns the objects that have to be asked for, as their watch runs already.
    fn register(&self, release: &Name, ids: &[&ObjectId]) -> Vec<ObjectId> {
        self.keep(release, &ids.iter().copied().collect());
        let mut late = Vec::new();
        let mut groups = self.0.lock();
        let mut fresh = BTreeSet::new();
        for id in ids {
            let place = place(id);
            let group = groups.entry(place.clone()).or_insert_with(|| {
                fresh.insert(place.clone());
                Group {
                    wanted: BTreeMap::new(),
                    denied: None,
                    task: tokio::spawn(follow(
                        Arc::downgrade(&self.0),
                        self.0.cluster.clone(),
                        place.clone(),
                    )),
                }
            });
            let is_new = !group.wanted.contains_key(*id);
            let wanted = group.wanted.entry((*id).clone()).or_default();
            wanted.waiters.insert(release.clone());
            if is_new && !fresh.contains(&place) {
                late.push((*id).clone());
            }
        }
        late
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("watches", &self.watches()).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Place, Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what is seen of one object and wakes who waits for it.
    fn set(&self, place: &Place, name: &str, seen: Option<Value>) {
        let mut groups = self.lock();
        let Some(group) = groups.get_mut(place) else { return };
        group.denied = None;
        let id = ObjectId::new(place.0.clone(), place.1.as_deref(), name);
        let Some(wanted) = group.wanted.get_mut(&id) else { return };
        let seen = Seen::from(seen);
        if wanted.seen != seen {
            wanted.seen = seen;
            let waiters = wanted.waiters.clone();
            drop(groups);
            self.trigger.all(waiters);
        }
    }

    fn names(&self, place: &Place) -> BTreeSet<String> {
        let groups = self.lock();
        let wanted = groups.get(place).map(|group| group.wanted.keys());
        wanted.into_iter().flatten().map(|id| id.name.clone()).collect()
    }

    fn deny(&self, place: &Place, error: ApiError) {
        let mut groups = self.lock();
        let Some(group) = groups.get_mut(place) else { return };
        group.denied = Some(error);
        let waiters: BTreeSet<_> =
            group.wanted.values().flat_map(|wanted| wanted.waiters.iter().cloned()).collect();
        drop(groups);
        self.trigger.all(waiters);
    }
}

fn place(id: &ObjectId) -> Place {
    (id.gvk.clone(), id.namespace.clone())
}

/// Follows one kind in one namespace until nobody is left.
async fn follow(shared: std::sync::Weak<Shared>, cluster: Cluster, place: Place) {
    let resource = loop {
        match cluster.resource(&place.0).await {
            Ok(resource) => break resource,
            Err(ApiError::KindUnknown { .. }) => {
                let Some(shared) = shared.upgrade() else { return };
                for name in shared.names(&place) {
                    shared.set(&place, &name, None);
                }
            }
            Err(error) if error.is_transient() => tracing::debug!(%error, "discovering a kind"),
            Err(error) => {
                let Some(shared) = shared.upgrade() else { return };
                shared.deny(&place, error);
            }
        }
        tokio::time::sleep(MISSING_KIND).await;
    };
    let api = api(&cluster, &resource, place.1.as_deref());
    let mut events = pin!(watcher::watcher(api, Config::default()).default_backoff());
    // Who was wanted when the list began, and has not been seen in it.
    let mut absent = BTreeSet::new();
    while let Some(event) = events.next().await {
        let Some(shared) = shared.upgrade() else { return };
        match event {
            Ok(Event::Init) => absent = shared.names(&place),
            Ok(Event::InitApply(object)) => {
                absent.remove(object.metadata.name.as_deref().unwrap_or_default());
                seen(&shared, &place, object);
            }
            Ok(Event::InitDone) => {
                for name in std::mem::take(&mut absent) {
                    shared.set(&place, &name, None);
                }
            }
            Ok(Event::Apply(object)) => seen(&shared, &place, object),
            Ok(Event::Delete(object)) => {
                shared.set(&place, object.metadata.name.as_deref().unwrap_or_default(), None);
            }
            Err(error) => {
                tracing::debug!(kind = %place.0, %error, "a readiness watch begins again");
                if is_denied(&error) {
                    // What exactly is refused is told by an ordinary request.
                    if let Err(error) = cluster.list(&place.0, place.1.as_deref(), None).await
                        && !error.is_transient()
                    {
                        shared.deny(&place, error);
                    }
                }
            }
        }
    }
}

fn api(cluster: &Cluster, resource: &Resource, namespace: Option<&str>) -> Api<DynamicObject> {
    let gvk = &resource.gvk;
    let described = ApiResource {
        group: gvk.group.clone(),
        version: gvk.version.clone(),
        api_version: gvk.api_version(),
        kind: gvk.kind.clone(),
        plural: resource.plural.clone(),
    };
    let client = cluster.client().clone();
    match namespace.filter(|_| resource.is_namespaced()) {
        Some(namespace) => Api::namespaced_with(client, namespace, &described),
        None => Api::all_with(client, &described),
    }
}

fn is_denied(error: &watcher::Error) -> bool {
    let code = match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchError(status) => status.code,
        _ => return false,
    };
    matches!(code, 401 | 403)
}

fn seen(shared: &Shared, place: &Place, mut object: DynamicObject) {
    object.metadata.managed_fields = None;
    let name = object.metadata.name.clone().unwrap_or_default();
    if !shared.names(place).contains(&name) {
        return;
    }
    let json = serde_json::to_value(object);
    let Ok(mut value) = json.and_then(serde_json::from_value::<Value>) else { return };
    // Items of a list do not tell their type.
    value.set(&["apiVersion"], place.0.api_version().into());
    value.set(&["kind"], place.0.kind.as_str().into());
    shared.set(place, &name, Some(value));
}
