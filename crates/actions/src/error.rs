//! What can go wrong with an action.

use cluster::{ApiError, StorageError};
use manifest::{ManifestError, ObjectId};
use plan::{Failure, PlanError};
use release::HistoryError;
use render::RenderError;

/// A step that could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// A request failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A record could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Requests for objects failed; the others of the step were done.
    #[error("{}", join(.objects))]
    Objects {
        /// The objects and what was said about each.
        objects: Vec<(ObjectId, ApiError)>,
    },
    /// The revision exists: somebody else was quicker.
    #[error("another operation (install/upgrade/rollback) is in progress")]
    InProgress {
        /// The revision.
        revision: u32,
    },
    /// Somebody else took the record over while we were at work.
    #[error("revision {revision} was taken over by another operation")]
    Lost {
        /// The revision.
        revision: u32,
    },
}

impl StepError {
    /// Returns an error if there are failed objects, in the order of their ids.
    pub(crate) fn of_objects(mut failed: Vec<(ObjectId, ApiError)>) -> Result<(), Self> {
        failed.sort_by(|(a, _), (b, _)| a.cmp(b));
        if failed.is_empty() { Ok(()) } else { Err(Self::Objects { objects: failed }) }
    }

    /// Returns whether doing the step again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Api(error) => error.is_transient(),
            Self::Storage(error) => error.is_transient(),
            Self::Objects { objects } => objects.iter().all(|(_, error)| error.is_transient()),
            Self::InProgress { .. } | Self::Lost { .. } => false,
        }
    }

    /// Returns the errors of the API server behind this one.
    pub fn api_errors(&self) -> impl Iterator<Item = &ApiError> {
        let (one, many) = match self {
            Self::Api(error) => (Some(error), &[][..]),
            Self::Storage(error) => (error.api(), &[][..]),
            Self::Objects { objects } => (None, &objects[..]),
            Self::InProgress { .. } | Self::Lost { .. } => (None, &[][..]),
        };
        one.into_iter().chain(many.iter().map(|(_, error)| error))
    }
}

fn join(objects: &[(ObjectId, ApiError)]) -> String {
    objects.iter().map(|(_, error)| error.to_string()).collect::<Vec<_>>().join("\n")
}

/// An action that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// The API server cannot be reached, or refuses us.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Records cannot be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The history does not allow it.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The name is taken.
    #[error("cannot reuse a name that is still in use")]
    NameInUse,
    /// There is no such release.
    #[error("release: not found")]
    NotFound,
    /// The release is uninstalled already, and its history kept.
    #[error("the release named {name:?} is already deleted")]
    AlreadyUninstalled {
        /// The release.
        name: String,
    },
    /// Somebody else is at work on the release. The text is Helm's.
    #[error("another operation (install/upgrade/rollback) is in progress")]
    InProgress {
        /// The pending revision.
        revision: u32,
        /// Who works on it, if they say so.
        holder: Option<String>,
    },
    /// The chart cannot be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The stored manifest of a revision cannot be read.
    #[error("reading the manifest of revision {revision}")]
    StoredManifest {
        /// The revision.
        revision: u32,
        /// Why.
        source: ManifestError,
    },
    /// No plan can be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The record would be too large to store.
    #[error(transparent)]
    Record(#[from] release::CodecError),
    /// A user's label is reserved.
    #[error(transparent)]
    Labels(#[from] release::ReservedLabels),
    /// A step could not be done.
    #[error(transparent)]
    Step(#[from] StepError),
    /// An object or a hook did not become ready.
    #[error(transparent)]
    NotReady(#[from] Failure),
    /// Nothing would be left of the record when the process ends, and nobody could find the objects again.
    #[error(
        "records are kept in memory only: a release would be forgotten at once, so nothing was changed"
    )]
    Forgetful,
    /// The action was interrupted.
    #[error("context canceled")]
    Cancelled,
    /// The action failed, and undoing it was tried.
    #[error("{}", undone_text(.name, .cause, .outcome))]
    Undone {
        /// The release.
        name: String,
        /// Why the action failed.
        cause: Box<Self>,
        /// What became of undoing it.
        outcome: Undo,
    },
    /// The failure itself could not be recorded.
    #[error("{cause}")]
    Unrecorded {
        /// Why the action failed.
        cause: Box<Self>,
        /// The revision that stays pending.
        revision: u32,
        /// Why that could not be recorded; `None` when the time for it was up.
        source: Option<StepError>,
    },
    /// The operating system gave no randomness.
    #[error("asking the operating system for randomness")]
    NoRandomness(#[source] getrandom::Error),
    /// A background thread ended unexpectedly.
    #[error("rendering ended unexpectedly")]
    Aborted,
}

/// What became of undoing a failed action.
#[derive(Debug)]
pub enum Undo {
    /// A failed upgrade was rolled back to this revision.
    RolledBack(u32),
    /// A failed installation was uninstalled.
    Uninstalled,
    /// There was no good revision to go back to.
    NothingToUndo,
    /// Undoing failed too.
    Failed(Box<ActionError>),
}

fn undone_text(name: &str, cause: &ActionError, outcome: &Undo) -> String {
    match outcome {
        Undo::RolledBack(_) => format!(
            "release {name} failed, and has been rolled back due to rollback-on-failure being set: {cause}"
        ),
        Undo::Uninstalled => format!(
            "release {name} failed, and has been uninstalled due to rollback-on-failure being set: {cause}"
        ),
        Undo::NothingToUndo => format!(
            "unable to find a previously successful release when attempting to rollback. original upgrade error: {cause}"
        ),
        Undo::Failed(error) => format!(
            "an error occurred while rolling back the release. original upgrade error: {cause}: {error}"
        ),
    }
}
