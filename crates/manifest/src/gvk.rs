//! What kind of thing an object is, and whether such things live in a namespace.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Object;

/// Group, version and kind of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gvk {
    /// API group; empty for the core group.
    pub group: String,
    /// Version inside the group, such as `v1`.
    pub version: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
}

impl Gvk {
    /// Returns the triple of its parts.
    pub fn new(
        group: impl Into<String>,
        version: impl Into<String>,
        kind: impl Into<String>,
    ) -> Self {
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }

    /// Takes an `apiVersion` (`v1`, `apps/v1`) apart.
    #[must_use]
    pub fn from_api_version(api_version: &str, kind: &str) -> Self {
        match api_version.split_once('/') {
            Some((group, version)) => Self::new(group, version, kind),
            None => Self::new("", api_version, kind),
        }
    }

    /// Returns the `apiVersion` as objects write it.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Returns whether this is `kind` of `group`, in any version.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }
}

/// Prints `apps/v1/Deployment`, and `v1/Secret` for the core group.
impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.group.is_empty() {
            write!(f, "{}/", self.group)?;
        }
        write!(f, "{}/{}", self.version, self.kind)
    }
}

/// Whether objects of a kind live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One per namespace and name.
    Namespaced,
    /// One per name in the whole cluster.
    Cluster,
}

/// The kinds an API server serves, each with its scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(BTreeMap<Gvk, Scope>);

impl Scopes {
    /// Returns an empty set: no kind is served.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind, or changes its scope.
    pub fn insert(&mut self, gvk: Gvk, scope: Scope) {
        self.0.insert(gvk, scope);
    }

    /// Returns the scope of a kind, if the kind is served.
    #[must_use]
    pub fn of(&self, gvk: &Gvk) -> Option<Scope> {
        self.0.get(gvk).copied()
    }

    /// Returns whether the kind is served.
    #[must_use]
    pub fn serves(&self, gvk: &Gvk) -> bool {
        self.0.contains_key(gvk)
    }

    /// Iterates over all kinds in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Gvk, Scope)> {
        self.0.iter().map(|(gvk, scope)| (gvk, *scope))
    }

    /// Adds what the `CustomResourceDefinition`s among `objects` will serve once they are established:
    /// every version with `served: true`. Other objects are passed over, as are definitions lacking a kind.
    pub fn add_crds(&mut self, objects: &[Object]) {
        for object in objects {
            for (gvk, scope) in served_by(object) {
                self.insert(gvk, scope);
            }
        }
    }
}

impl FromIterator<(Gvk, Scope)> for Scopes {
    fn from_iter<I: IntoIterator<Item = (Gvk, Scope)>>(kinds: I) -> Self {
        Self(kinds.into_iter().collect())
    }
}

impl Extend<(Gvk, Scope)> for Scopes {
    fn extend<I: IntoIterator<Item = (Gvk, Scope)>>(&mut self, kinds: I) {
        self.0.extend(kinds);
    }
}

/// Returns what one definition serves; nothing for any other object.
fn served_by(object: &Object) -> Vec<(Gvk, Scope)> {
    if !object.id.gvk.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        return Vec::new();
    }
    let text = |path: &[&str]| object.value.str_at(path);
    let (Some(group), Some(kind)) = (text(&["spec", "group"]), text(&["spec", "names", "kind"]))
    else {
        return Vec::new();
    };
    let scope = match text(&["spec", "scope"]) {
        Some("Cluster") => Scope::Cluster,
        _ => Scope::Namespaced,
    };
    let versions = object.value.list_at(&["spec", "versions"]);
    // The single `spec.version` is v1beta1's older form.
    let older = text(&["spec", "version"]).filter(|_| versions.is_empty());
    versions
        .iter()
        .filter(|version| version.at(&["served"]).and_then(value::Value::as_bool) != Some(false))
        .filter_map(|version| version.str_at(&["name"]))
        .chain(older)
        .map(|version| (Gvk::new(group, version, kind), scope))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_versions_are_taken_apart_and_put_together() {
        for (api_version, printed) in [("v1", "v1/Pod"), ("apps/v1", "apps/v1/Pod")] {
            let gvk = Gvk::from_api_version(api_version, "Pod");
            assert_eq!(gvk.to_string(), printed);
            assert_eq!(gvk.api_version(), api_version);
        }
    }

    #[test]
    fn definitions_tell_what_will_be_served() {
        let check = |spec: &str, expected: &[(&str, Scope)]| {
            let text = format!(
                "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, \
                 metadata: {{name: a}}, spec: {spec}}}"
            );
            let object = Object::new(value::yaml::from_str(&text).unwrap(), "").unwrap();
            let mut scopes = Scopes::new();
            scopes.add_crds(&[object]);
            let found: Vec<_> =
                scopes.iter().map(|(gvk, scope)| (gvk.to_string(), scope)).collect();
            let expected: Vec<_> =
                expected.iter().map(|(gvk, s)| ((*gvk).to_owned(), *s)).collect();
            assert_eq!(found, expected, "{spec}");
        };
        check(
            "{group: g, scope: Cluster, names: {kind: K}, versions: [{name: v1, served: true}, \
             {name: v2, served: true}, {name: v0, served: false}]}",
            &[("g/v1/K", Scope::Cluster), ("g/v2/K", Scope::Cluster)],
        );
        check(
            "{group: g, scope: Namespaced, names: {kind: K}, version: v1beta1}",
            &[("g/v1beta1/K", Scope::Namespaced)],
        );
        check("{group: g}", &[]);
        check("nonsense", &[]);
    }
}
