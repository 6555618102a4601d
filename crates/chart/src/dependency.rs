//! One entry of a chart's `dependencies`.

use serde::{Deserialize, Serialize};
use value::Value;

use crate::fields::{Fields, Wrong};
use crate::metadata::{is_false, or_default};

/// A dependency as Chart.yaml declares it and as release records keep it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Dependency {
    /// Name of the chart; the alias in a resolved chart.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Constraint on the chart's version.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub version: String,
    /// Where the chart is found.
    #[serde(deserialize_with = "or_default")]
    pub repository: String,
    /// Comma-separated paths into the values; the first that is a boolean decides.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub condition: String,
    /// Names under `tags` of the values that switch the dependency.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// Whether the dependency takes part; set by resolving.
    #[serde(skip_serializing_if = "is_false", deserialize_with = "or_default")]
    pub enabled: bool,
    /// What the parent takes over from the dependency's values: names or `{child, parent}`.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub import_values: Vec<Value>,
    /// Another name for this use of the chart.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub alias: String,
    /// The siblings, by name or alias, that are deployed before it.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub depends_on: Vec<String>,
}

impl Dependency {
    /// Returns the name under which the parent sees the dependency.
    #[must_use]
    pub fn key(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}

/// Reads the `dependencies` of a file; a `null` among them stays one.
pub(crate) fn read_all(fields: &Fields<'_>) -> Result<Vec<Option<Dependency>>, Wrong> {
    fields.maps("dependencies", "dependencies.", "v2.Dependency", |one| {
        Ok(Dependency {
            name: one.text("name")?,
            version: one.text("version")?,
            repository: one.text("repository")?,
            condition: one.text("condition")?,
            tags: one.texts("tags")?,
            enabled: one.flag("enabled")?,
            import_values: one.list("import-values", "[]interface {}")?.to_vec(),
            alias: one.text("alias")?,
            depends_on: one.texts("depends-on")?,
        })
    })
}
