//! Archives over HTTP, within bounds.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::LOCATION;
use reqwest::{Client, Response, Url};
use tokio::sync::OnceCell;

use crate::Digest;
use crate::cache::Cache;
use crate::policy::{NotPublic, PublicOnly, is_public};

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// How to fetch.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// Largest archive, in bytes.
    pub max_bytes: u64,
    /// Limit for making a connection.
    pub connect_timeout: Duration,
    /// Limit for a whole fetch, redirects included.
    pub timeout: Duration,
    /// Whether loopback, link-local and private addresses may be connected to. If not, no proxy of the
    /// environment is used either, since it would do the resolving.
    pub allow_private: bool,
    /// Whether `http://` may be used; `https://` always may.
    pub allow_http: bool,
    /// Folder that keeps archives between runs, made when missing.
    pub cache_dir: Option<PathBuf>,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl Default for FetchOptions {
    /// A person's own machine: every address, `http://` too.
    fn default() -> Self {
        Self {
            max_bytes: 20 << 20,
            connect_timeout: Duration::from_secs(30),
            timeout: Duration::from_mins(5),
            allow_private: true,
            allow_http: true,
            cache_dir: None,
            user_agent: "chartctl".to_owned(),
        }
    }
}

/// An archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its bytes.
    pub bytes: Bytes,
    /// Their digest.
    pub digest: Digest,
}

/// Why an archive was not fetched. Addresses are shown without user, password, query and fragment;
/// nothing a server answered is in the texts but the status code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The HTTP client could not be set up.
    #[error("setting up the HTTP client: {problem}")]
    Client {
        /// Why.
        problem: String,
    },
    /// The scheme is not allowed.
    #[error("fetching {url}: only https addresses are allowed")]
    Scheme {
        /// The address.
        url: String,
    },
    /// The host resolves to an address that may not be connected to.
    #[error("fetching {url}: the host has a private or local address, which is not allowed")]
    PrivateAddress {
        /// The address.
        url: String,
    },
    /// No connection, or it broke.
    #[error("fetching {url}: {problem}")]
    Transport {
        /// The address.
        url: String,
        /// Why.
        problem: String,
    },
    /// It took too long.
    #[error("fetching {url}: not done after {seconds} seconds")]
    TimedOut {
        /// The address.
        url: String,
        /// The limit.
        seconds: u64,
    },
    /// The server answered with something else than success.
    #[error("fetching {url}: the server answered {status}")]
    Status {
        /// The address.
        url: String,
        /// The status code.
        status: u16,
    },
    /// A redirect that is not followed.
    #[error("fetching {url}: {problem}")]
    Redirect {
        /// The address.
        url: String,
        /// Why not.
        problem: &'static str,
    },
    /// More bytes than allowed.
    #[error("fetching {url}: the archive is larger than {limit} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// The archive is not the expected one.
    #[error("fetching {url}: expected digest {expected}, got {actual}")]
    DigestMismatch {
        /// The address.
        url: String,
        /// What was asked for.
        expected: Digest,
        /// What came.
        actual: Digest,
    },
}

impl FetchError {
    /// Returns whether the same call may succeed later: the network, a time limit, or a server that is
    /// busy or broken.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Transport { .. } | Self::TimedOut { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..=599),
            _ => false,
        }
    }
}

/// A fetch that several callers wait for.
type Flight = OnceCell<Result<Fetched, FetchError>>;

/// Fetches archives and keeps them by digest; clones share everything.
#[derive(Clone, Debug)]
pub struct Fetcher(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    client: Client,
    options: FetchOptions,
    cache: Cache,
    flights: Mutex<BTreeMap<String, Weak<Flight>>>,
}

impl Fetcher {
    /// Sets up the HTTP client, with rustls' ring provider unless the process has chosen another.
    pub fn new(options: FetchOptions) -> Result<Self, FetchError> {
        // An error says that one is installed already, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default().is_ok();
        let mut builder = Client::builder()
            .user_agent(options.user_agent.clone())
            .connect_timeout(options.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false);
        if !options.allow_private {
            builder = builder.no_proxy().dns_resolver(Arc::new(PublicOnly));
        }
        let client =
            builder.build().map_err(|error| FetchError::Client { problem: root_cause(&error) })?;
        let cache = Cache::new(options.cache_dir.clone());
        Ok(Self(Arc::new(Shared { client, options, cache, flights: Mutex::default() })))
    }

