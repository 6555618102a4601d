//! The chart inside a record.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use value::Value;

use crate::tolerant;

/// A chart as records keep it: after its dependencies were processed, without its subcharts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredChart {
    /// What Chart.yaml says.
    #[serde(default)]
    pub metadata: Value,
    /// What Chart.lock says; null when there is none.
    #[serde(default)]
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
