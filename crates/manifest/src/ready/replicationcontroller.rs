//! `ReplicationController`s: the ancestors of `ReplicaSet`s, with the same numbers in their status.

use value::Value;

use super::{Readiness, replicaset};

pub(super) fn check(live: &Value) -> Readiness {
    replicaset::check(live)
}
