//! Records in Kubernetes objects: in Secrets, Helm's default, or in ConfigMaps.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http::Method;
use jiff::Timestamp;
use manifest::ObjectId;
use release::codec::{self, Encoded, Limits};
use release::labels::{self, DATA_KEY, OWNER, Written};
use release::{Closed, Damaged, Entry, History, Marks, Pointer, Revision, split};
use value::Value;

use super::kind::Kind;
use super::parts::{self, PARTS};
use super::record::strings;
use super::{Doing, RecordKey, RecordMeta, StorageError, Stored};
use crate::address;
use crate::apply::FIELD_MANAGER;
use crate::call::{Call, Verb};
use crate::discovery::Resource;
use crate::error::ApiError;
use crate::send::{Ask, Failed, send, send_counted};
use crate::{Cluster, RecordWatch};

/// Asks for metadata only.
const META: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
/// Asks for the metadata of a collection.
pub(super) const META_LIST: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/// Records read at once.
const CONCURRENCY: usize = 16;

/// The driver.
#[derive(Clone, Debug)]
pub(super) struct Objects {
    pub(super) cluster: Cluster,
    pub(super) kind: Kind,
    pub(super) resource: Resource,
}

impl Objects {
    pub(super) fn new(cluster: &Cluster, kind: Kind) -> Self {
        Self { cluster: cluster.clone(), kind, resource: kind.resource() }
    }

    pub(super) async fn create(
        &self,
        revision: &Revision,
        custom: &BTreeMap<String, String>,
        marks: &Marks,
        now: Timestamp,
    ) -> Result<Stored, StorageError> {
        let key = RecordKey::new(&*revision.namespace, &*revision.name, revision.version);
        let encoded = encode(&key, revision, None).await?;
        let pointer = pointer(&encoded);
        if let Encoded::Split(split) = &encoded {
            self.write_parts(&key, split).await?;
        }
        let mut labels = labels::custom(custom);
        labels.extend(labels::system(revision, Written::Created(now)));
        let made = self.create_head(&key, &encoded, &labels, marks).await;
        match (&made, &pointer) {
            (Err(StorageError::AlreadyExists { .. }), Some(pointer)) => {
                self.withdraw_parts(&key, pointer).await?;
            }
            (Ok(_), _) if self.may_have_parts(&key.namespace, &key.name) => {
                // The next command may do it as well.
                if let Err(error) = self.sweep(&key.namespace, &key.name, &[key.version]).await {
                    tracing::debug!(%key, %error, "parts of other records may be left");
                }
            }
            _ => {}
        }
        made.map(|object| stored(self.kind, &key, revision, pointer, &object))
    }

    async fn create_head(
        &self,
        key: &RecordKey,
        encoded: &Encoded,
        labels: &BTreeMap<String, String>,
        marks: &Marks,
    ) -> Result<Value, StorageError> {
        let mut object = self.kind.record();
        object.set(&["metadata", "name"], key.object_name().into());
        object.set(&["metadata", "namespace"], key.namespace.as_str().into());
        object.set(&["metadata", "labels"], texts(labels));
        let mut annotations = marks.annotations();
        annotations.extend(pointer(encoded).map(|at| (PARTS.to_owned(), parts::group_of(&at))));
        if !annotations.is_empty() {
            object.set(&["metadata", "annotations"], texts(&annotations));
        }
        let data = self.kind.pack(encoded.text());
        object.set(&["data", DATA_KEY], data.as_str().into());

        let id = self.id(key);
        let path = address::collection(&self.resource, Some(&key.namespace));
        let path = address::with_query(&path, &[("fieldManager", Some(FIELD_MANAGER))]);
        let ask = Ask::new(self.call(Verb::Create, &id), Method::POST, path)
            .with_body("application/json", &object);
        match send_counted(self.cluster.client(), &ask).await {
            Ok(answer) => Ok(answer.value),
            Err(Failed { error: ApiError::AlreadyExists { .. }, tries }) => {
                let mine = self.is_written(tries, key, &data, &annotations).await?;
                mine.ok_or_else(|| StorageError::AlreadyExists { key: key.clone() })
            }
            Err(Failed { error, .. }) => Err(api(Doing::Create, error)),
        }
    }

