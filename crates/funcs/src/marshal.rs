//! Values as the plain data that Go's `encoding/json` makes of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gotmpl::{Args, CallError, Small, Type, Value};
use value::Value as Plain;

use crate::args::lossy;
use crate::bounds::{MAX_DEPTH, Walk};

/// Why a value cannot be JSON.
#[derive(Clone, Debug)]
pub(crate) enum Unfit {
    /// In Go's words.
    Json(String),
    /// A bound was reached.
    Bound(CallError),
}

impl Unfit {
    /// Returns the error, with words before those of Go.
    pub(crate) fn told(self, before: &str) -> CallError {
        match self {
            Self::Json(why) => CallError::Text(format!("{before}{why}")),
            Self::Bound(error) => error,
        }
    }
}

/// Returns the first argument as JSON sees it: bytes in base64, structs as maps. It is small enough to be
/// printed.
pub(crate) fn marshal(args: &Args<'_>) -> Result<Plain, Unfit> {
    below(&Walk::new(args), args.at(0), MAX_DEPTH)
}

fn below(walk: &Walk<'_>, value: &Value, depth: usize) -> Result<Plain, Unfit> {
    // As YAML it may be indented by two blanks for each level.
    let indent = 2 * (MAX_DEPTH - depth);
    let text = shallow_text(value);
    walk.print(text + indent + 2).map_err(Unfit::Bound)?;
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| Unfit::Json("json: unsupported value: encountered a cycle".to_owned()))?;
    Ok(match value {
        Value::Nil => Plain::Null,
        Value::Bool(b) => Plain::Bool(*b),
        Value::Int(i) | Value::Int64(i) => Plain::Int(*i),
        Value::Float(f) => float(*f)?,
        Value::Small(Small::Float32(f)) => float(f64::from(*f))?,
        Value::String(text) => Plain::String(text.clone()),
        Value::Raw(bytes) => Plain::from(&*lossy(bytes)),
        Value::Bytes(bytes) => Plain::from(STANDARD.encode(bytes)),
        Value::List(list) if list.is_nil() => Plain::Null,
        Value::Map(map) if map.is_nil() => Plain::Null,
        Value::List(list) => {
            let items = list.items();
            items.iter().map(|item| below(walk, item, depth)).collect::<Result<_, _>>()?
        }
        Value::Map(map) => {
            let mut plain = value::Map::new();
            for (key, item) in map.entries() {
                walk.print(key.len()).map_err(Unfit::Bound)?;
                plain.insert(key, below(walk, &item, depth)?);
            }
            Plain::from(plain)
        }
        Value::Object(object) => match crate::dates::rfc3339(value) {
            Some(time) => Plain::from(time),
            None => return below(walk, &seen(&**object), depth),
        },
        Value::Complex(..) | Value::Func(_) => {
            return Err(Unfit::Json(format!("json: unsupported type: {}", value.go_type())));
        }
        number => number.to_plain().map_err(|error| Unfit::Json(error.to_string()))?,
    })
}

fn shallow_text(value: &Value) -> usize {
    match value {
        Value::Bytes(bytes) => bytes.len().saturating_mul(2),
        other => other.as_text().map_or(0, <[u8]>::len),
    }
}

fn float(f: f64) -> Result<Plain, Unfit> {
    if f.is_finite() {
        return Ok(Plain::Float(f));
    }
    Err(Unfit::Json(format!("json: unsupported value: {}", value::number::format_g(f))))
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
