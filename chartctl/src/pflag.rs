//! Makes clap read a command line as Go's pflag does, which Helm's users and scripts rely on.
//!
//! What differs from clap: `--flag=false` for every boolean, a value may begin with `-`, a repeated flag
//! replaces the earlier one, and the texts of errors. The command that people see in help and
//! completions is the plain one; [`adapt`] changes how it is parsed.

use clap::builder::ValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

use crate::error::CliError;

/// Returns `command` and all below it with pflag's rules.
pub(crate) fn adapt(command: Command) -> Command {
    command.args_override_self(true).mut_args(adapt_arg).mut_subcommands(adapt)
}

fn adapt_arg(arg: Arg) -> Arg {
    match arg.get_action() {
        ArgAction::SetTrue => arg
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_value("false")
            .default_missing_value("true")
            .value_parser(ValueParser::new(boolean)),
        ArgAction::Set | ArgAction::Append if !arg.is_positional() => arg.allow_hyphen_values(true),
        _ => arg,
    }
}

/// Reads a boolean as Go's `strconv.ParseBool`.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {text:?}: invalid syntax")),
    }
}

/// Reads an integer as Go's `strconv.ParseInt`.
pub(crate) fn integer(text: &str) -> Result<i64, String> {
    text.parse().map_err(|error: std::num::ParseIntError| {
        let why = match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                "value out of range"
            }
            _ => "invalid syntax",
        };
        format!("strconv.ParseInt: parsing {text:?}: {why}")
    })
}

/// Reads a number as Go's `strconv.ParseFloat`.
pub(crate) fn float(text: &str) -> Result<f32, String> {
    text.parse().map_err(|_| format!("strconv.ParseFloat: parsing {text:?}: invalid syntax"))
}

/// Turns clap's error into pflag's and cobra's words; `line` is the command line as given.
pub(crate) fn usage_error(error: &clap::Error, root: &Command, line: &[String]) -> CliError {
    let (command, path) = locate(root, line);
    let argument = context(error, ContextKind::InvalidArg);
    let value = context(error, ContextKind::InvalidValue).unwrap_or_default();
    let made = match (error.kind(), argument) {
        (ErrorKind::UnknownArgument, Some(argument)) => unknown_flag(&argument, line),
        (ErrorKind::InvalidSubcommand, _) => {
            let name = context(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            CliError::usage(format!("unknown command {name:?} for {path:?}"))
        }
        (ErrorKind::InvalidValue, Some(argument)) if value.is_empty() => {
            needs_value(&argument, [command, root])
        }
        (ErrorKind::ValueValidation | ErrorKind::InvalidValue, Some(argument)) => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            let why = why.unwrap_or_else(|| "invalid value".to_owned());
            let flag = flag_name(&argument, [command, root]);
            CliError::usage(format!("invalid argument {value:?} for {flag:?} flag: {why}"))
        }
        _ => CliError::usage(first_line(error)),
    };
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand]
        .iter()
        .find_map(|kind| all(error, *kind))
        .map(|suggested| format!("did you mean {}?", suggested.join(" or ")));
    let made = suggested.into_iter().fold(made, CliError::hint);
    made.hint(format!("run '{path} --help' for usage"))
}

/// Returns every text of a kind, best first.
fn all(error: &clap::Error, kind: ContextKind) -> Option<Vec<String>> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(vec![text.clone()]),
        ContextValue::Strings(texts) => Some(texts.iter().rev().cloned().collect()),
        _ => None,
    }
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

fn unknown_flag(argument: &str, line: &[String]) -> CliError {
    let name = argument.split('=').next().unwrap_or(argument);
    if name.starts_with("--") {
        return CliError::usage(format!("unknown flag: {name}"));
    }
    let letter = name.trim_start_matches('-');
    let whole = line
        .iter()
        .find(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letter));
    let whole = whole.map_or(name, String::as_str);
    CliError::usage(format!("unknown shorthand flag: '{letter}' in {whole}"))
}

