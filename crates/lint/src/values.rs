//! Rules about values.yaml: it is there, can be read, and fits the chart's own schema.

use std::sync::Arc;

use value::{Map, Value, add_all, yaml};

use crate::finding::{Finding, Findings};
use crate::{Entry, Options, Subject};

const FILE: &str = "values.yaml";

/// Checks values.yaml with `user_values` over it. Subcharts are not looked at here, as in Helm.
pub(crate) fn check(
    subject: &Subject,
    user_values: &Value,
    options: &Options,
    findings: &mut Vec<Finding>,
) {
    let mut found = Findings::of(FILE, findings);
    if subject.values == Entry::Missing {
        return found.info("file does not exist");
    }
    let values = subject.content(FILE, &subject.values).and_then(read);
    let mut values = match values {
        Ok(values) => values,
        Err(why) => return found.error(format!("unable to parse YAML: {why}")),
    };
    // Helm takes what it cannot read for an empty schema.
    let Entry::File(schema) = &subject.schema else { return };
    if schema.is_empty() || options.skip_schema {
        return;
    }
    let none = Map::new();
    put_over(&mut values, user_values.as_map().unwrap_or(&none));
    if let Err(problem) = chart::check_schema_text(schema, &Value::from(values)) {
        found.error(problem);
    }
}

/// Reads the first document.
fn read(data: &[u8]) -> Result<Map, String> {
    let text = std::str::from_utf8(data)
        .map_err(|_| "error converting YAML to JSON: yaml: invalid leading UTF-8 octet")?;
    match yaml::from_str(text) {
        Ok(Value::Null) => Ok(Map::new()),
        Ok(Value::Map(map)) => Ok(Arc::unwrap_or_clone(map)),
        Ok(other) => {
            let kind = match &other {
                Value::List(_) => "array",
                other => other.kind(),
            };
            Err(format!(
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into Go value of type common.Values"
            ))
        }
        Err(error) => Err(format!("error converting YAML to JSON: {}", error.helm_text())),
    }
}

/// Puts the map `over` over the map `values`: maps are merged, a null takes away what is there.
fn put_over(values: &mut Map, over: &Map) {
    let mut missing = Vec::new();
    for (key, over) in over {
        match (values.get_mut(key), over) {
            (Some(Value::Map(below)), Value::Map(over)) => put_over(Arc::make_mut(below), over),
            (None, over) => missing.push((key.clone(), over.clone())),
            (Some(below @ Value::Null), over) => *below = over.clone(),
            (Some(_), Value::Null) => {
                values.remove(key);
            }
            (Some(below), over) => *below = over.clone(),
        }
    }
    add_all(values, missing);
}
