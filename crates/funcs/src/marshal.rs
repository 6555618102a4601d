//! Values as the plain data that Go's `encoding/json` makes of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gotmpl::{Small, Type, Value};
use value::Value as Plain;

use crate::args::lossy;

/// Why a value cannot be JSON, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unfit(pub(crate) String);

/// Which floats are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floats {
    /// Those that JSON can hold.
    Finite,
    /// Infinities and not-a-number too.
    Any,
}

/// How deeply a value may be nested.
const MAX_DEPTH: usize = 1000;

/// Returns a value as JSON sees it: bytes in base64, structs as maps.
pub(crate) fn marshal(value: &Value) -> Result<Plain, Unfit> {
    below(value, Floats::Finite, MAX_DEPTH)
}

/// Returns a value as JSON sees it, perhaps with numbers that JSON does not know.
pub(crate) fn marshal_with(value: &Value, floats: Floats) -> Result<Plain, Unfit> {
    below(value, floats, MAX_DEPTH)
}

fn below(value: &Value, floats: Floats, depth: usize) -> Result<Plain, Unfit> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| Unfit("json: unsupported value: encountered a cycle".to_owned()))?;
    Ok(match value {
        Value::Nil => Plain::Null,
        Value::Bool(b) => Plain::Bool(*b),
        Value::Int(i) | Value::Int64(i) => Plain::Int(*i),
        Value::Float(f) => float(*f, floats)?,
        Value::Small(Small::Float32(f)) => float(f64::from(*f), floats)?,
        Value::String(text) => Plain::String(text.clone()),
        Value::Raw(bytes) => Plain::from(&*lossy(bytes)),
        Value::Bytes(bytes) => Plain::from(STANDARD.encode(bytes)),
        Value::List(list) => {
            let items = list.items();
            items.iter().map(|item| below(item, floats, depth)).collect::<Result<_, _>>()?
        }
        Value::Map(map) => {
            let mut plain = value::Map::new();
            for (key, item) in map.entries() {
                plain.insert(key, below(&item, floats, depth)?);
            }
            Plain::from(plain)
        }
        Value::Object(object) => match crate::dates::rfc3339(value) {
            Some(time) => Plain::from(time),
            None => return below(&seen(&**object), floats, depth),
        },
        Value::Complex(..) | Value::Func(_) => {
            return Err(Unfit(format!("json: unsupported type: {}", value.go_type())));
        }
        number => number.to_plain().map_err(|error| Unfit(error.to_string()))?,
    })
}

fn float(f: f64, floats: Floats) -> Result<Plain, Unfit> {
    if f.is_finite() || floats == Floats::Any {
        return Ok(Plain::Float(f));
    }
    Err(Unfit(format!("json: unsupported value: {}", value::number::format_g(f))))
}

/// Returns what JSON shows of an object: what it is made of, the fields of a struct, else its text.
fn seen(object: &dyn gotmpl::Object) -> Value {
    if object.is_nil() {
        return Value::Nil;
    }
    if let Some(plain) = object.plain() {
        return plain;
    }
    let fields = object.fields();
    match object.text() {
        Some(text) if fields.is_empty() => Value::from(text),
        _ if object.go_type().under() == Type::Func => Value::Nil,
        // Fields that Go does not export begin with a small letter, and JSON leaves them out.
        _ => Value::Map(fields.into_iter().filter(|(name, _)| is_exported(name)).collect()),
    }
}

fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}
