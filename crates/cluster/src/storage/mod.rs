//! The records of releases, exactly as Helm keeps them.
//!
//! A record is one Secret (or ConfigMap, as the [`Driver`] says) per revision. Creating it is the lock between
//! two writers: whoever comes second gets [`StorageError::AlreadyExists`]. Every later write names the
//! `resourceVersion` it was based on, so that what others (Helm writes without looking) have changed in between
//! is noticed. Labels and annotations of others survive our writes. A record that is too large for one object
//! has `parts` beside it.

mod error;
mod kind;
mod memory;
mod objects;
mod overview;
mod parts;
mod protobuf;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use release::{Entry, History, Marks, Revision, Skimmed, Status, StoredChart};

pub use error::{Doing, StorageError};
pub use memory::{Memory, MemoryError};
pub use overview::Glance;
pub use record::{RecordKey, RecordMeta, Stored, newest};

use crate::{Cluster, RecordWatch};
use kind::Kind;
use objects::Objects;

/// Where records are kept.
#[derive(Clone, Debug, Default)]
pub enum Driver {
    /// In Secrets, Helm's default.
    #[default]
    Secrets,
    /// In ConfigMaps.
    ConfigMaps,
    /// In the memory of this process.
    Memory(Memory),
}

/// What a connection knows about records, shared by its clones.
#[derive(Debug, Default)]
pub(crate) struct Keeping {
    pub(crate) driver: Driver,
    /// Whether a release (namespace and name) had parts of records when they were last looked for.
    parts: Mutex<BTreeMap<(String, String), bool>>,
}

impl Keeping {
    pub(crate) fn by(driver: Driver) -> Self {
        Self { driver, parts: Mutex::default() }
    }
}

/// Access to the records of releases. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage {
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Objects(Box<Objects>),
    Memory(Memory),
}

impl Storage {
    pub(crate) fn new(cluster: &Cluster) -> Self {
        let objects = |kind| Place::Objects(Box::new(Objects::new(cluster, kind)));
        let place = match &cluster.keeping.driver {
            Driver::Secrets => objects(Kind::Secret),
            Driver::ConfigMaps => objects(Kind::ConfigMap),
            Driver::Memory(memory) => Place::Memory(memory.clone()),
        };
        Self { place }
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
        match &self.place {
            Place::Objects(objects) => objects.create(revision, labels, marks, now).await,
            Place::Memory(memory) => memory.create(revision, labels, marks, now),
        }
    }

