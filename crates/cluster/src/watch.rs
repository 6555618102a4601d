//! Waiting without polling: one list and watch per kind and namespace, folded into what a plan asks for.
//!
//! A [`Watch`] runs inside its own [`Watch::changed`]; there is no task behind it, and dropping it ends
//! everything. Broken connections are made again with growing pauses. Only what waiting cannot mend is an
//! error: missing rights and refused credentials.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use futures::stream::{self, BoxStream, SelectAll};
use futures::{FutureExt as _, Stream, StreamExt as _};
use kube::api::{Api, DynamicObject, PartialObjectMeta};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::utils::{Backoff, ResetTimerBackoff};
use kube::runtime::watcher::{self, Event, watcher};
use manifest::ObjectId;
use manifest::ready::{self, Related};
use plan::Observed;
use serde_json::Value as Json;
use value::Value;

use crate::Cluster;
use crate::call::{Call, Verb};
use crate::discovery::Resource;
use crate::error::ApiError;
use crate::send;
use crate::storage::{RecordKey, RecordMeta};

/// How often the server is asked whether a missing kind is served by now.
const MISSING_KIND_INTERVAL: Duration = Duration::from_secs(2);
/// Events folded into one wake-up at most, so that a busy kind cannot keep the caller waiting.
const MOST_AT_ONCE: usize = 1000;

/// Follows a set of objects, and what is to be seen beside them.
pub struct Watch {
    cluster: Cluster,
    observed: Observed,
    groups: Vec<Group>,
    /// Whether something beside the objects has changed and is not yet among what is observed.
    stale: bool,
    /// By the place of the group.
    around: BTreeMap<usize, Around>,
    streams: SelectAll<BoxStream<'static, (usize, Seen)>>,
}

/// The wanted objects of one kind and namespace.
struct Group {
    call: Call,
    role: Role,
    /// By name.
    wanted: BTreeMap<String, ObjectId>,
    /// What a list that is still running has found.
    listed: BTreeMap<ObjectId, Value>,
}

/// What a group is watched for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// For objects that are waited for.
    Wanted,
    /// For what can be seen beside them: all objects of the kind and namespace. Nothing depends on it, so that
    /// missing rights are no failure.
    Beside,
}

/// All that is seen of one kind beside the wanted objects.
#[derive(Default)]
struct Around {
    kind: String,
    /// Whether it was listed once, or cannot be.
    seen: bool,
    by_name: BTreeMap<String, Value>,
    /// What a list that is still running has found.
    listed: BTreeMap<String, Value>,
}

/// What a stream tells.
enum Seen {
    Event(Box<Event<DynamicObject>>),
    NotServed,
    Failed(ApiError),
}

impl Cluster {
    /// Follows objects; requests begin with the first [`Watch::changed`].
    #[must_use]
    pub fn watch(&self, ids: &[ObjectId]) -> Watch {
        let mut groups: Vec<Group> = Vec::new();
        for id in ids {
            let same = |group: &&mut Group| {
                group.call.gvk == id.gvk && group.call.namespace == id.namespace
            };
            match groups.iter_mut().find(same) {
                Some(group) => {
                    group.wanted.insert(id.name.clone(), id.clone());
                }
                None => groups.push(Group::of(id)),
            }
        }
        let streams = groups.iter().enumerate().map(|(place, group)| {
            group_stream(self.clone(), group).map(move |seen| (place, seen)).boxed()
        });
        let streams = streams.collect();
        let around = BTreeMap::new();
        let observed = Observed::default();
        Watch { cluster: self.clone(), observed, groups, stale: false, around, streams }
    }
}

