//! What Go's `encoding/json` makes of values that are no plain data, and what it refuses.

use gotmpl::{CallError, Type, Value};

/// Why a value cannot be JSON.
#[derive(Clone, Debug)]
pub(crate) enum Unfit {
    /// In Go's words.
    Json(String),
    /// A bound was reached.
    Bound(CallError),
}

impl Unfit {
    /// The value contains itself, or is so deep that it might.
    pub(crate) fn cycle() -> Self {
        Self::Json("json: unsupported value: encountered a cycle".to_owned())
    }

    /// A number that JSON does not have.
    pub(crate) fn number(f: f64) -> Self {
        Self::Json(format!("json: unsupported value: {}", value::number::format_g(f)))
    }

    /// A value of a type that JSON does not have.
    pub(crate) fn type_of(value: &Value) -> Self {
        Self::Json(format!("json: unsupported type: {}", value.go_type()))
    }

    /// Returns the error, with words before those of Go.
    pub(crate) fn told(self, before: &str) -> CallError {
        match self {
            Self::Json(why) => CallError::Text(format!("{before}{why}")),
            Self::Bound(error) => error,
        }
    }
}

/// Returns what JSON shows of an object: what it is made of, the fields of a struct, else its text.
pub(crate) fn seen(object: &dyn gotmpl::Object) -> Value {
    if object.is_nil() {
        return Value::Nil;
    }
    if let Some(plain) = object.plain() {
        return plain;
    }
    let fields = object.json_fields();
    match object.text() {
        Some(text) if fields.is_empty() => Value::from(text),
        _ if object.go_type().under() == Type::Func => Value::Nil,
        _ => Value::Map(fields.into_iter().collect()),
    }
}
