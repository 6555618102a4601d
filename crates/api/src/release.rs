//! The Release: one Helm release, as it shall be.

#![expect(
    unreachable_pub,
    reason = "the structs that KubeSchema derives inside its functions are pub"
)]

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::{Duration, Recurrence};
use crate::schema::{LABEL, RELEASE_NAME, any_object};
use crate::source::ChartSource;
use crate::status::ReleaseStatus;
use crate::values::ValuesFrom;

/// What the release shall be: which chart with which values, and what happens when that fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, CustomResource, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "chartctl.dev",
    version = "v1alpha1",
    kind = "Release",
    plural = "releases",
    singular = "release",
    shortname = "rel",
    shortname = "crel",
    category = "all",
    category = "chartctl",
    namespaced,
    status = "ReleaseStatus",
    derive = "PartialEq",
    doc = "A Helm release that the operator installs, upgrades, rolls back and uninstalls as this object asks for.",
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether the release is deployed as asked for"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason", description = "Why, in one word"),
    printcolumn(name = "Chart", type_ = "string", json_path = ".status.release.chart", description = "The chart that is deployed"),
    printcolumn(name = "Version", type_ = "string", json_path = ".status.release.version", description = "Its version"),
    printcolumn(name = "Rev", type_ = "integer", json_path = ".status.release.revision", description = "The newest revision"),
    printcolumn(name = "Suspended", type_ = "boolean", json_path = ".spec.suspend", description = "Whether the operator's hands are off", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", description = "Why, in a sentence", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp", description = "How long the object exists"),
    validation = Rule::new("has(self.spec.releaseName) || size(self.metadata.name) <= 53")
        .message("a name of more than 53 characters needs spec.releaseName"),
)]
#[x_kube(
    validation = Rule::new("(has(self.releaseName) ? self.releaseName : '') == (has(oldSelf.releaseName) ? oldSelf.releaseName : '')")
        .message("releaseName cannot be changed: make a new Release"),
    validation = Rule::new("(has(self.targetNamespace) ? self.targetNamespace : '') == (has(oldSelf.targetNamespace) ? oldSelf.targetNamespace : '')")
        .message("targetNamespace cannot be changed: make a new Release"),
)]
pub struct ReleaseSpec {
    /// Where the chart comes from.
    pub chart: ChartSource,
    /// Values for the chart, as in a values.yaml. They win over `valuesFrom`, but for entries with `overrides`.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    #[schemars(schema_with = "any_object")]
    pub values: serde_json::Map<String, serde_json::Value>,
    /// Values out of ConfigMaps and Secrets of this namespace, merged in the order given. A change of one of them upgrades the release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub values_from: Vec<ValuesFrom>,
    /// The name of the Helm release; the name of this object if absent. Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 53), regex(pattern = RELEASE_NAME))]
    pub release_name: Option<String>,
    /// The namespace of the release, its objects and its records; the namespace of this object if absent. Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub target_namespace: Option<String>,
    /// Whether the target namespace is created if it does not exist. It is never removed again.
    #[serde(default)]
    pub create_namespace: bool,
    /// How often the operator looks at the release when nothing else makes it look, at least 1m. Changes are seen by watches.
    #[serde(default = "interval")]
    #[x_kube(validation = Rule::new("duration(self) >= duration('1m')").message("interval has to be 1m or more"))]
    pub interval: Duration,
    /// How long one install, upgrade, rollback or uninstall may take in all.
    #[serde(default = "timeout")]
    #[x_kube(validation = Rule::new("duration(self) >= duration('1s')").message("timeout has to be 1s or more"))]
    pub timeout: Duration,
    /// Whether the operator leaves the release alone: nothing is started or continued, and deleting this object uninstalls nothing.
    #[serde(default)]
    pub suspend: bool,
    /// What has to be ready before a revision counts as deployed: Ready (all objects), `ReadyAndJobs` (and Jobs have completed) or None.
    #[serde(default)]
    pub wait: WaitFor,
    /// How many revisions are kept.
    #[serde(default = "max_history")]
    #[schemars(range(min = 1, max = 50))]
    pub max_history: u32,
    /// What happens when an install or upgrade fails.
    #[serde(default)]
    pub failure: FailurePolicy,
    /// Holds the release at an earlier revision for as long as it is set; later changes of chart and values wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_to: Option<RollbackTo>,
    /// What deleting this object does: Uninstall removes the release, Orphan leaves its objects and records.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}

/// What has to be ready before a revision counts as deployed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WaitFor {
    /// All objects, and Jobs have completed.
    #[default]
    ReadyAndJobs,
    /// All objects.
    Ready,
    /// Nothing.
    None,
}

