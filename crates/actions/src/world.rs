//! The live World: what templates may ask of the clock, of chance and of the cluster.

use std::net::ToSocketAddrs as _;

use cluster::{Cluster, Lookup};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use render::{OfflineWorld, World, WorldError};
use tokio::runtime::Handle;
use value::Value;

use crate::error::ActionError;
use crate::options::RenderOptions;

/// The world of a chart that is rendered for a real cluster. Names are resolved only when somebody says so, as in
/// Helm.
#[derive(Debug)]
pub struct LiveWorld {
    offline: OfflineWorld,
    /// Nothing where look-ups find nothing.
    lookup: Option<Lookup>,
}

impl LiveWorld {
    /// Looks things up in `cluster`, in the zone of this machine; chance comes from the operating system. Has to be made on the runtime, and
    /// used on a thread of its own.
    pub fn new(cluster: Cluster, now: Timestamp) -> Result<Self, ActionError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(ActionError::NoRandomness)?;
        let lookup = Some(Lookup::new(cluster, Handle::current()));
        Ok(Self { offline: OfflineWorld::new(now, seed).in_time_zone(local_zone), lookup })
    }

    /// Returns this world as `options` want it.
    pub(crate) fn with(mut self, options: &RenderOptions) -> Self {
        if options.dns {
            self.offline = self.offline.resolving(resolve);
        }
        self.lookup = self.lookup.filter(|_| !options.blind);
        self
    }
}

/// Returns an address of a host, an empty text if none is found: `--enable-dns`.
#[must_use]
pub fn resolve(host: &str) -> String {
    let found = (host, 0).to_socket_addrs().ok().and_then(|mut found| found.next());
    found.map(|address| address.ip().to_string()).unwrap_or_default()
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
        match &self.lookup {
            Some(lookup) => lookup
                .lookup(api_version, kind, namespace, name)
                .map_err(|error| WorldError(error.to_string())),
            None => Ok(Value::map()),
        }
    }

    fn resolve(&self, host: &str) -> Result<String, WorldError> {
        self.offline.resolve(host)
    }
}
