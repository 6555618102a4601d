//! What one call may build at most, so that a chart nobody trusts cannot fill the memory.

use std::cell::Cell;
use std::sync::Arc;

use gotmpl::{Args, CallError, Value};

use crate::table::Answer;

/// The longest text that one function builds, in bytes.
pub const MAX_TEXT: usize = 16 << 20;

/// The longest list that one function builds.
pub const MAX_ITEMS: usize = 1_000_000;

/// The longest text that is read as YAML, JSON or TOML, in bytes.
const MAX_SOURCE: usize = 8 << 20;

/// Checks the length of the first argument, which is about to be read, and pays for that.
pub(crate) fn check_source(args: &Args<'_>) -> Result<(), CallError> {
    let length = args.bytes(0).len();
    check(length, MAX_SOURCE, "8 MiB of text to read")?;
    args.spend(length / 4)
}

/// Returns an error when a text of `bytes` would be too long.
pub(crate) fn check_text(bytes: usize) -> Result<(), CallError> {
    check(bytes, MAX_TEXT, "16 MiB of text")
}

/// Returns an error when a list of `items` would be too long.
pub(crate) fn check_items(items: usize) -> Result<(), CallError> {
    check(items, MAX_ITEMS, "1000000 items")
}

fn check(size: usize, most: usize, limit: &'static str) -> Result<(), CallError> {
    if size > most {
        return Err(CallError::Host(Arc::new(TooLarge { limit })));
    }
    Ok(())
}

/// A bound was reached. Functions that never fail tell this all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the result would be too large: the limit is {limit}")]
struct TooLarge {
    limit: &'static str,
}

/// Returns whether a bound was reached, so that it is not for the function to say what happens.
pub(crate) fn is_bound(error: &CallError) -> bool {
    match error {
        CallError::Limit(_) => true,
        CallError::Host(error) => error.is::<TooLarge>(),
        _ => false,
    }
}

/// How deeply values may be nested that functions go through.
pub(crate) const MAX_DEPTH: usize = 250;

/// The error about a value that is nested deeper than that.
pub(crate) fn too_deep() -> CallError {
    CallError::from("the value is nested too deeply or contains itself")
}

/// What is left while one call goes through values with all that is below them. A small value may be
/// endless: lists and maps can be in several places at once.
pub(crate) struct Walk<'a> {
    args: &'a Args<'a>,
    nodes: Cell<usize>,
    text: Cell<usize>,
}

impl<'a> Walk<'a> {
    /// Returns the bounds of one call.
    pub(crate) const fn new(args: &'a Args<'a>) -> Self {
        Self { args, nodes: Cell::new(0), text: Cell::new(0) }
    }

    /// Looks at one value more.
    pub(crate) fn step(&self) -> Result<(), CallError> {
        self.nodes.set(self.nodes.get() + 1);
        check_items(self.nodes.get())?;
        self.args.spend(1)
    }

    /// Compares a value that has so many bytes with another. There may be as many comparisons as the
    /// execution pays for.
    pub(crate) fn compare(&self, bytes: usize) -> Result<(), CallError> {
        self.args.spend(1 + bytes / 64)
    }

    /// Looks at one value more, which will be printed with so many bytes.
    pub(crate) fn print(&self, bytes: usize) -> Result<(), CallError> {
        self.step()?;
        // Printing takes longer than looking.
        self.args.spend(3)?;
        self.text.set(self.text.get().saturating_add(bytes));
        check_text(self.text.get())
    }
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
