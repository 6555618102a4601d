//! The parts of records that are too large for one object, see [`release::split`].
//!
//! Parts are written before the head that points to them and deleted after it, so that whoever reads a head
//! finds them. A writer that dies in between, and Helm, which deletes heads only, leave parts behind: whoever
//! writes or deletes a record of the release next takes them away.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use release::labels::OWNER;
use release::split::{PART_OWNER, Pointer, Split};
use value::Value;

use super::objects::{META_LIST, Objects, api};
use super::{Doing, RecordKey, StorageError};
use crate::address;
use crate::apply::FIELD_MANAGER;
use crate::call::Verb;
use crate::error::ApiError;
use crate::send::{Ask, send};

/// Annotation of a head: which parts it has, as [`group_of`] writes it. Helm takes it away when it writes.
pub(super) const PARTS: &str = "chartctl.dev/parts";
/// Annotation of a part: the digest of the whole body.
const DIGEST: &str = "chartctl.dev/digest";
/// Parts in flight at once; each has a megabyte.
const CONCURRENCY: usize = 4;
/// Parts without a head that are older than this were left by somebody; younger ones may be getting their head.
const LEFT: SignedDuration = SignedDuration::from_mins(10);

/// What an object that belongs to a release is.
struct Found {
    name: String,
    version: u32,
    /// Of a head, the group it points to; of a part, the group it belongs to.
    group: Option<String>,
    created: Option<Timestamp>,
}

/// Returns what the parts of a record have in common.
pub(super) fn group_of(pointer: &Pointer) -> String {
    format!("v{}.{}", pointer.version, pointer.digest.get(..16).unwrap_or_default())
}

impl Objects {
    /// Writes the parts. One that exists has the same bytes: its name has their digest.
    pub(super) async fn write_parts(
        &self,
        key: &RecordKey,
        split: &Split,
    ) -> Result<(), StorageError> {
        let objects = (0_u32..).zip(&split.parts).map(|(at, bytes)| {
            let name = split.pointer.part_name(&key.name, at);
            let mut object = self.kind.part(bytes);
            let version = key.version.to_string();
            object.set(&["metadata", "name"], name.as_str().into());
            object.set(&["metadata", "namespace"], key.namespace.as_str().into());
            let labels = [("name", &*key.name), ("owner", PART_OWNER), ("version", &*version)];
            for (label, text) in labels {
                object.set(&["metadata", "labels", label], text.into());
            }
            let digest = format!("sha256:{}", split.pointer.digest);
            object.set(&["metadata", "annotations", DIGEST], digest.into());
            let group = group_of(&split.pointer);
            object.set(&["metadata", "annotations", PARTS], group.into());
            (name, object)
        });
        // Collected first: a stream that holds the closure could not move between threads.
        let objects: Vec<(String, Value)> = objects.collect();
        stream::iter(objects)
            .map(|(name, object)| async move {
                let id = self.named(&key.namespace, &name);
                let path = address::collection(&self.resource, Some(&key.namespace));
                let path = address::with_query(&path, &[("fieldManager", Some(FIELD_MANAGER))]);
                let ask = Ask::new(self.call(Verb::Create, &id), Method::POST, path)
                    .with_body("application/json", &object);
                match send(self.cluster.client(), &ask).await {
                    Ok(_) | Err(ApiError::AlreadyExists { .. }) => Ok(()),
                    Err(error) => Err(api(Doing::Create, error)),
                }
            })
            .buffer_unordered(CONCURRENCY)
            .try_collect::<()>()
            .await
    }

    /// Reads the parts of a head in their order; the inner error says why one of them is none.
    pub(super) async fn read_parts(
        &self,
        key: &RecordKey,
        pointer: &Pointer,
    ) -> Result<Result<Vec<Vec<u8>>, String>, StorageError> {
        let names: Vec<String> = pointer.part_names(&key.name).collect();
        let found: Vec<Option<Vec<u8>>> = stream::iter(names)
            .map(|name| async move {
                let id = self.named(&key.namespace, &name);
                let path = address::object(&self.resource, &id, "");
                let ask = Ask::get(self.call(Verb::Get, &id), path);
                match send(self.cluster.client(), &ask).await {
                    Ok(answer) => Ok(self.kind.part_of(&answer.value)),
                    Err(ApiError::NotFound { .. }) => Ok(None),
                    Err(error) => Err(api(Doing::Read(name), error)),
                }
            })
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        let missing = found.iter().position(Option::is_none);
        Ok(match missing {
            Some(at) => Err(format!("part {} of {} is missing", at + 1, pointer.parts)),
            None => Ok(found.into_iter().flatten().collect()),
        })
    }

