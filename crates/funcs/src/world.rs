//! The only door to the world outside: clock, randomness, the cluster and DNS.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use gotmpl::{Args, CallError, Integers, Type};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use value::Value;

use crate::args::text;
use crate::table::{Answer, Row, asking, takes};

/// What functions may ask of the world outside. Rendering the same chart twice in the same world prints
/// the same bytes, as far as the world gives the same answers.
pub trait World: Send + Sync {
    /// Returns the present time.
    fn now(&self) -> Timestamp;

    /// Returns the zone that times are read and shown in where nothing else is said.
    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    /// Fills `bytes` with randomness fit for passwords.
    fn random(&self, bytes: &mut [u8]);

    /// Is asked before each long computation, such as the hash of a password, so that a world can bound
    /// what a chart costs.
    fn toil(&self) -> Result<(), WorldError> {
        Ok(())
    }

    /// Returns an object of the cluster, a List when `name` is empty, or an empty map when there is no
    /// such object or no cluster, as Helm's `lookup` does.
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, WorldError>;

    /// Returns an address of `host`, or an empty text where names are not resolved.
    fn resolve(&self, host: &str) -> Result<String, WorldError>;
}

/// The world did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WorldError(pub String);

impl From<WorldError> for CallError {
    fn from(error: WorldError) -> Self {
        Self::Text(error.0)
    }
}

const TEXT: Type = Type::String;

pub(crate) const ROWS: &[Row] = &[
    asking(
        "lookup",
        takes(&[TEXT, TEXT, TEXT, TEXT], Type::MAP),
        lookup,
        "Returns an object of the cluster by API version, kind, namespace and name; all objects when \
         the name is empty; an empty map when nothing is found or there is no cluster.",
        r#"lookup "v1" "Secret" "default" "none" => {}"#,
    ),
    asking(
        "getHostByName",
        takes(&[TEXT], TEXT),
        host_by_name,
        "Returns an address of a host; empty unless resolving names is switched on.",
        r#"getHostByName "localhost" => """#,
    ),
];

fn lookup(world: &dyn World, args: &Args<'_>) -> Answer {
    let found = world.lookup(&text(args, 0), &text(args, 1), &text(args, 2), &text(args, 3))?;
    Ok(gotmpl::Value::from_plain(&found, Integers::Int64))
}

fn host_by_name(world: &dyn World, args: &Args<'_>) -> Answer {
    Ok(gotmpl::Value::from(world.resolve(&text(args, 0))?))
}

/// Returns a random number below `end`, each with the same probability.
pub(crate) fn below(world: &dyn World, end: u64) -> u64 {
    let Some(largest) = end.checked_sub(1) else {
        return 0;
    };
    // Numbers with no more bits than needed, drawn again until one is small enough.
    let mask = u64::MAX.checked_shr(largest.leading_zeros()).unwrap_or_default();
    loop {
        let mut bytes = [0; 8];
        world.random(&mut bytes);
        let number = u64::from_le_bytes(bytes) & mask;
        if number <= largest {
            return number;
        }
    }
}

/// A world without cluster and network, for rendering on a laptop. Programs hand in the time and a seed
/// from the operating system; the randomness is SHA-256 of the seed and a counter.
#[derive(Debug)]
pub struct OfflineWorld {
    now: Timestamp,
    zone: LazyLock<TimeZone>,
    stream: Stream,
    toils: AtomicU64,
    resolve: fn(&str) -> String,
}

/// How many long computations a rendering may ask for.
const MAX_TOILS: u64 = 500;

impl OfflineWorld {
    /// Returns a world in which it is `now`, whose randomness grows from `seed`.
    #[must_use]
    pub const fn new(now: Timestamp, seed: [u8; 32]) -> Self {
        Self {
            now,
            zone: LazyLock::new(|| TimeZone::UTC),
            stream: Stream::new(seed),
            toils: AtomicU64::new(0),
            resolve: |_| String::new(),
        }
    }

    /// Returns this world with names of hosts resolved by `resolve`, which gives an empty text for one that has
    /// no address.
    #[must_use]
    pub fn resolving(mut self, resolve: fn(&str) -> String) -> Self {
        self.resolve = resolve;
        self
    }

