//! What an action will do, as a value, and how far it has come.
//!
//! [`plan`] turns a request (the new revision, its objects, the revisions before it) and a snapshot of
//! the cluster into a [`Plan`]: an ordered list of short, idempotent [`Step`]s in which nothing is left to
//! decide. [`progress()`] says, for a plan, a [`Cursor`] and what was [`Observed`], which step comes next
//! or what is waited for. `chartctl` calls it in a loop; the operator once a reconcile. Both get the
//! same answers, since everything here is a pure function: no clock, no cluster, the same plan for the
//! same input.

mod adopt;
mod crds;
pub mod diff;
mod drift;
mod error;
mod fields;
mod hooks;
mod live;
mod managers;
mod options;
mod order;
mod patience;
mod pending;
mod planner;
mod progress;
mod prune;
mod same;
mod show;
mod standing;
mod step;

pub use drift::{Drifted, drift};
pub use error::PlanError;
pub use fields::{Difference, What, differences};
pub use live::{Live, LiveObject, Observed, Sought};
pub use managers::{CLIENT_SIDE_MANAGERS, FIELD_MANAGER, Manager};
pub use options::{Adoption, Conflicts, CrdPolicy, Options, Propagation, Update, Wait};
pub use patience::{Budget, Patience};
pub use pending::{Cause, Evidence, Pending, PodState};
pub use planner::{Action, Plan, Request, Skipped, plan, sought};
pub use progress::{Cursor, Failure, Next, closing_steps, progress};
pub use same::Likeness;
pub use show::Summary;
pub use step::{Doomed, HookDeletion, Step, Unchanged};
