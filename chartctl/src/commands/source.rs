//! The chart that a command was given: a folder, an archive, or the address of one.

use chart::{Chart, Limits};
use repo::{FetchOptions, Fetcher, Reference};

use crate::error::CliError;
use crate::failure;

/// Loads the chart that a person named.
pub(crate) async fn load(reference: &str) -> Result<Chart, CliError> {
    let reference = Reference::parse(reference).map_err(|error| failure::of(&error))?;
    // On a laptop a chart may come from the local network, as with Helm.
    let options = FetchOptions { allow_private: true, allow_http: true, ..FetchOptions::default() };
    let fetcher = Fetcher::new(options).map_err(|error| failure::of(&error))?;
    let loaded = repo::load(&reference, &fetcher, None, &Limits::default()).await;
    Ok(loaded.map_err(|error| failure::of(&error))?.chart)
}
