//! What the cluster looks like: once, for planning ([`Live`]), and as it changes, for waiting ([`Observed`]).

use std::collections::BTreeMap;

use manifest::{ObjectId, Scopes};
use value::Value;

/// One object as the API server has it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveObject {
    /// The whole object.
    pub value: Value,
}

impl LiveObject {
    /// Returns `metadata.uid`.
    #[must_use]
    pub fn uid(&self) -> Option<&str> {
        self.value.str_at(&["metadata", "uid"])
    }

    /// Returns `metadata.resourceVersion`.
    #[must_use]
    pub fn resource_version(&self) -> Option<&str> {
        self.value.str_at(&["metadata", "resourceVersion"])
    }
}

/// The snapshot of the cluster that a plan is computed from.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The kinds that the API server serves.
    pub scopes: Scopes,
    /// Those of the objects named by [`wanted`](crate::wanted) that exist.
    pub objects: BTreeMap<ObjectId, LiveObject>,
}

/// What a watch has seen of the objects that somebody waits for.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// No entry: not looked at yet. `None`: does not exist.
    pub objects: BTreeMap<ObjectId, Option<Value>>,
}
