//! Running programs as a user would: arguments in; status, output and errors out.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;
use tokio::sync::watch;

use crate::watchdog::Watchdog;

/// How long a program may run unless [`Cli::limit`] says otherwise.
const LIMIT: Duration = Duration::from_mins(1);

/// A program that is about to be run against a cluster.
///
/// Its environment is `PATH`, `HOME` (a folder of the cluster's), `KUBECONFIG` and what
/// [`Cli::env`] adds, so that nothing on the machine changes what it does.
#[must_use]
pub struct Cli {
    command: Command,
    input: Vec<u8>,
    limit: Duration,
}

/// A program that ran.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The command line, for messages.
    pub line: String,
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard output; bytes that are no UTF-8 are replaced.
    pub stdout: String,
    /// What it wrote to standard error, likewise.
    pub stderr: String,
}

/// A program that runs. It is killed when this value is dropped.
pub struct Running {
    line: String,
    child: Child,
    stdout: Capture,
    stderr: Capture,
    limit: Duration,
}

/// What a running program can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// What Ctrl-C sends (SIGINT).
    Interrupt,
    /// The request to end (SIGTERM).
    Terminate,
    /// The end without notice (SIGKILL).
    Kill,
}

impl Cli {
    pub(crate) fn new(
        program: &Path,
        kubeconfig: &Path,
        path: &OsStr,
        watchdog: &Watchdog,
    ) -> Self {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", watchdog.folder())
            .env("KUBECONFIG", kubeconfig)
            .current_dir(watchdog.folder());
        watchdog.adopt(&mut command);
        Self { command, input: Vec::new(), limit: LIMIT }
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Adds `-n NAMESPACE`.
    pub fn namespace(self, namespace: &str) -> Self {
        self.args(["-n", namespace])
    }

    /// Signs in by another kubeconfig than the admin's.
    pub fn kubeconfig(self, path: &Path) -> Self {
        self.env("KUBECONFIG", path)
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs in another folder than the cluster's.
    pub fn folder(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Gives it something to read on standard input, which is empty otherwise.
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Changes how long it may run; the default is a minute.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The command line as a user would type it, the program without its folder.
    #[must_use]
    pub fn line(&self) -> String {
        let program = PathBuf::from(self.command.get_program());
        let name = program.file_name().map(OsStr::to_os_string).unwrap_or_default();
        // Built programs carry their version in the file name; nobody types that.
        let name = name.to_string_lossy();
        let name = name.split("-v").next().unwrap_or_default();
        let mut line = name.to_owned();
        for arg in self.command.get_args() {
            line.push(' ');
            line.push_str(&quoted(arg));
        }
        line
    }

    /// The command itself, for whoever runs it otherwise than here: on the terminal, or with its
    /// output in a file. It ends with the cluster, as all do.
    #[must_use]
    pub fn into_command(self) -> Command {
        self.command
    }

    /// Runs it to its end. That it fails is no error here: see [`Finished::success`].
    ///
    /// # Errors
    ///
    /// When it cannot be started, or runs longer than its limit and is killed.
    pub async fn run(self) -> Result<Finished> {
        self.spawn().await?.finish().await
    }

    /// Starts it. Its limit begins with [`Running::finish`].
    pub async fn spawn(mut self) -> Result<Running> {
        let line = self.line();
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = tokio::process::Command::from(self.command)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting `{line}`"))?;
        let mut input = child.stdin.take().context("a child has no standard input")?;
        let stdout = Capture::of(child.stdout.take().context("a child has no output")?);
        let stderr = Capture::of(child.stderr.take().context("a child has no error output")?);
        // A program that does not read all of its input is not wrong.
        drop(input.write_all(&self.input).await);
        drop(input);
        Ok(Running { line, child, stdout, stderr, limit: self.limit })
    }
}

impl Finished {
    /// Returns itself if the program succeeded.
    ///
    /// # Errors
    ///
    /// If it did not; the text has all of its output.
    pub fn success(self) -> Result<Self> {
        if self.status.success() {
            return Ok(self);
        }
        bail!("{self}")
    }

    /// Returns itself if the program failed by itself: with an exit code, not by a signal.
    ///
    /// # Errors
    ///
    /// If it did not; the text has all of its output.
    pub fn failure(self) -> Result<Self> {
        match self.status.code() {
            Some(0) | None => bail!("{self}"),
            Some(_) => Ok(self),
        }
    }

    /// Reads standard output as JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("reading JSON from {self}"))
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, status, stdout, stderr } = self;
        write!(f, "`{line}` ended with {status}\nstdout:\n{stdout}\nstderr:\n{stderr}")
    }
}

impl Running {
    /// The process id, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until standard output contains `text`.
    ///
    /// # Errors
    ///
    /// After `limit`, or when the output ends without it.
    pub async fn stdout_has(&mut self, text: &str, limit: Duration) -> Result<()> {
        self.stdout.contains(&self.line, text, limit).await
    }