    /// Returns the archive at `url`. With `expected`, an archive kept under that digest is returned
    /// without asking the server, and another one is an error. Calls for the same address at the same
    /// time share one request; credentials within the address are sent to its own host only.
    pub async fn fetch(&self, url: &Url, expected: Option<&Digest>) -> Result<Fetched, FetchError> {
        if let Some(digest) = expected
            && let Some(bytes) = self.0.cache.find(digest).await
        {
            return Ok(Fetched { bytes, digest: digest.clone() });
        }
        let flight = self.flight(url);
        let result = flight.get_or_init(|| self.0.fetch(url)).await.clone();
        self.land(url, &flight);
        let fetched = result?;
        match expected {
            Some(expected) if *expected != fetched.digest => Err(FetchError::DigestMismatch {
                url: shown(url),
                expected: expected.clone(),
                actual: fetched.digest,
            }),
            _ => Ok(fetched),
        }
    }

    /// Joins the fetch of this address that is under way, or starts one.
    fn flight(&self, url: &Url) -> Arc<Flight> {
        let mut flights = self.0.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, flight| flight.strong_count() > 0);
        if let Some(flight) = flights.get(url.as_str()).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new(Flight::new());
        flights.insert(url.to_string(), Arc::downgrade(&flight));
        flight
    }

    /// Lets the next call ask the server again.
    fn land(&self, url: &Url, flight: &Arc<Flight>) {
        let mut flights = self.0.flights.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |known: &Weak<Flight>| std::ptr::eq(known.as_ptr(), Arc::as_ptr(flight));
        if flights.get(url.as_str()).is_some_and(is_it) {
            flights.remove(url.as_str());
        }
    }
}

impl Shared {
    async fn fetch(&self, url: &Url) -> Result<Fetched, FetchError> {
        let limit = self.options.timeout;
        let late = |_| FetchError::TimedOut { url: shown(url), seconds: limit.as_secs() };
        let bytes = tokio::time::timeout(limit, self.download(url)).await.map_err(late)??;
        let digest = Digest::of(&bytes);
        self.cache.keep(&digest, &bytes).await;
        Ok(Fetched { bytes, digest })
    }

    async fn download(&self, url: &Url) -> Result<Bytes, FetchError> {
        let mut current = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.get(&current).await?;
            let status = response.status();
            if status.is_success() {
                return self.body(&current, response).await;
            }
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Err(FetchError::Status { url: shown(&current), status: status.as_u16() });
            }
            current = redirected(&current, &response)?;
        }
        Err(FetchError::Redirect { url: shown(url), problem: "the server redirects too often" })
    }

    async fn get(&self, url: &Url) -> Result<Response, FetchError> {
        let secure = url.scheme() == "https";
        if !(secure || (self.options.allow_http && url.scheme() == "http")) {
            return Err(FetchError::Scheme { url: shown(url) });
        }
        // The resolver only sees names; addresses written as such are checked here.
        if !self.options.allow_private && literal(url).is_some_and(|address| !is_public(address)) {
            return Err(FetchError::PrivateAddress { url: shown(url) });
        }
        self.client.get(url.clone()).send().await.map_err(|error| failed(url, &error))
    }

    async fn body(&self, url: &Url, mut response: Response) -> Result<Bytes, FetchError> {
        let limit = self.options.max_bytes;
        let too_large = || FetchError::TooLarge { url: shown(url), limit };
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(url, &error))? {
            if (body.len() as u64).saturating_add(chunk.len() as u64) > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// Returns where a redirect leads, unless it may not be followed.
fn redirected(from: &Url, response: &Response) -> Result<Url, FetchError> {
    let refused = |problem| FetchError::Redirect { url: shown(from), problem };
    let target = response
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| from.join(location).ok())
        .ok_or_else(|| refused("the server redirects to no valid address"))?;
    match (from.scheme(), target.scheme()) {
        (_, "https") | ("http", "http") => Ok(target),
        ("https", "http") => Err(refused("the server redirects from https to http")),
        _ => Err(refused("the server redirects to another kind of address")),
    }
}

fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}

/// Returns an address as people may see it: without user, password, query and fragment.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // These fail only for addresses without a host, which have no user either.
    let _cleaned = url.set_username("").and_then(|()| url.set_password(None)).is_ok();
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

fn failed(url: &Url, error: &reqwest::Error) -> FetchError {
    let mut cause = error.source();
    while let Some(one) = cause {
        if one.is::<NotPublic>() {
            return FetchError::PrivateAddress { url: shown(url) };
        }
        cause = one.source();
    }
    let problem = if error.is_timeout() {
        "no connection within the time limit".to_owned()
    } else {
        root_cause(error)
    };
    FetchError::Transport { url: shown(url), problem }
}

/// The innermost cause says what happened; the outer ones repeat the address.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if cause.is::<reqwest::Error>() {
        return "the request failed".to_owned();
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
