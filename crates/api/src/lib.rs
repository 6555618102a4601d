//! The custom resources of chartctl.dev: today the [`Release`].
//!
//! Types, limits and documentation in one place: the CRD under `crds/` is generated from them and the
//! texts that `kubectl explain` shows are the doc comments here. The crate knows nothing of charts or
//! releases, so that other programs may use the types.

mod conditions;
mod crds;
mod duration;
mod names;
mod release;
mod schema;
mod source;
mod status;
mod values;

pub use conditions::{Condition, ConditionStatus, condition, reason};
pub use crds::{crds, to_yaml};
pub use duration::{Duration, DurationError, Recurrence};
pub use names::{
    ANNOTATION_FORCE_AT, ANNOTATION_RECONCILE_AT, ANNOTATION_RESET_AT, FIELD_MANAGER, FINALIZER,
};
pub use release::{
    Backoff, DeletionPolicy, FailurePolicy, InstallFailure, Release, ReleaseSpec, RollbackTo,
    UpgradeFailure, WaitFor,
};
pub use source::{ChartSource, FileRef, SecretRef};
pub use status::{
    AttemptStatus, ChartStatus, FailureStatus, HandledTokens, HistoryEntry, OperationInputs,
    OperationStatus, PinnedStatus, ReleaseInfo, ReleaseStatus,
};
pub use values::{SourceKind, ValuesFrom, ValuesMode};
