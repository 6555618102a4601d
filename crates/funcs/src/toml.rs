//! TOML as the library `BurntSushi/toml` 1.6 writes it: keys of a table first, then its tables, each level
//! indented by two blanks.

use std::fmt::Write;
use std::sync::Arc;

use gotmpl::{CallError, List, Map, Value};
use toml::Value as Read;

use crate::args::{items, kind, lossy};
use crate::bounds::{check_text, too_deep};

/// How deeply values may be nested.
const MAX_DEPTH: usize = 200;

/// Returns a value as TOML; a table ends with a newline, anything else does not.
pub(crate) fn to_string(value: &Value) -> Result<String, CallError> {
    let mut out = String::new();
    if let Some(entries) = entries_of(value) {
        table(&mut out, &[], &entries)?;
        return Ok(out);
    }
    match value {
        Value::Nil => {
            return Err(CallError::from("reflect: call of reflect.Value.Type on zero Value"));
        }
        Value::List(list) if is_list_of_tables(list) => {
            return Err(CallError::from("toml: top-level values must be Go maps or structs"));
        }
        other => element(&mut out, other, MAX_DEPTH)?,
    }
    Ok(out)
}

/// Returns the keys and values of what is written as a table: a map, or a struct with its fields in order.
/// What is nil is left out.
fn entries_of(value: &Value) -> Option<Vec<(Arc<str>, Value)>> {
    let mut entries = match value {
        Value::Map(map) => map.entries().into_owned(),
        Value::Object(_) if crate::dates::rfc3339(value).is_some() => return None,
        Value::Object(object) => {
            if let Some(plain) = object.plain() {
                plain.as_map()?.entries().into_owned()
            } else {
                let mut fields = object.fields();
                fields.retain(|(name, _)| name.starts_with(char::is_uppercase));
                fields.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()
            }
        }
        _ => return None,
    };
    entries.retain(|(_, value)| !is_nil(value));
    if entries.is_empty() && !matches!(value, Value::Map(_)) && kind(value) != "map" {
        return None;
    }
    Some(entries)
}

fn is_nil(value: &Value) -> bool {
    match value {
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        other => other.is_nil(),
    }
}

fn is_list_of_tables(list: &List) -> bool {
    !list.is_empty() && list.items().iter().all(|item| kind(item) == "map")
}

fn is_table(value: &Value) -> bool {
    match value {
        Value::Map(_) => true,
        Value::Object(_) => entries_of(value).is_some(),
        Value::List(list) => is_list_of_tables(list),
        _ => false,
    }
}

fn table(out: &mut String, path: &[&str], entries: &[(Arc<str>, Value)]) -> Result<(), CallError> {
    if path.len() > MAX_DEPTH {
        return Err(too_deep());
    }
    check_text(out.len())?;
    for (key, value) in entries.iter().filter(|(_, value)| !is_table(value)) {
        let indent = "  ".repeat(path.len());
        let _infallible = write!(out, "{indent}{} = ", quoted_key(key));
        element(out, value, MAX_DEPTH)?;
        out.push('\n');
        check_text(out.len())?;
    }
    for (key, value) in entries.iter().filter(|(_, value)| is_table(value)) {
        let path: Vec<&str> = path.iter().copied().chain([&**key]).collect();
        match entries_of(value) {
            Some(entries) => {
                if path.len() == 1 && !out.is_empty() {
                    out.push('\n');
                }
                header(out, &path, "[", "]");
                table(out, &path, &entries)?;
            }
            None => {
                for item in items(value)?.iter().filter_map(entries_of) {
                    if !out.is_empty() {
                        out.push('\n');
                    }
                    header(out, &path, "[[", "]]");
                    table(out, &path, &item)?;
                }
            }
        }
    }
    Ok(())
}

