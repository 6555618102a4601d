//! The choices that shape a plan. They are part of the plan, so that resuming it needs nothing else.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How an action is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Options {
    /// What to wait for once the objects are applied or deleted.
    pub wait: Wait,
    /// How long each batch of objects may take to become ready, where that is not as long as any wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readiness_timeout: Option<Duration>,
    /// Whether the chart's hooks run.
    pub hooks: bool,
    /// Which existing objects may become part of the release.
    pub adoption: Adoption,
    /// What to do about fields that other managers own.
    pub conflicts: Conflicts,
    /// How an object that exists already becomes what it should be.
    pub update: Update,
    /// Whether what a failed attempt created is deleted again (`--cleanup-on-fail`).
    pub cleanup: bool,
    /// What to do with the objects under `crds/`.
    pub crds: CrdPolicy,
    /// Whether to make the release's namespace.
    pub create_namespace: bool,
    /// Whether uninstalling leaves the records.
    pub keep_history: bool,
    /// What happens to the dependents of a deleted object.
    pub propagation: Propagation,
    /// The description of the finished revision, where it is not Helm's own.
    pub description: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            wait: Wait::None,
            readiness_timeout: None,
            hooks: true,
            adoption: Adoption::Owned,
            conflicts: Conflicts::Fail,
            update: Update::Apply,
            cleanup: false,
            crds: CrdPolicy::Apply,
            create_namespace: false,
            keep_history: false,
            propagation: Propagation::Background,
            description: None,
        }
    }
}

/// What an action waits for. Hooks are waited for in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    /// Nothing.
    None,
    /// Every object is ready; of a Job it is enough that it has started.
    Ready,
    /// As `Ready`, and every Job is complete.
    ReadyAndJobs,
    /// Every object is ready by the rules of Helm 3 (`--wait=legacy`), which leave Jobs out.
    Legacy,
    /// As `Legacy`, and every Job is complete.
    LegacyAndJobs,
}

/// Which objects that exist already, and that the release did not have before, may become part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Adoption {
    /// Those that carry the marks of this very release, as Helm has it.
    Owned,
    /// Those, and the ones that carry no marks of any release.
    Unowned,
    /// All (`--take-ownership`).
    Any,
}

/// What server-side apply does about a field that another manager owns with another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conflicts {
    /// The request fails and names the manager.
    Fail,
    /// The field becomes ours.
    Force,
    /// As the revision before would have done: the field becomes ours if that one was applied by the client, which
    /// knows no conflicts; else the request fails.
    AsBefore,
}

impl Conflicts {
    /// Returns whether fields of others become ours; `migrate` says that the revision before was applied by the
    /// client.
    #[must_use]
    pub const fn force(self, migrate: bool) -> bool {
        match self {
            Self::Fail => false,
            Self::Force => true,
            Self::AsBefore => migrate,
        }
    }
}

/// How an object that exists already becomes what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Update {
    /// It is merged by server-side apply: fields that only others set stay.
    Apply,
    /// It is replaced as a whole (`--force-replace`), and made anew where the server refuses the change of a field
    /// that cannot change.
    Replace,
}

/// What happens to the custom resource definitions under `crds/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CrdPolicy {
    /// They are created and updated; a change that would lose stored objects is refused.
    Apply,
    /// They are left alone.
    Skip,
}

/// What the garbage collector does with the dependents of a deleted object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Propagation {
    /// They are deleted afterwards.
    Background,
    /// They are deleted first.
    Foreground,
    /// They stay.
    Orphan,
}