    pub(super) async fn update(
        &self,
        stored_before: &Stored,
        now: Timestamp,
    ) -> Result<Stored, StorageError> {
        let Stored { key, revision, .. } = stored_before;
        let mut labels = labels::custom(&stored_before.labels);
        labels.extend(labels::system(revision, Written::Modified(now)));
        let before = stored_before.pointer.as_ref().filter(|_| !stored_before.head_only);
        let encoded = encode(key, revision, before).await?;
        let after =
            if stored_before.head_only { stored_before.pointer.clone() } else { pointer(&encoded) };
        if let Encoded::Split(split) = &encoded {
            self.write_parts(key, split).await?;
        }
        let mut annotations = stored_before.annotations.clone();
        annotations.extend(after.as_ref().map(|at| (PARTS.to_owned(), parts::group_of(at))));
        let mut object = stored_before.shell.clone();
        object.set(&["metadata", "labels"], texts(&labels));
        object.set(&["metadata", "annotations"], texts(&annotations));
        let version = stored_before.resource_version.as_str();
        object.set(&["metadata", "resourceVersion"], version.into());
        object.set(&["metadata", "uid"], stored_before.uid.as_str().into());
        let data = self.kind.pack(encoded.text());
        object.set(&["data", DATA_KEY], data.as_str().into());

        let id = self.id(key);
        let path = address::object(&self.resource, &id, "");
        let path = address::with_query(&path, &[("fieldManager", Some(FIELD_MANAGER))]);
        let ask = Ask::new(self.call(Verb::Update, &id), Method::PUT, path)
            .with_body("application/json", &object);
        let written = match send_counted(self.cluster.client(), &ask).await {
            Ok(answer) => answer.value,
            Err(Failed { error: ApiError::Changed { .. }, tries }) => {
                let mine = self.is_written(tries, key, &data, &annotations).await?;
                mine.ok_or_else(|| StorageError::Changed { key: key.clone() })?
            }
            Err(Failed { error: ApiError::NotFound { .. }, .. }) => {
                return Err(StorageError::NotFound { key: key.clone() });
            }
            Err(Failed { error, .. }) => return Err(api(Doing::Update, error)),
        };
        if after != stored_before.pointer {
            self.sweep(&key.namespace, &key.name, &[key.version]).await?;
        }
        let mut stored = stored(self.kind, key, revision, after, &written);
        stored.head_only = stored_before.head_only;
        Ok(stored)
    }

    pub(super) async fn read(&self, key: &RecordKey) -> Result<Stored, StorageError> {
        let head = self.read_head(key).await?;
        let version = head.resource_version.clone();
        match self.with_parts(head).await {
            // Whoever deletes a record deletes its head first, and then its parts.
            Err(StorageError::Damaged { why, .. }) => {
                let head = self.read_head(key).await?;
                if head.resource_version == version {
                    return Err(StorageError::Damaged { key: key.clone(), why });
                }
                self.with_parts(head).await
            }
            read => read,
        }
    }

    /// Reads a record without its parts, if it has some.
    pub(super) async fn read_head(&self, key: &RecordKey) -> Result<Stored, StorageError> {
        let object = self.fetch(key).await?;
        let (kind, asked) = (self.kind, key.clone());
        blocking(move || decode(kind, &asked, &object))
            .await
            .and_then(|decoded| decoded)
            .map_err(|why| StorageError::Damaged { key: key.clone(), why })
    }

    /// Reads what is missing of a record.
    async fn with_parts(&self, head: Stored) -> Result<Stored, StorageError> {
        let Some(pointer) = head.pointer.clone() else { return Ok(head) };
        let key = head.key.clone();
        let damaged = |why| StorageError::Damaged { key: key.clone(), why };
        let parts = self.read_parts(&key, &pointer).await?.map_err(damaged)?;
        let joined = blocking(move || {
            let Stored { revision, .. } = &head;
            let revision = split::join(revision.clone(), &parts, &Limits::default())
                .map_err(|error| crate::error::chain(&error))?;
            Ok::<_, String>(Stored { revision, head_only: false, ..head })
        });
        joined.await.and_then(|joined| joined).map_err(damaged)
    }