/// What happens when an install or upgrade fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct FailurePolicy {
    /// After a failed install: Retry (upgrade what is there), Stop (wait for a change) or Uninstall (remove it, then retry).
    pub install: InstallFailure,
    /// After a failed upgrade: Rollback (to the last good revision, then retry), Retry or Stop (leave it as it is and wait for a change).
    pub upgrade: UpgradeFailure,
    /// How many attempts follow the first one with the same chart and values; -1 for no end.
    #[schemars(range(min = -1, max = 100))]
    pub retries: i32,
    /// How long to wait between attempts; the wait doubles each time.
    pub backoff: Backoff,
    /// How often to try once more after the attempts are used up, or Never.
    pub retry_stalled: Recurrence,
}

/// What follows a failed install.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InstallFailure {
    /// The next attempt builds on what is there.
    #[default]
    Retry,
    /// Nothing, until something changes.
    Stop,
    /// What is there is removed before the next attempt.
    Uninstall,
}

/// What follows a failed upgrade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UpgradeFailure {
    /// The last good revision comes back before the next attempt.
    #[default]
    Rollback,
    /// The next attempt builds on what is there.
    Retry,
    /// Nothing, until something changes.
    Stop,
}

/// How long to wait between attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("duration(self.initial) <= duration(self.max)")
        .message("initial may not be longer than max"),
)]
pub struct Backoff {
    /// The wait before the second attempt.
    #[serde(default = "backoff_initial")]
    pub initial: Duration,
    /// The longest wait.
    #[serde(default = "backoff_max")]
    pub max: Duration,
}

/// The revision to hold the release at: exactly one of `revision` and `chartVersion`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.revision) != has(self.chartVersion)")
        .message("exactly one of revision and chartVersion has to be set"),
)]
pub struct RollbackTo {
    /// The number of a revision, as `chartctl history` shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub revision: Option<u32>,
    /// A version of the chart: the newest good revision of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub chart_version: Option<String>,
}

/// What deleting a Release does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// The release is uninstalled.
    #[default]
    Uninstall,
    /// Objects and records stay.
    Orphan,
}

impl Release {
    /// Returns the name of the Helm release.
    #[must_use]
    pub fn release_name(&self) -> &str {
        let own = self.metadata.name.as_deref().unwrap_or_default();
        self.spec.release_name.as_deref().unwrap_or(own)
    }

    /// Returns the namespace of the Helm release.
    #[must_use]
    pub fn target_namespace(&self) -> &str {
        let own = self.metadata.namespace.as_deref().unwrap_or_default();
        self.spec.target_namespace.as_deref().unwrap_or(own)
    }
}

impl Default for FailurePolicy {
    fn default() -> Self {
        Self {
            install: InstallFailure::default(),
            upgrade: UpgradeFailure::default(),
            retries: 3,
            backoff: Backoff::default(),
            retry_stalled: Recurrence::Every(Duration::from_secs(3600)),
        }
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self { initial: backoff_initial(), max: backoff_max() }
    }
}

const fn backoff_initial() -> Duration {
    Duration::from_secs(30)
}

const fn backoff_max() -> Duration {
    Duration::from_secs(15 * 60)
}

const fn interval() -> Duration {
    Duration::from_secs(3600)
}

const fn timeout() -> Duration {
    Duration::from_secs(300)
}

const fn max_history() -> u32 {
    10
}