    /// Takes back the parts of a record that somebody else has written, unless his has the same.
    pub(super) async fn withdraw_parts(
        &self,
        key: &RecordKey,
        pointer: &Pointer,
    ) -> Result<(), StorageError> {
        let theirs = match self.read_head(key).await {
            Ok(theirs) => theirs.pointer,
            Err(StorageError::NotFound { .. } | StorageError::Damaged { .. }) => None,
            Err(error) => return Err(error),
        };
        if theirs.is_some_and(|theirs| group_of(&theirs) == group_of(pointer)) {
            return Ok(());
        }
        self.delete_named(&key.namespace, pointer.part_names(&key.name).collect()).await
    }

    /// Deletes the parts of a release that no head points to: of the revisions in `ours`, which nobody else can
    /// be writing, at once; of others when they have been there for long, or nothing else is left.
    pub(super) async fn sweep(
        &self,
        namespace: &str,
        name: &str,
        ours: &[u32],
    ) -> Result<(), StorageError> {
        let (heads, parts) = self.pieces(namespace, name).await?;
        let mut used: BTreeSet<String> =
            heads.iter().filter_map(|head| head.group.clone()).collect();
        let unused = |used: &BTreeSet<String>, part: &Found| {
            part.group.as_ref().is_none_or(|group| !used.contains(group))
        };
        // Helm has taken the annotation away from what it has written, and copies what it rolls back to.
        let oldest = parts.iter().filter(|part| unused(&used, part)).map(|part| part.version).min();
        let Some(oldest) = oldest else { return Ok(()) };
        for head in heads.iter().filter(|head| head.group.is_none() && head.version >= oldest) {
            match self.read_head(&RecordKey::new(namespace, name, head.version)).await {
                Ok(stored) => used.extend(stored.pointer.as_ref().map(group_of)),
                Err(StorageError::NotFound { .. }) => {}
                // Nobody knows what it had.
                Err(StorageError::Damaged { .. }) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        let since = Timestamp::now() - LEFT;
        let left = parts.iter().filter(|part| {
            let old = part.created.is_some_and(|created| created < since);
            unused(&used, part) && (old || heads.is_empty() || ours.contains(&part.version))
        });
        self.delete_named(namespace, left.map(|part| part.name.clone()).collect()).await
    }

    /// Returns the heads and the parts of a release.
    async fn pieces(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<(Vec<Found>, Vec<Found>), StorageError> {
        let items = self.members(namespace, name).await?;
        let mut pieces: BTreeMap<bool, Vec<Found>> = BTreeMap::new();
        for metadata in items.iter().filter_map(|item| item.get("metadata")) {
            let label = |key: &str| metadata.str_at(&["labels", key]);
            let time = metadata.str_at(&["creationTimestamp"]);
            let found = Found {
                name: metadata.str_at(&["name"]).unwrap_or_default().to_owned(),
                version: label("version").and_then(|text| text.parse().ok()).unwrap_or_default(),
                group: metadata.str_at(&["annotations", PARTS]).map(str::to_owned),
                created: time.and_then(|time| time.parse().ok()),
            };
            pieces.entry(label("owner") == Some(PART_OWNER)).or_default().push(found);
        }
        let mut take = |parts| pieces.remove(&parts).unwrap_or_default();
        Ok((take(false), take(true)))
    }

    /// Returns the metadata of all objects of a release, parts included.
    pub(super) async fn members(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<Value>, StorageError> {
        let selector = format!("name={name},owner in ({OWNER},{PART_OWNER})");
        let query = [("labelSelector", Some(selector.as_str()))];
        let found = self
            .cluster
            .list_resource(&self.resource, Some(namespace), &query, META_LIST)
            .await
            .map_err(|error| api(Doing::Query, error))?;
        self.note(namespace, name, found.iter().any(is_part));
        Ok(found)
    }

    async fn delete_named(&self, namespace: &str, names: Vec<String>) -> Result<(), StorageError> {
        stream::iter(names)
            .map(|name| async move {
                let id = self.named(namespace, &name);
                let path = address::object(&self.resource, &id, "");
                let ask = Ask::new(self.call(Verb::Delete, &id), Method::DELETE, path);
                match send(self.cluster.client(), &ask).await {
                    Ok(_) | Err(ApiError::NotFound { .. }) => Ok(()),
                    Err(error) => Err(api(Doing::Delete(name), error)),
                }
            })
            .buffer_unordered(CONCURRENCY)
            .try_collect::<()>()
            .await
    }
}

/// Returns whether an object is a part, from its labels.
pub(super) fn is_part(object: &Value) -> bool {
    object.str_at(&["metadata", "labels", "owner"]) == Some(PART_OWNER)
}