    /// Deletes records with their parts; returns how many there were.
    pub(super) async fn delete(
        &self,
        namespace: &str,
        name: &str,
        versions: &[u32],
    ) -> Result<usize, StorageError> {
        let mut deleted = 0;
        for version in versions {
            let key = RecordKey::new(namespace, name, *version);
            let id = self.id(&key);
            let path = address::object(&self.resource, &id, "");
            let ask = Ask::new(self.call(Verb::Delete, &id), Method::DELETE, path);
            match send(self.cluster.client(), &ask).await {
                Ok(_) => deleted += 1,
                Err(ApiError::NotFound { .. }) => {}
                Err(error) => return Err(api(Doing::Delete(key.object_name()), error)),
            }
        }
        if self.may_have_parts(namespace, name) {
            self.sweep(namespace, name, versions).await?;
        }
        Ok(deleted)
    }

    pub(super) async fn history(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<History, StorageError> {
        let members = self.members(namespace, name).await?;
        let metas: Vec<RecordMeta> = heads_of(&members).collect();
        let records = self.read_all(&metas).await?;
        Ok(History::new(name, records.into_iter().map(|(_, entry)| entry).collect()))
    }

    pub(super) async fn recent(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<History, StorageError> {
        let members = self.members(namespace, name).await?;
        let closed = heads_of(&members).map(|meta| {
            let RecordMeta { key, status, labels, annotations, .. } = meta;
            Entry::Closed(Closed { version: key.version, status, labels, annotations })
        });
        let mut history = History::new(name, closed.collect());
        let needed = history.to_open();
        self.open(namespace, &mut history, &needed).await?;
        if history.is_inconclusive() {
            return self.history(namespace, name).await;
        }
        Ok(history)
    }

    /// Reads those of the records that were not read so far. One that is gone is not heard of any more.
    pub(super) async fn open(
        &self,
        namespace: &str,
        history: &mut History,
        versions: &[u32],
    ) -> Result<(), StorageError> {
        let wanted = history.entries().iter().filter_map(|entry| match entry {
            Entry::Closed(closed) if versions.contains(&closed.version) => Some(RecordMeta {
                key: RecordKey::new(namespace, history.name(), closed.version),
                status: closed.status,
                labels: closed.labels.clone(),
                annotations: closed.annotations.clone(),
                resource_version: String::new(),
                uid: String::new(),
            }),
            _ => None,
        });
        let wanted: Vec<RecordMeta> = wanted.collect();
        let read = self.read_all(&wanted).await?;
        for gone in wanted.iter().filter(|meta| read.iter().all(|(found, _)| found != *meta)) {
            *history = history.without(gone.key.version);
        }
        history.open(read.into_iter().map(|(_, entry)| entry).collect());
        Ok(())
    }

    pub(super) async fn heads(&self, namespace: &str, name: &str) -> Result<History, StorageError> {
        let selector = format!("name={name},owner={OWNER}");
        let query = [("labelSelector", Some(selector.as_str()))];
        let objects = self
            .cluster
            .list_resource(&self.resource, Some(namespace), &query, "application/json")
            .await
            .map_err(|error| api(Doing::Query, error))?;
        let kind = self.kind;
        let records = blocking(move || {
            let records = objects.iter().filter_map(|object| {
                let meta = RecordMeta::read(object.get("metadata")?)?;
                Some(match decode(kind, &meta.key, object) {
                    Ok(stored) => Entry::from(stored.record()),
                    Err(why) => damaged(&meta, why),
                })
            });
            records.collect::<Vec<Entry>>()
        });
        let records = records.await.map_err(|why| StorageError::Damaged {
            key: RecordKey::new(namespace, name, 0),
            why,
        })?;
        Ok(History::new(name, records))
    }

    /// Reads records one by one. One that is gone is left out.
    pub(super) async fn read_all(
        &self,
        records: &[RecordMeta],
    ) -> Result<Vec<(RecordMeta, Entry)>, StorageError> {
        let found: Vec<Option<(RecordMeta, Entry)>> = stream::iter(records.to_vec())
            .map(|meta| async move {
                let entry = match self.read(&meta.key).await {
                    Ok(stored) => Entry::from(stored.record()),
                    Err(StorageError::Damaged { why, .. }) => damaged(&meta, why),
                    Err(StorageError::NotFound { .. }) => return Ok(None),
                    Err(error) => return Err(error),
                };
                Ok(Some((meta, entry)))
            })
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    pub(super) async fn annotate(
        &self,
        key: &RecordKey,
        expected: Option<&str>,
        annotations: &BTreeMap<String, Option<String>>,
    ) -> Result<RecordMeta, StorageError> {
        let mut change = Value::map();
        if let Some(version) = expected {
            change.set(&["metadata", "resourceVersion"], version.into());
        }
        for (name, text) in annotations {
            let text = text.as_deref().map_or(Value::Null, Value::from);
            change.set(&["metadata", "annotations", name], text);
        }
        let id = self.id(key);
        let path = address::object(&self.resource, &id, "");
        let path = address::with_query(&path, &[("fieldManager", Some(FIELD_MANAGER))]);
        let ask = Ask::new(self.call(Verb::Patch, &id), Method::PATCH, path)
            .accepting(META)
            .with_body("application/merge-patch+json", &change);
        let changed = || StorageError::Changed { key: key.clone() };
        match send_counted(self.cluster.client(), &ask).await {
            Ok(answer) => meta_of(key, &answer.value),
            Err(Failed { error: ApiError::Changed { .. }, tries: 1 }) => Err(changed()),
            Err(Failed { error: ApiError::Changed { .. }, .. }) => {
                // An earlier try may have been carried out although its answer was lost.
                let now = meta_of(key, &self.fetch(key).await?)?;
                let done = annotations
                    .iter()
                    .all(|(name, text)| now.annotations.get(name) == text.as_ref());
                if done { Ok(now) } else { Err(changed()) }
            }
            Err(Failed { error: ApiError::NotFound { .. }, .. }) => {
                Err(StorageError::NotFound { key: key.clone() })
            }
            Err(Failed { error, .. }) => Err(api(Doing::Update, error)),
        }
    }

    pub(super) fn watch(&self, key: &RecordKey) -> RecordWatch {
        RecordWatch::new(&self.cluster, &self.resource, key)
    }

    /// Returns whether the release may have parts: nobody looked, or there were some.
    fn may_have_parts(&self, namespace: &str, name: &str) -> bool {
        self.cluster.known_parts(namespace, name) != Some(false)
    }

    /// Remembers whether the release has parts.
    pub(super) fn note(&self, namespace: &str, name: &str, parts: bool) {
        self.cluster.note_parts(namespace, name, parts);
    }

    /// After more than one try the conflict may be with ourselves: returns the Secret if it is what was sent.
    async fn is_written(
        &self,
        tries: u32,
        key: &RecordKey,
        data: &str,
        annotations: &BTreeMap<String, String>,
    ) -> Result<Option<Value>, StorageError> {
        if tries < 2 {
            return Ok(None);
        }
        let secret = self.fetch(key).await?;
        let same = secret.str_at(&["data", DATA_KEY]) == Some(data)
            && strings(secret.at(&["metadata", "annotations"])) == *annotations;
        Ok(same.then_some(secret))
    }

    async fn fetch(&self, key: &RecordKey) -> Result<Value, StorageError> {
        let id = self.id(key);
        let path = address::object(&self.resource, &id, "");
        match send(self.cluster.client(), &Ask::get(self.call(Verb::Get, &id), path)).await {
            Ok(answer) => Ok(answer.value),
            Err(ApiError::NotFound { .. }) => Err(StorageError::NotFound { key: key.clone() }),
            Err(error) => Err(api(Doing::Read(key.object_name()), error)),
        }
    }

    fn id(&self, key: &RecordKey) -> ObjectId {
        self.named(&key.namespace, &key.object_name())
    }

    pub(super) fn named(&self, namespace: &str, name: &str) -> ObjectId {
        ObjectId::new(self.resource.gvk.clone(), Some(namespace), name)
    }

    pub(super) fn call(&self, verb: Verb, id: &ObjectId) -> Call {
        Call::on(verb, id, &self.resource.plural)
    }
}

pub(super) const fn api(doing: Doing, source: ApiError) -> StorageError {
    StorageError::Api { doing, source }
}

/// Compressing and decoding take long enough to keep others waiting: they run aside.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_stopped| "reading it was interrupted".to_owned())
}

async fn encode(
    key: &RecordKey,
    revision: &Revision,
    stored: Option<&Pointer>,
) -> Result<Encoded, StorageError> {
    let (revision, stored) = (revision.clone(), stored.cloned());
    match blocking(move || codec::encode(&revision, stored.as_ref())).await {
        Ok(Ok(encoded)) => Ok(encoded),
        Ok(Err(source)) => Err(StorageError::Encode { key: key.clone(), source: Box::new(source) }),
        Err(why) => Err(StorageError::Damaged { key: key.clone(), why }),
    }
}

/// Returns what is known of the records among the objects of a release, parts left out.
fn heads_of(members: &[Value]) -> impl Iterator<Item = RecordMeta> {
    let heads = members.iter().filter(|item| !parts::is_part(item));
    heads.filter_map(|item| RecordMeta::read(item.get("metadata")?))
}

fn pointer(encoded: &Encoded) -> Option<Pointer> {
    match encoded {
        Encoded::Whole(_) => None,
        Encoded::Split(split) => Some(split.pointer.clone()),
    }
}

/// Reads a record, or the head of one; the error says why it is none.
fn decode(kind: Kind, key: &RecordKey, object: &Value) -> Result<Stored, String> {
    let text = kind.unpack(object)?;
    let revision =
        codec::decode(&text, &Limits::default()).map_err(|error| crate::error::chain(&error))?;
    if revision.version != key.version || revision.name != key.name {
        return Err(format!(
            "it says that it is revision {} of {}",
            revision.version, revision.name
        ));
    }
    let pointer = Pointer::of(&revision);
    let head_only = pointer.is_some();
    let mut stored = stored(kind, key, &revision, pointer, object);
    stored.head_only = head_only;
    Ok(stored)
}

/// Puts together what was written or read.
fn stored(
    kind: Kind,
    key: &RecordKey,
    revision: &Revision,
    pointer: Option<Pointer>,
    object: &Value,
) -> Stored {
    let mut shell = object.clone();
    if let Some(map) = shell.as_map_mut() {
        map.entry("apiVersion".into()).or_insert_with(|| "v1".into());
        map.entry("kind".into()).or_insert_with(|| kind.resource().gvk.kind.as_str().into());
        if let Some(data) = map.get_mut("data").and_then(Value::as_map_mut) {
            data.remove(DATA_KEY);
        }
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            metadata.remove("managedFields");
        }
    }
    let text = |key: &str| object.str_at(&["metadata", key]).unwrap_or_default().to_owned();
    Stored {
        key: key.clone(),
        revision: revision.clone(),
        labels: strings(object.at(&["metadata", "labels"])),
        annotations: strings(object.at(&["metadata", "annotations"])),
        resource_version: text("resourceVersion"),
        uid: text("uid"),
        pointer,
        head_only: false,
        shell,
    }
}

fn damaged(meta: &RecordMeta, why: String) -> Entry {
    Entry::Damaged(Damaged { version: meta.key.version, status: meta.status, why })
}

fn meta_of(key: &RecordKey, object: &Value) -> Result<RecordMeta, StorageError> {
    let damaged =
        || StorageError::Damaged { key: key.clone(), why: "it has no metadata".to_owned() };
    object.get("metadata").and_then(RecordMeta::read).ok_or_else(damaged)
}

fn texts(map: &BTreeMap<String, String>) -> Value {
    map.iter().map(|(key, text)| (key.as_str(), Value::from(text.as_str()))).collect()
}
