//! What happened, for whoever shows it: chartctl's progress, the operator's events and logs.

use std::time::Duration;

use cluster::Change;
use manifest::{HookEvent, ObjectId};
use plan::{Action, Pending, Skipped, Summary};
use release::Status;

/// Something that happened while an action ran.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The chart was rendered.
    Rendered {
        /// How many objects it has, hooks aside.
        objects: usize,
    },
    /// The plan is made; nothing has been changed yet.
    Planned {
        /// What is done.
        action: Action,
        /// The revision that the release has now.
        from: Option<u32>,
        /// The revision that it will have.
        to: u32,
        /// How many objects are touched.
        summary: Summary,
    },
    /// Somebody else's unfinished operation was found; whether they are alive is being looked at.
    Settling {
        /// The unfinished revision.
        revision: u32,
        /// Who began it.
        holder: String,
    },
    /// An unfinished operation of a process that is gone was recorded as failed.
    Settled {
        /// The revision.
        revision: u32,
    },
    /// The namespace was made, or existed.
    NamespaceCreated {
        /// Its name.
        name: String,
    },
    /// A revision was recorded.
    Recorded {
        /// The revision.
        revision: u32,
        /// Its status now.
        status: Status,
    },
    /// An object was sent to the API server.
    Applied {
        /// The object.
        object: ObjectId,
        /// What became of it.
        change: Change,
    },
    /// An object was deleted, or was gone already.
    Deleted {
        /// The object.
        object: ObjectId,
    },
    /// An object was left where it is.
    Left(Skipped),
    /// A hook began.
    HookStarted {
        /// The event it runs for.
        event: HookEvent,
        /// Its object.
        object: ObjectId,
    },
    /// A hook ended.
    HookFinished {
        /// The event it ran for.
        event: HookEvent,
        /// Its object.
        object: ObjectId,
        /// Whether it succeeded.
        succeeded: bool,
    },
    /// Waiting began.
    WaitStarted {
        /// What is waited for.
        objects: Vec<ObjectId>,
        /// How long that may take.
        limit: Duration,
    },
    /// What is still waited for changed.
    Waiting {
        /// The objects that are not there yet, and why.
        pending: Vec<Pending>,
    },
    /// A waited-for object has become what it should be.
    Ready {
        /// The object.
        object: ObjectId,
    },
    /// A request failed in a way that may pass; it is sent again.
    Retrying {
        /// What failed.
        why: String,
    },
    /// The action failed; what is left of it is being put in order.
    Failed {
        /// Why.
        why: String,
    },
    /// A failed upgrade is undone.
    RollingBack {
        /// The revision to go back to.
        to: u32,
    },
    /// What a container of a hook printed.
    Log(HookLog),
    /// Something worth knowing that does not stop the action.
    Warning(String),
}

/// What a container of a hook printed, for the eyes of who runs the command and for nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct HookLog {
    /// Why it is told.
    pub reason: LogReason,
    /// The Pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// All of it, as it is.
    pub text: String,
}

/// Why a log is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogReason {
    /// The hook's log policy asks for it.
    Policy,
    /// Whoever runs the tests asks for it.
    Test,
}

/// Shows nothing of the log.
impl std::fmt::Debug for HookLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HookLog")
            .field("reason", &self.reason)
            .field("pod", &self.pod)
            .field("container", &self.container)
            .field("text", &format_args!("{} bytes", self.text.len()))
            .finish()
    }
}

/// Where events go.
pub type Events<'a> = &'a mut (dyn FnMut(Event) + Send);
