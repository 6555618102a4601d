//! What the environment says about where the cluster and its programs come from.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// The variables that this package reads, read once and in this file only.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `E2E_KUBECONFIG`: an existing cluster to use instead of starting one.
    pub kubeconfig: Option<PathBuf>,
    /// `KUBEBUILDER_ASSETS`: a folder with programs to use; what it lacks is built.
    pub assets: Option<PathBuf>,
    /// Where built programs are kept: `CHARTCTL_E2E_CACHE`, else `chartctl-e2e` in the user's
    /// cache folder (`XDG_CACHE_HOME`, else `~/.cache`).
    pub cache: PathBuf,
    /// `PATH`.
    pub path: OsString,
    /// `CARGO`, else `cargo`: what builds the workspace's own programs.
    pub cargo: OsString,
}

impl Settings {
    /// Reads the environment.
    pub fn from_env() -> Result<Self> {
        Ok(Self {
            kubeconfig: path("E2E_KUBECONFIG"),
            assets: path("KUBEBUILDER_ASSETS"),
            cache: cache()?,
            path: env::var_os("PATH").unwrap_or_default(),
            cargo: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        })
    }
}

fn cache() -> Result<PathBuf> {
    if let Some(chosen) = path("CHARTCTL_E2E_CACHE") {
        return Ok(chosen);
    }
    let user = path("XDG_CACHE_HOME")
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .context(
        "no home folder to keep built programs in: set CHARTCTL_E2E_CACHE to a folder",
    )?;
    Ok(user.join("chartctl-e2e"))
}

fn path(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