fn needs_value(argument: &str, commands: [&Command; 2]) -> CliError {
    let name = long_name(argument);
    let text = find(commands, &name).map_or_else(|| argument.to_owned(), |_| format!("--{name}"));
    CliError::usage(format!("flag needs an argument: {text}"))
}

/// Returns the name by which pflag calls a flag: `-o, --output`.
fn flag_name(argument: &str, commands: [&Command; 2]) -> String {
    let name = long_name(argument);
    match find(commands, &name).and_then(Arg::get_short) {
        Some(short) => format!("-{short}, --{name}"),
        None => format!("--{name}"),
    }
}

/// Returns the name out of clap's `--output <FORMAT>` or `--wait[=<STRATEGY>]`.
fn long_name(argument: &str) -> String {
    let name = argument.split([' ', '=', '[']).next().unwrap_or(argument);
    name.trim_start_matches('-').to_owned()
}

/// Finds a flag of a command, or of the root for all of them.
fn find<'c>(commands: [&'c Command; 2], long: &str) -> Option<&'c Arg> {
    commands.into_iter().flat_map(Command::get_arguments).find(|arg| arg.get_long() == Some(long))
}

fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Returns the command that `line` calls and its path (`chartctl get values`).
fn locate<'c>(root: &'c Command, line: &[String]) -> (&'c Command, String) {
    let mut command = root;
    let mut path = root.get_name().to_owned();
    for word in line.iter().skip(1).filter(|word| !word.starts_with('-')) {
        if let Some(sub) = command.find_subcommand(word) {
            command = sub;
            path = format!("{path} {}", sub.get_name());
        }
    }
    (command, path)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{adapt, usage_error};
    use crate::cli::Cli;

    /// Checks the first line of the error that a command line gets, or `ok`.
    fn check(line: &str, expected: &str) {
        let line: Vec<String> = format!("chartctl {line}").split(' ').map(str::to_owned).collect();
        let found = match adapt(Cli::command()).try_get_matches_from(&line) {
            Ok(_) => "ok".to_owned(),
            Err(error) => usage_error(&error, &Cli::command(), &line).text().to_owned(),
        };
        assert_eq!(found, expected, "{line:?}");
    }

    #[test]
    fn command_lines_are_read_as_pflag_reads_them() {
        check("list -qA --no-headers=false --max=-1", "ok");
        check("list -A=false --output json -o yaml", "ok");
        check("list --debug=true --debug=0 -n a", "ok");
        check("-n a list -f ^web$ -f -x", "ok");
        check("upgrade web ./web --wait --set a=-1 --set -b --timeout 1m", "ok");
        check("upgrade web ./web --wait=legacy --dry-run -i --atomic=false", "ok");
    }

    #[test]
    fn mistakes_are_told_in_pflags_words() {
        check("list --foo=1", "unknown flag: --foo");
        check("list -qZ", "unknown shorthand flag: 'Z' in -qZ");
        check("lst", "unknown command \"lst\" for \"chartctl\"");
        check("get value web", "unknown command \"value\" for \"chartctl get\"");
        check("list -o", "flag needs an argument: --output");
        check(
            "list -o xml",
            "invalid argument \"xml\" for \"-o, --output\" flag: invalid format type",
        );
        check(
            "list --max=a",
            "invalid argument \"a\" for \"-m, --max\" flag: strconv.ParseInt: parsing \"a\": invalid syntax",
        );
        check(
            "list -A=x",
            "invalid argument \"x\" for \"-A, --all-namespaces\" flag: strconv.ParseBool: parsing \"x\": invalid syntax",
        );
        check(
            "upgrade a b --timeout 300",
            "invalid argument \"300\" for \"--timeout\" flag: time: missing unit in duration \"300\"",
        );
        check(
            "upgrade a b --wait=x",
            "invalid argument \"x\" for \"--wait\" flag: invalid wait input \"x\". Valid inputs are watcher, hookOnly, legacy, and ordered",
        );
    }
}
