//! The live World: what templates may ask of the clock, of chance and of the cluster.

use cluster::{Cluster, Lookup};
use jiff::Timestamp;
use jiff::tz::TimeZone;
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
    /// Looks things up in `cluster`, in the zone of this machine; chance comes from the operating system. Has to be made on the runtime, and
    /// used on a thread of its own.
    pub fn new(cluster: Cluster, now: Timestamp) -> Result<Self, ActionError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(ActionError::NoRandomness)?;
        let lookup = Lookup::new(cluster, Handle::current());
        Ok(Self { offline: OfflineWorld::new(now, seed).in_time_zone(local_zone), lookup })
    }
}

/// Returns the zone of this machine, as `TZ` or its configuration says, and UTC where neither does. Dates
/// in templates are in that zone, as in Helm.
#[must_use]
pub fn local_zone() -> TimeZone {
    let zone = TimeZone::system();
    if zone.is_unknown() { TimeZone::UTC } else { zone }
}

impl World for LiveWorld {
    fn now(&self) -> Timestamp {
        self.offline.now()
    }

    fn time_zone(&self) -> TimeZone {
        self.offline.time_zone()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.offline.random(bytes);
    }

    fn toil(&self) -> Result<(), WorldError> {
        self.offline.toil()
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
