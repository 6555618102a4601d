//! What is seen beside the objects that somebody waits for: their Pods, the `ReplicaSets` between, their events.

use std::fmt;

use value::Value;

use super::{kind, pods};
use crate::Gvk;

/// Annotation by which a Deployment and its newest `ReplicaSet` find each other.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// Label of the revision of a `StatefulSet` or `DaemonSet` that a Pod was made from.
const REVISION_HASH: &str = "controller-revision-hash";
/// Annotation of a `DaemonSet` with the generation of its Pod template.
const TEMPLATE: &str = "deprecated.daemonset.template.generation";
/// Label of a `DaemonSet`'s Pod with the generation of the template that it was made from.
const TEMPLATE_OF_POD: &str = "pod-template-generation";

/// `ReplicaSets`, Pods and events of the namespaces of the objects that somebody waits for. Others of the same
/// namespaces may be among them; what was not looked at is missing.
#[derive(Clone, Default, PartialEq)]
pub struct Related {
    /// `ReplicaSets`.
    pub replica_sets: Vec<Value>,
    /// Pods.
    pub pods: Vec<Value>,
    /// Events of `v1`, warnings at least.
    pub events: Vec<Value>,
    /// Whether Pods have been looked at; before that, none does not mean that there are none.
    pub pods_seen: bool,
}

/// Returns the kinds that are worth looking at beside an object of this kind when it is not ready.
#[must_use]
pub fn beside(gvk: &Gvk) -> Vec<Gvk> {
    let core = |kind| Gvk::new("", "v1", kind);
    let sets = Gvk::new("apps", "v1", "ReplicaSet");
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("apps" | "extensions", "Deployment") => vec![sets, core("Pod"), core("Event")],
        ("apps" | "extensions", "ReplicaSet" | "DaemonSet")
        | ("apps", "StatefulSet")
        | ("batch", "Job")
        | ("", "ReplicationController") => vec![core("Pod"), core("Event")],
        ("", "Pod" | "PersistentVolumeClaim") => vec![core("Event")],
        _ => Vec::new(),
    }
}

/// Shows how many there are.
impl fmt::Debug for Related {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Related")
            .field("replica_sets", &self.replica_sets.len())
            .field("pods", &self.pods.len())
            .field("events", &self.events.len())
            .field("pods_seen", &self.pods_seen)
            .finish()
    }
}

impl Related {
    /// Returns the Pods that a workload made from its present template, without those on their way out. A Pod is
    /// its own.
    #[must_use]
    pub fn pods_of<'r>(&'r self, workload: &'r Value) -> Vec<&'r Value> {
        let owner = match kind(workload) {
            ("", "Pod") => return vec![workload],
            ("apps" | "extensions", "Deployment") => self.newest_replica_set(workload),
            _ => Some(workload),
        };
        let Some(owner) = owner else { return Vec::new() };
        let present = |pod: &&Value| {
            is_controlled_by(pod, owner) && !is_leaving(pod) && is_of_template(pod, workload)
        };
        self.pods.iter().filter(present).collect()
    }

    /// Returns the `ReplicaSet` of a Deployment's present template.
    #[must_use]
    pub fn newest_replica_set(&self, deployment: &Value) -> Option<&Value> {
        let revision = deployment.str_at(&["metadata", "annotations", REVISION])?;
        self.replica_sets.iter().find(|set| {
            is_controlled_by(set, deployment)
                && set.str_at(&["metadata", "annotations", REVISION]) == Some(revision)
        })
    }

    /// Returns the Pods that a workload's selector chooses, whoever owns them.
    pub(super) fn selected(&self, workload: &Value) -> impl Iterator<Item = &Value> {
        let namespace = workload.str_at(&["metadata", "namespace"]).map(str::to_owned);
        let selector = workload.at(&["spec", "selector"]).cloned().unwrap_or_default();
        self.pods.iter().filter(move |pod| {
            pod.str_at(&["metadata", "namespace"]) == namespace.as_deref()
                && pods::selects(&selector, pod)
        })
    }

    /// Returns the latest of an object's events that is a warning.
    #[must_use]
    pub fn latest_warning(&self, object: &Value) -> Option<&Value> {
        let uid = uid(object)?;
        self.events
            .iter()
            .filter(|event| event.str_at(&["involvedObject", "uid"]) == Some(uid))
            .filter(|event| event.str_at(&["type"]) != Some("Normal"))
            .max_by_key(|event| time_of(event))
    }

    /// Returns the latest of an object's events with one of these reasons.
    #[must_use]
    pub fn latest_event(&self, object: &Value, reasons: &[&str]) -> Option<&Value> {
        let uid = uid(object)?;
        self.events
            .iter()
            .filter(|event| event.str_at(&["involvedObject", "uid"]) == Some(uid))
            .filter(|event| event.str_at(&["reason"]).is_some_and(|found| reasons.contains(&found)))
            .max_by_key(|event| time_of(event))
    }
}

/// Returns when an event was seen last, to the second, as text that sorts by time.
pub(super) fn time_of(event: &Value) -> &str {
    let places: [&[&str]; 4] =
        [&["series", "lastObservedTime"], &["lastTimestamp"], &["eventTime"], &["firstTimestamp"]];
    let time = places.into_iter().find_map(|place| event.str_at(place)).unwrap_or_default();
    time.get(..19).unwrap_or(time)
}

/// Returns `metadata.uid`, if there is one.
pub(super) fn uid(object: &Value) -> Option<&str> {
    object.str_at(&["metadata", "uid"]).filter(|uid| !uid.is_empty())
}

/// Returns whether the second object controls the first one.
pub(super) fn is_controlled_by(object: &Value, owner: &Value) -> bool {
    let Some(owner) = uid(owner) else { return false };
    object.list_at(&["metadata", "ownerReferences"]).iter().any(|reference| {
        reference.str_at(&["uid"]) == Some(owner)
            && reference.at(&["controller"]).and_then(Value::as_bool) == Some(true)
    })
}

fn is_leaving(object: &Value) -> bool {
    object.str_at(&["metadata", "deletionTimestamp"]).is_some_and(|time| !time.is_empty())
}

/// Returns whether a Pod was made from the present template of a `StatefulSet` or `DaemonSet`; of other workloads
/// all are.
fn is_of_template(pod: &Value, workload: &Value) -> bool {
    let (label, wanted) = match kind(workload) {
        ("apps", "StatefulSet") => (REVISION_HASH, workload.str_at(&["status", "updateRevision"])),
        ("apps" | "extensions", "DaemonSet") => {
            (TEMPLATE_OF_POD, workload.str_at(&["metadata", "annotations", TEMPLATE]))
        }
        _ => return true,
    };
    match (pod.str_at(&["metadata", "labels", label]), wanted) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => true,
    }
}
