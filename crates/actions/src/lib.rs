//! The verbs that chartctl and the operator share.
//!
//! `prepare_…` reads records and cluster, renders, and returns a plan; nothing has changed by then.
//! [`Execution`] carries out one short step at a time; [`run`] loops over it for commands, the operator's
//! reconcile for itself. What happens is told as [`Event`]s; nothing here prints.

mod cancel;
mod drift;
mod error;
mod event;
mod execute;
mod explain;
mod hook_logs;
mod install;
mod options;
mod prepare;
mod preview;
pub mod process;
mod rollback;
mod run;
mod settle;
mod test;
mod unchanged;
mod undo;
mod uninstall;
mod upgrade;
mod waiting;
mod world;

pub use cancel::Cancel;
pub use cluster::Change;
pub use drift::{Drift, drift};
pub use error::{ActionError, StepError, Undo};
pub use event::{Event, Events, HookLog, LogReason};
pub use execute::Execution;
pub use explain::explain;
pub use install::prepare_install;
pub use options::{
    DeployOptions, DryRun, NewRevision, Others, RenderOptions, Reuse, RollbackOptions, RunOptions,
};
pub use prepare::{Parts, Prepared, Wanted, plan_revision, render_chart};
pub use preview::{Previewed, preview};
pub use rollback::prepare_rollback;
pub use run::{HEARTBEAT, run};
pub use settle::CHARTCTL;
pub use test::{TestFilter, prepare_test};
pub use undo::run_or_undo;
pub use uninstall::prepare_uninstall;
pub use upgrade::prepare_upgrade;
pub use world::{LiveWorld, local_zone, resolve};
