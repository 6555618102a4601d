//! What counts as true.

use crate::types::Type;
use crate::value::Value;

/// Returns whether a value is true: not nil, false, zero, nor empty.
#[must_use]
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Nil => false,
        Value::Bool(b) => *b,
        Value::Int(i) | Value::Int64(i) => *i != 0,
        Value::Uint64(u) => *u != 0,
        Value::Float(f) => *f != 0.0,
        Value::Complex(re, im) => *re != 0.0 || *im != 0.0,
        Value::String(s) => !s.is_empty(),
        Value::Raw(bytes) | Value::Bytes(bytes) => !bytes.is_empty(),
        Value::List(list) => !list.is_empty(),
        Value::Map(map) => !map.is_empty(),
        Value::Func(_) => true,
        Value::Object(object) => match object.go_type().under() {
            Type::Struct => true,
            Type::Pointer => !object.is_nil(),
            _ => object.plain().is_none_or(|plain| is_true(&plain)),
        },
        small @ Value::Small(_) => {
            small.as_int().is_some_and(|i| i != 0)
                || small.as_uint().is_some_and(|u| u != 0)
                || small.as_float().is_some_and(|f| f != 0.0)
        }
    }
}
