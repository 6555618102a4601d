//! YAML and JSON, there and back.

use value::Value;

use crate::args::{any, text};
use crate::bounds::bounded;
use crate::error::FuncError;
use crate::table::{Row, exact};

pub(crate) const ROWS: &[Row] = &[
    exact(
        "toYaml",
        1,
        to_yaml,
        "Returns a value as YAML, without a newline at the end.",
        r#"toYaml {"a":[1,"b"]} => "a:\n- 1\n- b""#,
    ),
    exact(
        "fromYaml",
        1,
        from_yaml,
        "Reads a map from YAML; a map with the key `Error` when that fails, as in Helm.",
        r#"fromYaml "a: 1" => {"a":1}"#,
    ),
    exact(
        "fromYamlArray",
        1,
        from_yaml_array,
        "Reads a list from YAML; a list of one message when that fails.",
        r#"fromYamlArray "[1, a]" => [1,"a"]"#,
    ),
    exact("toJson", 1, to_json, "Returns a value as JSON.", r#"toJson {"a":1} => "{\"a\":1}""#),
    exact(
        "toRawJson",
        1,
        to_raw_json,
        "Returns a value as JSON in which `<`, `>` and `&` stand as they are.",
        r#"toRawJson "<a>" => "\"<a>\"""#,
    ),
    exact(
        "toPrettyJson",
        1,
        to_pretty_json,
        "Returns a value as JSON on several lines.",
        r#"toPrettyJson {"a":[1]} => "{\n  \"a\": [\n    1\n  ]\n}""#,
    ),
    exact(
        "fromJson",
        1,
        from_json,
        "Reads a map from JSON; a map with the key `Error` when that fails, as in Helm.",
        r#"fromJson "{\"a\":1}" => {"a":1}"#,
    ),
    exact(
        "fromJsonArray",
        1,
        from_json_array,
        "Reads a list from JSON; a list of one message when that fails.",
        r#"fromJsonArray "[1]" => [1]"#,
    ),
];

fn to_yaml(args: &[Value]) -> Result<Value, FuncError> {
    let mut yaml = value::yaml::to_string(any(args, 0));
    if yaml.ends_with('\n') {
        yaml.pop();
    }
    bounded(yaml)
}

fn from_yaml(args: &[Value]) -> Result<Value, FuncError> {
    Ok(map_or_error(value::yaml::from_str(text(args, 0)?)))
}

fn from_yaml_array(args: &[Value]) -> Result<Value, FuncError> {
    Ok(list_or_error(value::yaml::from_str(text(args, 0)?)))
}

fn to_json(args: &[Value]) -> Result<Value, FuncError> {
    bounded(value::json::to_string(any(args, 0)))
}

fn to_raw_json(args: &[Value]) -> Result<Value, FuncError> {
    let json = value::json::to_string(any(args, 0));
    bounded(json.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&"))
}

fn to_pretty_json(args: &[Value]) -> Result<Value, FuncError> {
    let mut out = String::new();
    pretty(any(args, 0), 0, &mut out);
    bounded(out)
}

fn pretty(value: &Value, depth: usize, out: &mut String) {
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                line(out, depth + 1);
                pretty(item, depth + 1, out);
            }
            line(out, depth);
            out.push(']');
        }
        Value::Map(map) if !map.is_empty() => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                line(out, depth + 1);
                out.push_str(&value::json::to_string(&Value::String(key.clone())));
                out.push_str(": ");
                pretty(item, depth + 1, out);
            }
            line(out, depth);
            out.push('}');
        }
        leaf => out.push_str(&value::json::to_string(leaf)),
    }
}

fn from_json(args: &[Value]) -> Result<Value, FuncError> {
    Ok(map_or_error(value::json::from_str(text(args, 0)?)))
}

fn from_json_array(args: &[Value]) -> Result<Value, FuncError> {
    Ok(list_or_error(value::json::from_str(text(args, 0)?)))
}

fn map_or_error<E: std::fmt::Display>(read: Result<Value, E>) -> Value {
    let problem = match read {
        Ok(Value::Null) => return Value::map(),
        Ok(map @ Value::Map(_)) => return map,
        Ok(other) => format!("cannot read a {} as a map", other.kind()),
        Err(error) => error.to_string(),
    };
    [("Error", Value::from(problem))].into_iter().collect()
}

fn list_or_error<E: std::fmt::Display>(read: Result<Value, E>) -> Value {
    let problem = match read {
        Ok(Value::Null) => return Value::from(Vec::new()),
        Ok(list @ Value::List(_)) => return list,
        Ok(other) => format!("cannot read a {} as a list", other.kind()),
        Err(error) => error.to_string(),
    };
    Value::from(vec![Value::from(problem)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_told_inside_the_value_as_helm_does() {
        let map = from_json(&[Value::from("[1]")]).expect("a map");
        assert_eq!(map.str_at(&["Error"]), Some("cannot read a list as a map"));
        let list = from_json_array(&[Value::from("{")]).expect("a list");
        assert_eq!(list.as_list().map(<[Value]>::len), Some(1));
    }
}
