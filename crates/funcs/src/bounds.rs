//! What one call may build at most, so that a chart nobody trusts cannot fill the memory.

use gotmpl::{CallError, Value};

use crate::table::Answer;

/// The longest text that one function builds, in bytes.
pub const MAX_TEXT: usize = 16 << 20;

/// The longest list that one function builds.
pub const MAX_ITEMS: usize = 1_000_000;

/// Returns an error when a text of `bytes` would be too long.
pub(crate) fn check_text(bytes: usize) -> Result<(), CallError> {
    check(bytes, MAX_TEXT, "16 MiB of text")
}

/// Returns an error when a list of `items` would be too long.
pub(crate) fn check_items(items: usize) -> Result<(), CallError> {
    check(items, MAX_ITEMS, "1000000 items")
}

fn check(size: usize, most: usize, limit: &str) -> Result<(), CallError> {
    if size > most {
        return Err(CallError::Text(format!(
            "the result would be too large: the limit is {limit}"
        )));
    }
    Ok(())
}

/// Returns `text` as a value, unless it is too long.
pub(crate) fn bounded(text: String) -> Answer {
    check_text(text.len())?;
    Ok(Value::from(text))
}

/// Returns `bytes` as a text, unless they are too many.
pub(crate) fn bounded_bytes(bytes: Vec<u8>) -> Answer {
    check_text(bytes.len())?;
    Ok(String::from_utf8(bytes).map_or_else(|error| Value::text(error.as_bytes()), Value::from))
}

/// Returns `items` as a `[]interface {}`, unless they are too many.
pub(crate) fn bounded_list(items: Vec<Value>) -> Answer {
    check_items(items.len())?;
    Ok(Value::from(items))
}
