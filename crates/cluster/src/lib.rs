//! The Kubernetes side: connecting, applying, deleting, watching, storing.
//!
//! [`Cluster`] is a connection with what belongs to it: the default namespace and the cached list of kinds
//! that are served. It is cheap to clone. Everything it does is one request or a few, each bounded in time
//! ([`send`]) and repeated when that can help ([`retry`]); nothing decides what to do, that is the plan's
//! business. Objects go in and come out as plain values, so that no field is lost on the way.
//!
//! A failure is an [`ApiError`]: an enum by meaning, whose text names the call and whose
//! [`hint`](ApiError::hint) tells a person what to do.

mod address;
mod apply;
mod call;
pub mod connect;
mod delete;
mod discovery;
mod error;
mod field_managers;
mod live;
mod logs;
mod lookup;
mod namespace;
mod replace;
pub mod retry;
pub mod send;
pub mod storage;
mod survey;
#[cfg(test)]
mod testing;
mod watch;

use std::sync::Arc;

pub use apply::{Applied, ApplyOptions, Change, FIELD_MANAGER};
pub use call::{Call, Verb};
pub use connect::{ConnectError, ConnectOptions, KubeconfigFiles, Requests};
pub use delete::{Deleted, Propagation};
pub use discovery::{KubeVersion, Resource, Served};
pub use error::{ApiError, Cause, FieldConflict};
pub use field_managers::{CLIENT_SIDE_MANAGERS, managed_fields_patch};
pub use logs::{LARGEST_LOG, LogPart};
pub use lookup::Lookup;
pub use replace::is_replaceable;
pub use storage::{Driver, RecordMeta, Storage, StorageError, Stored};
pub use watch::{RecordWatch, Watch};

/// A connection to one cluster. Clones share the connection and the list of served kinds.
#[derive(Clone)]
pub struct Cluster {
    client: kube::Client,
    default_namespace: Arc<str>,
    server: Arc<str>,
    discovery: Arc<discovery::Cache>,
    keeping: Arc<storage::Keeping>,
}

impl Cluster {
    /// Wraps a client that exists already; it should not retry by itself.
    pub fn from_client(client: kube::Client, default_namespace: impl Into<Arc<str>>) -> Self {
        Self {
            client,
            default_namespace: default_namespace.into(),
            server: Arc::from(""),
            discovery: Arc::default(),
            keeping: Arc::default(),
        }
    }

    /// Returns the connection with the address that it goes to.
    #[must_use]
    fn at(self, server: &str) -> Self {
        Self { server: Arc::from(server), ..self }
    }

    /// Returns the address of the API server, empty for a client that was made elsewhere.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Returns the namespace of whatever names none: the one given when connecting, else the context's, else
    /// `default`.
    #[must_use]
    pub fn default_namespace(&self) -> &str {
        &self.default_namespace
    }

    /// Returns the same connection with another default namespace.
    #[must_use]
    pub fn with_default_namespace(&self, namespace: &str) -> Self {
        Self { default_namespace: Arc::from(namespace), ..self.clone() }
    }

    /// Returns the client, for what this crate does not do.
    #[must_use]
    pub const fn client(&self) -> &kube::Client {
        &self.client
    }

    /// Returns the records of releases.
    #[must_use]
    pub fn storage(&self) -> Storage {
        Storage::new(self)
    }
}

/// Prints the default namespace only.
impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("default_namespace", &self.default_namespace)
            .finish_non_exhaustive()
    }
}
