//! The chart inside a record.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use value::Value;

use crate::{ordered, tolerant};

/// A chart as records keep it: after its dependencies were processed, without its subcharts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredChart {
    /// What Chart.yaml says.
    #[serde(default, serialize_with = "ordered::metadata")]
    pub metadata: Value,
    /// What Chart.lock says; null when there is none.
    #[serde(default, serialize_with = "ordered::lock")]
    pub lock: Value,
    /// The templates; written as `null` when there are none.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        serialize_with = "tolerant::write_list"
    )]
    pub templates: Vec<StoredFile>,
    /// The default values, with those of the subcharts when the chart has dependencies.
    #[serde(default)]
    pub values: Value,
    /// The bytes of values.schema.json.
    #[serde(
        default,
        deserialize_with = "tolerant::optional_bytes",
        serialize_with = "tolerant::write_optional_bytes"
    )]
    pub schema: Option<Arc<[u8]>>,
    /// When that file was changed; Helm 4 always writes it.
    #[serde(
        rename = "schemamodtime",
        default,
        deserialize_with = "tolerant::time",
        serialize_with = "tolerant::write_time"
    )]
    pub schema_modified: Option<Timestamp>,
    /// All other files that belong to a record.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        serialize_with = "tolerant::write_list"
    )]
    pub files: Vec<StoredFile>,
    /// When Chart.yaml was changed.
    #[serde(
        rename = "modtime",
        default,
        deserialize_with = "tolerant::time",
        skip_serializing_if = "Option::is_none"
    )]
    pub modified: Option<Timestamp>,
    /// Fields this version does not know.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

impl StoredChart {
    /// Returns the record of a chart whose dependencies are processed (see `chart::resolve`). Subcharts are
    /// left out, as Helm leaves them out. Times of files are not recorded: a chart does not carry them.
    #[must_use]
    pub fn new(chart: &::chart::Chart) -> Self {
        // Text, lists and maps of text: this cannot fail.
        let metadata = serde_json::to_string(&chart.metadata).unwrap_or_default();
        Self {
            metadata: value::json::from_str(&metadata).unwrap_or_default(),
            lock: chart.lock.clone().unwrap_or_default(),
            templates: chart.templates.iter().map(StoredFile::from).collect(),
            values: chart.values.clone(),
            schema: chart.schema.as_ref().map(::chart::Content::shared),
            schema_modified: None,
            files: chart.files.iter().map(StoredFile::from).collect(),
            modified: None,
            extra: BTreeMap::new(),
        }
    }

    /// Returns the chart's name; empty when the record has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.metadata.str_at(&["name"]).unwrap_or_default()
    }

    /// Returns the chart's version; empty when the record has none.
    #[must_use]
    pub fn version(&self) -> &str {
        self.metadata.str_at(&["version"]).unwrap_or_default()
    }

    /// Returns the version of what the chart installs; empty when it does not say.
    #[must_use]
    pub fn app_version(&self) -> &str {
        self.metadata.str_at(&["appVersion"]).unwrap_or_default()
    }
}

/// A file of a stored chart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Path in the chart.
    #[serde(default, deserialize_with = "tolerant::or_default")]
    pub name: String,
    /// The bytes.
    #[serde(
        default,
        deserialize_with = "tolerant::bytes",
        serialize_with = "tolerant::write_bytes"
    )]
    pub data: Arc<[u8]>,
    /// When it was changed; Helm 4 writes it.
    #[serde(
        rename = "modtime",
        default,
        deserialize_with = "tolerant::time",
        skip_serializing_if = "Option::is_none"
    )]
    pub modified: Option<Timestamp>,
    /// Fields this version does not know.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

impl From<&::chart::File> for StoredFile {
    fn from(file: &::chart::File) -> Self {
        Self { name: file.name.clone(), data: file.data.shared(), ..Self::default() }
    }
}
