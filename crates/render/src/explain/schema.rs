//! Values that break a schema, with who set them.

use chart::{Finding, SchemaError};
use value::Value;

use super::Values;

/// How many values are spoken of.
const MAX_VALUES: usize = 12;

/// Returns a sentence for each value that an error is about.
pub(crate) fn notes(error: &SchemaError, values: &Values<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    for chart in &error.charts {
        for finding in &chart.findings {
            collect(finding, &chart.values_path, values, &mut notes);
        }
    }
    notes.truncate(MAX_VALUES);
    notes
}

fn collect(finding: &Finding, above: &[String], values: &Values<'_>, notes: &mut Vec<String>) {
    let path: Vec<&str> = above.iter().chain(&finding.path).map(String::as_str).collect();
    let mut add = |note: String| {
        if !notes.contains(&note) {
            notes.push(note);
        }
    };
    let below = |name| path.iter().copied().chain([name]).collect::<Vec<&str>>();
    let message = finding.message_without_value.as_str();
    if message.starts_with("additional propert") {
        let unknown = quoted(message).map(below);
        unknown.filter_map(|path| describe(&path, values)).for_each(add);
    } else if message.starts_with("missing propert") {
        for path in quoted(message).map(below) {
            add(values.missing(&path, &values.dotted(&path)));
        }
    } else if finding.causes.is_empty() {
        describe(&path, values).into_iter().for_each(add);
    }
    for cause in &finding.causes {
        collect(cause, above, values, notes);
    }
}

fn describe(path: &[&str], values: &Values<'_>) -> Option<String> {
    let value = values.at(path).filter(|_| !path.is_empty())?;
    Some(values.describe(path, &values.dotted(path), kind(value)))
}

/// Returns what stands in quotes.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('\'').skip(1).step_by(2)
}

/// Returns what a value is, with article.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::String(text) if text.is_empty() => "an empty string",
        Value::String(_) => "a string",
        Value::List(items) if items.is_empty() => "an empty list",
        Value::List(_) => "a list",
        Value::Map(map) if map.is_empty() => "an empty map",
        Value::Map(_) => "a map",
    }
}
