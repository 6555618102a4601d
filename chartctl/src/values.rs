//! `-f` and the `--set` family: what a person says about values, merged in Helm's order.
//!
//! Files from left to right, then `--set-json`, `--set`, `--set-string`, `--set-file`, `--set-literal`, in
//! this order of kinds however they stand on the command line.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use repo::{FetchOptions, Fetcher, Reference};
use value::strvals::{self, Typing};
use value::{Sources, Value, YamlError, merge_over};

use crate::csv;
use crate::error::{CliError, file_error, file_error_text};

/// How large a values file may be, in bytes.
const LIMIT: u64 = 32 << 20;

/// One `--values`: files with commas between.
#[derive(Clone, Debug)]
struct Files(Vec<String>);

fn files(text: &str) -> Result<Files, String> {
    if text.is_empty() { Ok(Files(Vec::new())) } else { csv::split(text).map(Files) }
}

/// Flags that give values.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Values")]
pub(crate) struct ValueFlags {
    /// Read values from a YAML file, an http(s) address, or stdin with "-"; later files win
    #[arg(short = 'f', long = "values", value_name = "FILE", value_parser = files, value_hint = clap::ValueHint::FilePath)]
    files: Vec<Files>,
    /// Set values, as in a.b=1,list[0]=x; numbers, booleans and null are recognised
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Set values that stay text, whatever they look like
    #[arg(long = "set-string", value_name = "PATH=VALUE")]
    set_string: Vec<String>,
    /// Set values from JSON: PATH=JSON, or a whole object
    #[arg(long = "set-json", value_name = "PATH=JSON")]
    set_json: Vec<String>,
    /// Set values to the text of files
    #[arg(long = "set-file", value_name = "PATH=FILE")]
    set_file: Vec<String>,
    /// Set one value to all that stands behind the first "="
    #[arg(long = "set-literal", value_name = "PATH=TEXT")]
    set_literal: Vec<String>,
}

impl ValueFlags {
    /// Returns the values that the flags give; an empty map when there are none.
    pub(crate) fn load(&self) -> Result<Value, CliError> {
        Ok(self.sources()?.value().clone())
    }

    /// Returns the same with which flag gives what.
    pub(crate) fn sources(&self) -> Result<Sources, CliError> {
        let mut sources = Sources::of_nothing();
        for file in self.files.iter().flat_map(|files| &files.0) {
            let (value, text) = load_file(file)?;
            sources.merge(shown(file), value, Some(text));
        }
        for argument in &self.set_json {
            // As in Helm, the whole argument is shown, of which nobody knows where it is wrong.
            sources.set_json(argument).map_err(|error| {
                CliError::input(format!("failed parsing --set-json data {error}"))
                    .hint("write PATH=JSON with JSON text quoted for the shell, as in 'a.b=[1,2]'")
            })?;
        }
        for argument in &self.set {
            sources.set(argument, Typing::Guess).map_err(|e| refused("set", argument, &e))?;
        }
        for argument in &self.set_string {
            let set = sources.set(argument, Typing::String);
            set.map_err(|e| refused("set-string", argument, &e))?;
        }
        for argument in &self.set_file {
            let set = sources.set_file(argument, &mut |path| read_text(path));
            set.map_err(|e| refused("set-file", argument, &e))?;
        }
        for argument in &self.set_literal {
            sources.set_literal(argument).map_err(|e| refused("set-literal", argument, &e))?;
        }
        Ok(sources)
    }
}

/// Returns the error of a flag; the value behind `=` may be secret, so only the path is shown.
fn refused(flag: &str, argument: &str, error: &strvals::StrvalsError) -> CliError {
    CliError::input(format!("failed parsing --{flag} data: {error}"))
        .fact("flag", format!("--{flag} {}", path_of(argument)))
}

