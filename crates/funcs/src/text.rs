//! A value as text, the way Go prints it.

use std::borrow::Cow;

use gotmpl::{CallError, Value};

use crate::bounds::MAX_TEXT;

/// Returns a value as text: bytes as they are, anything else as `%v` prints it.
pub(crate) fn text_of(value: &Value) -> Result<Cow<'_, [u8]>, CallError> {
    match (value, value.as_text()) {
        (_, Some(text)) => Ok(Cow::Borrowed(text)),
        (Value::Bytes(bytes), _) => Ok(Cow::Borrowed(bytes)),
        _ => printed(value).map(Cow::Owned),
    }
}

/// Returns a value as `%v` prints it.
pub(crate) fn printed(value: &Value) -> Result<Vec<u8>, CallError> {
    Ok(gotmpl::format(b"%v", std::slice::from_ref(value), MAX_TEXT)?)
}
