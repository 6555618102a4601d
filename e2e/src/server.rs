//! One running server of the control plane: its process and its log.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result};

use crate::watchdog::Watchdog;

/// How many of the last lines of a log an error shows.
const LAST_LINES: usize = 20;

/// A server that ended by itself.
#[derive(Debug, thiserror::Error)]
#[error("{name} ended by itself ({status}):\n{log}")]
pub(crate) struct Ended {
    name: &'static str,
    status: ExitStatus,
    log: String,
}

/// What to start.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
}

impl Spec {
    pub(crate) fn new(name: &'static str, program: &Path) -> Self {
        Self { name, program: program.to_owned(), args: Vec::new() }
    }

    /// Adds `--name=value`.
    pub(crate) fn flag(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        let mut arg = OsString::from(format!("--{name}="));
        arg.push(value);
        self.args.push(arg);
        self
    }
}

/// A process that is killed when this value is dropped, unless it is told to stay.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
    kept: bool,
}

impl Server {
    /// Starts `spec` under `watchdog`. Its output is appended to `NAME.log` in the folder.
    pub(crate) fn start(spec: &Spec, watchdog: &Watchdog) -> Result<Self> {
        let folder = watchdog.folder();
        let log = folder.join(format!("{}.log", spec.name));
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("making {}", log.display()))?;
        let errors = file.try_clone().context("sharing a log file")?;
        let mut command = Command::new(&spec.program);
        command
            .args(&spec.args)
            .current_dir(folder)
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors);
        watchdog.adopt(&mut command);
        let child = command
            .spawn()
            .with_context(|| format!("starting {} ({})", spec.name, spec.program.display()))?;
        Ok(Self { name: spec.name, child, log, kept: false })
    }

    /// Fails with the end of the log if the process is no more.
    pub(crate) fn check(&mut self) -> Result<()> {
        let looking = || format!("looking after {}", self.name);
        match self.child.try_wait().with_context(looking)? {
            None => Ok(()),
            Some(status) => Err(Ended { name: self.name, status, log: self.last_lines() }.into()),
        }
    }

    /// The end of the log.
    pub(crate) fn last_lines(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let first = lines.len().saturating_sub(LAST_LINES);
        lines.get(first..).unwrap_or_default().join("\n")
    }

    /// Lets the process outlive this value.
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // Both fail only when the process has ended and was waited for.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
