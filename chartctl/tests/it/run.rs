//! Running the built program in a folder of its own.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// Exit code.
    pub(crate) code: Option<i32>,
}

impl Run {
    /// Returns stdout of a run that must have worked.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// Returns stderr of a run that must have failed as Helm fails: with code 1 and nothing on stdout.
    pub(crate) fn failed(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(1), ""), "{}", self.stderr);
        self.stderr
    }
}

/// A folder with files, in which the program runs without any environment of the machine.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// Makes a folder with these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the program with the words of `line`.
    pub(crate) fn run(&self, line: &str) -> Run {
        self.run_with(&line.split_whitespace().collect::<Vec<_>>(), "", &[])
    }

    /// Runs the program with arguments, input and environment.
    pub(crate) fn run_with(&self, args: &[&str], stdin: &str, env: &[(&str, &str)]) -> Run {
        chartctl(self.path(), args, stdin, env)
    }
}

/// Runs the program in a folder, without any environment of the machine but what is given.
pub(crate) fn chartctl(folder: &Path, args: &[&str], stdin: &str, env: &[(&str, &str)]) -> Run {
    program(Path::new(env!("CARGO_BIN_EXE_chartctl")), folder, args, stdin, env)
}

/// Runs a program in the same way.
pub(crate) fn program(
    program: &Path,
    folder: &Path,
    args: &[&str],
    stdin: &str,
    env: &[(&str, &str)],
) -> Run {
    let mut child = Command::new(program)
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("TZ", "UTC")
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).ok();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

/// A chart with an object, a hook, a definition and notes.
pub(crate) fn web() -> Folder {
    Folder::with(&[
        ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.2.0\nappVersion: \"3\"\n"),
        ("web/values.yaml", "replicas: 1\nimage:\n  name: web\n  tag: \"1\"\n"),
        (
            "web/values.schema.json",
            r#"{"type":"object","properties":{"replicas":{"type":"integer","minimum":0}}}"#,
        ),
        (
            "web/templates/deployment.yaml.hbs",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{release.name}}\n  namespace: {{release.namespace}}\n\
             spec:\n  replicas: {{values.replicas}}\n  image: {{values.image.name}}:{{values.image.tag}}\n",
        ),
        (
            "web/templates/migrate.yaml.hbs",
            "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations:\n    helm.sh/hook: pre-upgrade\n",
        ),
        (
            "web/templates/test.yaml.hbs",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: probe\n  annotations:\n    helm.sh/hook: test\n",
        ),
        ("web/templates/NOTES.txt.hbs", "Open {{release.name}}.\n"),
        (
            "web/crds/thing.yaml",
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\n",
        ),
    ])
}
