//! What kind a value is, and whether two are equal.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use value::Value;

use crate::args;
use crate::error::FuncError;
use crate::table::{Row, exact};

pub(crate) const ROWS: &[Row] = &[
    exact(
        "kindOf",
        1,
        kind_of,
        "Returns the kind of a value: `map`, `slice`, `string`, `bool`, `int64`, `float64` or `invalid`.",
        r#"kindOf [1] => "slice""#,
    ),
    exact(
        "kindIs",
        2,
        kind_is,
        "Returns whether a value is of a kind.",
        r#"kindIs "map" {"a":1} => true"#,
    ),
    exact(
        "deepEqual",
        2,
        deep_equal,
        "Returns whether two values are equal all the way down.",
        r#"deepEqual {"a":[1]} {"a":[1]} => true"#,
    ),
];

/// Returns whether two values are equal; numbers compare by size, whatever their type.
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(i), Value::Float(f)) | (Value::Float(f), Value::Int(i)) => {
            Value::Float(*f).as_i64() == Some(*i)
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|((ka, va), (kb, vb))| ka == kb && same(va, vb))
        }
        _ => a == b,
    }
}

/// Returns the kind of `value` with its article, for messages.
pub(crate) const fn with_article(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}

const fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "slice",
        Value::Map(_) => "map",
    }
}

fn kind_of(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(go_kind(args::any(args, 0))))
}

fn kind_is(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(args::text(args, 0)? == go_kind(args::any(args, 1))))
}

fn deep_equal(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(same(args::any(args, 0), args::any(args, 1))))
}
