//! Charts: from a ConfigMap, a Secret or an address, parsed once for each digest.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api::{ChartSource, SourceKind};
use chart::{Chart, ChartError, Limits};
use repo::{Digest, FetchError, Fetcher, Reference};
use tokio::time::Instant;

use crate::index::Name;
use crate::reading::{OwnedReader, ReadError, Reader};
use crate::text::chain;
use crate::trigger::Trigger;
use crate::values::Source;

/// For how long a failed fetch is not repeated.
const FAILED_FOR: Duration = Duration::from_secs(30);
/// For how long it is known what an address gave that nobody asks for any more.
const REMEMBERED: Duration = Duration::from_hours(24);
/// How many charts are kept parsed.
const KEPT: usize = 64;

/// A chart that is ready to be rendered.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The chart.
    pub chart: Arc<Chart>,
    /// The digest of its archive.
    pub digest: Digest,
    /// Where it came from, without credentials.
    pub origin: String,
}

/// A chart that is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The ConfigMap or Secret does not exist.
    #[error("{kind} {name:?} with the chart does not exist", kind = .0.kind.as_str(), name = .0.name)]
    NoObject(Source),
    /// It lacks the key.
    #[error("{kind} {name:?} has no key {key:?} with the chart", kind = .object.kind.as_str(), name = .object.name)]
    NoKey {
        /// The object.
        object: Source,
        /// The key.
        key: String,
    },
    /// The Secret for the address does not have what is needed.
    #[error("Secret {name:?} for the chart's address has no {key:?}")]
    NoCredentials {
        /// The Secret.
        name: String,
        /// What it lacks.
        key: &'static str,
    },
    /// The address is no address of a chart.
    #[error("the chart's address cannot be used: {problem}")]
    Address {
        /// Why.
        problem: String,
    },
    /// The archive is another one than asked for.
    #[error("the chart has digest {actual}, the spec asks for {expected}")]
    DigestMismatch {
        /// What the spec names.
        expected: String,
        /// What was found.
        actual: String,
    },
    /// `chart.digest` is no digest.
    #[error(transparent)]
    Digest(#[from] repo::DigestError),
    /// It is being fetched.
    #[error("the chart is being fetched")]
    Fetching,
    /// It could not be fetched a moment ago.
    #[error(transparent)]
    Earlier(Earlier),
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The archive is no chart.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// The cluster did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The spec names no source, which its schema rules out.
    #[error("the spec names no chart")]
    Nothing,
    /// The thread that read the archive ended early.
    #[error("reading the chart was interrupted")]
    Interrupted,
}

/// Gets charts. Shared by all reconciles.
#[derive(Debug)]
pub struct Charts {
    fetcher: Fetcher,
    limits: Limits,
    parsed: Mutex<Parsed>,
    /// Fetches by address and who asks.
    flights: Mutex<BTreeMap<String, Flight>>,
}

/// Who wants a chart.
#[derive(Debug)]
pub struct Asker<'a> {
    /// The Release.
    pub name: &'a Name,
    /// Reads in its namespace.
    pub reader: Reader<'a>,
    /// For how long an address is not asked again.
    pub fresh_for: Duration,
    /// Wakes the Release when a fetch is done.
    pub wake: &'a Trigger,
}

/// What is known of one address.
#[derive(Debug, Default)]
struct Flight {
    running: bool,
    /// When somebody last wanted it.
    asked: Option<Instant>,
    at: Option<Instant>,
    last: Option<Result<Digest, Earlier>>,
    /// The last archive that could be had.
    known: Option<Digest>,
}

/// A fetch that failed earlier.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Earlier {
    message: String,
    /// Whether the archive is another one than the spec asks for.
    pub mismatch: bool,
}

impl Earlier {
    fn of(error: &SourceError) -> Self {
        let mismatch = matches!(
            error,
            SourceError::DigestMismatch { .. }
                | SourceError::Fetch(FetchError::DigestMismatch { .. })
        );
        Self { message: chain(error), mismatch }
    }
}

