//! `ReplicationController`s: the ancestors of `ReplicaSet`s, with the same numbers in their status.

use value::Value;

use super::related::Related;
use super::{Readiness, replicaset};

pub(super) fn check(live: &Value) -> Readiness {
    replicaset::check(live)
}

pub(super) fn legacy(live: &Value, related: &Related) -> Readiness {
    replicaset::legacy(live, related)
}
