//! Whether a live object is ready, with the sentence that a waiting person reads.
//!
//! The rules decide as the kstatus library that Helm 4.3's watcher uses, with these differences: a paused
//! Deployment counts as ready (Helm leaves it out of the wait), a `ReplicationController` is held to its
//! replicas, a Pod that cannot be scheduled stays pending, since new nodes may come, and an observed generation
//! that is no number is passed over. One file per kind holds its rule; kinds without one are judged by their
//! conditions, and annotations of the object may bring a rule of its own ([`custom`]). Beside it stands the rule of Helm 3, for `--wait=legacy`.
//!
//! [`trouble`] tells of an object that is not ready what keeps it from becoming so, as far as that can be seen.

mod crd;
pub mod custom;
mod daemonset;
mod deployment;
mod generic;
mod job;
mod legacy;
mod pdb;
mod pod;
mod pods;
mod pvc;
mod related;
mod replicaset;
mod replicationcontroller;
mod service;
mod statefulset;
mod trouble;

use std::fmt;

use value::Value;

pub use self::related::{Related, beside};
pub use self::trouble::{Trouble, TroubleKind, trouble};

/// How far an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It does what it should.
    Ready,
    /// Not yet; says what is missing.
    Pending(String),
    /// It will not get there without help; says why.
    Failed(String),
}

impl Readiness {
    /// Returns whether it is ready.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }

    /// Returns the sentence, unless it is ready.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Ready => None,
            Self::Pending(why) | Self::Failed(why) => Some(why),
        }
    }
}

/// Prints `ready`, `pending: …` or `failed: …`.
impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::Pending(why) => write!(f, "pending: {why}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
        }
    }
}

/// What counts as ready where that is a matter of choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// A Job has to be complete (`--wait-for-jobs`); otherwise it is enough that it has started.
    pub jobs: bool,
}

/// Returns the label selector for the pods of a live workload; `None` for an object that has none.
#[must_use]
pub fn pod_selector(workload: &Value) -> Option<String> {
    pods::selector(workload)
}

/// Returns what keeps a live Pod from going on, if something does: the scheduler, or what a container waits for.
#[must_use]
pub fn pod_obstacle(pod: &Value) -> Option<String> {
    pod::obstacle(pod)
}

/// Returns in a word or two how a live Pod is doing, and whether it is ready or done.
#[must_use]
pub fn pod_state(pod: &Value) -> (String, bool) {
    pod::state(pod)
}

/// Returns how many parts of a live workload are ready and how many it wants: replicas, nodes or completions.
/// `None` for an object without parts.
#[must_use]
pub fn parts(live: &Value) -> Option<(i64, i64)> {
    match kind(live) {
        ("apps" | "extensions", "Deployment" | "ReplicaSet")
        | ("apps", "StatefulSet")
        | ("", "ReplicationController") => {
            Some((count(live, "readyReplicas"), wanted_replicas(live)))
        }
        ("apps" | "extensions", "DaemonSet") => {
            Some((count(live, "numberReady"), count(live, "desiredNumberScheduled")))
        }
        ("batch", "Job") => Some((count(live, "succeeded"), job::wanted(live))),
        ("", "Pod") => Some(pod::ready_containers(live)),
        _ => None,
    }
}

/// Judges a live object as `--wait` does.
#[must_use]
pub fn check(live: &Value, rules: &Rules) -> Readiness {
    if let Some(own) = custom::judge(live) {
        return generic::stale(live).unwrap_or(own);
    }
    if let Some(unfinished) = generic::unfinished(live) {
        return unfinished;
    }
    match kind(live) {
        ("apps" | "extensions", "Deployment") => deployment::check(live),
        ("apps" | "extensions", "ReplicaSet") => replicaset::check(live),
        ("apps" | "extensions", "DaemonSet") => daemonset::check(live),
        ("apps", "StatefulSet") => statefulset::check(live),
        ("batch", "Job") => job::check(live, *rules),
        ("", "Pod") => pod::check(live),
        ("", "ReplicationController") => replicationcontroller::check(live),
        ("", "PersistentVolumeClaim") => pvc::check(live),
        ("", "Service") => service::check(live),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => crd::check(live),
        ("policy", "PodDisruptionBudget") => pdb::check(live),
        ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => Readiness::Ready,
        _ => generic::check(live),
    }
}