#[derive(Debug, Default)]
struct Parsed {
    charts: BTreeMap<Digest, Arc<Chart>>,
    order: VecDeque<Digest>,
}

impl Charts {
    /// Gets charts through `fetcher`.
    #[must_use]
    pub fn new(fetcher: Fetcher, limits: Limits) -> Self {
        Self { fetcher, limits, parsed: Mutex::default(), flights: Mutex::default() }
    }

    /// Returns the chart that `source` names. What an address gave is believed for `fresh_for`; a digest in the
    /// spec is believed for ever.
    pub async fn load(
        self: &Arc<Self>,
        source: &ChartSource,
        asker: &Asker<'_>,
    ) -> Result<Loaded, SourceError> {
        if let Some(url) = &source.url {
            return self.from_address(source, url, asker);
        }
        let reader = asker.reader;
        let expected: Option<Digest> = source.digest.as_deref().map(str::parse).transpose()?;
        let (kind, file) = match (&source.config_map, &source.secret) {
            (Some(file), _) => (SourceKind::ConfigMap, file),
            (None, Some(file)) => (SourceKind::Secret, file),
            (None, None) => return Err(SourceError::Nothing),
        };
        let object = Source { kind, name: file.name.clone() };
        let origin = format!("{} {}/{}", kind.as_str(), file.name, file.key);
        if let Some(digest) = reader.digest_of(&object, &file.key)
            && let Some(chart) = self.parsed(&digest)
        {
            check(expected.as_ref(), &digest)?;
            return Ok(Loaded { chart, digest, origin });
        }
        let read =
            reader.read(&object).await?.ok_or_else(|| SourceError::NoObject(object.clone()))?;
        let bytes = read
            .data
            .get(&file.key)
            .ok_or_else(|| SourceError::NoKey { object: object.clone(), key: file.key.clone() })?;
        let digest = Digest::of(bytes);
        check(expected.as_ref(), &digest)?;
        let chart = self.parse(&digest, bytes.clone()).await?;
        reader.remember(&object, &file.key, &read.version, &digest);
        Ok(Loaded { chart, digest, origin })
    }

    /// Fetching takes as long as it takes, so it has a task of its own, which wakes the Release when it is done.
    /// Until then the last known archive counts, if there is one.
    fn from_address(
        self: &Arc<Self>,
        source: &ChartSource,
        url: &str,
        asker: &Asker<'_>,
    ) -> Result<Loaded, SourceError> {
        let expected: Option<Digest> = source.digest.as_deref().map(str::parse).transpose()?;
        let origin = url.to_owned();
        // Who may read an address with credentials says nothing about others.
        let secret = source.secret_ref.as_ref().map(|secret| secret.name.clone());
        let namespace = asker.reader.namespace().to_owned();
        let key = format!("{url} {namespace} {}", secret.as_deref().unwrap_or_default());
        if let Some(digest) = &expected
            && let Some(chart) = self.parsed(digest)
        {
            return Ok(Loaded { chart, digest: digest.clone(), origin });
        }
        let mut flights = lock(&self.flights);
        flights.retain(|_, flight| {
            flight.running || flight.asked.is_some_and(|at| at.elapsed() < REMEMBERED)
        });
        let flight = flights.entry(key.clone()).or_default();
        flight.asked = Some(Instant::now());
        let due = match &flight.last {
            _ if flight.running => false,
            None => true,
            Some(Ok(_)) => flight.at.is_none_or(|at| at.elapsed() >= asker.fresh_for),
            Some(Err(_)) => flight.at.is_none_or(|at| at.elapsed() >= FAILED_FOR),
        };
        if due {
            flight.running = true;
            let (charts, url) = (Arc::clone(self), url.to_owned());
            let (wake, reader) = (asker.wake.clone(), asker.reader.to_owned());
            let name = asker.name.clone();
            let expected = expected.clone();
            tokio::spawn(async move {
                let fetched =
                    charts.fetch(&url, secret.as_deref(), expected.as_ref(), &reader).await;
                charts.landed(&key, fetched);
                wake.one(&name);
            });
        }
        let known = flight.known.clone();
        let failed = flight.last.clone().and_then(Result::err);
        drop(flights);
        let expected = expected.as_ref();
        if let Some(digest) =
            known.filter(|digest| expected.is_none_or(|expected| expected == digest))
            && let Some(chart) = self.parsed(&digest)
        {
            return Ok(Loaded { chart, digest, origin });
        }
        Err(failed.map_or(SourceError::Fetching, SourceError::Earlier))
    }