impl Watch {
    /// Returns what is known now: an object that was not looked at yet has no entry, one that does not exist
    /// has an empty one.
    #[must_use]
    pub const fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Begins to watch what is worth seeing beside these objects, see [`ready::beside`]: each kind once for each
    /// namespace.
    pub fn look_around<'a>(&mut self, objects: impl IntoIterator<Item = &'a ObjectId>) {
        for id in objects {
            for gvk in ready::beside(&id.gvk) {
                let same = |group: &Group| {
                    group.role == Role::Beside
                        && group.call.gvk == gvk
                        && group.call.namespace == id.namespace
                };
                if self.groups.iter().any(same) {
                    continue;
                }
                let group = Group {
                    call: Call::over(Verb::Watch, &gvk, "", id.namespace.as_deref()),
                    role: Role::Beside,
                    wanted: BTreeMap::new(),
                    listed: BTreeMap::new(),
                };
                let place = self.groups.len();
                let around = Around { kind: gvk.kind.clone(), ..Around::default() };
                self.around.insert(place, around);
                let stream = group_stream(self.cluster.clone(), &group);
                let ended = |ended: &mut bool, seen: Seen| {
                    let denied = matches!(&seen, Seen::Failed(error) if is_final(error));
                    let was = std::mem::replace(ended, denied);
                    std::future::ready((!was).then_some(seen))
                };
                let stream = stream.scan(false, ended).map(move |seen| (place, seen));
                self.streams.push(stream.boxed());
                self.groups.push(group);
            }
        }
    }

    /// Takes what was seen beside the objects over into what is observed.
    fn refresh(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let all = |kind: &str| -> Vec<Value> {
            let of_kind = self.around.values().filter(|around| around.kind == kind);
            of_kind.flat_map(|around| around.by_name.values().cloned()).collect()
        };
        let seen = |around: &Around| around.kind != "Pod" || around.seen;
        self.observed.related = Related {
            replica_sets: all("ReplicaSet"),
            pods: all("Pod"),
            events: all("Event"),
            pods_seen: self.around.values().any(|around| around.kind == "Pod")
                && self.around.values().all(seen),
        };
    }

    /// Waits until something about the wanted objects has changed since the last call; changes that come
    /// together wake once. With no objects to follow it waits for ever.
    ///
    /// It may be dropped at any time, in a `select!` for example, without losing anything.
    pub async fn changed(&mut self) -> Result<(), ApiError> {
        let changed = self.next_change().await;
        self.refresh();
        changed
    }

    async fn next_change(&mut self) -> Result<(), ApiError> {
        let mut changed = false;
        for _ in 0..MOST_AT_ONCE {
            let next = if changed {
                match self.streams.next().now_or_never() {
                    Some(next) => next,
                    None => return Ok(()),
                }
            } else {
                self.streams.next().await
            };
            let Some((place, seen)) = next else {
                if changed {
                    return Ok(());
                }
                std::future::pending::<()>().await;
                continue;
            };
            changed |= self.note(place, seen)?;
        }
        Ok(())
    }

    /// Folds one event in; tells whether an object is another than before.
    fn note(&mut self, place: usize, seen: Seen) -> Result<bool, ApiError> {
        let Some(group) = self.groups.get_mut(place) else { return Ok(false) };
        if group.role == Role::Beside {
            let Some(around) = self.around.get_mut(&place) else { return Ok(false) };
            let changed = around.note(&group.call, seen);
            self.stale |= changed;
            return Ok(changed);
        }
        let objects = &mut self.observed.objects;
        Ok(match seen {
            Seen::Event(event) => match *event {
                Event::Init => {
                    group.listed.clear();
                    false
                }
                Event::InitApply(found) => {
                    if let Some((id, value)) = group.recognise(found) {
                        group.listed.insert(id, value);
                    }
                    false
                }
                Event::InitDone => {
                    let mut listed = std::mem::take(&mut group.listed);
                    let ids = group.wanted.values();
                    ids.map(|id| set(objects, id, listed.remove(id)))
                        .fold(false, |any, one| any | one)
                }
                Event::Apply(found) => {
                    let known = group.recognise(found);
                    known.is_some_and(|(id, value)| set(objects, &id, Some(value)))
                }
                Event::Delete(found) => {
                    let known = group.recognise(found);
                    known.is_some_and(|(id, _)| set(objects, &id, None))
                }
            },
            Seen::NotServed => {
                let changes = group.wanted.values().map(|id| set(objects, id, None));
                changes.fold(false, |any, one| any | one)
            }
            Seen::Failed(error) => {
                if is_final(&error) {
                    return Err(error);
                }
                tracing::debug!(call = %group.call, %error, "watching again");
                // The kind itself went away.
                let gone = matches!(error, ApiError::NotFound { .. });
                let changes = group.wanted.values().map(|id| gone && set(objects, id, None));
                changes.fold(false, |any, one| any | one)
            }
        })
    }
}

