//! Records in Secrets, Helm's default.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http::Method;
use jiff::Timestamp;
use manifest::{ObjectId, Scope};
use release::codec::{self, Limits};
use release::labels::{self, DATA_KEY, OWNER, SECRET_TYPE, Written};
use release::{Damaged, Entry, History, Marks, Revision, Status};
use value::Value;

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
const META_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/// Records read at once.
const CONCURRENCY: usize = 16;

/// The driver.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    cluster: Cluster,
    resource: Resource,
}

impl Secrets {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let resource = Resource::core("Secret", "secrets", Scope::Namespaced);
        Self { cluster: cluster.clone(), resource }
    }

    pub(super) async fn create(
        &self,
        revision: &Revision,
        custom: &BTreeMap<String, String>,
        marks: &Marks,
        now: Timestamp,
    ) -> Result<Stored, StorageError> {
        let key = RecordKey::new(&*revision.namespace, &*revision.name, revision.version);
        let mut labels = labels::custom(custom);
        labels.extend(labels::system(revision, Written::Created(now)));
        let mut secret = Value::map();
        secret.set(&["apiVersion"], "v1".into());
        secret.set(&["kind"], "Secret".into());
        secret.set(&["type"], SECRET_TYPE.into());
        secret.set(&["metadata", "name"], key.object_name().into());
        secret.set(&["metadata", "namespace"], key.namespace.as_str().into());
        secret.set(&["metadata", "labels"], texts(&labels));
        let annotations = marks.annotations();
        if !annotations.is_empty() {
            secret.set(&["metadata", "annotations"], texts(&annotations));
        }
        let data = encode(&key, revision).await?;
        secret.set(&["data", DATA_KEY], data.as_str().into());

        let id = self.id(&key);
        let path = address::collection(&self.resource, Some(&key.namespace));
        let path = address::with_query(&path, &[("fieldManager", Some(FIELD_MANAGER))]);
        let ask = Ask::new(self.call(Verb::Create, &id), Method::POST, path)
            .with_body("application/json", &secret);
        match send_counted(self.cluster.client(), &ask).await {
            Ok(answer) => Ok(stored(&key, revision, &answer.value)),
            Err(Failed { error: ApiError::AlreadyExists { .. }, tries }) => {
                let mine = self.is_written(tries, &key, &data, &annotations).await?;
                mine.map(|secret| stored(&key, revision, &secret))
                    .ok_or(StorageError::AlreadyExists { key })
            }
            Err(Failed { error, .. }) => Err(api(Doing::Create, error)),
        }
    }

    pub(super) async fn update(
        &self,
        stored_before: &Stored,
        now: Timestamp,
    ) -> Result<Stored, StorageError> {
        let Stored { key, revision, annotations, .. } = stored_before;
        let mut labels = labels::custom(&stored_before.labels);
        labels.extend(labels::system(revision, Written::Modified(now)));
        let mut secret = stored_before.shell.clone();
        secret.set(&["metadata", "labels"], texts(&labels));
        secret.set(&["metadata", "annotations"], texts(annotations));
        let version = stored_before.resource_version.as_str();
        secret.set(&["metadata", "resourceVersion"], version.into());
        secret.set(&["metadata", "uid"], stored_before.uid.as_str().into());
        let data = encode(key, revision).await?;
        secret.set(&["data", DATA_KEY], data.as_str().into());

        let id = self.id(key);
        let path = address::object(&self.resource, &id, "");
        let path = address::with_query(&path, &[("fieldManager", Some(FIELD_MANAGER))]);
        let ask = Ask::new(self.call(Verb::Update, &id), Method::PUT, path)
            .with_body("application/json", &secret);
        match send_counted(self.cluster.client(), &ask).await {
            Ok(answer) => Ok(stored(key, revision, &answer.value)),
            Err(Failed { error: ApiError::Changed { .. }, tries }) => {
                let mine = self.is_written(tries, key, &data, annotations).await?;
                mine.map(|secret| stored(key, revision, &secret))
                    .ok_or_else(|| StorageError::Changed { key: key.clone() })
            }
            Err(Failed { error: ApiError::NotFound { .. }, .. }) => {
                Err(StorageError::NotFound { key: key.clone() })
            }
            Err(Failed { error, .. }) => Err(api(Doing::Update, error)),
        }
    }

    pub(super) async fn read(&self, key: &RecordKey) -> Result<Stored, StorageError> {
        let secret = self.fetch(key).await?;
        let (key, damaged) = (key.clone(), key.clone());
        blocking(move || decode(&key, &secret))
            .await
            .and_then(|decoded| decoded)
            .map_err(|why| StorageError::Damaged { key: damaged, why })
    }

    pub(super) async fn delete(&self, key: &RecordKey) -> Result<bool, StorageError> {
        let id = self.id(key);
        let path = address::object(&self.resource, &id, "");
        let ask = Ask::new(self.call(Verb::Delete, &id), Method::DELETE, path);
        match send(self.cluster.client(), &ask).await {
            Ok(_) => Ok(true),
            Err(ApiError::NotFound { .. }) => Ok(false),
            Err(error) => Err(api(Doing::Delete(key.object_name()), error)),
        }
    }

    pub(super) async fn history(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<History, StorageError> {
        let selector = format!("name={name},owner={OWNER}");
        let query = [("labelSelector", Some(selector.as_str()))];
        let secrets = self
            .cluster
            .list_resource(&self.resource, Some(namespace), &query, "application/json")
            .await
            .map_err(|error| api(Doing::Query, error))?;
        let ours = name.to_owned();
        let records = blocking(move || {
            let metas = secrets.iter().filter_map(|secret| {
                let meta = RecordMeta::read(secret.get("metadata")?)?;
                (meta.key.name == ours).then(|| entry(&meta, secret))
            });
            metas.collect::<Vec<Entry>>()
        });
        let records = records.await.map_err(|why| StorageError::Damaged {
            key: RecordKey::new(namespace, name, 0),
            why,
        })?;
        Ok(History::new(name, records))
    }

    pub(super) async fn list(
        &self,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Vec<RecordMeta>, StorageError> {
        let own = format!("owner={OWNER}");
        let selector = match selector.filter(|selector| !selector.is_empty()) {
            Some(more) => format!("{own},{more}"),
            None => own,
        };
        let query = [("labelSelector", Some(selector.as_str()))];
        let found = self
            .cluster
            .list_resource(&self.resource, namespace, &query, META_LIST)
            .await
            .map_err(|error| api(Doing::List, error))?;
        Ok(found.iter().filter_map(|item| RecordMeta::read(item.get("metadata")?)).collect())
    }

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
        RecordWatch::new(&self.cluster, key)
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
        ObjectId::new(self.resource.gvk.clone(), Some(&key.namespace), key.object_name())
    }

    fn call(&self, verb: Verb, id: &ObjectId) -> Call {
        Call::on(verb, id, &self.resource.plural)
    }
}

