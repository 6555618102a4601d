//! Typed access to the arguments of a call. An argument that is not there counts as null: the engines
//! check the arity first.

use value::{Map, Value};

use crate::error::FuncError;
use crate::types::with_article;

static NULL: Value = Value::Null;

/// Returns the argument at `index`.
pub(crate) fn any(args: &[Value], index: usize) -> &Value {
    args.get(index).unwrap_or(&NULL)
}

/// Returns the arguments from `index` on.
pub(crate) fn from(args: &[Value], index: usize) -> &[Value] {
    args.get(index..).unwrap_or_default()
}

/// Returns the text at `index`.
pub(crate) fn text(args: &[Value], index: usize) -> Result<&str, FuncError> {
    any(args, index).as_str().ok_or_else(|| wrong(args, index, "a string"))
}

/// Returns the integer at `index`; a float without fraction counts.
pub(crate) fn int(args: &[Value], index: usize) -> Result<i64, FuncError> {
    any(args, index).as_i64().ok_or_else(|| wrong(args, index, "an integer"))
}

/// Returns the boolean at `index`.
pub(crate) fn boolean(args: &[Value], index: usize) -> Result<bool, FuncError> {
    any(args, index).as_bool().ok_or_else(|| wrong(args, index, "a boolean"))
}

/// Returns the items at `index`.
pub(crate) fn list(args: &[Value], index: usize) -> Result<&[Value], FuncError> {
    any(args, index).as_list().ok_or_else(|| wrong(args, index, "a list"))
}

/// Returns the map at `index`.
pub(crate) fn map(args: &[Value], index: usize) -> Result<&Map, FuncError> {
    any(args, index).as_map().ok_or_else(|| wrong(args, index, "a map"))
}

/// Returns the error that says what the argument at `index` must be.
pub(crate) fn wrong(args: &[Value], index: usize, want: &'static str) -> FuncError {
    FuncError::Kind { index: index + 1, want, got: with_article(any(args, index)) }
}
