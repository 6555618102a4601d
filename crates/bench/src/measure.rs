//! One run of a program, and what it cost.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use wait4::Wait4 as _;

/// What a run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// User and system time of all threads.
    pub(crate) cpu: Duration,
    /// The most memory that it had at a time, in bytes.
    ///
    /// The kernel counts what the parent had when it started the child, so that the parent had better be
    /// small: outputs go to files and are compared piece by piece.
    pub(crate) peak: u64,
}

/// Where programs run, so that nothing of the person's own settings counts.
pub(crate) struct Desk {
    folder: PathBuf,
}

impl Desk {
    /// Makes an empty home below `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let home = folder.join("home");
        fs::create_dir_all(&home).with_context(|| format!("making {}", home.display()))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Returns a command without the person's settings and without a cluster.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.folder.join("home"))
            .env("KUBECONFIG", "/dev/null")
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    /// Renders `chart` into the file `out`.
    pub(crate) fn render(&self, program: &Path, chart: &Path, out: &Path) -> Result<Cost> {
        let what = || format!("{} template {}", program.display(), chart.display());
        let errors = out.with_extension("err");
        let mut command = self.command(program);
        command
            .args(["template", "rel", "--namespace", "ns1"])
            .arg(chart)
            .stdout(File::create(out).with_context(|| format!("making {}", out.display()))?)
            .stderr(File::create(&errors).with_context(|| format!("making {}", errors.display()))?);
        let child = command.spawn().with_context(what)?;
        let used = child.wait4().with_context(what)?;
        if !used.status.success() {
            let said = fs::read_to_string(&errors).unwrap_or_default();
            bail!("{} failed:\n{}", what(), said.lines().take(20).collect::<Vec<_>>().join("\n"));
        }
        Ok(Cost { cpu: used.rusage.utime + used.rusage.stime, peak: used.rusage.maxrss })
    }
}

/// Returns the cost in the middle, time and memory each for itself.
pub(crate) fn median(costs: &[Cost]) -> Cost {
    Cost { cpu: middle(costs, |cost| cost.cpu), peak: middle(costs, |cost| cost.peak) }
}

fn middle<T: Ord + Default + Copy>(costs: &[Cost], part: fn(&Cost) -> T) -> T {
    let mut parts: Vec<T> = costs.iter().map(part).collect();
    parts.sort_unstable();
    parts.get(parts.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_that_of_time_and_of_memory() {
        let cost = |ms, peak| Cost { cpu: Duration::from_millis(ms), peak };
        let costs = [cost(9, 1), cost(1, 3), cost(2, 2)];
        assert_eq!(median(&costs), cost(2, 2));
        assert_eq!(median(&[]), Cost::default());
    }

    #[test]
    fn a_run_is_measured_and_its_output_kept() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::new(folder.path()).unwrap();
        let program = folder.path().join("program");
        fs::write(&program, "#!/bin/sh\necho $1 $2 $HOME\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&program, mode).unwrap();
        let out = folder.path().join("out");
        let cost = desk.render(&program, Path::new("chart"), &out).unwrap();
        assert!(cost.cpu > Duration::ZERO && cost.peak > 100_000, "{cost:?}");
        let home = folder.path().join("home");
        let expected = format!("template rel {}\n", home.display());
        assert_eq!(fs::read_to_string(&out).unwrap(), expected);
    }
}
