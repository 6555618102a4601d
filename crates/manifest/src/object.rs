//! One object: its identity beside the tree it was read from.

use std::fmt;

use serde::{Deserialize, Serialize};
use value::Value;

use crate::{Finding, Gvk, ManifestError, Problem, Scope, Scopes};

/// What tells an object from all others of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId {
    /// Group, version and kind.
    pub gvk: Gvk,
    /// Namespace; `None` for cluster-scoped objects, and for objects that do not say before
    /// [`Object::with_namespace`].
    pub namespace: Option<String>,
    /// Name; empty when the server is to make one up from `metadata.generateName`.
    pub name: String,
}

impl ObjectId {
    /// Returns the identity of its parts.
    pub fn new(gvk: Gvk, namespace: Option<&str>, name: impl Into<String>) -> Self {
        Self {
            gvk,
            namespace: namespace.map(str::to_owned),
            name: name.into(),
        }
    }

    /// Returns whether both name the same object; the version is only a view of it and does not count.
    #[must_use]
    pub fn same_object(&self, other: &Self) -> bool {
        self.gvk.group == other.gvk.group
            && self.gvk.kind == other.gvk.kind
            && self.namespace == other.namespace
            && self.name == other.name
    }

    /// Returns this identity with an empty version, a key for sets in which versions do not count.
    #[must_use]
    pub fn without_version(&self) -> Self {
        let mut id = self.clone();
        id.gvk.version.clear();
        id
    }
}

/// Prints `Deployment/web`, or `Deployment prod/web` when the namespace is known.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() {
            "(generated name)"
        } else {
            &self.name
        };
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{name}", self.gvk.kind),
            None => write!(f, "{}/{name}", self.gvk.kind),
        }
    }
}

/// An object as a chart, a record or a server gives it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Who it is.
    pub id: ObjectId,
    /// The `# Source:` path of its template; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The whole tree.
    pub value: Value,
}

impl Object {
    /// Reads the identity of `value`, which comes from the template `path` (may be empty).
    ///
    /// An object needs `apiVersion`, `kind` and one of `metadata.name` and `metadata.generateName`.
    pub fn new(value: Value, path: &str) -> Result<Self, ManifestError> {
        Self::identify(value, path)
            .map_err(|problem| ManifestError::from(Finding::new(path, 1, problem)))
    }

    /// As [`Object::new`], for callers that know where the value stood.
    pub(crate) fn identify(value: Value, path: &str) -> Result<Self, Problem> {
        if value.as_map().is_none() {
            return Err(Problem::NotAnObject {
                found: value.kind(),
            });
        }
        let text = |at: &[&str]| value.str_at(at).filter(|text| !text.is_empty());
        let kind = text(&["kind"]).ok_or(Problem::NoKind)?;
        let api_version = text(&["apiVersion"]).ok_or_else(|| Problem::NoApiVersion {
            kind: kind.to_owned(),
        })?;
        let name = text(&["metadata", "name"]);
        match (name, text(&["metadata", "generateName"])) {
            (None, None) => {
                return Err(Problem::NoName {
                    kind: kind.to_owned(),
                });
            }
            (Some(_), Some(_)) => return Err(Problem::TwoNames),
            _ => {}
        }
        let id = ObjectId::new(
            Gvk::from_api_version(api_version, kind),
            text(&["metadata", "namespace"]),
            name.unwrap_or_default(),
        );
        Ok(Self {
            id,
            path: path.to_owned(),
            value,
        })
    }

    /// Returns the object with its namespace settled: none for a cluster-scoped kind (in the tree as well),
    /// its own or else `default` for any other. A kind that `scopes` does not serve counts as namespaced.
    #[must_use]
    pub fn with_namespace(&self, scopes: &Scopes, default: &str) -> Self {
        let mut object = self.clone();
        if scopes.of(&self.id.gvk) == Some(Scope::Cluster) {
            object.id.namespace = None;
            if self.value.at(&["metadata", "namespace"]).is_some()
                && let Some(metadata) = object
                    .value
                    .as_map_mut()
                    .and_then(|map| map.get_mut("metadata"))
                && let Some(metadata) = metadata.as_map_mut()
            {
                metadata.remove("namespace");
            }
        } else if self.id.namespace.is_none() {
            object.id.namespace = Some(default.to_owned());
            object
                .value
                .set(&["metadata", "namespace"], Value::from(default));
        }
        object
    }

    /// Returns the annotation `key`.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.value.str_at(&["metadata", "annotations", key])
    }

    /// Returns the prefix of the name that the server is to make up, for an object without a name.
    #[must_use]
    pub fn generate_name(&self) -> Option<&str> {
        self.value
            .str_at(&["metadata", "generateName"])
            .filter(|_| self.id.name.is_empty())
    }
}
