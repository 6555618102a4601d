//! `--post-renderer`: a plugin of Helm 4's by its name, or as in Helm 3 a program by its path or name.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use render::{PostRenderError, PostRenderer};

use crate::cli::Context;
use crate::error::CliError;
use crate::plugin::{self, Plugin, Unusable};

/// How much a post-renderer may print, in bytes.
const LIMIT: u64 = 64 << 20;
/// How much of its standard error is shown, in bytes.
const SHOWN: u64 = 64 << 10;
/// How long it may take.
const PATIENCE: Duration = Duration::from_mins(5);
/// Pause between two looks whether it has ended.
const PAUSE: Duration = Duration::from_millis(10);

/// `--post-renderer` and `--post-renderer-args`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PostRendererFlags {
    /// Hand all manifests to this plugin or program, and take what it prints
    ///
    /// A name is a plugin of type postrenderer/v1 among the plugins, else a program ("template" takes plugins only,
    /// as Helm 4 does). It gets all manifests on its standard input, hooks included, and prints what takes their
    /// place.
    #[arg(long, value_name = "NAME", action = clap::ArgAction::Append)]
    post_renderer: Vec<String>,
    /// Give the post-renderer this argument; may be repeated
    #[arg(long, value_name = "ARGUMENT")]
    post_renderer_args: Vec<String>,
}

impl PostRendererFlags {
    /// Refuses a post-renderer that is not there.
    pub(crate) fn check(&self, context: &Context) -> Result<(), CliError> {
        self.check_by(
            |name| find(name, context).map(drop),
            "name a plugin in HELM_PLUGINS, or a program by its path or in PATH",
        )
    }

    /// Refuses what is not a plugin, as Helm 4.3.1 does for `template`.
    pub(crate) fn check_plugin(&self, context: &Context) -> Result<(), CliError> {
        self.check_by(
            |name| plugin::post_renderer(name, context).map(drop),
            "name a plugin in HELM_PLUGINS; install and upgrade, also with --dry-run=client, take programs too",
        )
    }

    fn check_by(
        &self,
        look: impl Fn(&str) -> Result<(), Unusable>,
        hint: &str,
    ) -> Result<(), CliError> {
        let names: Vec<&String> =
            self.post_renderer.iter().filter(|name| !name.is_empty()).collect();
        let refused = |name: &str, why: &str| {
            let name = value::quote(name);
            CliError::usage(format!("invalid argument {name} for \"--post-renderer\" flag: {why}"))
        };
        match names.as_slice() {
            [] => Ok(()),
            [name] => match look(name) {
                Ok(()) => Ok(()),
                Err(Unusable::Missing) => {
                    let why = format!("plugin: {{Name:{name} Type:postrenderer/v1}} not found");
                    Err(refused(name, &why).hint(hint))
                }
                Err(Unusable::Runtime(runtime)) => Err(refused(
                    name,
                    &format!("plugins of runtime {runtime:?} are not supported, only subprocess"),
                )),
                Err(Unusable::NoCommand) => Err(refused(name, "no plugin command is applicable")),
            },
            [_, second, ..] => {
                Err(refused(second, "cannot specify --post-renderer flag more than once"))
            }
        }
    }

    /// Returns what runs the post-renderer, if one is asked for.
    pub(crate) fn program(&self, context: &Context) -> Option<PostRenderer> {
        let name = self.post_renderer.iter().find(|name| !name.is_empty())?;
        let program = find(name, context).ok()?.with(&self.post_renderer_args, context);
        Some(PostRenderer::new(move |manifests| program.run(manifests)))
    }
}

/// What is run: a plugin or a program.
enum Found {
    Plugin(Plugin),
    Program(PathBuf),
}

fn find(name: &str, context: &Context) -> Result<Found, Unusable> {
    match plugin::post_renderer(name, context) {
        Err(Unusable::Missing) => {
            program(name, context).map(Found::Program).ok_or(Unusable::Missing)
        }
        found => found.map(Found::Plugin),
    }
}