    /// Waits until standard error contains `text`.
    ///
    /// # Errors
    ///
    /// After `limit`, or when the output ends without it.
    pub async fn stderr_has(&mut self, text: &str, limit: Duration) -> Result<()> {
        self.stderr.contains(&self.line, text, limit).await
    }

    /// Sends it a signal. It may have ended already.
    pub async fn signal(&mut self, signal: Signal) -> Result<()> {
        let Some(id) = self.child.id() else {
            return Ok(());
        };
        let name = match signal {
            Signal::Interrupt => "-INT",
            Signal::Terminate => "-TERM",
            Signal::Kill => "-KILL",
        };
        // An ended child keeps its id until it is waited for; then there is no id.
        let sent = tokio::process::Command::new("kill")
            .args([name, &id.to_string()])
            .status()
            .await
            .context("starting kill")?;
        if !sent.success() {
            bail!("`{}` cannot be sent {name}", self.line);
        }
        Ok(())
    }

    /// Waits until it has ended, and leaves it to [`finish`](Self::finish) to say how.
    pub async fn ended(&mut self) -> Result<()> {
        self.child.wait().await.map(drop).with_context(|| format!("waiting for `{}`", self.line))
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// When it runs longer than its limit; it is killed, and the text has its output.
    pub async fn finish(mut self) -> Result<Finished> {
        // Whoever the program started may hold its output open; that counts as running.
        let ended = async {
            let status = self.child.wait().await;
            self.stdout.end().await;
            self.stderr.end().await;
            status
        };
        let ended = tokio::time::timeout(self.limit, ended).await;
        let (stdout, stderr) = (self.stdout.so_far(), self.stderr.so_far());
        let Self { line, limit, .. } = &self;
        let Ok(status) = ended else {
            bail!("`{line}` still runs after {limit:?}\nstdout:\n{stdout}\nstderr:\n{stderr}");
        };
        let status = status.with_context(|| format!("waiting for `{line}`"))?;
        Ok(Finished { line: self.line, status, stdout, stderr })
    }
}

/// Reads a stream to its end, and shows what came so far.
struct Capture {
    text: watch::Receiver<Vec<u8>>,
}

impl Capture {
    fn of(mut stream: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let (sender, text) = watch::channel(Vec::new());
        // Ends with the stream, or with the runtime.
        tokio::spawn(async move {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut chunk).await {
                let read = chunk.get(..count).unwrap_or_default();
                sender.send_modify(|text| text.extend_from_slice(read));
            }
        });
        Self { text }
    }

    async fn contains(&mut self, line: &str, wanted: &str, limit: Duration) -> Result<()> {
        let seen = self.text.wait_for(|text| String::from_utf8_lossy(text).contains(wanted));
        if let Ok(Ok(_)) = tokio::time::timeout(limit, seen).await {
            return Ok(());
        }
        bail!("`{line}` does not say {wanted:?} within {limit:?}, but:\n{}", self.so_far())
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.text.borrow()).into_owned()
    }

    /// Waits for the end of the stream.
    async fn end(&mut self) {
        while self.text.changed().await.is_ok() {}
    }
}

fn quoted(arg: &OsStr) -> String {
    let text = OsString::from(arg).to_string_lossy().into_owned();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_where_a_shell_needs_it() {
        let check = |arg: &str, expected: &str| assert_eq!(quoted(OsStr::new(arg)), expected);
        check("--set=a.b=1", "--set=a.b=1");
        check("", "''");
        check("two words", "'two words'");
        check("it's", r"'it'\''s'");
    }
}
