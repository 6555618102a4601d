//! The steps of a plan.

use manifest::{HookEvent, Object, ObjectId};
use serde::{Deserialize, Serialize};

/// An object to be deleted, with the identity it had when the plan was made: a successor of the same name
/// is not touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doomed {
    /// Which object.
    pub id: ObjectId,
    /// Its `metadata.uid`; without one any object of this name is meant.
    pub uid: Option<String>,
}

/// An object that is as it should be already, with the evidence: as long as it has this version nothing is to be
/// done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unchanged {
    /// Which object.
    pub id: ObjectId,
    /// Its `metadata.resourceVersion` when the plan was made.
    pub version: String,
}

/// One short piece of work. Doing it twice does no harm, so that whoever resumes a plan may repeat the
/// step that was under way.
///
/// The `Await…` steps write nothing: they are left by what is observed, see [`progress`](crate::progress()).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all_fields = "camelCase")]
pub enum Step {
    /// Makes the release's namespace.
    CreateNamespace {
        /// Its name.
        name: String,
    },
    /// Deletes old records of this release.
    PruneHistory {
        /// Their revisions.
        revisions: Vec<u32>,
    },
    /// Creates the record of the new revision. This is the lock: of two writers one fails here.
    Begin,
    /// Applies the custom resource definitions under `crds/`.
    ApplyCrds {
        /// The definitions.
        objects: Vec<Object>,
    },
    /// Waits until custom resource definitions are served.
    AwaitEstablished {
        /// The definitions.
        objects: Vec<ObjectId>,
    },
    /// Deletes what an earlier run of a hook left behind, or a hook that its delete policy names.
    DeleteHook {
        /// The event the hook runs for.
        event: HookEvent,
        /// Its index in the hooks of the revision.
        hook: usize,
        /// The hook's object.
        id: ObjectId,
        /// Whether it is deleted before or after it runs.
        when: HookDeletion,
    },
    /// Waits until objects are gone.
    AwaitGone {
        /// The objects.
        objects: Vec<ObjectId>,
        /// Which batch it belongs to.
        #[serde(default, skip_serializing_if = "is_first")]
        batch: usize,
    },
    /// Records that a hook runs and creates its object.
    RunHook {
        /// The event the hook runs for.
        event: HookEvent,
        /// Its index in the hooks of the revision.
        hook: usize,
        /// The hook's object.
        object: Object,
    },
    /// Waits until a hook has succeeded or failed.
    AwaitHook {
        /// The event the hook runs for.
        event: HookEvent,
        /// Its index in the hooks of the revision.
        hook: usize,
        /// The hook's object.
        id: ObjectId,
    },
    /// Records how a hook ended.
    FinishHook {
        /// The event the hook ran for.
        event: HookEvent,
        /// Its index in the hooks of the revision.
        hook: usize,
        /// Whether it succeeded.
        succeeded: bool,
    },
    /// Applies objects of one kind, all at once.
    Apply {
        /// The kind.
        kind: String,
        /// The objects, with the marks of ownership.
        objects: Vec<Object>,
        /// Those of them that are left alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unchanged: Vec<Unchanged>,
        /// Those of them whose fields belong to a client-side owner, and are handed over to us first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        handover: Vec<ObjectId>,
        /// Which batch it belongs to.
        #[serde(default, skip_serializing_if = "is_first")]
        batch: usize,
    },
    /// Deletes objects of one kind, all at once.
    Delete {
        /// The kind.
        kind: String,
        /// The objects.
        objects: Vec<Doomed>,
        /// Which batch it belongs to.
        #[serde(default, skip_serializing_if = "is_first")]
        batch: usize,
    },
    /// Waits until objects are ready.
    Await {
        /// The objects.
        objects: Vec<ObjectId>,
        /// Whether Jobs have to be complete.
        jobs: bool,
        /// Whether the rules of Helm 3 decide.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        legacy: bool,
        /// Which batch it belongs to.
        #[serde(default, skip_serializing_if = "is_first")]
        batch: usize,
    },
    /// Records that the release is being uninstalled.
    MarkUninstalling,
    /// Records the new revision as deployed, then its predecessors as superseded.
    Commit {
        /// The revisions that are deployed until now.
        supersede: Vec<u32>,
    },
    /// Records that the action failed.
    RecordFailure {
        /// The description of the failed revision.
        description: String,
    },
    /// Deletes every record of the release.
    Purge {
        /// Their revisions.
        revisions: Vec<u32>,
    },
    /// Records that the release is uninstalled.
    MarkUninstalled {
        /// The revisions that are deployed until now.
        supersede: Vec<u32>,
    },
}

