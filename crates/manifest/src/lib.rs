//! Kubernetes objects as data: identity, order, hooks, policies, readiness.
//!
//! Rendered text becomes [`Documents`] (what Helm calls sorted manifests), those become a [`Bundle`] of
//! [`Object`]s and [`Hook`]s. Everything here is a pure function of its arguments: what the API server serves
//! ([`Scopes`]) and what lives in the cluster comes in as values.

mod bundle;
mod error;
mod gvk;
pub mod hook;
pub mod mask;
mod object;
pub mod order;
mod part;
pub mod policy;
mod read;
pub mod ready;
pub mod sequence;
mod split;
mod suspect;

pub use bundle::{Bundle, Document, Documents, Warning, bundle, documents};
pub use error::{Finding, ManifestError, Problem, Text};
pub use gvk::{Gvk, Scope, Scopes};
pub use hook::{DeletePolicy, Hook, HookEvent, LogPolicy};
pub use object::{Object, ObjectId};
pub use part::Part;
pub use read::{parse_file, parse_manifest, parse_stored};
pub use split::split;
