//! The reference of all commands, `docs/cli.md`, written from their definitions.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};

use crate::cli::Cli;

/// Where the reference is, from the root of the workspace.
const FILE: &str = "docs/cli.md";

fn reference() -> String {
    let mut out = String::from(
        "<!-- Generated from the definitions in chartctl/src by `UPDATE=1 cargo test -p chartctl`. -->\n\n\
         # Commands of chartctl\n",
    );
    let root = Cli::command();
    let globals: Vec<&Arg> = root.get_arguments().filter(|arg| arg.is_global_set()).collect();
    let about = root.get_long_about().map(ToString::to_string).unwrap_or_default();
    let _ok = write!(out, "\n{}\n", about.trim());
    section(&mut out, "Global flags", &globals);
    if let Some(after) = root.get_after_long_help() {
        block(&mut out, &after.to_string());
    }
    for command in root.get_subcommands() {
        write_command(&mut out, command, "chartctl");
    }
    out
}

fn write_command(out: &mut String, command: &Command, parent: &str) {
    let path = format!("{parent} {}", command.get_name());
    let _ok = write!(out, "\n## `{path}`\n");
    let about = command.get_long_about().or_else(|| command.get_about());
    let _ok = write!(out, "\n{}\n", about.map(ToString::to_string).unwrap_or_default().trim());
    let usage = command.clone().render_usage().to_string();
    block(out, usage.trim_start_matches("Usage: "));
    let aliases: Vec<String> =
        command.get_visible_aliases().map(|alias| format!("`{alias}`")).collect();
    if !aliases.is_empty() {
        let _ok = write!(out, "\nAliases: {}\n", aliases.join(", "));
    }
    let own: Vec<&Arg> =
        command.get_arguments().filter(|arg| !arg.is_global_set() && !arg.is_hide_set()).collect();
    let (positional, flags): (Vec<&Arg>, Vec<&Arg>) =
        own.into_iter().partition(|arg| arg.is_positional());
    section(out, "Arguments", &positional);
    section(out, "Flags", &flags);
    if let Some(after) = command.get_after_long_help() {
        block(out, &after.to_string());
    }
    for sub in command.get_subcommands() {
        write_command(out, sub, &path);
    }
}

fn block(out: &mut String, text: &str) {
    let _ok = write!(out, "\n```text\n{}\n```\n", text.trim_end());
}

fn section(out: &mut String, title: &str, args: &[&Arg]) {
    if args.is_empty() {
        return;
    }
    let _ok = write!(out, "\n{title}:\n\n");
    for arg in args {
        let help = arg
            .get_long_help()
            .or_else(|| arg.get_help())
            .map(ToString::to_string)
            .unwrap_or_default();
        let default: Vec<String> = arg
            .get_default_values()
            .iter()
            .map(|value| value.to_string_lossy().into_owned())
            .collect();
        let default = match default.as_slice() {
            [] => String::new(),
            _ if arg.is_hide_default_value_set() || !arg.get_action().takes_values() => {
                String::new()
            }
            values => format!(" Default: `{}`.", values.join(",")),
        };
        let mut paragraphs = help.split("\n\n").map(|text| text.replace('\n', " "));
        let first = paragraphs.next().unwrap_or_default();
        let rest: Vec<String> = paragraphs.collect();
        let rest = if rest.is_empty() { String::new() } else { format!(" {}", rest.join(" ")) };
        let stop = if first.ends_with(['.', ']', '?']) { "" } else { "." };
        let _ok = writeln!(out, "- {} – {first}{stop}{rest}{default}", name(arg));
    }
}

/// Returns `-o`, `--output FORMAT` as code.
fn name(arg: &Arg) -> String {
    let value = arg.get_value_names().unwrap_or_default().join(" ");
    let takes = arg.get_action().takes_values();
    let Some(long) = arg.get_long() else { return format!("`{value}`") };
    let optional = arg.get_num_args().is_some_and(|count| count.min_values() == 0);
    let value = match (takes, optional) {
        (false, _) => String::new(),
        (true, true) => format!("[={value}]"),
        (true, false) => format!(" {value}"),
    };
    let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let names = std::iter::once(format!("`--{long}{value}`"));
    let aliases = arg.get_visible_aliases().unwrap_or_default();
    let aliases = aliases.into_iter().map(|alias| format!("`--{alias}`"));
    format!("{short}{}", names.chain(aliases).collect::<Vec<_>>().join(", "))
}

#[test]
fn the_reference_in_docs_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FILE);
    let wanted = reference();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(found == wanted, "{FILE} is stale: run `UPDATE=1 cargo test -p chartctl`");
}