/// Prints what is known.
impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let objects = self.observed.objects.keys().map(ToString::to_string);
        f.debug_struct("Watch").field("seen", &objects.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl Around {
    /// Folds one event in; tells whether something has changed.
    fn note(&mut self, call: &Call, seen: Seen) -> bool {
        match seen {
            Seen::Event(event) => match *event {
                Event::Init => {
                    self.listed.clear();
                    false
                }
                Event::InitApply(found) => {
                    self.listed.extend(named_value(call, found));
                    false
                }
                Event::InitDone => {
                    let listed = std::mem::take(&mut self.listed);
                    let first = !std::mem::replace(&mut self.seen, true);
                    let changed = first || listed != self.by_name;
                    self.by_name = listed;
                    changed
                }
                Event::Apply(found) => {
                    let named = named_value(call, found);
                    let changed = named.is_some();
                    self.by_name.extend(named);
                    changed
                }
                Event::Delete(found) => {
                    let name = found.metadata.name.unwrap_or_default();
                    self.by_name.remove(&name).is_some()
                }
            },
            Seen::NotServed => !std::mem::replace(&mut self.seen, true),
            Seen::Failed(error) => {
                tracing::debug!(%call, %error, "nothing is seen beside the objects");
                is_final(&error) && !std::mem::replace(&mut self.seen, true)
            }
        }
    }
}

fn named_value(call: &Call, found: DynamicObject) -> Option<(String, Value)> {
    Some((found.metadata.name.clone()?, typed(call, found)?))
}

impl Group {
    fn of(id: &ObjectId) -> Self {
        Self {
            call: Call::over(Verb::Watch, &id.gvk, "", id.namespace.as_deref()),
            role: Role::Wanted,
            wanted: BTreeMap::from([(id.name.clone(), id.clone())]),
            listed: BTreeMap::new(),
        }
    }

    /// Returns the wanted object that was found, without its field managers.
    fn recognise(&self, found: DynamicObject) -> Option<(ObjectId, Value)> {
        let id = self.wanted.get(found.metadata.name.as_deref()?)?.clone();
        let value = typed(&self.call, found)?;
        Some((id, value))
    }

    /// Narrows the watch down when a single object is wanted, and to warnings among events.
    fn config(&self) -> watcher::Config {
        let config = watcher::Config::default();
        if self.role == Role::Beside && self.call.gvk.kind == "Event" {
            return config.fields("type!=Normal");
        }
        match self.wanted.keys().next() {
            Some(name) if self.wanted.len() == 1 => config.fields(&named(name)),
            _ => config,
        }
    }
}

/// Sets what is known of an object; tells whether that is new.
fn set(objects: &mut BTreeMap<ObjectId, Option<Value>>, id: &ObjectId, now: Option<Value>) -> bool {
    if objects.get(id) == Some(&now) {
        return false;
    }
    objects.insert(id.clone(), now);
    true
}

/// Whether waiting longer is no use.
const fn is_final(error: &ApiError) -> bool {
    matches!(error, ApiError::Forbidden { .. } | ApiError::Unauthorized { .. })
}

/// Finds the kind out, then lists and watches for ever.
fn group_stream(cluster: Cluster, group: &Group) -> impl Stream<Item = Seen> + Send + use<> {
    let config = group.config();
    let call = group.call.clone();
    resource_stream(cluster.clone(), ObjectId::new(call.gvk.clone(), None, "")).flat_map(
        move |found| match found {
            Ok(resource) => {
                let mut call = call.clone();
                call.resource.clone_from(&resource.plural);
                object_stream(&cluster, &resource, &call, config.clone())
            }
            Err(ApiError::KindUnknown { .. }) => one(Seen::NotServed),
            Err(error) => one(Seen::Failed(error)),
        },
    )
}

fn one(seen: Seen) -> BoxStream<'static, Seen> {
    stream::iter([seen]).boxed()
}

/// Ends with the resource; until then there is one error for each time it could not be had.
fn resource_stream(
    cluster: Cluster,
    kind: ObjectId,
) -> impl Stream<Item = Result<Resource, ApiError>> + Send {
    stream::unfold(Some(None), move |pause: Option<Option<Duration>>| {
        let cluster = cluster.clone();
        let kind = kind.clone();
        async move {
            if let Some(pause) = pause? {
                tokio::time::sleep(pause).await;
            }
            let found = cluster.resource_of(&kind).await;
            let next = found.is_err().then_some(Some(MISSING_KIND_INTERVAL));
            Some((found, next))
        }
    })
}

