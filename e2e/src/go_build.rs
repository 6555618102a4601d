//! Builds programs from the Go modules under `go/`, once per version.
//!
//! The name of a cached program contains a digest of everything that decides its content, so that
//! a new version is a new file. A lock file per module makes one process build while others wait;
//! a program appears under its name by a rename, so that nobody sees half of one.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::binaries::Program;

/// How often a build says how far it is.
const PROGRESS: Duration = Duration::from_secs(10);
/// How many of the last lines of a failed build are shown.
const LAST_LINES: usize = 40;

/// A folder under `go/`. They are apart because their dependencies disagree about versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Module {
    Etcd,
    Kubernetes,
    Kwok,
    Helm,
    Helm3,
}

impl Module {
    pub(crate) const ALL: [Self; 5] =
        [Self::Etcd, Self::Kubernetes, Self::Kwok, Self::Helm, Self::Helm3];

    fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::Kubernetes => "kubernetes",
            Self::Kwok => "kwok",
            Self::Helm => "helm",
            Self::Helm3 => "helm3",
        }
    }

    /// The Go module whose version is that of the programs.
    fn requirement(self) -> &'static str {
        match self {
            Self::Etcd => "go.etcd.io/etcd/server/v3",
            Self::Kubernetes => "k8s.io/kubernetes",
            Self::Kwok => "sigs.k8s.io/kwok",
            Self::Helm => "helm.sh/helm/v4",
            Self::Helm3 => "helm.sh/helm/v3",
        }
    }

    fn folder(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("go").join(self.name())
    }

    fn recipe(self) -> Result<Recipe> {
        let folder = self.folder();
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
        };
        let (go_mod, go_sum) = (read("go.mod")?, read("go.sum")?);
        let version = required_version(&go_mod, self.requirement())
            .with_context(|| format!("{} is not required by its go.mod", self.requirement()))?
            .to_owned();
        let ldflags = self.ldflags(&version);
        let mut hash = Sha256::new();
        for part in [&go_mod, &go_sum, &ldflags, std::env::consts::OS, std::env::consts::ARCH] {
            hash.update(part);
            hash.update([0]);
        }
        let digest = URL_SAFE_NO_PAD.encode(hash.finalize().get(..12).unwrap_or_default());
        Ok(Recipe { version, ldflags, digest })
    }

    fn ldflags(self, version: &str) -> String {
        let mut numbers = version.trim_start_matches('v').split('.');
        let (major, minor) = (numbers.next().unwrap_or("0"), numbers.next().unwrap_or("0"));
        match self {
            Self::Kubernetes => {
                let package = "k8s.io/component-base/version";
                format!(
                    "-s -w -X {package}.gitVersion={version} -X {package}.gitMajor={major} \
                     -X {package}.gitMinor={minor}"
                )
            }
            Self::Helm | Self::Helm3 => {
                format!("-s -w -X {}/internal/version.version={version}", self.requirement())
            }
            Self::Etcd | Self::Kwok => "-s -w".to_owned(),
        }
    }
}

struct Recipe {
    version: String,
    ldflags: String,
    digest: String,
}

/// Returns the path of a program in the cache, whether it is there or not.
pub(crate) fn cached(module: Module, program: Program, cache: &Path) -> Result<PathBuf> {
    Ok(path_in(cache, program, &module.recipe()?))
}

/// Builds those of `programs`, all of `module`, that the cache lacks.
pub(crate) fn build(module: Module, programs: &[Program], cache: &Path) -> Result<()> {
    let recipe = module.recipe()?;
    let missing = || -> Vec<Program> {
        let is_missing = |program: &Program| !path_in(cache, *program, &recipe).is_file();
        programs.iter().copied().filter(is_missing).collect()
    };
    if missing().is_empty() {
        return Ok(());
    }
    fs::create_dir_all(cache).with_context(|| format!("making the folder {}", cache.display()))?;
    let _lock = lock(module, cache)?;
    // Another process may have built them while we waited.
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let fresh = tempfile::Builder::new()
        .prefix(".build-")
        .tempdir_in(cache)
        .context("making a folder to build in")?;
    run_go(module, &recipe, &missing, fresh.path())?;
    for program in missing {
        // Go names a program after the last part of its package that is no version.
        let built = match program {
            Program::Etcd => fresh.path().join("server"),
            Program::Helm3 => fresh.path().join("helm"),
            other => fresh.path().join(other.name()),
        };
        fs::rename(built, path_in(cache, program, &recipe))
            .with_context(|| format!("putting {} into the cache", program.name()))?;
    }
    Ok(())
}

fn path_in(cache: &Path, program: Program, recipe: &Recipe) -> PathBuf {
    cache.join(format!("{}-{}-{}", program.name(), recipe.version, recipe.digest))
}