impl Step {
    /// Returns the objects that this step waits for, if it waits.
    #[must_use]
    pub fn awaits(&self) -> Option<Vec<&ObjectId>> {
        match self {
            Self::AwaitEstablished { objects }
            | Self::AwaitGone { objects, .. }
            | Self::Await { objects, .. } => Some(objects.iter().collect()),
            Self::AwaitHook { id, .. } => Some(vec![id]),
            Self::CreateNamespace { .. }
            | Self::PruneHistory { .. }
            | Self::Begin
            | Self::ApplyCrds { .. }
            | Self::DeleteHook { .. }
            | Self::RunHook { .. }
            | Self::FinishHook { .. }
            | Self::Apply { .. }
            | Self::Delete { .. }
            | Self::MarkUninstalling
            | Self::Commit { .. }
            | Self::RecordFailure { .. }
            | Self::Purge { .. }
            | Self::MarkUninstalled { .. } => None,
        }
    }

    /// Returns a short name for messages, metrics and `status.operation.step`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CreateNamespace { .. } => "create-namespace",
            Self::PruneHistory { .. } => "prune-history",
            Self::Begin => "begin",
            Self::ApplyCrds { .. } => "apply-crds",
            Self::AwaitEstablished { .. } => "await-established",
            Self::DeleteHook { .. } => "delete-hook",
            Self::AwaitGone { .. } => "await-gone",
            Self::RunHook { .. } => "run-hook",
            Self::AwaitHook { .. } => "await-hook",
            Self::FinishHook { .. } => "finish-hook",
            Self::Apply { .. } => "apply",
            Self::Delete { .. } => "delete",
            Self::Await { .. } => "await",
            Self::MarkUninstalling => "mark-uninstalling",
            Self::Commit { .. } => "commit",
            Self::RecordFailure { .. } => "record-failure",
            Self::Purge { .. } => "purge",
            Self::MarkUninstalled { .. } => "mark-uninstalled",
        }
    }

    /// Returns a name for this step that is unique in its plan and the same in a plan that is made anew for the
    /// same revision: `apply/Deployment`, `await-hook/pre-upgrade/0`. Those of all batches but the first end with the
    /// number of theirs: `apply/Deployment/1`.
    #[must_use]
    pub fn key(&self) -> String {
        let name = self.name();
        let of_objects = |objects: &[ObjectId]| {
            objects
                .first()
                .map_or_else(|| name.to_owned(), |id| format!("{name}/{}/{}", id.gvk.kind, id.name))
        };
        match self {
            Self::Apply { kind, batch, .. } | Self::Delete { kind, batch, .. } => {
                in_batch(format!("{name}/{kind}"), *batch)
            }
            Self::DeleteHook { event, hook, when, .. } => {
                format!("{name}/{}/{hook}/{}", event.as_str(), when.as_str())
            }
            Self::RunHook { event, hook, .. }
            | Self::AwaitHook { event, hook, .. }
            | Self::FinishHook { event, hook, .. } => format!("{name}/{}/{hook}", event.as_str()),
            Self::AwaitEstablished { objects } => of_objects(objects),
            Self::AwaitGone { objects, batch } => in_batch(of_objects(objects), *batch),
            Self::Await { batch, .. } => in_batch(name.to_owned(), *batch),
            _ => name.to_owned(),
        }
    }
}

fn in_batch(key: String, batch: usize) -> String {
    if batch == 0 { key } else { format!("{key}/{batch}") }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
const fn is_first(batch: &usize) -> bool {
    *batch == 0
}

/// When a hook is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HookDeletion {
    /// Before it is created: a leftover of an earlier run.
    Before,
    /// After it, or the last hook of its event, has ended.
    After,
}

impl HookDeletion {
    /// Returns `before` or `after`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}
