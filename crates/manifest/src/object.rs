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
        Self { gvk, namespace: namespace.map(str::to_owned), name: name.into() }
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
        let name = if self.name.is_empty() { "(generated name)" } else { &self.name };
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{name}", self.gvk.kind),
            None => write!(f, "{}/{name}", self.gvk.kind),
        }
    }
}

/// An object as a chart, a record or a server gives it. Cheap to clone.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Who it is.
    pub id: ObjectId,
    /// The `# Source:` path of its template; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The whole tree.
    pub value: Value,
}

/// Shows who it is and not what it holds, which may be a Secret.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("id", &format_args!("{} {}", self.id.gvk, self.id))
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Object {
    /// Reads the identity of `value`, which comes from the template `path` (may be empty).
    ///
    /// An object needs `apiVersion`, `kind` and one of `metadata.name` and `metadata.generateName`.
    pub fn new(value: Value, path: &str) -> Result<Self, ManifestError> {
        Self::identify(value, path)
            .map_err(|problem| ManifestError::from(Finding::of_object(path, problem)))
    }

    /// As [`Object::new`], for callers that know where the value stood.
    pub(crate) fn identify(value: Value, path: &str) -> Result<Self, Problem> {
        if value.as_map().is_none() {
            return Err(Problem::NotAnObject { found: value.kind() });
        }
        for field in ["apiVersion", "kind"] {
            must_be_text(&value, &[field])?;
        }
        for field in ["name", "generateName", "namespace"] {
            must_be_text(&value, &["metadata", field])?;
        }
        let text = |at: &[&str]| value.str_at(at).filter(|text| !text.is_empty());
        let kind = text(&["kind"]).ok_or(Problem::NoKind)?;
        let api_version =
            text(&["apiVersion"]).ok_or_else(|| Problem::NoApiVersion { kind: kind.to_owned() })?;
        let name = text(&["metadata", "name"]);
        match (name, text(&["metadata", "generateName"])) {
            (None, None) => {
                return Err(Problem::NoName { kind: kind.to_owned() });
            }
            (Some(_), Some(_)) => return Err(Problem::TwoNames),
            _ => {}
        }
        let id = ObjectId::new(
            Gvk::from_api_version(api_version, kind),
            text(&["metadata", "namespace"]),
            name.unwrap_or_default(),
        );
        Ok(Self { id, path: path.to_owned(), value })
    }

    /// Returns the object with its namespace settled: none for a cluster-scoped kind (in the tree as well),
    /// its own or else `default` for any other. A kind that `scopes` does not serve counts as namespaced.
    #[must_use]
    pub fn with_namespace(&self, scopes: &Scopes, default: &str) -> Self {
        let mut object = self.clone();
        if scopes.of(&self.id.gvk) == Some(Scope::Cluster) {
            object.id.namespace = None;
            if self.value.at(&["metadata", "namespace"]).is_some()
                && let Some(metadata) =
                    object.value.as_map_mut().and_then(|map| map.get_mut("metadata"))
                && let Some(metadata) = metadata.as_map_mut()
            {
                metadata.remove("namespace");
            }
        } else if self.id.namespace.is_none() {
            object.id.namespace = Some(default.to_owned());
            object.value.set(&["metadata", "namespace"], Value::from(default));
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
        self.value.str_at(&["metadata", "generateName"]).filter(|_| self.id.name.is_empty())
    }
}

/// Checks that what stands at `path`, if anything, is text.
fn must_be_text(value: &Value, path: &[&str]) -> Result<(), Problem> {
    match value.at(path) {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(other) => Err(Problem::NotText { field: path.join("."), found: other.kind() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Result<Object, String> {
        Object::new(value::yaml::from_str(text).unwrap(), "app/templates/a.yaml")
            .map_err(|error| error.to_string())
    }

    #[test]
    fn identities_are_read() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let found = object(text).map(|object| object.id.to_string());
            let expected = expected.map(str::to_owned);
            let place = "app/templates/a.yaml, document 1: ";
            assert_eq!(found, expected.map_err(|why| format!("{place}{why}")), "{text}");
        };
        check(
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}",
            Ok("Deployment/web"),
        );
        check("{apiVersion: v1, kind: A, metadata: {name: b, namespace: c}}", Ok("A c/b"));
        check("{apiVersion: v1, kind: A, metadata: {generateName: b-}}", Ok("A/(generated name)"));
        check("{apiVersion: v1, metadata: {name: a}}", Err("kind is missing"));
        check("{kind: A, metadata: {name: a}}", Err("A has no apiVersion"));
        check("{kind: A, apiVersion: '', metadata: {name: a}}", Err("A has no apiVersion"));
        let nameless = Err("A has neither metadata.name nor metadata.generateName");
        check("{apiVersion: v1, kind: A}", nameless);
        check("{apiVersion: v1, kind: A, metadata: {name: ''}}", nameless);
        check(
            "{apiVersion: v1, kind: A, metadata: {name: a, generateName: b}}",
            Err("metadata.name and metadata.generateName cannot both be set"),
        );
        check(
            "{apiVersion: v1, kind: A, metadata: {name: 12}}",
            Err("metadata.name must be text, this is a number; put it in quotes"),
        );
        check("[]", Err("an object is expected, this is a list"));
    }

    #[test]
    fn versions_do_not_tell_objects_apart() {
        let id = |version, name| ObjectId::new(Gvk::new("apps", version, "A"), Some("ns"), name);
        assert!(id("v1", "a").same_object(&id("v2", "a")));
        assert!(!id("v1", "a").same_object(&id("v1", "b")));
        assert_eq!(id("v1", "a").without_version(), id("v2", "a").without_version());
    }

    #[test]
    fn namespaces_are_settled_by_scope() {
        let scopes: Scopes = [
            (Gvk::new("", "v1", "Node"), Scope::Cluster),
            (Gvk::new("", "v1", "Pod"), Scope::Namespaced),
        ]
        .into_iter()
        .collect();
        let check = |kind: &str, namespace: &str, expected: Option<&str>| {
            let text =
                format!("{{apiVersion: v1, kind: {kind}, metadata: {{name: a{namespace}}}}}");
            let settled = object(&text).unwrap().with_namespace(&scopes, "prod");
            assert_eq!(settled.id.namespace.as_deref(), expected, "{text}");
            assert_eq!(settled.value.str_at(&["metadata", "namespace"]), expected, "{text}");
        };
        check("Pod", "", Some("prod"));
        check("Pod", ", namespace: other", Some("other"));
        check("Pod", ", namespace: ''", Some("prod"));
        check("Node", "", None);
        check("Node", ", namespace: other", None);
        check("Unheard", "", Some("prod"));
    }
}
