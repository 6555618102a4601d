//! Reading what several versions of Helm wrote: absent, `null` and empty mean the same.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use value::Value;

/// Reads anything, `null` as the default.
pub(crate) fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Returns whether a number is zero; for `skip_serializing_if`, hence the reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// As [`is_zero`].
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn is_zero_u32(number: &u32) -> bool {
    *number == 0
}

/// Returns whether there is nothing in it.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// Reads a time: RFC 3339 with any offset; absent, `null`, `""` and Go's zero time (year 1) are none.
pub(crate) fn time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let time: Timestamp = text.parse().map_err(D::Error::custom)?;
    Ok(Some(time).filter(|_| !text.starts_with("0001-01-01T00:00:00")))
}

/// Writes a time that Helm always writes, Go's zero time for none.
#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(crate) fn write_time<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_str("0001-01-01T00:00:00Z"),
    }
}

/// Reads base64 as Go's `[]byte`, `null` as no bytes.
pub(crate) fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
    Ok(optional_bytes(deserializer)?.unwrap_or_default())
}

/// Writes base64.
pub(crate) fn write_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&base64::display::Base64Display::new(bytes, &STANDARD))
}

/// Reads base64, `null` as none.
pub(crate) fn optional_bytes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Arc<[u8]>>, D::Error> {
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| {
        // Go's decoder passes over line ends.
        let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        STANDARD.decode(text).map(Arc::from).map_err(D::Error::custom)
    })
    .transpose()
}

/// Writes base64, `null` for none.
#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(crate) fn write_optional_bytes<S: Serializer>(
    bytes: &Option<Arc<[u8]>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => write_bytes(bytes, serializer),
        None => serializer.serialize_none(),
    }
}

/// Writes a list as Go writes a slice that was never filled: `null` when it is empty.
pub(crate) fn write_list<T: serde::Serialize, S: Serializer>(
    list: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if list.is_empty() { serializer.serialize_none() } else { serializer.collect_seq(list) }
}
