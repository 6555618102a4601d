//! The custom resource definitions, as they are committed under `crds/`.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt as _;
use serde_json::Value;

use crate::release::Release;

/// Returns the definitions as the API server shall have them.
///
/// The schemas that the derive makes are tidied: `null` is no value for an absent field here, and
/// number formats are the ones that the API server knows.
///
/// # Errors
/// Returns an error if a definition does not survive being JSON, which a test rules out.
pub fn crds() -> Result<Vec<CustomResourceDefinition>, serde_json::Error> {
    let mut definition = serde_json::to_value(Release::crd())?;
    tidy(&mut definition);
    Ok(vec![serde_json::from_value(definition)?])
}

/// Writes a definition as YAML with a stable order of keys.
///
/// # Errors
/// Returns an error if a definition does not survive being JSON, which a test rules out.
pub fn to_yaml(definition: &CustomResourceDefinition) -> Result<String, serde_json::Error> {
    let mut text = String::from("---\n");
    write(&serde_json::to_value(definition)?, 0, &mut text);
    Ok(text)
}

/// Tidies a schema in place, at every depth.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("nullable") == Some(&Value::Bool(true)) {
                map.remove("nullable");
            }
            if let Some(Value::String(format)) = map.get_mut("format")
                && format.starts_with("uint")
            {
                "int64".clone_into(format);
            }
            map.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Writes a JSON value as block YAML; scalars as JSON, which YAML reads alike.
fn write(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, item) in map {
                out.push_str(&indent);
                out.push_str(&scalar(key));
                out.push(':');
                write_nested(item, depth + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut text = String::new();
                write(item, depth + 1, &mut text);
                out.push_str(&indent);
                out.push_str("- ");
                out.push_str(text.trim_start());
            }
        }
        other => {
            let text = other.to_string();
            out.push_str(&indent);
            out.push_str(&match other {
                Value::String(text) => scalar(text),
                // Limits are floating-point numbers in the API: 1.0 is written 1.
                Value::Number(_) => text.strip_suffix(".0").unwrap_or(&text).to_owned(),
                _ => text,
            });
            out.push('\n');
        }
    }
}

fn write_nested(item: &Value, depth: usize, out: &mut String) {
    let nested = match item {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if nested {
        out.push('\n');
        write(item, depth, out);
    } else {
        out.push(' ');
        write(item, 0, out);
    }
}

/// Leaves plain words plain and quotes everything else as JSON does.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/' | '_'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}
