//! The way in and out for plain data, which knows no types of Go: what is given fits the signature
//! afterwards, and what comes back is data again.

use gotmpl::{Args, Integers, Signature, Small, Type, Value};
use value::Value as Plain;

use crate::bounds::{MAX_DEPTH, Walk};
use crate::error::FuncError;

/// Returns the arguments of a call.
pub(crate) fn arguments(signature: &Signature, args: &[Plain]) -> Result<Vec<Value>, FuncError> {
    let rest = std::iter::repeat(signature.rest.unwrap_or(Type::Any));
    let types = signature.params.iter().copied().chain(rest);
    let argument = |(index, (plain, wanted)): (usize, (&Plain, Type))| {
        argument(plain, wanted).ok_or_else(|| FuncError::Kind {
            index: index + 1,
            want: words_for(wanted),
            got: with_article(plain),
        })
    };
    args.iter().zip(types).enumerate().map(argument).collect()
}

fn argument(plain: &Plain, wanted: Type) -> Option<Value> {
    if wanted == crate::time::TIME {
        return crate::dates::of_epoch(plain.as_i64()?);
    }
    if wanted == crate::certificates::CERTIFICATE {
        return crate::certificates::of_plain(plain);
    }
    let value = Value::from_plain(plain, Integers::Int64);
    match (wanted.under(), &value) {
        (Type::Any, _)
        | (Type::String, Value::String(_))
        | (Type::Bool, Value::Bool(_))
        | (Type::List(_), Value::List(_) | Value::Nil)
        | (Type::Map(_), Value::Map(_) | Value::Nil)
        | (Type::Float64, Value::Float(_)) => Some(value),
        (Type::Int, _) => plain.as_i64().map(Value::Int),
        (Type::Int64, _) => plain.as_i64().map(Value::Int64),
        (Type::Uint32, _) => {
            let number = plain.as_i64().and_then(|number| u32::try_from(number).ok());
            number.map(|number| Value::Small(Small::Uint32(number)))
        }
        #[expect(clippy::cast_precision_loss, reason = "as Go converts")]
        (Type::Float64, Value::Int64(i)) => Some(Value::Float(*i as f64)),
        _ => None,
    }
}

const fn words_for(wanted: Type) -> &'static str {
    match wanted.under() {
        Type::Bool => "a boolean",
        Type::String => "a string",
        Type::List(_) => "a list",
        Type::Map(_) => "a map",
        Type::Float64 => "a number",
        Type::Struct => "a certificate",
        _ => "an integer",
    }
}

const fn with_article(plain: &Plain) -> &'static str {
    match plain {
        Plain::Null => "null",
        Plain::Bool(_) => "a boolean",
        Plain::Int(_) | Plain::Float(_) => "a number",
        Plain::String(_) => "a string",
        Plain::List(_) => "a list",
        Plain::Map(_) => "a map",
    }
}

/// Returns a result as plain data.
pub(crate) fn result(value: &Value) -> Result<Plain, FuncError> {
    let none = Args::new(&[]);
    below(&Walk::new(&none), value, MAX_DEPTH)
}

fn below(walk: &Walk<'_>, value: &Value, depth: usize) -> Result<Plain, FuncError> {
    walk.step().map_err(|error| FuncError::Failed(error.to_string()))?;
    let Some(depth) = depth.checked_sub(1) else {
        return Err(FuncError::Failed("the result is nested too deeply".to_owned()));
    };
    Ok(match value {
        Value::Float(f) => value::number::integral(*f).map_or(Plain::Float(*f), Plain::Int),
        Value::List(list) => {
            list.items().iter().map(|item| below(walk, item, depth)).collect::<Result<_, _>>()?
        }
        Value::Map(map) => {
            let mut plain = value::Map::new();
            for (key, item) in map.entries().iter() {
                plain.insert(key.clone(), below(walk, item, depth)?);
            }
            Plain::from(plain)
        }
        Value::Raw(_) => {
            return Err(FuncError::Failed("the result is no text, but bytes".to_owned()));
        }
        Value::Object(object) => {
            if let Some(seconds) = crate::dates::epoch(value) {
                return Ok(Plain::Int(seconds));
            }
            match (crate::semver::fields(value), object.text()) {
                (Some(fields), _) => below(walk, &Value::Map(fields), depth)?,
                (None, Some(text)) => Plain::from(text),
                (None, None) => match object.plain() {
                    Some(plain) => below(walk, &plain, depth)?,
                    None => below(walk, &Value::Map(object.fields().into_iter().collect()), depth)?,
                },
            }
        }
        other => other.to_plain().map_err(|error| FuncError::Failed(error.to_string()))?,
    })
}
