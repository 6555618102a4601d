//! The choices that shape a plan. They are part of the plan, so that resuming it needs nothing else.

use serde::{Deserialize, Serialize};

/// How an action is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// What to wait for once the objects are applied or deleted.
    pub wait: Wait,
    /// Whether the chart's hooks run.
    pub hooks: bool,
    /// Which existing objects may become part of the release.
    pub adoption: Adoption,
    /// What to do about fields that other managers own.
    pub conflicts: Conflicts,
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
            hooks: true,
            adoption: Adoption::Owned,
            conflicts: Conflicts::Fail,
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
