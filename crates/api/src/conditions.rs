//! Conditions: their types, their reasons, and how they are changed.

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// Types of conditions.
pub mod condition {
    /// The release is deployed from what the spec asks for (or pinned).
    pub const READY: &str = "Ready";
    /// Work is in progress or scheduled. Present only while true.
    pub const RECONCILING: &str = "Reconciling";
    /// No quick retry will help. Present only while true.
    pub const STALLED: &str = "Stalled";
    /// The last failure was undone.
    pub const REMEDIATED: &str = "Remediated";
    /// `rollbackTo` is in force. Present only while true.
    pub const PINNED: &str = "Pinned";
}

/// Reasons of conditions.
pub mod reason {
    /// Ready: deployed from the present inputs.
    pub const DEPLOYED: &str = "Deployed";
    /// Ready: deployed and held at a revision by `rollbackTo`.
    pub const PINNED: &str = "Pinned";
    /// Ready: an install runs.
    pub const INSTALLING: &str = "Installing";
    /// Ready: an upgrade runs.
    pub const UPGRADING: &str = "Upgrading";
    /// Ready: a rollback runs.
    pub const ROLLING_BACK: &str = "RollingBack";
    /// Ready: an uninstall runs.
    pub const UNINSTALLING: &str = "Uninstalling";
    /// Ready: something that is needed does not exist yet.
    pub const WAITING: &str = "Waiting";
    /// Ready: the chart could not be had.
    pub const SOURCE_FAILED: &str = "SourceFailed";
    /// Ready: the values could not be composed.
    pub const VALUES_FAILED: &str = "ValuesFailed";
    /// Ready: the chart could not be rendered with these values.
    pub const RENDER_FAILED: &str = "RenderFailed";
    /// Ready: an object could not be applied, or an object stands in the way.
    pub const APPLY_FAILED: &str = "ApplyFailed";
    /// Ready: a hook failed.
    pub const HOOK_FAILED: &str = "HookFailed";
    /// Ready: an object failed while it was waited for.
    pub const UNHEALTHY: &str = "Unhealthy";
    /// Ready: the last upgrade failed and was rolled back. Remediated: so it was.
    pub const ROLLED_BACK: &str = "RolledBack";
    /// Ready: the deadline passed before everything was ready.
    pub const TIMED_OUT: &str = "TimedOut";
    /// Ready and Stalled: the API server refused what the operator may not do.
    pub const ACCESS_DENIED: &str = "AccessDenied";
    /// Ready: somebody else works on this release.
    pub const CONFLICT: &str = "Conflict";
    /// Ready: the release could not be removed.
    pub const UNINSTALL_FAILED: &str = "UninstallFailed";
    /// Ready: suspended with a change pending.
    pub const SUSPENDED: &str = "Suspended";
    /// Ready: the API server could not be reached or had no time.
    pub const CLUSTER_UNAVAILABLE: &str = "ClusterUnavailable";

    /// Reconciling: a step of an operation is due or waited for.
    pub const PROGRESSING: &str = "Progressing";
    /// Reconciling: the next attempt is scheduled.
    pub const RETRYING: &str = "Retrying";

    /// Stalled: the attempts are used up.
    pub const RETRIES_EXHAUSTED: &str = "RetriesExhausted";
    /// Stalled: the revision to roll back to is not in storage.
    pub const ROLLBACK_TARGET_MISSING: &str = "RollbackTargetMissing";
    /// Stalled: the spec asks for something impossible.
    pub const INVALID_SPEC: &str = "InvalidSpec";
    /// Stalled: another Release owns this Helm release.
    pub const RELEASE_CONFLICT: &str = "ReleaseConflict";
    /// Stalled: the chart is not the one that `chart.digest` names.
    pub const DIGEST_MISMATCH: &str = "DigestMismatch";

    /// Stalled: no record of the release can be read.
    pub const STORAGE_DAMAGED: &str = "StorageDamaged";

    /// Remediated: the rollback failed as well.
    pub const ROLLBACK_FAILED: &str = "RollbackFailed";
    /// Remediated: the failed install was removed.
    pub const UNINSTALLED: &str = "Uninstalled";

    /// Pinned: by `rollbackTo`.
    pub const ROLLBACK_TO: &str = "RollbackTo";
}

/// The status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody knows yet.
    Unknown,
}

impl ConditionStatus {
    /// Returns the word that the API uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}
