//! The operator as a process of this machine.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Error, Result, anyhow};
use tokio::process::Child;

use crate::shell::Shell;

/// How many of the last lines of its log an error shows.
const LAST_LINES: usize = 20;

/// It runs until the cluster ends, or for ever if that is kept.
pub(crate) struct Operator {
    child: Child,
    log: PathBuf,
}

impl Operator {
    /// Prints the command and starts it, for one namespace. Its output goes to `operator.log` in the
    /// shell's folder.
    pub(crate) fn start(shell: &Shell, namespace: &str) -> Result<Self> {
        let line = format!(
            "chartctl-operator --namespaces {namespace} --operator-namespace {namespace} \
             --metrics-addr 127.0.0.1:0 --log-format text"
        );
        shell.screen().command(&format!("{line} >operator.log 2>&1 &"))?;
        let log = shell.folder().join("operator.log");
        let file = File::create(&log).context("making the log of the operator")?;
        let errors = file.try_clone().context("sharing the log of the operator")?;
        let mut command = shell.cli(&format!("exec {line}")).into_command();
        command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let child =
            tokio::process::Command::from(command).spawn().context("starting the operator")?;
        Ok(Self { child, log })
    }

    /// Does `work` while the operator runs; if it ends meanwhile, that is the error.
    pub(crate) async fn during<T>(mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let outcome = tokio::select! {
            outcome = work => outcome,
            status = self.child.wait() => Err(match status {
                Ok(status) => anyhow!("the operator ended by itself ({status})"),
                Err(error) => Error::new(error).context("waiting for the operator"),
            }),
        };
        let log = || format!("the end of the operator's log:\n{}", self.last_lines());
        outcome.map_err(|error| anyhow!("{error:#}\n{}", log()))
    }

    fn last_lines(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let first = lines.len().saturating_sub(LAST_LINES);
        lines.get(first..).unwrap_or_default().join("\n")
    }
}
