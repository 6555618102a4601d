//! Kills what a process started when that process is gone, however it went.
//!
//! Two small programs do it, without any code that runs between fork and exec. One, `cat`, leads a
//! process group that every child is put into. The other, a shell outside of that group, reads a
//! pipe whose other end only this process holds: when that ends (by a drop, an exit, or SIGKILL),
//! the shell kills the group and removes the folder. A child that is being started holds a copy of
//! the pipe until it has joined the group and becomes its program, so none is missed.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

/// `$1` is the process group, `$2` the folder. The group may take a moment to be gone, since its
/// members are somebody else's children; after two seconds the folder is removed anyway. `-s` is
/// the one way to write a signal that every shell takes together with `--`.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
while read -r word; do
  [ "$word" = keep ] && exit 0
done
kill -s KILL -- "-$1" 2>/dev/null
left=40
while [ "$left" -gt 0 ] && kill -s 0 -- "-$1" 2>/dev/null; do
  sleep 0.05
  left=$((left - 1))
done
rm -rf -- "$2"
"#;

/// A process group and a temporary folder that end together with this process, or with this value.
#[derive(Debug)]
pub struct Watchdog {
    folder: PathBuf,
    leader: Child,
    group: i32,
    guard: Child,
    kept: bool,
}

impl Watchdog {
    /// Makes the folder and starts the guard.
    pub fn start() -> Result<Self> {
        let mut leader = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("starting the leader of the process group")?;
        match Self::guard(&leader) {
            Ok((folder, group, guard)) => Ok(Self { folder, leader, group, guard, kept: false }),
            Err(error) => {
                drop(leader.stdin.take());
                leader.wait().context("waiting for the leader of the process group")?;
                Err(error)
            }
        }
    }

    fn guard(leader: &Child) -> Result<(PathBuf, i32, Child)> {
        let group = i32::try_from(leader.id()).context("a process id is too large")?;
        let folder = tempfile::Builder::new()
            .prefix("chartctl-e2e-")
            .tempdir()
            .context("making a temporary folder")?;
        let guard = Command::new("sh")
            .args(["-c", SCRIPT, "watchdog", &group.to_string()])
            .arg(folder.path())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("starting the watchdog")?;
        Ok((folder.keep(), group, guard))
    }

    /// The folder that is removed at the end.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes `command` start its program under this watchdog.
    pub fn adopt(&self, command: &mut Command) {
        command.process_group(self.group);
    }

    /// Lets everything live on, folder included, and returns the shell command that ends it.
    pub fn keep(mut self) -> Result<String> {
        let pipe = self.guard.stdin.as_mut().context("the watchdog has no pipe")?;
        pipe.write_all(b"keep\n").context("telling the watchdog to let go")?;
        self.kept = true;
        Ok(format!("kill -s KILL -- -{}; rm -rf {}", self.group, self.folder.display()))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        if self.kept {
            drop(self.leader.stdin.take());
        }
        // The leader first: the guard waits until nobody of the group is left, the dead included.
        let left_behind = [self.leader.wait().err(), self.guard.wait().err()];
        if left_behind.iter().any(Option::is_some) && !self.kept {
            // Only possible when the guard could not be waited for; what it removes may remain.
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}
