//! Runs command lines as they are printed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use e2e::{Cli, Cluster};
use serde_json::Value;

use crate::screen::Screen;

/// What of our environment the commands get to see, besides what every [`Cli`] has.
const PASSED_ON: [&str; 5] = ["TERM", "COLORTERM", "COLUMNS", "NO_COLOR", "LANG"];

/// How a command ought to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Well,
    Badly,
}

/// A folder to work in, programs on the `PATH`, and a cluster in `KUBECONFIG`.
pub(crate) struct Shell {
    cluster: Cluster,
    screen: Screen,
    folder: PathBuf,
    programs: PathBuf,
    path: OsString,
}

impl Shell {
    /// Makes the folder, with the project's charts and definitions in it, and puts the programs on
    /// the path: chartctl, the operator and kubectl are built when they are missing.
    pub(crate) async fn new(cluster: Cluster, screen: Screen) -> Result<Self> {
        let (folder, programs) = (cluster.folder().join("demo"), cluster.folder().join("bin"));
        for made in [&folder, &programs] {
            fs::create_dir_all(made).with_context(|| format!("making {}", made.display()))?;
        }
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for name in ["charts", "crds"] {
            link(&project.join(name), &folder.join(name))?;
        }
        let found = [
            ("chartctl", cluster.chartctl().await?),
            ("chartctl-operator", cluster.operator().await?),
            ("kubectl", cluster.kubectl().await?),
        ];
        for (name, program) in found {
            link(Path::new(program.into_command().get_program()), &programs.join(name))?;
        }
        let rest = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([programs.clone()].into_iter().chain(env::split_paths(&rest)))
            .context("putting the programs on the path")?;
        Ok(Self { cluster, screen, folder, programs, path })
    }

    /// The cluster that commands work on.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Gives the cluster back.
    pub(crate) fn into_cluster(self) -> Cluster {
        self.cluster
    }

    /// Where to print what is no command.
    pub(crate) fn screen(&self) -> Screen {
        self.screen
    }

    /// The folder that commands run in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder with chartctl, the operator and kubectl.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    /// Writes a file and shows it.
    pub(crate) async fn file(&self, name: &str, text: &str) -> Result<()> {
        fs::write(self.folder.join(name), text).with_context(|| format!("writing {name}"))?;
        self.run(&format!("cat {name}"), Duration::from_secs(10)).await
    }

    /// Prints `line` and runs it, which has to succeed within `limit`. What it prints goes where
    /// our own output goes.
    pub(crate) async fn run(&self, line: &str, limit: Duration) -> Result<()> {
        self.show(line, limit, End::Well).await
    }

    /// Prints `line` and runs it, which has to fail.
    pub(crate) async fn refused(&self, line: &str, limit: Duration) -> Result<()> {
        self.show(line, limit, End::Badly).await
    }

    /// Runs `line` unseen, and reads what it prints as JSON.
    pub(crate) async fn ask(&self, line: &str) -> Result<Value> {
        self.cli(line).run().await?.success()?.json()
    }

    /// `line`, to be run by a shell.
    pub(crate) fn cli(&self, line: &str) -> Cli {
        let mut cli = self
            .cluster
            .cli(Path::new("sh"))
            .args(["-c", line])
            .env("PATH", &self.path)
            .folder(&self.folder);
        for name in PASSED_ON {
            if let Some(value) = env::var_os(name) {
                cli = cli.env(name, value);
            }
        }
        cli
    }

    async fn show(&self, line: &str, limit: Duration, end: End) -> Result<()> {
        self.screen.command(line)?;
        let mut command = self.cli(line).into_command();
        command.stdin(Stdio::null());
        let mut child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting `{line}`"))?;
        let Ok(status) = tokio::time::timeout(limit, child.wait()).await else {
            bail!("`{line}` still runs after {limit:?}");
        };
        let status = status.with_context(|| format!("waiting for `{line}`"))?;
        match (end, status.code()) {
            (End::Well, Some(0)) => Ok(()),
            (End::Badly, Some(code)) if code != 0 => {
                self.screen.say(&format!("It failed, as it should: exit code {code}."))
            }
            (End::Badly, Some(0)) => bail!("`{line}` succeeded, but it should have failed"),
            _ => bail!("`{line}` failed ({status})"),
        }
    }
}

fn link(target: &Path, name: &Path) -> Result<()> {
    let making = || format!("linking {} to {}", name.display(), target.display());
    let target = target.canonicalize().with_context(making)?;
    symlink(target, name).with_context(making)
}
