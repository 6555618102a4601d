//! What the operator says about a Release. Never a value of a Secret, and never more than its limits.
//!
//! Words that a newer operator may extend (actions, statuses) are strings here, so that an older one
//! still reads the object.

#![expect(clippy::struct_field_names, reason = "fields are named like the annotations they mirror")]
#![expect(
    unreachable_pub,
    reason = "the structs that KubeSchema derives inside its functions are pub"
)]

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::schema::{conditions, time};

/// What the operator has done and found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseStatus {
    /// The metadata.generation that has been acted on completely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The state of the release, by aspect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// The release as it is in storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseInfo>,
    /// The operation that is running. A restarted operator goes on from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationStatus>,
    /// The latest revisions, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub history: Vec<HistoryEntry>,
    /// How the last operation ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempt: Option<AttemptStatus>,
    /// The failed attempts with the present chart and values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<FailureStatus>,
    /// The chart that was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<ChartStatus>,
    /// The revision that `rollbackTo` holds the release at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<PinnedStatus>,
    /// The annotation tokens that have been acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<HandledTokens>,
}

/// The newest revision of the release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseInfo {
    /// The name of the Helm release.
    #[schemars(length(max = 53))]
    pub name: String,
    /// Its namespace.
    #[schemars(length(max = 63))]
    pub namespace: String,
    /// The number of the newest revision.
    pub revision: u32,
    /// Its status, in Helm's words.
    #[schemars(length(max = 32))]
    pub status: String,
    /// The name of its chart.
    #[schemars(length(max = 250))]
    pub chart: String,
    /// The version of its chart.
    #[schemars(length(max = 128))]
    pub version: String,
    /// The version of the application, as the chart states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 250))]
    pub app_version: Option<String>,
    /// The digest of the chart archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 80))]
    pub chart_digest: Option<String>,
    /// A keyed digest of the values, so that they cannot be guessed from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 80))]
    pub values_digest: Option<String>,
    /// When the first revision was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "time")]
    pub first_deployed: Option<Timestamp>,
    /// When this revision was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "time")]
    pub last_deployed: Option<Timestamp>,
}

/// An operation that is running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationStatus {
    /// Its identity, also written on the record of its revision.
    #[schemars(length(max = 64))]
    pub id: String,
    /// What is done: install, upgrade, rollback or uninstall.
    #[schemars(length(max = 32))]
    pub action: String,
    /// The step that is due or waited for, such as `apply/Deployment` or `await-hook/pre-upgrade/0`.
    #[schemars(length(max = 512))]
    pub step: String,
    /// The revision that is being made.
    pub revision: u32,
    /// The revision that a rollback goes back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<u32>,
    /// Why it runs: Spec (the spec asks for it), Pin (`rollbackTo` does), Remedy (it undoes a failure) or Deletion.
    #[schemars(length(max = 32))]
    pub cause: String,
    /// When it began.
    #[schemars(schema_with = "time")]
    pub started_at: Timestamp,
    /// When it fails if it has not ended.
    #[schemars(schema_with = "time")]
    pub deadline: Timestamp,
    /// Which attempt with these inputs it is, from 1.
    pub attempt: u32,
    /// What it was begun for.
    pub inputs: OperationInputs,
}

/// What makes one revision differ from another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationInputs {
    /// The metadata.generation at which the operation began.
    pub generation: i64,
    /// The digest of the chart archive.
    #[schemars(length(max = 80))]
    pub chart_digest: String,
    /// The keyed digest of the values.
    #[schemars(length(max = 80))]
    pub values_digest: String,
}

/// One revision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Its number.
    pub revision: u32,
    /// Its status, in Helm's words.
    #[schemars(length(max = 32))]
    pub status: String,
    /// The name of its chart.
    #[schemars(length(max = 250))]
    pub chart: String,
    /// The version of its chart.
    #[schemars(length(max = 128))]
    pub version: String,
    /// The digest of the chart archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 80))]
    pub chart_digest: Option<String>,
    /// The keyed digest of the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 80))]
    pub values_digest: Option<String>,
    /// When it was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "time")]
    pub deployed_at: Option<Timestamp>,
    /// What its record says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub reason: Option<String>,
}

/// How the last operation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttemptStatus {
    /// The metadata.generation at which it began.
    pub generation: i64,
    /// What was done: install, upgrade, rollback or uninstall.
    #[schemars(length(max = 32))]
    pub action: String,
    /// The revision it made; 0 if it came to none.
    pub revision: u32,
    /// The digest of the chart archive.
    #[schemars(length(max = 80))]
    pub chart_digest: String,
    /// The keyed digest of the values.
    #[schemars(length(max = 80))]
    pub values_digest: String,
    /// When it began.
    #[schemars(schema_with = "time")]
    pub started_at: Timestamp,
    /// When it ended.
    #[schemars(schema_with = "time")]
    pub finished_at: Timestamp,
    /// How it ended: Succeeded, Failed or Superseded.
    #[schemars(length(max = 32))]
    pub result: String,
    /// Why it failed, as a condition reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub reason: Option<String>,
    /// Why it failed, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,
    /// The objects that failed, at most five.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5), inner(length(max = 512)))]
    pub failed_objects: Vec<String>,
}

/// The failed attempts with the present chart and values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureStatus {
    /// How many failed.
    pub attempts: u32,
    /// The reason of the last one, as a condition reason.
    #[schemars(length(max = 64))]
    pub reason: String,
    /// What the last one said.
    #[schemars(length(max = 1024))]
    pub message: String,
    /// What failed: install, upgrade or rollback.
    #[schemars(length(max = 32))]
    pub action: String,
    /// The revision that the failed rollbacks went back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<u32>,
    /// When the next attempt is made; absent if none is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "time")]
    pub next_retry_at: Option<Timestamp>,
    /// When the first of them failed.
    #[schemars(schema_with = "time")]
    pub since: Timestamp,
    /// What is done about the last one: `Pending`, `RolledBack`, `RollbackFailed`, `Uninstalled`; absent for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub remedy: Option<String>,
    /// What the attempts were made for.
    pub inputs: OperationInputs,
}

/// The chart that was last read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChartStatus {
    /// Its name.
    #[schemars(length(max = 250))]
    pub name: String,
    /// Its version.
    #[schemars(length(max = 128))]
    pub resolved: String,
    /// The digest of the archive.
    #[schemars(length(max = 80))]
    pub digest: String,
    /// Where it came from.
    #[schemars(length(max = 2304))]
    pub source: String,
}

/// The revision that `rollbackTo` holds the release at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinnedStatus {
    /// The revision that `rollbackTo` names.
    pub target: u32,
    /// The revision that was made from it.
    pub revision: u32,
}

/// The annotation tokens that have been acted on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandledTokens {
    /// Of `chartctl.dev/reconcile-at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub reconcile_at: Option<String>,
    /// Of `chartctl.dev/force-at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub force_at: Option<String>,
    /// Of `chartctl.dev/reset-at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub reset_at: Option<String>,
}