/// Returns the program that a shell would run.
fn program(name: &str, context: &Context) -> Option<PathBuf> {
    if name.contains(std::path::MAIN_SEPARATOR) || name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| is_program(path));
    }
    let folders = context.variable("PATH").unwrap_or_default();
    std::env::split_paths(folders).map(|folder| folder.join(name)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

impl Found {
    fn with(self, more: &[String], context: &Context) -> Program {
        let mut variables = context.helm_variables();
        let (name, plugin, mut command) = match self {
            Self::Program(path) => {
                let path = path.to_string_lossy().into_owned();
                (path.clone(), false, vec![path])
            }
            Self::Plugin(Plugin { name, folder, command }) => {
                let folder = folder.to_string_lossy().into_owned();
                variables.insert("HELM_PLUGIN_NAME".to_owned(), name.clone());
                variables.insert("HELM_PLUGIN_DIR".to_owned(), folder);
                let (own, outside) = (variables.clone(), context.variables());
                let variable: render::Variables =
                    Arc::new(move |name| own.get(name).cloned().unwrap_or_else(|| outside(name)));
                let command = command.iter().map(|word| render::expand(word, &variable)).collect();
                (name, true, command)
            }
        };
        command.extend(more.iter().cloned());
        Program { name, plugin, command, variables }
    }
}

/// A program with everything it is run with.
struct Program {
    name: String,
    plugin: bool,
    command: Vec<String>,
    variables: BTreeMap<String, String>,
}

/// How a program ended.
struct Ended {
    /// How it failed, if it did.
    failure: Option<String>,
    /// Its standard output.
    printed: Vec<u8>,
    /// Its standard error.
    complaint: Vec<u8>,
}

impl Program {
    fn run(&self, manifests: &str) -> Result<String, PostRenderError> {
        let Ended { failure, printed, complaint } =
            self.communicate(manifests).map_err(|why| self.failed(&why, &[]))?;
        if let Some(failure) = failure {
            let exited = || format!("plugin {:?} exited with error", self.name);
            let why = if self.plugin { exited() } else { failure };
            return Err(self.failed(&why, &complaint));
        }
        let text = String::from_utf8(printed)
            .map_err(|_| self.failed("what it printed is not text in UTF-8", &[]))?;
        if text.trim().is_empty() {
            let text = format!("post-renderer {:?} produced empty output", self.name);
            let output = String::from_utf8_lossy(&complaint).into_owned();
            return Err(PostRenderError { text, output });
        }
        Ok(text)
    }

    fn failed(&self, why: &str, complaint: &[u8]) -> PostRenderError {
        let kind = if self.plugin { "post-renderer plugin" } else { "post-renderer" };
        PostRenderError {
            text: format!("failed to invoke {kind} {:?}: {why}", self.name),
            output: String::from_utf8_lossy(complaint).into_owned(),
        }
    }

    /// Runs the program to its end.
    fn communicate(&self, input: &str) -> Result<Ended, String> {
        let Some((program, args)) = self.command.split_first() else {
            return Err("no plugin command is applicable".to_owned());
        };
        let mut child = Command::new(program)
            .args(args)
            .envs(&self.variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("fork/exec {program}: {error}"))?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let input = input.as_bytes().to_vec();
        // A program that does not read all of it may still be right.
        let writer =
            thread::spawn(move || stdin.is_some_and(|mut pipe| pipe.write_all(&input).is_ok()));
        let printed = reading(stdout, LIMIT);
        let complaint = reading(stderr, SHOWN);
        let deadline = Instant::now() + PATIENCE;
        let printed = printed.recv_timeout(PATIENCE);
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline && printed.is_ok() => thread::sleep(PAUSE),
                Ok(None) => {
                    let _killed = child.kill().is_ok() && child.wait().is_ok();
                    return Err(format!("it took longer than {} s", PATIENCE.as_secs()));
                }
                Err(error) => return Err(error.to_string()),
            }
        };
        let _wrote = writer.join();
        let printed = match printed {
            Ok(printed) => printed?,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Vec::new(),
        };
        let complaint = complaint.recv_timeout(PATIENCE).ok().and_then(Result::ok);
        let failure = (!status.success()).then(|| match status.code() {
            Some(code) => format!("exit status {code}"),
            None => status.to_string(),
        });
        Ok(Ended { failure, printed, complaint: complaint.unwrap_or_default() })
    }
}

type Reading = mpsc::Receiver<Result<Vec<u8>, String>>;

/// Reads a pipe to its end on a thread of its own; what is longer than `limit` is an error, though all of it is
/// read, so that the program does not get stuck.
fn reading(pipe: Option<impl Read + Send + 'static>, limit: u64) -> Reading {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut bytes = Vec::new();
        let read = pipe.by_ref().take(limit).read_to_end(&mut bytes).map_err(|e| e.to_string());
        let more = std::io::copy(&mut pipe, &mut std::io::sink()).unwrap_or_default();
        let too_much = format!("it printed more than {} MiB", limit >> 20);
        let result = match read {
            Ok(_) if more > 0 && limit == LIMIT => Err(too_much),
            read => read.map(|_| bytes),
        };
        // Nobody listens any more after the time is up.
        let _heard = sender.send(result).is_ok();
    });
    receiver
}