    /// Replaces a record with what is in `stored` now (revision, custom labels, annotations); its status label
    /// follows the revision. Of a split record only what has changed is written.
    ///
    /// [`StorageError::Changed`] when somebody else wrote it since it was read.
    pub async fn update(&self, stored: &Stored, now: Timestamp) -> Result<Stored, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.update(stored, now).await,
            Place::Memory(memory) => memory.update(stored, now),
        }
    }

    /// Reads one record.
    pub async fn read(&self, key: &RecordKey) -> Result<Stored, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.read(key).await,
            Place::Memory(memory) => memory.read(key),
        }
    }

    /// Reads one record, of a split one only the head: what it says about state, times and hooks' runs is
    /// complete, its manifest is not there. It can be changed and updated as any other.
    pub async fn read_head(&self, key: &RecordKey) -> Result<Stored, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.read_head(key).await,
            Place::Memory(memory) => memory.read(key),
        }
    }

    /// Deletes a record; tells whether there was one.
    pub async fn delete(&self, key: &RecordKey) -> Result<bool, StorageError> {
        let deleted = self.delete_all(&key.namespace, &key.name, &[key.version]).await?;
        Ok(deleted > 0)
    }

    /// Deletes records of a release; returns how many there were.
    pub async fn delete_all(
        &self,
        namespace: &str,
        name: &str,
        versions: &[u32],
    ) -> Result<usize, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.delete(namespace, name, versions).await,
            Place::Memory(memory) => Ok(memory.delete(namespace, name, versions)),
        }
    }

    /// Reads all records of a release. One that cannot be decoded is [`Entry::Damaged`], not an error.
    pub async fn history(&self, namespace: &str, name: &str) -> Result<History, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.history(namespace, name).await,
            Place::Memory(memory) => Ok(memory.history(namespace, name)),
        }
    }

    /// As [`history`](Self::history), but reads only what an operation on the release needs: what is deployed,
    /// and what came after it. All else is [`Entry::Closed`], see [`open`](Self::open).
    pub async fn recent(&self, namespace: &str, name: &str) -> Result<History, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.recent(namespace, name).await,
            Place::Memory(memory) => Ok(memory.history(namespace, name)),
        }
    }

    /// Reads those of the revisions that were not read so far.
    pub async fn open(
        &self,
        namespace: &str,
        history: &mut History,
        versions: &[u32],
    ) -> Result<(), StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.open(namespace, history, versions).await,
            Place::Memory(_) => Ok(()),
        }
    }

    /// As [`history`](Self::history), of split records only the heads, see [`read_head`](Self::read_head).
    pub async fn heads(&self, namespace: &str, name: &str) -> Result<History, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.heads(namespace, name).await,
            Place::Memory(memory) => Ok(memory.history(namespace, name)),
        }
    }

    /// Lists all records of a namespace, or of all namespaces, without their contents.
    ///
    /// `selector` is a label selector on top of Helm's own `owner=helm`. Memory does not know selectors.
    pub async fn list(
        &self,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Vec<RecordMeta>, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.list(namespace, selector).await,
            Place::Memory(memory) => Ok(memory.list(namespace)),
        }
    }

    /// Reads what a list shows of some records that [`list`](Self::list) named, in that order; one that was
    /// deleted in between is left out. `known` is how many records of each state that list had: it decides
    /// whether they are read one by one or all at once.
    pub async fn glance(
        &self,
        namespace: Option<&str>,
        shown: &[RecordMeta],
        known: &BTreeMap<Status, usize>,
    ) -> Result<Vec<Glance>, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.glance(namespace, shown, known).await,
            Place::Memory(memory) => {
                let read = |meta: &RecordMeta| {
                    let Revision { info, chart, .. } = memory.read(&meta.key).ok()?.revision;
                    let chart = StoredChart { metadata: chart.metadata, ..StoredChart::default() };
                    Some((meta.clone(), Ok(Skimmed { info, chart })))
                };
                Ok(shown.iter().filter_map(read).collect())
            }
        }
    }

    /// Reads the contents of records that a list named, in that order. One that was deleted in between is left
    /// out, one that cannot be decoded is [`Entry::Damaged`].
    pub async fn read_all(
        &self,
        records: &[RecordMeta],
    ) -> Result<Vec<(RecordMeta, Entry)>, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.read_all(records).await,
            Place::Memory(memory) => {
                let read = |meta: &RecordMeta| {
                    let stored = memory.read(&meta.key).ok()?;
                    Some((meta.clone(), Entry::from(stored.record())))
                };
                Ok(records.iter().filter_map(read).collect())
            }
        }
    }

    /// Sets annotations of a record (`None` takes one away) without touching anything else. With `expected`, only
    /// while the record has that `resourceVersion`; see [`Stored::absorb`].
    pub async fn annotate(
        &self,
        key: &RecordKey,
        expected: Option<&str>,
        annotations: &BTreeMap<String, Option<String>>,
    ) -> Result<RecordMeta, StorageError> {
        match &self.place {
            Place::Objects(objects) => objects.annotate(key, expected, annotations).await,
            Place::Memory(memory) => memory.annotate(key, expected, annotations),
        }
    }

    /// Returns whether records outlive the process.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        match &self.place {
            Place::Objects(_) => true,
            Place::Memory(_) => false,
        }
    }

    /// Follows the metadata of one record.
    #[must_use]
    pub fn watch_record(&self, key: &RecordKey) -> RecordWatch {
        match &self.place {
            Place::Objects(objects) => objects.watch(key),
            Place::Memory(memory) => {
                RecordWatch::still(key, memory.read(key).ok().as_ref().map(Stored::meta))
            }
        }
    }
}

impl Cluster {
    /// Returns the same connection with its records kept elsewhere.
    #[must_use]
    pub fn with_driver(&self, driver: Driver) -> Self {
        Self { keeping: Keeping::by(driver).into(), ..self.clone() }
    }

    fn known_parts(&self, namespace: &str, name: &str) -> Option<bool> {
        let parts = self.keeping.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.get(&(namespace.to_owned(), name.to_owned())).copied()
    }

    fn note_parts(&self, namespace: &str, name: &str, found: bool) {
        let mut parts = self.keeping.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.insert((namespace.to_owned(), name.to_owned()), found);
    }
}
