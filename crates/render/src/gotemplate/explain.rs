//! What is said below Helm's text about a template that failed.
//!
//! An error knows what the template saw: dot and variables. A reference in the failing node is followed from
//! there, and a map on the way is found again in the values of the chart by its identity, whatever a template
//! called it. Where that does not work, nothing is said.

mod help;
mod scenery;

use gotmpl::{CallError, Error, ErrorKind, TraceCall};

use super::NAMESPACE;
use super::functions::Refusal;
use crate::engine::{Setting, TemplateFile};
use crate::explain::{Spot, Values, excerpt, references};
pub(super) use scenery::{Found, Scenery, sentence};

/// How many values are spoken of.
const MAX_VALUES: usize = 4;

/// How many calls of templates are listed at each end of a long chain.
const CALLS: usize = 6;

/// Returns the lines about a file that is no template.
pub(super) fn parsing(error: &Error) -> String {
    let mut parts = Vec::new();
    parts.extend(unparsed(error));
    parts.extend(help::parsing(error).map(|help| format!("help: {help}")));
    parts.join("\n")
}

/// Returns the lines about `file`, which failed with `root` for its dot.
pub(super) fn executing(
    error: &Error,
    file: &TemplateFile,
    root: &gotmpl::Value,
    setting: &Setting<'_>,
) -> String {
    let located = error.located();
    let mut parts = Vec::new();
    let innermost = error.innermost();
    if innermost.kind() == ErrorKind::Parse {
        parts.extend(unparsed(innermost));
    }
    parts.extend(located.place().map(|place| {
        let text = String::from_utf8_lossy(&place.text);
        let column = place.column.map(|column| column as usize);
        excerpt(shown_file(&place.file), &text, Spot { line: place.line as usize, column })
    }));
    parts.extend(calls(located.trace()));
    let values = Values::new(setting.given, setting.values);
    let scenery = Scenery::new(root, &file.chart);
    let found = found(error, &scenery);
    let mut notes: Vec<String> =
        found.iter().filter_map(|found| scenery::sentence(found, &values)).collect();
    notes.dedup();
    notes.truncate(MAX_VALUES);
    parts.extend(notes.iter().map(|note| format!("note: {note}")));
    let help = if innermost.kind() == ErrorKind::Parse {
        help::parsing(innermost)
    } else {
        help::executing(error, &found, setting)
    };
    parts.extend(help.map(|help| format!("help: {help}")));
    parts.join("\n")
}

/// Returns the values that an error is about.
fn found(error: &Error, scenery: &Scenery) -> Vec<Found> {
    let located = error.located();
    let (Some(place), Some(scene)) = (located.place(), located.scene()) else {
        return Vec::new();
    };
    let follow = |node: &str| -> Vec<Found> {
        references(node).iter().filter_map(|reference| scenery.follow(reference, scene)).collect()
    };
    let mut found = follow(&place.context);
    if located.cause().is_none() && found.iter().any(|found| !found.is_usable()) {
        found.retain(|found| !found.is_usable());
    }
    if is_refusal(located) {
        found.retain(|found| !found.is_usable());
        if found.is_empty() {
            let text = String::from_utf8_lossy(&place.text);
            let conditions = help::conditions(&text, place.span.start as usize);
            found = conditions.iter().flat_map(|condition| follow(condition)).collect();
        }
    }
    found
}

/// Whether a chart refuses its values by itself.
fn is_refusal(error: &Error) -> bool {
    matches!(error.cause(), Some(CallError::Host(cause)) if cause.is::<Refusal>())
}

/// Returns the excerpt of a text that cannot be parsed, and of the block in it whose end is missing.
fn unparsed(error: &Error) -> Option<String> {
    let place = error.place()?;
    let text = String::from_utf8_lossy(&place.text);
    let file = shown_file(&place.file);
    if let Some(opened) = place.opened {
        let opened = excerpt(file, &text, Spot::of(&text, opened as usize));
        return Some(format!("{opened}\nnote: this block has no end"));
    }
    let (line, offset) = (place.line as usize, place.span.start as usize);
    let at = Spot::of(&text, word_at_fault(&text, offset, error.message()));
    // The line that Go names is not always that of the last word.
    let spot = if at.line == line { at } else { Spot { line, column: None } };
    Some(excerpt(file, &text, spot))
}

/// Returns where the word stands that cannot be parsed: the one that the message quotes, or the last one that
/// was read; for the end of an action its beginning.
fn word_at_fault(text: &str, offset: usize, message: &str) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind("{{").unwrap_or_default();
    let action = text.get(start..).unwrap_or_default();
    let action = action.split("}}").next().unwrap_or_default();
    let quoted = message.split('"').nth(1).filter(|word| !word.is_empty());
    let is_end = text.get(offset..).is_some_and(|rest| rest.starts_with("}}"));
    match quoted.and_then(|word| action.rfind(word)) {
        Some(at) => start + at,
        None if is_end => start,
        None => offset,
    }
}

/// Returns what a file is called: that of a text that `tpl` was given has no name of its own.
fn shown_file(file: &str) -> &str {
    if file == NAMESPACE { "a text given to tpl" } else { file }
}

/// Returns a line for each call of a template, the innermost first; a long way is shortened.
fn calls(trace: &[TraceCall]) -> Vec<String> {
    let line = |call: &TraceCall| {
        let file = shown_file(call.file.as_ref()?);
        let what = match &*call.template {
            NAMESPACE => "in a text given to tpl".to_owned(),
            name => format!("in template {name:?}, included"),
        };
        Some(format!("{what} at {file}:{}:{}", call.line, call.column.saturating_add(1)))
    };
    let all: Vec<String> = trace.iter().rev().filter_map(line).collect();
    if all.len() <= 2 * CALLS + 1 {
        return all;
    }
    let left_out = format!("… {} more calls …", all.len() - 2 * CALLS);
    let (first, last) = (all.iter().take(CALLS), all.iter().skip(all.len() - CALLS));
    first.chain([&left_out]).chain(last).cloned().collect()
}
