//! The workspace's own programs, built for the tests and the demo that run them.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::settings::Settings;

static PROGRAMS: OnceCell<Programs> = OnceCell::const_new();

/// Where they are.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) chartctl: PathBuf,
    pub(crate) operator: PathBuf,
}

/// Builds the programs once per process, into the folder and by the profile that the running
/// program was built with. Cargo decides whether there is anything to do.
pub(crate) async fn programs(settings: &Settings) -> Result<&'static Programs> {
    PROGRAMS.get_or_try_init(|| build(settings)).await
}

async fn build(settings: &Settings) -> Result<Programs> {
    let running = env::current_exe().context("looking for the running program")?;
    let place = Place::of(&running)
        .with_context(|| format!("{} is in no target folder of Cargo", running.display()))?;
    // Its messages go where ours go: a first build takes a while, and errors belong to the reader.
    let mut cargo = Command::new(&settings.cargo);
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_a_package(name)) {
        cargo.env_remove(name);
    }
    let status = cargo
        .arg("build")
        .args(place.selection())
        .arg("--target-dir")
        .arg(&place.target)
        .args(["--profile", &place.profile])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .context("starting cargo to build chartctl")?;
    if !status.success() {
        bail!("building chartctl and the operator failed ({status}); cargo has said why");
    }
    let folder = place.folder;
    Ok(Programs { chartctl: folder.join("chartctl"), operator: folder.join("chartctl-operator") })
}

/// Whether Cargo sets a variable for the package that it runs. Build scripts that look at these would find them
/// changed, and all that depends on them would be compiled again: `ring`, and so every program and test of ours.
fn is_of_a_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "OUT_DIR"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// Where Cargo puts programs: `TARGET/PROFILE`.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    folder: PathBuf,
    target: PathBuf,
    profile: String,
    /// Whether the running program is a test.
    is_test: bool,
}

impl Place {
    /// What Cargo is asked to build. In a test it is what `cargo test --workspace` builds too, so that the features
    /// of all dependencies are the same and nothing is compiled twice; the demo needs the programs only.
    fn selection(&self) -> &'static [&'static str] {
        if self.is_test {
            &["--workspace", "--bins", "--tests"]
        } else {
            &["--package=chartctl", "--package=chartctl-operator", "--bins"]
        }
    }

    /// `running` is a test, in `TARGET/PROFILE/deps`, or a program, in `TARGET/PROFILE`.
    fn of(running: &Path) -> Option<Self> {
        let parent = running.parent()?;
        let is_test = parent.ends_with("deps");
        let folder = if is_test { parent.parent()? } else { parent };
        let profile = match folder.file_name()?.to_str()? {
            "debug" => "dev",
            other => other,
        };
        Some(Self {
            folder: folder.to_owned(),
            target: folder.parent()?.to_owned(),
            profile: profile.to_owned(),
            is_test,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_sets_for_one_package_is_not_for_another() {
        for (name, expected) in [
            ("CARGO_PKG_NAME", true),
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_HOME", false),
            ("CARGO_TARGET_DIR", false),
            ("CARGO_INCREMENTAL", false),
            ("PATH", false),
        ] {
            assert_eq!(is_of_a_package(OsStr::new(name)), expected, "{name}");
        }
    }

    fn check(running: &str, folder: &str, target: &str, profile: &str) {
        let expected = Place {
            folder: folder.into(),
            target: target.into(),
            profile: profile.to_owned(),
            is_test: running.contains("/deps/"),
        };
        assert_eq!(Place::of(Path::new(running)), Some(expected));
    }

    #[test]
    fn the_target_folder_and_profile_follow_from_the_running_program() {
        check("/t/debug/deps/it-0123", "/t/debug", "/t", "dev");
        check("/t/debug/demo", "/t/debug", "/t", "dev");
        check("/t/release/deps/it-0123", "/t/release", "/t", "release");
        check("/t/ci/demo", "/t/ci", "/t", "ci");
    }
}