/// Judges a live object as `--wait=legacy` does, which is how Helm 3 waited. `related` has the `ReplicaSets` and
/// Pods that these rules look at.
#[must_use]
pub fn check_legacy(live: &Value, related: &Related, rules: &Rules) -> Readiness {
    if let Some(own) = custom::judge(live) {
        return generic::stale(live).unwrap_or(own);
    }
    match kind(live) {
        ("apps" | "extensions", "Deployment") => deployment::legacy(live, related),
        ("apps" | "extensions", "ReplicaSet") => replicaset::legacy(live, related),
        ("apps" | "extensions", "DaemonSet") => daemonset::legacy(live),
        ("apps", "StatefulSet") => statefulset::legacy(live),
        ("batch", "Job") => job::legacy(live, *rules),
        ("", "Pod") => pod::legacy(live),
        ("", "ReplicationController") => replicationcontroller::legacy(live, related),
        ("", "PersistentVolumeClaim") => pvc::check(live),
        ("", "Service") => service::legacy(live),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => crd::legacy(live),
        _ => Readiness::Ready,
    }
}

/// Judges a live hook: Jobs have to complete, Pods to succeed, anything else just to be there.
#[must_use]
pub fn check_hook(live: &Value) -> Readiness {
    match kind(live) {
        ("batch", "Job") => job::check_hook(live),
        ("", "Pod") => pod::check_hook(live),
        _ => Readiness::Ready,
    }
}

/// Returns the group and kind of an object.
fn kind(live: &Value) -> (&str, &str) {
    let api_version = live.str_at(&["apiVersion"]).unwrap_or_default();
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    (group, live.str_at(&["kind"]).unwrap_or_default())
}

/// One entry of `status.conditions`.
struct Condition<'v> {
    status: &'v str,
    reason: &'v str,
    message: &'v str,
}

impl Condition<'_> {
    fn is_true(&self) -> bool {
        self.status == "True"
    }

    fn is_false(&self) -> bool {
        self.status == "False"
    }

    /// Returns what the controller says: `Reason: message`, or what there is of it, or else `otherwise`.
    fn words(&self, otherwise: &str) -> String {
        match (self.reason, self.message.trim()) {
            ("", "") => otherwise.to_owned(),
            ("", words) | (words, "") => words.to_owned(),
            (reason, message) => format!("{reason}: {message}"),
        }
    }
}

/// Returns the condition of a type.
fn condition<'v>(live: &'v Value, wanted: &str) -> Option<Condition<'v>> {
    let conditions = live.list_at(&["status", "conditions"]);
    let found = conditions.iter().find(|entry| entry.str_at(&["type"]) == Some(wanted))?;
    let text = |key| found.str_at(&[key]).unwrap_or_default();
    Some(Condition { status: text("status"), reason: text("reason"), message: text("message") })
}

/// Returns a number of `status`, 0 when it is not there: that is how Kubernetes writes 0.
fn count(live: &Value, field: &str) -> i64 {
    live.i64_at(&["status", field]).unwrap_or_default()
}

/// Returns `spec.replicas`, 1 when it does not say.
fn wanted_replicas(live: &Value) -> i64 {
    live.i64_at(&["spec", "replicas"]).unwrap_or(1)
}

/// Returns a sentence about replicas that are too many.
fn surplus(count: i64) -> Readiness {
    let replicas = if count == 1 { "replica" } else { "replicas" };
    Readiness::Pending(format!("{count} old {replicas} not yet gone"))
}