fn object_stream(
    cluster: &Cluster,
    resource: &Resource,
    call: &Call,
    config: watcher::Config,
) -> BoxStream<'static, Seen> {
    let api: Api<DynamicObject> = match api_scope(cluster, resource, call.namespace.as_deref()) {
        Some(namespace) => {
            Api::namespaced_with(cluster.client.clone(), namespace, &resource.api_resource())
        }
        None => Api::all_with(cluster.client.clone(), &resource.api_resource()),
    };
    let call = call.clone();
    watcher(api, config)
        .backoff(backoff())
        .map(move |event| {
            event.map_or_else(
                |error| Seen::Failed(failure(&call, &error)),
                |event| Seen::Event(Box::new(event)),
            )
        })
        .boxed()
}

fn api_scope<'a>(
    cluster: &'a Cluster,
    resource: &Resource,
    namespace: Option<&'a str>,
) -> Option<&'a str> {
    resource.is_namespaced().then(|| namespace.unwrap_or(cluster.default_namespace()))
}

fn failure(call: &Call, error: &watcher::Error) -> ApiError {
    let with = |verb| Call { verb, ..call.clone() };
    match error {
        watcher::Error::InitialListFailed(error) => send::of_client(&with(Verb::List), error),
        watcher::Error::WatchStartFailed(error) | watcher::Error::WatchFailed(error) => {
            send::of_client(call, error)
        }
        watcher::Error::WatchError(status) => ApiError::from_status(call, status, None),
        watcher::Error::NoResourceVersion => ApiError::Other {
            call: Box::new(call.clone()),
            code: 0,
            message: "the server cannot watch this kind".to_owned(),
        },
    }
}

/// Pauses between connections: doubling, and from the start again after a quiet minute. (Each new list begins
/// with a good event, which must not count as an end of the trouble.)
fn backoff() -> impl Backoff {
    ResetTimerBackoff::new(Doubling { next: Doubling::FIRST }, Duration::from_mins(1))
}

struct Doubling {
    next: Duration,
}

impl Doubling {
    const FIRST: Duration = Duration::from_millis(200);
    const LONGEST: Duration = Duration::from_secs(10);
}

impl Iterator for Doubling {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(Self::LONGEST);
        Some(pause)
    }
}

impl Backoff for Doubling {
    fn reset(&mut self) {
        self.next = Self::FIRST;
    }
}

/// Selects one object; what has a meaning in selectors is escaped.
fn named(name: &str) -> String {
    let escaped = name.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=");
    format!("metadata.name={escaped}")
}

/// Returns an object as a plain value with its type, which items of a list do not tell.
fn typed(call: &Call, found: DynamicObject) -> Option<Value> {
    let mut value = plain(found)?;
    value.set(&["apiVersion"], call.gvk.api_version().into());
    value.set(&["kind"], call.gvk.kind.as_str().into());
    Some(value)
}

/// Turns the client library's object into a plain value.
fn plain(mut object: DynamicObject) -> Option<Value> {
    object.metadata.managed_fields = None;
    let json: Json = serde_json::to_value(object).ok()?;
    serde_json::from_value(json).ok()
}

/// Follows one record of a release by its metadata, to see whether its holder is alive.
pub struct RecordWatch {
    call: Call,
    key: RecordKey,
    stream: Pin<Box<dyn Stream<Item = watcher::Result<Event<PartialObjectMeta>>> + Send>>,
    /// Whether the running list has shown the record.
    listed: bool,
    /// Whether [`Self::changed`] has told anything.
    told: bool,
    known: Option<RecordMeta>,
    /// Whether `known` has yet to be told: how a record is that never changes.
    untold: bool,
}

impl RecordWatch {
    pub(crate) fn new(cluster: &Cluster, resource: &Resource, key: &RecordKey) -> Self {
        let namespace = key.namespace.as_str();
        let call = Call::over(Verb::Watch, &resource.gvk, &resource.plural, Some(namespace));
        let api: Api<PartialObjectMeta> =
            Api::namespaced_with(cluster.client.clone(), namespace, &resource.api_resource());
        let config = watcher::Config::default().fields(&named(&key.object_name()));
        let stream = Box::pin(watcher(api, config).backoff(backoff()));
        Self {
            call,
            key: key.clone(),
            stream,
            listed: false,
            told: false,
            known: None,
            untold: false,
        }
    }

