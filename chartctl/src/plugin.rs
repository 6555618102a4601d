//! Helm's plugins, as far as chartctl runs them: post-renderers that are programs.
//!
//! A plugin is a folder with a `plugin.yaml` below one of the folders of `HELM_PLUGINS`.

use std::path::{Path, PathBuf};

use value::Value;

use crate::cli::Context;

/// How large a `plugin.yaml` may be, in bytes.
const LIMIT: u64 = 1 << 20;

/// A plugin that makes manifests of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plugin {
    /// Its name.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// The program and its arguments, variables not filled in.
    pub(crate) command: Vec<String>,
}

/// Why a plugin cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// There is none of this name and type.
    Missing,
    /// It runs in another way than as a program.
    Runtime(String),
    /// It has no command for this machine.
    NoCommand,
}

/// Finds the post-renderer of this name.
pub(crate) fn post_renderer(name: &str, context: &Context) -> Result<Plugin, Unusable> {
    let folders = context.plugin_folders();
    let found = folders.iter().flat_map(|folder| plugins_in(folder)).find_map(|folder| {
        let file = std::fs::File::open(folder.join("plugin.yaml")).ok()?;
        let mut text = String::new();
        std::io::Read::read_to_string(&mut std::io::Read::take(file, LIMIT), &mut text).ok()?;
        let metadata = value::yaml::from_str(&text).ok()?;
        let is = |key: &str, wanted: &str| metadata.str_at(&[key]) == Some(wanted);
        (is("apiVersion", "v1") && is("type", "postrenderer/v1") && is("name", name))
            .then_some((folder, metadata))
    });
    let (folder, metadata) = found.ok_or(Unusable::Missing)?;
    let runtime = metadata.str_at(&["runtime"]).unwrap_or_default();
    if runtime != "subprocess" {
        return Err(Unusable::Runtime(runtime.to_owned()));
    }
    let command = command(metadata.list_at(&["runtimeConfig", "platformCommand"]));
    let command = command.ok_or(Unusable::NoCommand)?;
    Ok(Plugin { name: name.to_owned(), folder, command })
}

/// Returns the folders below `folder` that hold a plugin, in order.
fn plugins_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

/// Returns the command for this machine: the one for its system and processor, else for its system, else for any.
fn command(commands: &[Value]) -> Option<Vec<String>> {
    let text = |command: &Value, key: &str| {
        command.str_at(&[key]).unwrap_or_default().to_ascii_lowercase()
    };
    let rank = |command: &&Value| {
        let (system, processor) = (text(command, "os"), text(command, "arch"));
        match (system.as_str(), processor.as_str()) {
            (system, processor) if system == SYSTEM && processor == processor_name() => Some(0),
            (system, "") if system == SYSTEM => Some(1),
            ("", "") => Some(2),
            _ => None,
        }
    };
    let ranked = commands.iter().filter_map(|command| Some((rank(&command)?, command)));
    // Of several with the same rank the first one counts.
    let (_, command) = ranked.min_by_key(|(rank, _)| *rank)?;
    let words = command.str_at(&["command"])?.split(' ');
    let args = command.list_at(&["args"]).iter().filter_map(Value::as_str);
    let command: Vec<String> = words.chain(args).map(str::to_owned).collect();
    command.first().is_some_and(|program| !program.is_empty()).then_some(command)
}

/// Go's name of this system.
const SYSTEM: &str = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };

/// Returns Go's name of this processor.
fn processor_name() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{SYSTEM, command, processor_name};

    #[test]
    fn the_command_that_is_made_for_this_machine_wins() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let text = text.replace("SYSTEM", SYSTEM).replace("PROCESSOR", processor_name());
            let commands = value::yaml::from_str(&text).unwrap();
            let found = command(commands.as_list().unwrap());
            let expected: Option<Vec<String>> =
                expected.map(|words| words.iter().map(ToString::to_string).collect());
            assert_eq!(found, expected, "{text}");
        };
        check("[{command: a b, args: [c d]}]", Some(&["a", "b", "c d"]));
        check("[{command: any}, {os: SYSTEM, command: mine}]", Some(&["mine"]));
        check(
            "[{os: SYSTEM, command: mine}, {os: SYSTEM, arch: PROCESSOR, command: exact}]",
            Some(&["exact"]),
        );
        check("[{os: plan9, command: other}]", None);
        check("[{arch: PROCESSOR, command: other}]", None);
        check("[{command: ''}]", None);
        check("[]", None);
    }
}