const fn api(doing: Doing, source: ApiError) -> StorageError {
    StorageError::Api { doing, source }
}

/// Compressing and decoding take long enough to keep others waiting: they run aside.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_stopped| "reading it was interrupted".to_owned())
}

/// The value of `data.release`: base64 around the record, which is base64 itself.
async fn encode(key: &RecordKey, revision: &Revision) -> Result<String, StorageError> {
    let revision = revision.clone();
    let encoded = blocking(move || codec::encode(&revision).map(|text| STANDARD.encode(text)));
    match encoded.await {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(source)) => Err(StorageError::Encode { key: key.clone(), source: Box::new(source) }),
        Err(why) => Err(StorageError::Damaged { key: key.clone(), why }),
    }
}

/// Reads a Secret; the error says why it is no record.
fn decode(key: &RecordKey, secret: &Value) -> Result<Stored, String> {
    let text = secret.str_at(&["data", DATA_KEY]).ok_or("it has no data under \"release\"")?;
    let text = STANDARD.decode(text).map_err(|error| error.to_string())?;
    let revision =
        codec::decode(&text, &Limits::default()).map_err(|error| crate::error::chain(&error))?;
    if revision.version != key.version || revision.name != key.name {
        return Err(format!(
            "it says that it is revision {} of {}",
            revision.version, revision.name
        ));
    }
    Ok(stored(key, &revision, secret))
}

/// Puts together what was written or read.
fn stored(key: &RecordKey, revision: &Revision, secret: &Value) -> Stored {
    let mut shell = secret.clone();
    if let Some(map) = shell.as_map_mut() {
        map.entry("apiVersion".into()).or_insert_with(|| "v1".into());
        map.entry("kind".into()).or_insert_with(|| "Secret".into());
        if let Some(data) = map.get_mut("data").and_then(Value::as_map_mut) {
            data.remove(DATA_KEY);
        }
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            metadata.remove("managedFields");
        }
    }
    let text = |key: &str| secret.str_at(&["metadata", key]).unwrap_or_default().to_owned();
    Stored {
        key: key.clone(),
        revision: revision.clone(),
        labels: strings(secret.at(&["metadata", "labels"])),
        annotations: strings(secret.at(&["metadata", "annotations"])),
        resource_version: text("resourceVersion"),
        uid: text("uid"),
        shell,
    }
}

fn entry(meta: &RecordMeta, secret: &Value) -> Entry {
    match decode(&meta.key, secret) {
        Ok(stored) => Entry::from(stored.record()),
        Err(why) => damaged(meta, why),
    }
}

fn damaged(meta: &RecordMeta, why: String) -> Entry {
    let status: Status = meta.status;
    Entry::Damaged(Damaged { version: meta.key.version, status, why })
}

fn meta_of(key: &RecordKey, object: &Value) -> Result<RecordMeta, StorageError> {
    let damaged =
        || StorageError::Damaged { key: key.clone(), why: "it has no metadata".to_owned() };
    object.get("metadata").and_then(RecordMeta::read).ok_or_else(damaged)
}

fn texts(map: &BTreeMap<String, String>) -> Value {
    map.iter().map(|(key, text)| (key.as_str(), Value::from(text.as_str()))).collect()
}
