//! Where values of a Release come from.

#![expect(
    unreachable_pub,
    reason = "the structs that KubeSchema derives inside its functions are pub"
)]

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::{DATA_KEY, SUBDOMAIN};

/// Values from one key of a ConfigMap or Secret in the namespace of the Release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.mode == 'Values' || has(self.path)")
        .message("the modes String and Set need a path"),
)]
pub struct ValuesFrom {
    /// What holds the values: ConfigMap or Secret.
    pub kind: SourceKind,
    /// The name of the object.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub name: String,
    /// The key in its data.
    #[serde(default = "values_key")]
    #[schemars(length(min = 1, max = 253), regex(pattern = DATA_KEY))]
    pub key: String,
    /// Where in the values it goes, as in `--set`: `a.b`, `list[0].c`, a dot in a name as `\.`. Without it the document is merged at the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub path: Option<String>,
    /// How the content is taken: Values (a YAML document), String (one string, as it is) or Set (the text after the equals sign of `--set`, so numbers, booleans and lists are recognised).
    #[serde(default)]
    pub mode: ValuesMode,
    /// Whether a missing object or key is passed over.
    #[serde(default)]
    pub optional: bool,
    /// Whether it is merged over `values` and not under them.
    #[serde(default)]
    pub overrides: bool,
}

/// What holds values.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum SourceKind {
    /// A ConfigMap.
    ConfigMap,
    /// A Secret.
    Secret,
}

/// How the content of a key becomes values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ValuesMode {
    /// A YAML document.
    #[default]
    Values,
    /// One string.
    String,
    /// As after `--set path=`.
    Set,
}

impl SourceKind {
    /// Returns the kind's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

fn values_key() -> String {
    "values.yaml".to_owned()
}