    async fn fetch(
        &self,
        url: &str,
        secret: Option<&str>,
        expected: Option<&Digest>,
        reader: &OwnedReader,
    ) -> Result<Digest, SourceError> {
        let bad = |problem: String| SourceError::Address { problem };
        let Reference::Url(mut address) =
            Reference::parse(url).map_err(|error| bad(error.to_string()))?
        else {
            return Err(bad("it is no http or https address".to_owned()));
        };
        if let Some(secret) = secret {
            let (user, password) = credentials(&reader.reader(), secret).await?;
            let unusable = |()| bad("it cannot carry credentials".to_owned());
            address.set_username(&user).map_err(unusable)?;
            address.set_password(Some(&password)).map_err(unusable)?;
        }
        let fetched = self.fetcher.fetch(&address, expected).await?;
        self.parse(&fetched.digest, fetched.bytes.to_vec()).await?;
        Ok(fetched.digest)
    }

    fn landed(&self, key: &str, fetched: Result<Digest, SourceError>) {
        if let Err(error) = &fetched {
            tracing::warn!(%error, "a chart could not be fetched");
        }
        let mut flights = lock(&self.flights);
        let flight = flights.entry(key.to_owned()).or_default();
        flight.running = false;
        flight.at = Some(Instant::now());
        if let Ok(digest) = &fetched {
            flight.known = Some(digest.clone());
        }
        flight.last = Some(fetched.map_err(|error| Earlier::of(&error)));
    }

    fn parsed(&self, digest: &Digest) -> Option<Arc<Chart>> {
        lock(&self.parsed).charts.get(digest).cloned()
    }

    /// Parses an archive on a thread of its own, or takes the chart that was parsed before.
    async fn parse(&self, digest: &Digest, bytes: Vec<u8>) -> Result<Arc<Chart>, SourceError> {
        if let Some(chart) = self.parsed(digest) {
            return Ok(chart);
        }
        let limits = self.limits.clone();
        let parsed =
            tokio::task::spawn_blocking(move || chart::load_archive(&bytes, &limits)).await;
        let chart = Arc::new(parsed.map_err(|_| SourceError::Interrupted)??);
        let mut parsed = lock(&self.parsed);
        if parsed.charts.insert(digest.clone(), chart.clone()).is_none() {
            parsed.order.push_back(digest.clone());
        }
        while parsed.order.len() > KEPT {
            if let Some(oldest) = parsed.order.pop_front() {
                parsed.charts.remove(&oldest);
            }
        }
        Ok(chart)
    }
}

async fn credentials(reader: &Reader<'_>, name: &str) -> Result<(String, String), SourceError> {
    let object = Source { kind: SourceKind::Secret, name: name.to_owned() };
    let read = reader.read(&object).await?.ok_or_else(|| SourceError::NoObject(object.clone()))?;
    let text = |key: &'static str| {
        let bytes = read.data.get(key).cloned();
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| SourceError::NoCredentials { name: name.to_owned(), key })
    };
    Ok((text("username")?, text("password")?))
}

fn check(expected: Option<&Digest>, actual: &Digest) -> Result<(), SourceError> {
    match expected {
        Some(expected) if expected != actual => Err(SourceError::DigestMismatch {
            expected: expected.to_string(),
            actual: actual.to_string(),
        }),
        _ => Ok(()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
