//! The two programs: where they are, or how they come about.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use e2e::{Binaries, Program, Settings};

/// Returns the root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the Helm to compare with.
pub(crate) fn helm(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(helm) = given {
        return absolute(helm);
    }
    let [helm] = Binaries::new(Settings::from_env()?).locate_blocking([Program::Helm])?;
    Ok(helm)
}

/// Returns the chartctl to look at; it is built unless it is given, with the release profile.
pub(crate) fn chartctl(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(chartctl) = given {
        return absolute(chartctl);
    }
    let cargo = Settings::from_env()?.cargo;
    let built = Command::new(cargo)
        .args(["build", "--release", "--package", "chartctl", "--message-format=json", "--quiet"])
        .arg("--manifest-path")
        .arg(repository().join("Cargo.toml"))
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("starting cargo to build chartctl")?;
    if !built.status.success() {
        bail!("cargo could not build chartctl");
    }
    let messages = String::from_utf8_lossy(&built.stdout);
    let executable = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    executable.context("cargo does not say where chartctl is")
}

fn absolute(path: &Path) -> Result<PathBuf> {
    let found = std::fs::canonicalize(path);
    found.with_context(|| format!("looking for {}", path.display()))
}
