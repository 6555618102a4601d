//! Helm's texts for templates that fail.

use gotmpl::{CallError, Error};

use super::functions::Refusal;
use super::{NAMESPACE, explain};
use crate::TemplateError;
use crate::engine::{Setting, TemplateFile};

/// Returns the error about a file that is no template.
pub(super) fn parsing(error: &Error) -> TemplateError {
    let text = error.to_string();
    // Helm takes the text apart at its colons and keeps the second and the last part.
    let parts = (text.split(": ").nth(1), text.rsplit(": ").next());
    let message = match parts {
        (Some(place), Some(problem)) => format!("parse error at ({place}): {problem}"),
        _ => text,
    };
    TemplateError::new(message, explain::parsing(error))
}

/// Returns the error about `file`, which failed with `root` for its dot.
///
/// What a chart refuses itself has a form of its own. Otherwise Helm lists the calls that led there, but
/// only if each link of the chain is an error of a template; else its text is Go's.
pub(super) fn executing(
    error: &Error,
    file: &TemplateFile,
    root: &gotmpl::Value,
    setting: &Setting<'_>,
) -> TemplateError {
    let message = refusal(error).or_else(|| report(error)).unwrap_or_else(|| error.to_string());
    TemplateError::new(message, explain::executing(error, file, root, setting))
        .with_public(without_values(error))
}

/// Messages of the language that show nodes and types, and no values.
const PLAIN: [&str; 7] = [
    "nil pointer evaluating ",
    "can't evaluate field ",
    "wrong type for value; ",
    "wrong number of args ",
    "template ",
    "no template ",
    "error calling ",
];

/// Returns where a template failed, and why if that can be said without values. Nodes are shown only of the
/// chart's own files: the texts that `tpl` is given are values.
fn without_values(error: &Error) -> String {
    let located = error.located();
    let Some(place) = located.place() else { return "a template failed".to_owned() };
    let column = place.column.map(|column| format!(":{column}")).unwrap_or_default();
    let (at, message) = (format!("{}:{}{column}", place.file, place.line), located.message());
    let is_value = *place.file == *NAMESPACE;
    let node = if is_value { String::new() } else { format!(" at <{}>", place.context) };
    let literal = |text: &str| !is_value && place.context.contains(&gotmpl::quote(text.as_bytes()));
    let why = match located.cause() {
        Some(CallError::Host(cause)) => match cause.downcast_ref::<Refusal>() {
            Some(Refusal(text)) if literal(text) => text.clone(),
            _ => "the chart refuses its values".to_owned(),
        },
        _ if !is_value && PLAIN.iter().any(|plain| message.starts_with(plain)) => {
            message.to_owned()
        }
        _ => "the template failed".to_owned(),
    };
    format!("{at}: executing {:?}{node}: {why}", place.template)
}

/// Returns the error about a chart whose templates are too many, counted up to the one at `path`.
pub(super) fn too_large(path: &str) -> TemplateError {
    let message =
        format!("parse error at ({path}): the chart has too many actions in its templates");
    TemplateError::new(message, String::new())
}

/// Returns the error about a thread that could not be started.
pub(super) fn of_thread(error: &std::io::Error) -> TemplateError {
    TemplateError::new(format!("starting a thread to render the chart: {error}"), String::new())
}

fn refusal(error: &Error) -> Option<String> {
    let Some(CallError::Host(cause)) = error.innermost().cause() else {
        return None;
    };
    let Refusal(message) = cause.downcast_ref()?;
    let place = error.place()?;
    let column = place.column.map(|column| format!(":{column}")).unwrap_or_default();
    Some(format!("execution error at ({}:{}{column}): {message}", place.file, place.line))
}

/// Returns Helm's list of the places that led to the error, unless a link is something else.
fn report(error: &Error) -> Option<String> {
    let mut entries: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let entry = entry(error);
        if entries.last() != Some(&entry) {
            entries.push(entry);
        }
        next = match error.cause() {
            None => None,
            Some(CallError::Template(inner)) => Some(inner),
            Some(_) => return None,
        };
    }
    Some(entries.concat().trim().to_owned())
}

fn entry(error: &Error) -> String {
    let Some(place) = error.place() else {
        return format!("template: {}\n", error.message());
    };
    // What follows is another template's error, of which Helm leaves the colon.
    let more = if error.cause().is_some() { ":" } else { "" };
    let message = error.message();
    let message = message.find(" template:").and_then(|cut| message.get(..cut)).unwrap_or(message);
    let (file, line) = (&place.file, place.line);
    match place.column {
        Some(column) => format!(
            "{file}:{line}:{column}\n  executing {:?} at <{}>:\n    {message}{more}\n",
            place.template, place.context
        ),
        None => format!("{file}:{line}\n  {message}{more}\n"),
    }
}
