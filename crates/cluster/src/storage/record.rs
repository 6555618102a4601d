//! A record as it lies in the cluster.

use std::collections::BTreeMap;
use std::fmt;

use release::{Marks, Pointer, Record, Revision, Status, codec};
use value::Value;

/// Which record: one revision of one release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// The release's namespace, where its records are.
    pub namespace: String,
    /// The release.
    pub name: String,
    /// The revision.
    pub version: u32,
}

impl RecordKey {
    /// Returns the key of a revision.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>, version: u32) -> Self {
        Self { namespace: namespace.into(), name: name.into(), version }
    }

    /// Returns the name of the Kubernetes object.
    #[must_use]
    pub fn object_name(&self) -> String {
        codec::key(&self.name, self.version)
    }
}

/// Prints `prod/web revision 3`.
impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} revision {}", self.namespace, self.name, self.version)
    }
}

/// A record without its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordMeta {
    /// Which record.
    pub key: RecordKey,
    /// The revision's state, from the label.
    pub status: Status,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// All annotations.
    pub annotations: BTreeMap<String, String>,
    /// For writes that must not overwrite others'.
    pub resource_version: String,
    /// Tells the record from a later one of the same name.
    pub uid: String,
}

impl RecordMeta {
    /// Reads the metadata of an object; nothing for one that is not named like a record.
    pub(crate) fn read(metadata: &Value) -> Option<Self> {
        let text = |key: &str| metadata.str_at(&[key]).unwrap_or_default().to_owned();
        let (name, version) = codec::parse_key(metadata.str_at(&["name"])?)?;
        let labels = strings(metadata.get("labels"));
        Some(Self {
            key: RecordKey::new(text("namespace"), name, version),
            status: Status::from(labels.get("status").map_or("unknown", String::as_str)),
            labels,
            annotations: strings(metadata.get("annotations")),
            resource_version: text("resourceVersion"),
            uid: text("uid"),
        })
    }

    /// Returns our marks.
    #[must_use]
    pub fn marks(&self) -> Marks {
        Marks::of(&self.annotations)
    }
}

/// A record with its contents. Change the fields and [`update`](super::Storage::update) it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Which record.
    pub key: RecordKey,
    /// The contents.
    pub revision: Revision,
    /// All labels; those that Helm reserves are set anew by each write.
    pub labels: BTreeMap<String, String>,
    /// All annotations.
    pub annotations: BTreeMap<String, String>,
    /// The version that was read or written last.
    pub resource_version: String,
    /// Tells the record from a later one of the same name.
    pub uid: String,
    /// Where the rest of it is, when it is split.
    pub(crate) pointer: Option<Pointer>,
    /// Whether only the head of a split record was read; its status can be changed all the same.
    pub(crate) head_only: bool,
    /// The object without the contents, so that writing it back loses nothing.
    pub(crate) shell: Value,
}

impl Stored {
    /// Returns the record without its contents.
    #[must_use]
    pub fn meta(&self) -> RecordMeta {
        RecordMeta {
            key: self.key.clone(),
            status: self.revision.info.status,
            labels: self.labels.clone(),
            annotations: self.annotations.clone(),
            resource_version: self.resource_version.clone(),
            uid: self.uid.clone(),
        }
    }

    /// Returns the record as a history holds it.
    #[must_use]
    pub fn record(&self) -> Record {
        Record {
            revision: self.revision.clone(),
            labels: self.labels.clone(),
            annotations: self.annotations.clone(),
        }
    }

    /// Returns our marks.
    #[must_use]
    pub fn marks(&self) -> Marks {
        Marks::of(&self.annotations)
    }

    /// Returns how many parts the record has beside its head; nothing when it is whole, as Helm needs it.
    #[must_use]
    pub fn parts(&self) -> Option<u32> {
        self.pointer.as_ref().map(|pointer| pointer.parts)
    }

    /// Takes over what [`annotate`](super::Storage::annotate) has written, so that the next update is based on
    /// it.
    pub fn absorb(&mut self, meta: RecordMeta) {
        self.annotations = meta.annotations;
        self.resource_version = meta.resource_version;
    }
}

/// Returns the newest record of each release, sorted by namespace and name.
#[must_use]
pub fn newest(records: Vec<RecordMeta>) -> Vec<RecordMeta> {
    let mut heads: BTreeMap<(String, String), RecordMeta> = BTreeMap::new();
    for record in records {
        let release = (record.key.namespace.clone(), record.key.name.clone());
        let newer = heads.get(&release).is_none_or(|head| head.key.version < record.key.version);
        if newer {
            heads.insert(release, record);
        }
    }
    heads.into_values().collect()
}

/// Reads a map of texts.
pub(super) fn strings(map: Option<&Value>) -> BTreeMap<String, String> {
    let entries = map.and_then(Value::as_map).into_iter().flatten();
    entries.filter_map(|(key, text)| Some((key.to_string(), text.as_str()?.to_owned()))).collect()
}
