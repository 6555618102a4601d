//! What one call may build at most, so that a chart nobody trusts cannot fill the memory.

use value::Value;

use crate::error::FuncError;

/// The longest text that one function builds, in bytes.
pub const MAX_TEXT: usize = 16 << 20;

/// The longest list that one function builds.
pub const MAX_ITEMS: usize = 1_000_000;

/// Returns an error when a text of `bytes` would be too long.
pub(crate) fn check_text(bytes: usize) -> Result<(), FuncError> {
    if bytes > MAX_TEXT { Err(FuncError::TooLarge { limit: "16 MiB of text" }) } else { Ok(()) }
}

/// Returns an error when a list of `items` would be too long.
pub(crate) fn check_items(items: usize) -> Result<(), FuncError> {
    if items > MAX_ITEMS { Err(FuncError::TooLarge { limit: "1000000 items" }) } else { Ok(()) }
}

/// Returns `text` as a value, unless it is too long.
pub(crate) fn bounded(text: String) -> Result<Value, FuncError> {
    check_text(text.len())?;
    Ok(Value::from(text))
}

/// Returns `items` as a value, unless they are too many.
pub(crate) fn bounded_list(items: Vec<Value>) -> Result<Value, FuncError> {
    check_items(items.len())?;
    Ok(Value::from(items))
}
