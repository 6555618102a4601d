//! Scalars under their tags: `!!int "5"`, `!!binary …`, and plain ones.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::parse::{self, Content};
use super::resolve::{Scalar, is_timestamp, resolve, resolve_tagged};
use crate::Value;

/// What `!!` stands for.
pub(super) const PREFIX: &str = "tag:yaml.org,2002:";

/// A scalar whose tag and text are settled.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tagged {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    String(Arc<str>),
}

impl Tagged {
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(b),
            Self::Int(i) => Value::Int(i),
            #[expect(clippy::cast_precision_loss, reason = "as Go decodes such a number")]
            Self::Uint(u) => Value::Float(u as f64),
            Self::Float(f) => Value::Float(f),
            Self::String(s) => Value::String(s),
        }
    }
}

/// Returns what a scalar stands for, or what is wrong with it, in go-yaml's words.
pub(super) fn value(scalar: &parse::Scalar) -> Result<Tagged, String> {
    let text = scalar.text.as_str();
    let Some(tag) = scalar.tag.as_deref().filter(|tag| !tag.is_empty()) else {
        let meaning = if scalar.plain { resolve(text) } else { Scalar::String };
        return Ok(tagged(&meaning, text));
    };
    match tag.strip_prefix(PREFIX) {
        Some("binary") => binary(text),
        Some(kind @ ("bool" | "int" | "float" | "null" | "timestamp")) => {
            let meaning = forced(kind, text).ok_or_else(|| {
                format!("cannot decode {} `{text}` as a !!{kind}", resolve_tagged(text).tag())
            })?;
            Ok(tagged(&meaning, text))
        }
        _ => Ok(tagged(&Scalar::String, text)),
    }
}

/// Returns whether a key is the merge key `<<`.
pub(super) fn is_merge(key: &Content) -> bool {
    let Content::Scalar(scalar) = key else {
        return false;
    };
    let tag = scalar.tag.as_deref().unwrap_or_default();
    scalar.text == "<<" && (scalar.plain || tag.strip_prefix(PREFIX) == Some("merge"))
}

fn forced(kind: &str, text: &str) -> Option<Scalar> {
    match (kind, resolve_tagged(text)) {
        #[expect(clippy::cast_precision_loss, reason = "as Go converts it")]
        ("float", Scalar::Int(i)) => Some(Scalar::Float(i as f64)),
        ("timestamp", _) if is_timestamp(text) => Some(Scalar::Timestamp),
        (_, meaning) => (meaning.tag().strip_prefix("!!") == Some(kind)).then_some(meaning),
    }
}

/// Returns the value of a scalar of this meaning.
pub(super) fn tagged(meaning: &Scalar, text: &str) -> Tagged {
    match meaning {
        Scalar::Null => Tagged::Null,
        Scalar::Bool(b) => Tagged::Bool(*b),
        Scalar::Int(i) => Tagged::Int(*i),
        Scalar::Uint(u) => Tagged::Uint(*u),
        Scalar::Float(f) => Tagged::Float(*f),
        Scalar::Timestamp | Scalar::String => Tagged::String(Arc::from(text)),
    }
}

/// Decodes base64; what is not UTF-8 in it is replaced byte by byte, as Go's JSON does.
fn binary(text: &str) -> Result<Tagged, String> {
    let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let bytes = STANDARD
        .decode(digits)
        .map_err(|_| "!!binary value contains invalid base64 data".to_owned())?;
    let mut decoded = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Ok(Tagged::String(Arc::from(decoded)))
}
