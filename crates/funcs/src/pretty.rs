//! Values as go-yaml v3 sees them when it is given them directly: `toYamlPretty`.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gotmpl::{Args, Object, Value};
use value::Value as Plain;
use value::yaml::Pretty;

use crate::bounds::{MAX_DEPTH, Walk};
use crate::marshal::Unfit;

/// How many characters of base64 stand on a line.
const WIDTH: usize = 70;

/// Returns the first argument as go-yaml sees it. It is small enough to be printed.
pub(crate) fn pretty(args: &Args<'_>) -> Result<Pretty, Unfit> {
    below(&Walk::new(args), args.at(0), MAX_DEPTH)
}

fn below(walk: &Walk<'_>, value: &Value, depth: usize) -> Result<Pretty, Unfit> {
    let indent = 2 * (MAX_DEPTH - depth);
    let text = value.as_text().map_or(0, <[u8]>::len);
    walk.print(text + indent + 2).map_err(Unfit::Bound)?;
    let depth = depth.checked_sub(1).ok_or_else(|| Unfit::Bound(crate::bounds::too_deep()))?;
    Ok(match value {
        Value::String(text) => Pretty::Plain(Plain::String(text.clone())),
        Value::Raw(bytes) => Pretty::Binary(lines(bytes)),
        Value::Float(f) => Pretty::Plain(Plain::Float(*f)),
        Value::Bytes(bytes) => {
            Pretty::Plain(bytes.iter().map(|byte| Plain::Int(i64::from(*byte))).collect())
        }
        Value::List(list) => {
            let items = list.items();
            Pretty::List(
                items.iter().map(|item| below(walk, item, depth)).collect::<Result<_, _>>()?,
            )
        }
        Value::Map(map) => {
            let entry = |(key, value): (Arc<str>, Value)| {
                walk.print(key.len()).map_err(Unfit::Bound)?;
                Ok((key, below(walk, &value, depth)?))
            };
            Pretty::Map(map.entries().into_iter().map(entry).collect::<Result<_, _>>()?)
        }
        Value::Object(object) => match crate::dates::rfc3339(value) {
            Some(time) => Pretty::Word(time),
            None => self::object(walk, &**object, depth)?,
        },
        Value::Complex(..) | Value::Func(_) => {
            return Err(Unfit::Json(format!("cannot marshal type: {}", value.go_type())));
        }
        other => Pretty::Plain(other.to_plain().map_err(|error| Unfit::Json(error.to_string()))?),
    })
}

/// Returns the text of an object, what it is made of, or the fields of a struct with small letters.
fn object(walk: &Walk<'_>, object: &dyn Object, depth: usize) -> Result<Pretty, Unfit> {
    let mut fields = object.fields();
    if object.is_nil() {
        return Ok(Pretty::Plain(Plain::Null));
    }
    if let Some(text) = object.text().filter(|_| fields.is_empty()) {
        return Ok(Pretty::Plain(Plain::from(text)));
    }
    if let Some(plain) = object.plain() {
        return below(walk, &plain, depth);
    }
    fields.retain(|(name, _)| name.starts_with(char::is_uppercase));
    let field = |(name, value): (&str, Value)| {
        Ok((Arc::from(name.to_lowercase()), below(walk, &value, depth)?))
    };
    Ok(Pretty::Fields(fields.into_iter().map(field).collect::<Result<_, _>>()?))
}

/// Returns base64 in lines, each with its end if there are several.
fn lines(bytes: &[u8]) -> String {
    let mut text = STANDARD.encode(bytes);
    if text.len() < WIDTH {
        return text;
    }
    for at in (1..=text.len() / WIDTH).rev() {
        text.insert(at * WIDTH, '\n');
    }
    text.push('\n');
    text
}