    /// Follows a record that nobody else can change.
    pub(crate) fn still(key: &RecordKey, now: Option<RecordMeta>) -> Self {
        Self {
            call: Call::discover("a record in memory"),
            key: key.clone(),
            stream: Box::pin(futures::stream::empty()),
            listed: false,
            told: true,
            known: now,
            untold: true,
        }
    }

    /// Waits for the next state of the record: the first call tells how it is now, each later one how it has
    /// become. Nothing stands for a record that does not exist.
    pub async fn changed(&mut self) -> Result<Option<&RecordMeta>, ApiError> {
        if std::mem::take(&mut self.untold) {
            return Ok(self.known.as_ref());
        }
        while let Some(event) = self.stream.next().await {
            let event = event.map_err(|error| failure(&self.call, &error));
            let now = match event {
                Ok(Event::Init) => {
                    self.listed = false;
                    continue;
                }
                Ok(Event::InitApply(found)) => {
                    self.listed = true;
                    self.record(found)
                }
                Ok(Event::InitDone) if self.listed => continue,
                Ok(Event::InitDone | Event::Delete(_)) => None,
                Ok(Event::Apply(found)) => self.record(found),
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => {
                    tracing::debug!(call = %self.call, %error, "watching again");
                    continue;
                }
            };
            if !self.told || self.known != now {
                self.told = true;
                self.known = now;
                return Ok(self.known.as_ref());
            }
        }
        std::future::pending().await
    }

    fn record(&self, found: PartialObjectMeta) -> Option<RecordMeta> {
        let metadata = serde_json::to_value(found.metadata).ok()?;
        let metadata: Value = serde_json::from_value(metadata).ok()?;
        RecordMeta::read(&metadata).filter(|record| record.key == self.key)
    }
}

