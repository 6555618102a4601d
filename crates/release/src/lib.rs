//! One stored revision of a release, in Helm's format.
//!
//! [`Revision`] is the record that Helm 3 and 4 read and write, [`codec`] its bytes, [`labels`] and [`marks`]
//! what stands beside them on the Kubernetes object, [`split`] how a record of more than one object is cut,
//! [`History`] what all records of a release mean together.
//! Nothing here talks to a cluster or knows the time.

pub mod codec;
pub mod describe;
mod error;
mod history;
mod hook;
pub mod labels;
pub mod marks;
mod name;
mod ordered;
mod revision;
mod skim;
pub mod split;
mod status;
mod stored;
mod tolerant;

pub use error::{CodecError, HistoryError, InvalidName, ReservedLabels};
pub use history::{Closed, Damaged, Entry, History, Record};
pub use hook::{HookPhase, HookRun, StoredHook};
pub use marks::Marks;
pub use name::ReleaseName;
pub use revision::{ApplyMethod, Draft, Info, Revision};
pub use skim::{Skimmed, skim};
pub use split::Pointer;
pub use status::Status;
pub use stored::{StoredChart, StoredFile};