fn header(out: &mut String, path: &[&str], open: &str, close: &str) {
    let keys: Vec<_> = path.iter().map(|key| quoted_key(key)).collect();
    let indent = "  ".repeat(path.len().saturating_sub(1));
    let _infallible = writeln!(out, "{indent}{open}{}{close}", keys.join("."));
}

fn quoted_key(key: &str) -> String {
    let bare =
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => {
                let _infallible = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Prints a value that stands behind a key or in a list.
fn element(out: &mut String, value: &Value, depth: usize) -> Result<(), CallError> {
    let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
    check_text(out.len())?;
    if let Some(text) = value.as_text() {
        out.push_str(&quoted(&lossy(text)));
        return Ok(());
    }
    if let Some(float) = value.as_float() {
        out.push_str(&float_text(float));
        return Ok(());
    }
    match value {
        Value::Map(map) => inline(out, map, depth)?,
        Value::Object(object) => match (crate::dates::rfc3339(value), object.text()) {
            (Some(time), _) => out.push_str(&time),
            (None, Some(text)) => out.push_str(&quoted(&text)),
            (None, None) => element(out, &object.plain().unwrap_or_default(), depth)?,
        },
        Value::Nil => return Err(CallError::from("toml: cannot encode array with nil element")),
        other => match items(other) {
            Ok(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    element(out, item, depth)?;
                }
                out.push(']');
            }
            Err(_) => out.push_str(&lossy(&crate::text::printed(other)?)),
        },
    }
    Ok(())
}

/// Prints a table on one line. What is nil is left out, but not the comma before it.
fn inline(out: &mut String, map: &Map, depth: usize) -> Result<(), CallError> {
    let entries = map.entries();
    let (tables, direct): (Vec<_>, Vec<_>) =
        entries.iter().partition(|(_, value)| is_table(value) && !is_nil(value));
    let last = entries.len().saturating_sub(1);
    out.push('{');
    for (i, (key, value)) in direct.into_iter().chain(tables).enumerate() {
        if is_nil(value) {
            continue;
        }
        let _infallible = write!(out, "{} = ", quoted_key(key));
        element(out, value, depth)?;
        if i != last {
            out.push_str(", ");
        }
    }
    out.push('}');
    Ok(())
}

fn float_text(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    if float.is_infinite() {
        return if float < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let text = value::number::format_g(float);
    if text.contains(['e', '.']) { text } else { format!("{text}.0") }
}

/// Reads a table; an error is the message.
pub(crate) fn from_str(text: &str) -> Result<Value, String> {
    match text.parse::<toml::Table>() {
        Ok(table) => Ok(Value::from(map_of(table))),
        Err(error) => Err(complaint(text, &error)),
    }
}

/// Returns what is wrong, with the line and the key before it, as the library puts it.
fn complaint(text: &str, error: &toml::de::Error) -> String {
    let end = error.span().map_or(0, |span| span.start).min(text.len());
    let before = text.get(..end).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let last = before.lines().last().and_then(|line| line.split_once('='));
    let key = last.map(|(key, _)| format!(" (last key {})", gotmpl::quote(key.trim().as_bytes())));
    let problem = if text.get(end..).unwrap_or_default().trim().is_empty() {
        "unexpected EOF; expected value"
    } else {
        error.message()
    };
    format!("toml: line {line}{}: {problem}", key.unwrap_or_default())
}

fn map_of(table: toml::Table) -> Map {
    table.into_iter().map(|(key, value)| (key, value_of(value))).collect()
}

fn value_of(read: Read) -> Value {
    match read {
        Read::String(text) => Value::from(text),
        Read::Integer(number) => Value::Int64(number),
        Read::Float(number) => Value::Float(number),
        Read::Boolean(b) => Value::from(b),
        Read::Datetime(time) => crate::dates::of_toml(&time),
        Read::Array(items) => Value::from(items.into_iter().map(value_of).collect::<Vec<_>>()),
        Read::Table(table) => Value::from(map_of(table)),
    }
}