/// Prints the record's name.
impl std::fmt::Debug for RecordWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordWatch").field("key", &self.key).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use manifest::Gvk;

    use super::*;
    use crate::testing::{Server, config_map, deployment, status};

    fn item(name: &str, version: &str) -> String {
        format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"prod","resourceVersion":"{version}","managedFields":[{{"manager":"x"}}]}},"data":{{"v":"{version}"}}}}"#
        )
    }

    fn list(items: &[String]) -> (u16, String) {
        let items = items.join(",");
        let text = format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMapList","metadata":{{"resourceVersion":"9"}},"items":[{items}]}}"#
        );
        (200, text)
    }

    fn event(kind: &str, item: &str) -> String {
        let item = item.replacen('{', r#"{"apiVersion":"v1","kind":"ConfigMap","#, 1);
        format!("{{\"type\":\"{kind}\",\"object\":{item}}}\n")
    }

    /// What is known: name and the value under `data.v`, `-` for nothing.
    fn known(watch: &Watch) -> Vec<String> {
        let objects = watch.observed().objects.iter();
        objects
            .map(|(id, value)| {
                let data = value.as_ref().and_then(|value| value.str_at(&["data", "v"]));
                format!("{}={}", id.name, data.unwrap_or("-"))
            })
            .collect()
    }

    #[tokio::test]
    async fn one_object_is_followed_by_name() {
        let events = event("MODIFIED", &item("a", "10")) + &event("DELETED", &item("a", "11"));
        let server = Server::replying([list(&[item("a", "1")]), (200, events)]);
        let mut watch = server.cluster().watch(&[config_map("a")]);
        assert!(known(&watch).is_empty());
        watch.changed().await.unwrap();
        let object = watch.observed().objects[&config_map("a")].clone().unwrap();
        assert_eq!(object.str_at(&["kind"]), Some("ConfigMap"));
        assert_eq!(object.at(&["metadata", "managedFields"]), None);
        while known(&watch) != ["a=-"] {
            watch.changed().await.unwrap();
        }
        let path = "GET /api/v1/namespaces/prod/configmaps?";
        let lines = server.lines();
        assert!(lines.iter().all(|line| line.starts_with(path)), "{lines:?}");
        assert!(lines[0].contains("fieldSelector=metadata.name%3Da"), "{lines:?}");
        assert!(lines[1].contains("watch=true"), "{lines:?}");
    }

    #[tokio::test]
    async fn several_objects_share_a_watch_and_others_do_not_wake() {
        let events = event("MODIFIED", &item("other", "10")) + &event("ADDED", &item("b", "11"));
        let server = Server::replying([list(&[item("a", "1"), item("other", "2")]), (200, events)]);
        let mut watch = server.cluster().watch(&[config_map("a"), config_map("b")]);
        watch.changed().await.unwrap();
        let mut seen = known(&watch);
        if seen == ["a=1", "b=-"] {
            watch.changed().await.unwrap();
            seen = known(&watch);
        }
        assert_eq!(seen, ["a=1", "b=11"]);
        assert!(!server.lines()[0].contains("fieldSelector"));
    }

    #[tokio::test]
    async fn a_missing_right_is_told_at_once() {
        let message = "configmaps is forbidden: User \"jane\" cannot list";
        let server = Server::replying([status(403, "Forbidden", message)]);
        let error = server.cluster().watch(&[config_map("a")]).changed().await.unwrap_err();
        let text = format!("could not list configmaps in namespace prod: {message}");
        assert_eq!(error.to_string(), text);
    }

    #[tokio::test]
    async fn a_missing_right_to_watch_is_told_after_the_list() {
        let forbidden = status(403, "Forbidden", "no");
        let server = Server::replying([list(&[item("a", "1")]), forbidden]);
        let mut watch = server.cluster().watch(&[config_map("a")]);
        let error = loop {
            if let Err(error) = watch.changed().await {
                break error;
            }
        };
        assert_eq!(error.call().map(|call| call.verb), Some(Verb::Watch));
    }

    #[tokio::test(start_paused = true)]
    async fn broken_connections_are_made_again() {
        let server = Server::replying([
            (0, "connection refused".to_owned()),
            status(503, "ServiceUnavailable", "starting"),
            list(&[item("a", "1")]),
        ]);
        let mut watch = server.cluster().watch(&[config_map("a")]);
        watch.changed().await.unwrap();
        assert_eq!(known(&watch), ["a=1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_kind_that_appears_is_picked_up() {
        let kind = Gvk::new("x.io", "v1", "Y");
        let id = ObjectId::new(kind, Some("prod"), "a");
        let server = Server::replying([list(&[item("a", "1")])]);
        let mut watch = server.cluster().watch(std::slice::from_ref(&id));
        watch.changed().await.unwrap();
        assert_eq!(known(&watch), ["a=-"]);
        server.serve_groups(
            r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"x.io"},"versions":[{"version":"v1","resources":[
               {"resource":"ys","responseKind":{"kind":"Y"},"scope":"Namespaced","verbs":["list"]}]}]}]}"#,
        );
        watch.changed().await.unwrap();
        assert_eq!(known(&watch), ["a=1"]);
        assert!(server.lines()[0].starts_with("GET /apis/x.io/v1/namespaces/prod/ys?"));
    }

    #[tokio::test]
    async fn pods_of_what_is_waited_for_are_seen_and_missing_rights_are_no_failure() {
        let pods = r#"{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"web-1","namespace":"prod"}}]}"#;
        let job = ObjectId::new(Gvk::new("batch", "v1", "Job"), Some("prod"), "a");
        let server = Server::replying([(200, pods.to_owned())]);
        server.serve_groups(r#"{"kind":"APIGroupDiscoveryList","items":[]}"#);
        let mut watch = server.cluster().watch(&[]);
        watch.look_around([&job, &job]);
        while !watch.observed().related.pods_seen {
            watch.changed().await.unwrap();
        }
        let names = watch.observed().related.pods.iter().map(|pod| pod.str_at(&["kind"]));
        assert_eq!(names.collect::<Vec<_>>(), [Some("Pod")]);
        let lists: Vec<_> = server.lines();
        assert!(lists[0].starts_with("GET /api/v1/namespaces/prod/pods?"), "{lists:?}");

        let server = Server::replying([status(403, "Forbidden", "no"), (0, String::new())]);
        let mut watch = server.cluster().watch(&[]);
        watch.look_around([&job]);
        watch.changed().await.unwrap();
        assert!(watch.observed().related.pods_seen);
        assert_eq!(watch.observed().related.pods.len(), 0);
    }

    #[tokio::test]
    async fn dropping_a_wait_loses_nothing() {
        let server = Server::replying([list(&[item("a", "1")])]);
        let mut watch = server.cluster().watch(&[config_map("a"), deployment()]);
        while known(&watch).is_empty() {
            tokio::select! {
                biased;
                changed = watch.changed() => changed.unwrap(),
                () = tokio::task::yield_now() => {}
            }
        }
        assert_eq!(known(&watch), ["a=1"]);
    }
}