/// Returns a `--set` argument without its value.
fn path_of(argument: &str) -> String {
    match argument.split_once('=') {
        Some((path, _)) if !argument.trim_start().starts_with('{') => format!("{path}=…"),
        Some(_) => "{…}".to_owned(),
        None => argument.to_owned(),
    }
}

/// Returns the values of a file and its text.
fn load_file(path: &str) -> Result<(Value, Arc<str>), CliError> {
    let bytes = read(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..at).unwrap_or_default());
        let line = before.matches('\n').count() + 1;
        unreadable(path, "error converting YAML to JSON: yaml: invalid leading UTF-8 octet")
            .fact("place", format!("{}, line {line}, byte {at} of the file", shown(path)))
            .hint("a values file is text in UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let documents = value::yaml::documents(text).map_err(|error| broken(path, &error))?;
    let mut merged = Value::map();
    for document in documents {
        match document {
            Value::Null => {}
            Value::Map(_) => merge_over(&mut merged, document.to_floats()),
            other => {
                let problem = format!(
                    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value of type \
                     map[string]interface {{}}",
                    go_kind(&other)
                );
                return Err(unreadable(path, &problem)
                    .hint("a values file holds a map: lines of the form 'key: value'"));
            }
        }
    }
    Ok((merged, Arc::from(text)))
}

/// Returns what a file is called in messages of our own.
fn shown(path: &str) -> &str {
    if path == "-" { "stdin" } else { path }
}

/// Returns the error of a values file in Helm's words.
fn unreadable(path: &str, problem: &str) -> CliError {
    CliError::input(format!("failed to parse {path}: cannot unmarshal yaml document: {problem}"))
}

fn broken(path: &str, error: &YamlError) -> CliError {
    unreadable(path, &format!("error converting YAML to JSON: {}", error.helm_text()))
        .excerpt(format!("{}:{}", shown(path), error.position), error.excerpt())
}

/// Returns the word of Go's JSON decoder for the kind of `value`.
fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::List(_) => "array",
        other => other.kind(),
    }
}

fn read(path: &str) -> Result<Vec<u8>, CliError> {
    if path == "-" {
        return read_stdin().map_err(|error| file_error("read", "stdin", &error));
    }
    if is_address(path) {
        return download(path);
    }
    read_bounded(Path::new(path)).map_err(|error| file_error("open", path, &error))
}

fn is_address(path: &str) -> bool {
    path.starts_with("http://") || path.starts_with("https://")
}

/// Returns what is at an address.
fn download(address: &str) -> Result<Vec<u8>, CliError> {
    let url = match Reference::parse(address) {
        Ok(Reference::Url(url)) => url,
        Ok(Reference::Path(_)) => return Err(CliError::input("not an address")),
        Err(error) => return Err(crate::failure::of(&error)),
    };
    let options = FetchOptions { max_bytes: LIMIT, ..FetchOptions::default() };
    let fetcher = Fetcher::new(options).map_err(|error| crate::failure::of(&error))?;
    let found = crate::cli::block_on(async {
        fetcher.fetch(&url, None).await.map_err(|error| crate::failure::of(&error))
    })?;
    Ok(found.bytes.to_vec())
}

/// Returns the text of a file of `--set-file`.
fn read_text(path: &str) -> Result<String, String> {
    let bytes = if is_address(path) {
        download(path).map_err(|error| error.text().to_owned())?
    } else {
        let bytes = if path == "-" { read_stdin() } else { read_bounded(Path::new(path)) };
        bytes.map_err(|error| file_error_text("open", path, &error))?
    };
    String::from_utf8(bytes).map_err(|_| format!("read {path}: the file is not text in UTF-8"))
}

fn read_stdin() -> std::io::Result<Vec<u8>> {
    bounded(std::io::stdin().lock())
}

fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    bounded(std::fs::File::open(path)?)
}

fn bounded(reader: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(std::io::Error::other(format!("larger than {} MiB", LIMIT >> 20)));
    }
    Ok(bytes)
}
