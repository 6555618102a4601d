//! What the cluster looks like: once, for planning ([`Live`]), and as it changes, for waiting ([`Observed`]).

use std::collections::BTreeMap;

use manifest::ready::Related;
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

/// An object that a plan needs to look at, and how it is best found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// Which object.
    pub id: ObjectId,
    /// Whether it should exist, as far as records tell.
    pub expected: bool,
    /// Labels that it has, if nobody changed them.
    pub labels: BTreeMap<String, String>,
}

/// The snapshot of the cluster that a plan is computed from.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The kinds that the API server serves.
    pub scopes: Scopes,
    /// Those of the objects named by [`sought`](crate::sought()) that exist.
    pub objects: BTreeMap<ObjectId, LiveObject>,
}

/// What a watch has seen of the objects that somebody waits for.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// No entry: not looked at yet. `None`: does not exist.
    pub objects: BTreeMap<ObjectId, Option<Value>>,
    /// What was seen beside them: the Pods of those that are not ready, and events.
    pub related: Related,
}
