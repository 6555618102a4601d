//! Records in memory: for trying things out, and for tests of whoever calls us.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use release::labels::{self, Written};
use release::{Entry, History, Marks, Revision};
use value::Value;

use super::{RecordKey, RecordMeta, StorageError, Stored};

/// A text with records that is none.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// It is no YAML.
    #[error("reading records")]
    Yaml(#[source] Box<value::YamlError>),
    /// It is no list of releases.
    #[error("reading records: {0}")]
    Records(String),
}

/// The records. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    records: BTreeMap<RecordKey, Stored>,
    writes: u64,
}

impl Memory {
    /// Puts in what a YAML text holds: a list of releases with the fields that records have, as in the files
    /// that `HELM_MEMORY_DRIVER_DATA` names. A later one of the same number wins.
    pub fn load(&self, yaml: &str) -> Result<(), MemoryError> {
        let values =
            value::yaml::from_str(yaml).map_err(|error| MemoryError::Yaml(Box::new(error)))?;
        let revisions: Vec<Revision> = serde_json::from_str(&value::json::to_string(&values))
            .map_err(|error| MemoryError::Records(error.to_string()))?;
        for mut revision in revisions {
            if revision.namespace.is_empty() {
                "default".clone_into(&mut revision.namespace);
            }
            let labels = labels::system(&revision, Written::Created(Timestamp::UNIX_EPOCH));
            self.kept().put(revision, labels, BTreeMap::new());
        }
        Ok(())
    }

    pub(super) fn create(
        &self,
        revision: &Revision,
        custom: &BTreeMap<String, String>,
        marks: &Marks,
        now: Timestamp,
    ) -> Result<Stored, StorageError> {
        let key = RecordKey::new(&*revision.namespace, &*revision.name, revision.version);
        let mut kept = self.kept();
        if kept.records.contains_key(&key) {
            return Err(StorageError::AlreadyExists { key });
        }
        let mut labels = labels::custom(custom);
        labels.extend(labels::system(revision, Written::Created(now)));
        Ok(kept.put(revision.clone(), labels, marks.annotations()))
    }

    pub(super) fn update(&self, stored: &Stored, now: Timestamp) -> Result<Stored, StorageError> {
        let mut kept = self.kept();
        kept.check(&stored.key, &stored.resource_version)?;
        let mut labels = labels::custom(&stored.labels);
        labels.extend(labels::system(&stored.revision, Written::Modified(now)));
        Ok(kept.put(stored.revision.clone(), labels, stored.annotations.clone()))
    }

    pub(super) fn read(&self, key: &RecordKey) -> Result<Stored, StorageError> {
        let found = self.kept().records.get(key).cloned();
        found.ok_or_else(|| StorageError::NotFound { key: key.clone() })
    }

    pub(super) fn delete(&self, namespace: &str, name: &str, versions: &[u32]) -> usize {
        let mut kept = self.kept();
        let keys = versions.iter().map(|version| RecordKey::new(namespace, name, *version));
        keys.filter(|key| kept.records.remove(key).is_some()).count()
    }

    pub(super) fn history(&self, namespace: &str, name: &str) -> History {
        let kept = self.kept();
        let of = |key: &RecordKey| key.namespace == namespace && key.name == name;
        let records = kept.records.iter().filter(|(key, _)| of(key));
        History::new(name, records.map(|(_, stored)| Entry::from(stored.record())).collect())
    }

    pub(super) fn list(&self, namespace: Option<&str>) -> Vec<RecordMeta> {
        let kept = self.kept();
        let records = kept.records.values().map(Stored::meta);
        records.filter(|record| namespace.is_none_or(|ours| record.key.namespace == ours)).collect()
    }

    pub(super) fn annotate(
        &self,
        key: &RecordKey,
        expected: Option<&str>,
        annotations: &BTreeMap<String, Option<String>>,
    ) -> Result<RecordMeta, StorageError> {
        let mut stored = self.read(key)?;
        let mut kept = self.kept();
        kept.check(key, expected.unwrap_or(&stored.resource_version))?;
        for (name, text) in annotations {
            match text {
                Some(text) => stored.annotations.insert(name.clone(), text.clone()),
                None => stored.annotations.remove(name),
            };
        }
        Ok(kept.put(stored.revision, stored.labels, stored.annotations).meta())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn check(&self, key: &RecordKey, version: &str) -> Result<(), StorageError> {
        match self.records.get(key) {
            None => Err(StorageError::NotFound { key: key.clone() }),
            Some(stored) if stored.resource_version == version => Ok(()),
            Some(_) => Err(StorageError::Changed { key: key.clone() }),
        }
    }

    fn put(
        &mut self,
        revision: Revision,
        labels: BTreeMap<String, String>,
        annotations: BTreeMap<String, String>,
    ) -> Stored {
        self.writes += 1;
        let key = RecordKey::new(&*revision.namespace, &*revision.name, revision.version);
        let stored = Stored {
            key: key.clone(),
            revision,
            labels,
            annotations,
            resource_version: self.writes.to_string(),
            uid: key.to_string(),
            pointer: None,
            head_only: false,
            shell: Value::Null,
        };
        self.records.insert(key, stored.clone());
        stored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(version: u32) -> RecordKey {
        RecordKey::new("prod", "web", version)
    }

    #[test]
    fn records_are_read_from_helms_files() {
        let memory = Memory::default();
        let text = "- name: web\n  version: 2\n  namespace: prod\n  info: {status: deployed}\n\
                    - name: db\n  version: 1\n  info: {status: failed, last_deployed: \"\"}\n";
        memory.load(text).unwrap();
        let listed: Vec<String> = memory
            .list(None)
            .iter()
            .map(|record| format!("{} {} {}", record.key, record.status, record.labels["owner"]))
            .collect();
        assert_eq!(
            listed,
            ["default/db revision 1 failed helm", "prod/web revision 2 deployed helm"]
        );
        assert!(memory.load("name: x\n").is_err());
        assert!(memory.load("- [\n").is_err());
    }

    #[test]
    fn writers_do_not_overwrite_each_other() {
        let memory = Memory::default();
        let revision = Revision {
            name: "web".to_owned(),
            namespace: "prod".to_owned(),
            version: 1,
            ..Revision::default()
        };
        let create =
            || memory.create(&revision, &BTreeMap::new(), &Marks::default(), Timestamp::UNIX_EPOCH);
        let first = create().unwrap();
        assert!(matches!(create(), Err(StorageError::AlreadyExists { .. })));
        let beat = [("a".to_owned(), Some("1".to_owned()))].into();
        memory.annotate(&key(1), Some(&first.resource_version), &beat).unwrap();
        let late = memory.update(&first, Timestamp::UNIX_EPOCH);
        assert!(matches!(late, Err(StorageError::Changed { .. })));
        assert_eq!(memory.delete("prod", "web", &[1, 2]), 1);
        assert!(matches!(memory.read(&key(1)), Err(StorageError::NotFound { .. })));
    }
}
