//! Where charts come from: HTTP today.
//!
//! [`Reference`] is what a person typed, [`Fetcher`] gets archives over HTTP within bounds and keeps
//! them by their digest, [`load`] does both and makes a [`chart::Chart`]. Registries (OCI) and chart
//! repositories are recognised and refused with a sentence.

mod cache;
mod digest;
mod http;
mod policy;
mod reference;

use chart::{Chart, ChartError, Limits};

pub use digest::{Digest, DigestError};
pub use http::{FetchError, FetchOptions, Fetched, Fetcher};
pub use policy::is_public;
pub use reference::{Reference, ReferenceError};

/// A chart and where its bytes are known by.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The chart.
    pub chart: Chart,
    /// The digest of the archive, if it came over the network.
    pub digest: Option<Digest>,
}

/// Why a chart could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What was found is no good chart.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// The thread reading the chart ended early.
    #[error("reading the chart was interrupted")]
    Interrupted,
}

/// Loads the chart that `reference` names; reading runs on a blocking thread.
///
/// `expected` is checked against archives from the network only: a folder has no digest.
pub async fn load(
    reference: &Reference,
    fetcher: &Fetcher,
    expected: Option<&Digest>,
    limits: &Limits,
) -> Result<Loaded, LoadError> {
    match reference {
        Reference::Path(path) => {
            let path = path.clone();
            let chart = blocking(move || chart::load(&path)).await?;
            Ok(Loaded { chart, digest: None })
        }
        Reference::Url(url) => {
            let Fetched { bytes, digest } = fetcher.fetch(url, expected).await?;
            let limits = limits.clone();
            let chart = blocking(move || chart::load_archive(&bytes, &limits)).await?;
            Ok(Loaded { chart, digest: Some(digest) })
        }
    }
}

async fn blocking<F>(work: F) -> Result<Chart, LoadError>
where
    F: FnOnce() -> Result<Chart, ChartError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(LoadError::Interrupted),
    }
}