fn lock(module: Module, cache: &Path) -> Result<File> {
    let path = cache.join(format!(".{}.lock", module.name()));
    let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    if file.try_lock().is_err() {
        say(&format!("waiting for another process that builds {}", module.name()));
        file.lock().with_context(|| format!("locking {}", path.display()))?;
    }
    Ok(file)
}

fn run_go(module: Module, recipe: &Recipe, programs: &[Program], into: &Path) -> Result<()> {
    let names: Vec<&str> = programs.iter().map(|program| program.name()).collect();
    let what = format!("{} {} with Go", names.join(", "), recipe.version);
    say(&format!("building {what}, once; this takes minutes when Go's own cache is empty"));
    let start = Instant::now();
    let mut go = Command::new("go")
        .args(["build", "-mod=readonly", "-trimpath", "-v", "-ldflags", &recipe.ldflags, "-o"])
        .arg(into.join(""))
        .args(programs.iter().map(|program| program.package()))
        .current_dir(module.folder())
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        .env_remove("GOOS")
        .env_remove("GOARCH")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| explain_missing_go(error, &what))?;
    let output = go.stderr.take().context("the Go tool has no error output")?;
    let last = follow(output, &what, start);
    let status = go.wait().context("waiting for the Go tool")?;
    if !status.success() {
        bail!("building {what} failed ({status}):\n{}", Vec::from(last).join("\n"));
    }
    say(&format!("built {what} in {}", seconds(start)));
    Ok(())
}

/// Counts the packages that `go build -v` names, one a line, and returns the last lines.
fn follow(output: impl io::Read, what: &str, start: Instant) -> VecDeque<String> {
    let mut last = VecDeque::with_capacity(LAST_LINES);
    let mut said = start;
    for (count, line) in BufReader::new(output).lines().map_while(Result::ok).enumerate() {
        if said.elapsed() >= PROGRESS {
            said = Instant::now();
            say(&format!("building {what}: {count} packages, {}, now {line}", seconds(start)));
        }
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    last
}

fn explain_missing_go(error: io::Error, what: &str) -> anyhow::Error {
    let missing = error.kind() == ErrorKind::NotFound;
    let error = anyhow::Error::new(error);
    if missing {
        error.context(format!(
            "building {what} needs the Go tool, which is not on PATH: install Go 1.26 or newer \
             (https://go.dev/dl), or set E2E_KUBECONFIG to the kubeconfig of any cluster, or set \
             KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-controller-manager, \
             kube-scheduler and kwok"
        ))
    } else {
        error.context(format!("starting the Go tool to build {what}"))
    }
}

fn seconds(start: Instant) -> String {
    format!("{} s", start.elapsed().as_secs())
}

/// Writes a line for whoever waits. Goes around the capture of test output on purpose; that it
/// cannot be written is no reason to stop.
fn say(line: &str) {
    let _unseen = writeln!(io::stderr(), "e2e: {line}");
}

fn required_version<'a>(go_mod: &'a str, requirement: &str) -> Option<&'a str> {
    go_mod.lines().find_map(|line| {
        let line = line.trim().trim_start_matches("require ");
        let version = line.strip_prefix(requirement)?.strip_prefix(' ')?;
        version.split_whitespace().next().filter(|version| version.starts_with('v'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(go_mod: &str, expected: Option<&str>) {
        assert_eq!(required_version(go_mod, "k8s.io/kubernetes"), expected, "{go_mod}");
    }

    #[test]
    fn a_version_is_read_from_a_go_mod() {
        check("require k8s.io/kubernetes v1.36.3\n", Some("v1.36.3"));
        check("require (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)\n", Some("v1.36.3"));
        check("require k8s.io/kubernetes-other v1.0.0\n", None);
        check("tool (\n\tk8s.io/kubernetes/cmd/kubectl\n)\n", None);
        check("", None);
    }

    #[test]
    fn every_module_says_its_version() {
        for module in Module::ALL {
            let recipe = module.recipe().unwrap();
            assert!(recipe.version.starts_with('v'), "{module:?}: {}", recipe.version);
            assert_eq!(recipe.digest.len(), 16);
        }
    }

    #[test]
    fn a_missing_go_tool_is_explained() {
        let error = explain_missing_go(ErrorKind::NotFound.into(), "etcd");
        assert!(error.to_string().contains("KUBEBUILDER_ASSETS"), "{error}");
        let error = explain_missing_go(ErrorKind::PermissionDenied.into(), "etcd");
        assert!(!error.to_string().contains("install Go"), "{error}");
    }

    #[test]
    fn nothing_is_built_when_nothing_is_asked_for() {
        let cache = Path::new("/nowhere");
        build(Module::Helm, &[], cache).unwrap();
    }
}
