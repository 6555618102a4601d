//! Chart.yaml: its fields as Helm names them and keeps them in release records.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::Dependency;

/// The fields of Chart.yaml.
///
/// As JSON it has Helm's names, leaves empty fields out and reads `null` as empty, so it serves for
/// release records too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The chart's name.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub name: String,
    /// The project's home page.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub home: String,
    /// Where the sources are.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub sources: Vec<String>,
    /// The chart's version, semver with Helm's leniency.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub version: String,
    /// One sentence about the chart.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub description: String,
    /// Words to find the chart by.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub keywords: Vec<String>,
    /// Who looks after the chart.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub maintainers: Vec<Maintainer>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub icon: String,
    /// `v1` or `v2`.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub api_version: String,
    /// Helm's unused condition of the chart itself.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub condition: String,
    /// Helm's unused tags of the chart itself: one text.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub tags: String,
    /// Version of the packaged program, any text.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub app_version: String,
    /// Whether the chart should no longer be used.
    #[serde(skip_serializing_if = "is_false", deserialize_with = "or_default")]
    pub deprecated: bool,
    /// Free annotations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    /// Constraint on the cluster's version.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub kube_version: String,
    /// The charts this one needs.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub dependencies: Vec<Dependency>,
    /// `application`, `library` or empty, which means `application`.
    #[serde(
        rename = "type",
        skip_serializing_if = "String::is_empty",
        deserialize_with = "or_default"
    )]
    pub chart_type: String,
}

impl Metadata {
    /// Returns whether the chart only serves others and cannot be installed.
    #[must_use]
    pub fn is_library(&self) -> bool {
        self.chart_type.eq_ignore_ascii_case("library")
    }
}

/// A person or group looking after a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Maintainer {
    /// Name.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub name: String,
    /// Address of mail.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub email: String,
    /// Address of a page.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "or_default")]
    pub url: String,
}

/// Reads `null` as the default, as Go's decoder leaves the field alone then.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
pub(crate) const fn is_false(flag: &bool) -> bool {
    !*flag
}