    /// Returns this world in another zone than UTC. It is looked for when somebody asks: most templates
    /// print no times, and finding a zone reads files.
    #[must_use]
    pub fn in_time_zone(mut self, zone: fn() -> TimeZone) -> Self {
        self.zone = LazyLock::new(zone);
        self
    }
}

impl World for OfflineWorld {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn time_zone(&self) -> TimeZone {
        self.zone.clone()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.stream.fill(bytes);
    }

    fn toil(&self) -> Result<(), WorldError> {
        if self.toils.fetch_add(1, Ordering::Relaxed) < MAX_TOILS {
            return Ok(());
        }
        Err(WorldError(format!("more than {MAX_TOILS} passwords or keys were asked for")))
    }

    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Value, WorldError> {
        Ok(Value::map())
    }

    fn resolve(&self, host: &str) -> Result<String, WorldError> {
        Ok((self.resolve)(host))
    }
}

/// A world for tests: time stands still at the epoch, chance repeats, objects are what the test put in.
#[derive(Debug)]
pub struct FixedWorld {
    now: Timestamp,
    stream: Stream,
    objects: BTreeMap<[String; 4], Value>,
}

impl FixedWorld {
    /// Returns an empty world at the epoch.
    #[must_use]
    pub const fn new() -> Self {
        Self { now: Timestamp::UNIX_EPOCH, stream: Stream::new([0; 32]), objects: BTreeMap::new() }
    }

    /// Returns this world at another time.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Returns this world with an object that `lookup` finds by API version, kind, namespace and name.
    #[must_use]
    pub fn with_object(mut self, key: [&str; 4], object: Value) -> Self {
        self.objects.insert(key.map(str::to_owned), object);
        self
    }
}

impl Default for FixedWorld {
    fn default() -> Self {
        Self::new()
    }
}

impl World for FixedWorld {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn random(&self, bytes: &mut [u8]) {
        self.stream.fill(bytes);
    }

    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, WorldError> {
        let key = [api_version, kind, namespace, name].map(str::to_owned);
        Ok(self.objects.get(&key).cloned().unwrap_or_else(Value::map))
    }

    fn resolve(&self, _: &str) -> Result<String, WorldError> {
        Ok(String::new())
    }
}

/// A stream of bytes: SHA-256 over a seed and a counter.
struct Stream {
    seed: [u8; 32],
    block: AtomicU64,
}

impl Stream {
    const fn new(seed: [u8; 32]) -> Self {
        Self { seed, block: AtomicU64::new(0) }
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.block.fetch_add(1, Ordering::Relaxed);
            let digest =
                Sha256::new().chain_update(self.seed).chain_update(block.to_be_bytes()).finalize();
            for (byte, random) in chunk.iter_mut().zip(digest) {
                *byte = random;
            }
        }
    }
}

/// Prints nothing of the seed.
impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stream")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_world_repeats_itself_and_an_offline_one_follows_its_seed() {
        let draw = |world: &dyn World| {
            let mut bytes = [0; 40];
            world.random(&mut bytes);
            bytes
        };
        assert_eq!(draw(&FixedWorld::new()), draw(&FixedWorld::default()));
        let offline = |seed| draw(&OfflineWorld::new(Timestamp::UNIX_EPOCH, [seed; 32]));
        assert_eq!(offline(1), offline(1));
        assert_ne!(offline(1), offline(2));
        let shown = format!("{:?}", OfflineWorld::new(Timestamp::UNIX_EPOCH, [77; 32]));
        assert!(!shown.contains("77"), "{shown}");
    }

    #[test]
    fn lookup_finds_what_the_test_put_in() {
        let world = FixedWorld::new().with_object(["v1", "Secret", "a", "b"], Value::from("found"));
        assert_eq!(world.lookup("v1", "Secret", "a", "b"), Ok(Value::from("found")));
        assert_eq!(world.lookup("v1", "Secret", "a", "c"), Ok(Value::map()));
    }
}
