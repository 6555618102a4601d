//! values.yaml: the default values.

use value::{Value, yaml};

use crate::ChartError;
use crate::fields::{Wrong, utf8, yaml_error};

/// Reads values.yaml: its documents merged in order.
pub(crate) fn parse(data: &[u8]) -> Result<Value, ChartError> {
    let file = "values.yaml";
    let step = "cannot unmarshal yaml document: ";
    let documents = yaml::documents(utf8(file, step, data)?)
        .map_err(|problem| yaml_error(file, step, problem))?;
    let mut merged = Value::map();
    for document in documents {
        match document {
            Value::Null => {}
            // Helm's numbers come out of JSON.
            Value::Map(_) => value::merge_over(&mut merged, document.to_floats()),
            other => {
                let wrong = Wrong::new(&other, "value", "map[string]interface {}");
                return Err(wrong.into_error(file, step, data));
            }
        }
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_documents_are_merged_and_must_be_maps() {
        let merged = parse(b"a: {b: 1}\n---\n---\na: {c: ~}\n").unwrap();
        assert_eq!(merged.to_string(), r#"{"a":{"b":1,"c":null}}"#);
        assert_eq!(parse(b"").unwrap(), Value::map());
        let list = parse(b"---\n- 1").unwrap_err();
        assert_eq!(list.detail().unwrap().excerpt, "2 | - 1\n  | ^");
        assert_eq!(list.hint(), Some("the file must be a map: lines such as `key: value`"));
        assert_eq!(
            list.to_string(),
            "cannot load values.yaml: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: \
             json: cannot unmarshal array into Go value of type map[string]interface {}"
        );
        assert!(parse(b"a: \xff").is_err());
    }
}
