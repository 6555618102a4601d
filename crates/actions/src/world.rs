//! The live World: what templates may ask of the clock, of chance and of the cluster.

use cluster::{Cluster, Lookup};
use jiff::Timestamp;
use render::{OfflineWorld, World, WorldError};
use tokio::runtime::Handle;
use value::Value;

use crate::error::ActionError;

/// The world of a chart that is rendered for a real cluster. Names are not resolved, as in Helm without
/// `--enable-dns`.
#[derive(Debug)]
pub struct LiveWorld {
    offline: OfflineWorld,
    lookup: Lookup,
}

impl LiveWorld {
    /// Looks things up in `cluster`; chance comes from the operating system. Has to be made on the runtime, and
    /// used on a thread of its own.
    pub fn new(cluster: Cluster, now: Timestamp) -> Result<Self, ActionError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(ActionError::NoRandomness)?;
        let lookup = Lookup::new(cluster, Handle::current());
        Ok(Self { offline: OfflineWorld::new(now, seed), lookup })
    }
}

impl World for LiveWorld {
    fn now(&self) -> Timestamp {
        self.offline.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.offline.random(bytes);
    }

    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, WorldError> {
        self.lookup
            .lookup(api_version, kind, namespace, name)
            .map_err(|error| WorldError(error.to_string()))
    }

    fn resolve(&self, host: &str) -> Result<String, WorldError> {
        self.offline.resolve(host)
    }
}
