//! Reads ConfigMaps and Secrets of one namespace, on demand; their contents are never kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::SourceKind;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::{ApiError, Cluster};
use manifest::{Gvk, ObjectId};
use repo::Digest;
use value::Value;

use crate::index::{Index, Key};
use crate::values::Source;

/// A read that failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The cluster did not answer, or refused.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The object holds what is no base64.
    #[error("{kind} {name:?} holds data that is no base64 under {key:?}")]
    Data {
        /// The kind.
        kind: &'static str,
        /// The object.
        name: String,
        /// The key.
        key: String,
    },
}

/// The contents of an object.
#[derive(Clone, Debug)]
pub struct Read {
    /// Its `resourceVersion`.
    pub version: String,
    /// Its data, by key.
    pub data: BTreeMap<String, Vec<u8>>,
}

/// Reads objects of one namespace.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    cluster: &'a Cluster,
    index: &'a Arc<Index>,
    namespace: &'a str,
}

/// A [`Reader`] that a task may keep.
#[derive(Clone, Debug)]
pub struct OwnedReader {
    cluster: Cluster,
    index: Arc<Index>,
    namespace: String,
}

impl OwnedReader {
    /// Returns the reader.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.cluster, &self.index, &self.namespace)
    }
}

impl<'a> Reader<'a> {
    /// Reads in `namespace`; what the watches know is in `index`.
    #[must_use]
    pub const fn new(cluster: &'a Cluster, index: &'a Arc<Index>, namespace: &'a str) -> Self {
        Self { cluster, index, namespace }
    }

    /// Returns the namespace.
    #[must_use]
    pub const fn namespace(&self) -> &str {
        self.namespace
    }

    /// Returns a reader that a task may keep.
    #[must_use]
    pub fn to_owned(&self) -> OwnedReader {
        OwnedReader {
            cluster: self.cluster.clone(),
            index: Arc::clone(self.index),
            namespace: self.namespace.to_owned(),
        }
    }

    /// Returns an object's contents, or nothing if it does not exist.
    pub async fn read(&self, source: &Source) -> Result<Option<Read>, ReadError> {
        let gvk = Gvk::new("", "v1", source.kind.as_str());
        let id = ObjectId::new(gvk, Some(self.namespace), source.name.clone());
        let found = self.cluster.get(&id).await?;
        let version = found
            .as_ref()
            .and_then(|object| object.str_at(&["metadata", "resourceVersion"]))
            .map(str::to_owned);
        self.index.read(&self.key(source), version.clone());
        let Some(object) = found else { return Ok(None) };
        let data = contents(source, &object)?;
        Ok(Some(Read { version: version.unwrap_or_default(), data }))
    }

    /// Returns the digest of one key, if the object has not changed since it was read.
    #[must_use]
    pub fn digest_of(&self, source: &Source, key: &str) -> Option<Digest> {
        self.index.digest(&self.key(source), key)
    }

    /// Keeps the digest of one key of an object at one version.
    pub fn remember(&self, source: &Source, key: &str, version: &str, digest: &Digest) {
        self.index.remember(&self.key(source), key, version, digest);
    }

    /// Returns what is known of an object's version without asking: `None` is nothing, `Some(None)` that it does
    /// not exist.
    #[must_use]
    pub fn version(&self, source: &Source) -> Option<Option<String>> {
        self.index.version(&self.key(source))
    }

    fn key(&self, source: &Source) -> Key {
        Key { kind: source.kind, namespace: self.namespace.to_owned(), name: source.name.clone() }
    }
}

fn contents(source: &Source, object: &Value) -> Result<BTreeMap<String, Vec<u8>>, ReadError> {
    let mut data = BTreeMap::new();
    let entries = |field: &str| object.get(field).and_then(Value::as_map).cloned();
    let encoded = match source.kind {
        SourceKind::ConfigMap => {
            for (key, text) in entries("data").unwrap_or_default() {
                data.insert(key.to_string(), text.as_str().unwrap_or_default().as_bytes().to_vec());
            }
            entries("binaryData")
        }
        SourceKind::Secret => entries("data"),
    };
    for (key, text) in encoded.unwrap_or_default() {
        let bytes =
            STANDARD.decode(text.as_str().unwrap_or_default()).map_err(|_| ReadError::Data {
                kind: source.kind.as_str(),
                name: source.name.clone(),
                key: key.to_string(),
            })?;
        data.insert(key.to_string(), bytes);
    }
    Ok(data)
}
