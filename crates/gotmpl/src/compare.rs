//! Comparison: basic kinds by value, everything else only for equality.

use std::cmp::Ordering;

use crate::error::CallError;
use crate::frame::Cell;
use crate::printf::sprintf;
use crate::types::Type;
use crate::value::Value;

/// How much of a value a message shows.
const MAX_SHOWN: usize = 1 << 16;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invalid,
    Bool,
    Complex,
    Int,
    Float,
    Text,
    Uint,
}

fn basic_kind(value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::Bool,
        Value::Complex(..) => Kind::Complex,
        Value::String(_) | Value::Raw(_) => Kind::Text,
        other if other.as_int().is_some() => Kind::Int,
        other if other.as_uint().is_some() => Kind::Uint,
        other if other.as_float().is_some() => Kind::Float,
        _ => Kind::Invalid,
    }
}

/// Returns whether the first argument equals one of the others.
pub(crate) fn eq(args: &[Cell]) -> Result<bool, CallError> {
    let Some((first, others)) = args.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err(CallError::from("missing argument for comparison"));
    };
    for other in others {
        if equal(&first.value, &other.value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Value, b: &Value) -> Result<bool, CallError> {
    let (left, right) = (a.unwrapped(), b.unwrapped());
    Ok(match (basic_kind(&left), basic_kind(&right)) {
        (Kind::Int, Kind::Uint) => {
            left.as_int().and_then(|i| u64::try_from(i).ok()) == right.as_uint()
        }
        (Kind::Uint, Kind::Int) => {
            right.as_int().and_then(|i| u64::try_from(i).ok()) == left.as_uint()
        }
        (Kind::Invalid, Kind::Invalid) => return equal_others(a, b),
        (x, y) if x != y => {
            if !a.is_nil() && !b.is_nil() {
                return Err(incompatible(a, b));
            }
            false
        }
        (Kind::Bool, _) => left.as_bool() == right.as_bool(),
        (Kind::Int, _) => left.as_int() == right.as_int(),
        (Kind::Uint, _) => left.as_uint() == right.as_uint(),
        (Kind::Float, _) => left.as_float() == right.as_float(),
        (Kind::Text, _) => left.as_text() == right.as_text(),
        (_, _) => match (&left, &right) {
            (Value::Complex(re, im), Value::Complex(re2, im2)) => (re, im) == (re2, im2),
            _ => false,
        },
    })
}

fn incompatible(a: &Value, b: &Value) -> CallError {
    let (a, b) = (a.go_type(), b.go_type());
    CallError::Text(format!("incompatible types for comparison: {a} and {b}"))
}

/// Compares lists, maps, structs and nil.
fn equal_others(a: &Value, b: &Value) -> Result<bool, CallError> {
    let is_nil = |value: &Value| match value {
        Value::Nil => true,
        Value::Object(object) => object.is_nil(),
        _ => false,
    };
    if !a.is_nil() && !b.is_nil() && !same_kind(a.go_type(), b.go_type()) {
        let (shown, b_shown) = (show(a, b"%s"), show(b, b"%v"));
        let (a, b) = (a.go_type(), b.go_type());
        return Err(CallError::Text(format!("non-comparable types {shown}: {a}, {b}: {b_shown}")));
    }
    if is_nil(a) || is_nil(b) {
        return Ok(is_nil(a) == is_nil(b));
    }
    let comparable = match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            if a.go_type() == b.go_type() {
                a.equals(&**b)
            } else {
                Some(false)
            }
        }
        _ => None,
    };
    comparable.ok_or_else(|| {
        CallError::Text(format!("non-comparable type {}: {}", show(b, b"%s"), b.go_type()))
    })
}

fn same_kind(a: Type, b: Type) -> bool {
    match (a.under(), b.under()) {
        (Type::List(_), Type::List(_)) | (Type::Map(_), Type::Map(_)) => true,
        (a, b) => a == b,
    }
}

fn show(value: &Value, format: &[u8]) -> String {
    let mut out = Vec::new();
    let _complete = sprintf(&mut out, MAX_SHOWN, format, std::slice::from_ref(value));
    String::from_utf8_lossy(&out).into_owned()
}

/// Returns whether the first argument is less than the second.
pub(crate) fn lt(args: &[Cell]) -> Result<bool, CallError> {
    let (a, b) = pair(args);
    let (left, right) = (a.unwrapped(), b.unwrapped());
    let bad = || CallError::from("invalid type for comparison");
    let (x, y) = (basic_kind(&left), basic_kind(&right));
    if x == Kind::Invalid || y == Kind::Invalid {
        return Err(bad());
    }
    let order = match (x, y) {
        (Kind::Int, Kind::Uint) => {
            left.as_int().and_then(|i| u64::try_from(i).ok()).cmp(&right.as_uint())
        }
        (Kind::Uint, Kind::Int) => {
            left.as_uint().cmp(&right.as_int().and_then(|i| u64::try_from(i).ok()))
        }
        (x, y) if x != y => return Err(incompatible(a, b)),
        (Kind::Int, _) => left.as_int().cmp(&right.as_int()),
        (Kind::Uint, _) => left.as_uint().cmp(&right.as_uint()),
        (Kind::Text, _) => left.as_text().cmp(&right.as_text()),
        (Kind::Float, _) => {
            return Ok(left.as_float().partial_cmp(&right.as_float()) == Some(Ordering::Less));
        }
        _ => return Err(bad()),
    };
    Ok(order == Ordering::Less)
}

/// Returns whether the first argument is less than or equal to the second.
pub(crate) fn le(args: &[Cell]) -> Result<bool, CallError> {
    Ok(lt(args)? || eq(args)?)
}

fn pair(args: &[Cell]) -> (&Value, &Value) {
    match args {
        [a, b, ..] => (&a.value, &b.value),
        _ => (&Value::Nil, &Value::Nil),
    }
}
