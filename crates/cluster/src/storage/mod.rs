//! The records of releases, in the cluster, exactly as Helm keeps them.
//!
//! A record is one Secret per revision. Creating it is the lock between two writers: whoever comes second gets
//! [`StorageError::AlreadyExists`]. Every later write names the `resourceVersion` it was based on, so that
//! what others (Helm writes without looking) have changed in between is noticed. Labels and annotations of others
//! survive our writes.

mod error;
mod record;
mod secret;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use release::{Entry, History, Marks, Revision};

pub use error::{Doing, StorageError};
pub use record::{RecordKey, RecordMeta, Stored, newest};

use crate::{Cluster, RecordWatch};

/// Access to the records of releases. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage {
    secrets: secret::Secrets,
}

impl Storage {
    pub(crate) fn new(cluster: &Cluster) -> Self {
        Self { secrets: secret::Secrets::new(cluster) }
    }

    /// Writes the record of a new revision into its namespace, with the custom labels of the release and our
    /// marks.
    pub async fn create(
        &self,
        revision: &Revision,
        labels: &BTreeMap<String, String>,
        marks: &Marks,
        now: Timestamp,
    ) -> Result<Stored, StorageError> {
        self.secrets.create(revision, labels, marks, now).await
    }

    /// Replaces a record with what is in `stored` now (revision, custom labels, annotations); its status label
    /// follows the revision.
    ///
    /// [`StorageError::Changed`] when somebody else wrote it since it was read.
    pub async fn update(&self, stored: &Stored, now: Timestamp) -> Result<Stored, StorageError> {
        self.secrets.update(stored, now).await
    }

    /// Reads one record.
    pub async fn read(&self, key: &RecordKey) -> Result<Stored, StorageError> {
        self.secrets.read(key).await
    }

    /// Deletes a record; tells whether there was one.
    pub async fn delete(&self, key: &RecordKey) -> Result<bool, StorageError> {
        self.secrets.delete(key).await
    }

    /// Reads all records of a release. One that cannot be decoded is [`Entry::Damaged`], not an error.
    pub async fn history(&self, namespace: &str, name: &str) -> Result<History, StorageError> {
        self.secrets.history(namespace, name).await
    }

    /// Lists all records of a namespace, or of all namespaces, without their contents.
    ///
    /// `selector` is a label selector on top of Helm's own `owner=helm`.
    pub async fn list(
        &self,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Vec<RecordMeta>, StorageError> {
        self.secrets.list(namespace, selector).await
    }

    /// Reads the contents of records that a list named, in that order. One that was deleted in between is left
    /// out, one that cannot be decoded is [`Entry::Damaged`].
    pub async fn read_all(
        &self,
        records: &[RecordMeta],
    ) -> Result<Vec<(RecordMeta, Entry)>, StorageError> {
        self.secrets.read_all(records).await
    }

    /// Sets annotations of a record (`None` takes one away) without touching anything else. With `expected`, only
    /// while the record has that `resourceVersion`; see [`Stored::absorb`].
    pub async fn annotate(
        &self,
        key: &RecordKey,
        expected: Option<&str>,
        annotations: &BTreeMap<String, Option<String>>,
    ) -> Result<RecordMeta, StorageError> {
        self.secrets.annotate(key, expected, annotations).await
    }

    /// Follows the metadata of one record.
    #[must_use]
    pub fn watch_record(&self, key: &RecordKey) -> RecordWatch {
        self.secrets.watch(key)
    }
}
