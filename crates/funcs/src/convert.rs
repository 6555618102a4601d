//! YAML and JSON, there and back, the way Helm's functions of that name go.

use gotmpl::{Args, CallError, Integers, List, Map, Type, Value};

use crate::again;
use crate::args::text;
use crate::bounds::{bounded, check_source, is_bound};
use crate::json::Layout;
use crate::table::{Answer, Row, pure, takes};

const ANY: &[Type] = &[Type::Any];
const TEXT: Type = Type::String;

pub(crate) const ROWS: &[Row] = &[
    pure(
        "toYaml",
        takes(ANY, TEXT),
        to_yaml,
        "Returns a value as YAML, without a newline at the end; an empty text where that fails.",
        r#"toYaml {"a":[1,"b"]} => "a:\n- 1\n- b""#,
    ),
    pure(
        "mustToYaml",
        takes(ANY, TEXT),
        must_to_yaml,
        "Returns a value as YAML, or fails.",
        r#"mustToYaml {"a":1} => "a: 1""#,
    ),
    pure(
        "toYamlPretty",
        takes(ANY, TEXT),
        to_yaml_pretty,
        "Returns a value as YAML in which lists are indented and long lines stay whole.",
        r#"toYamlPretty {"a":[1,"b"]} => "a:\n  - 1\n  - b""#,
    ),
    pure(
        "fromYaml",
        takes(&[TEXT], Type::MAP),
        from_yaml,
        "Reads a map from YAML; a map with the key `Error` when that fails, as in Helm.",
        r#"fromYaml "a: 1" => {"a":1}"#,
    ),
    pure(
        "fromYamlArray",
        takes(&[TEXT], Type::LIST),
        from_yaml_array,
        "Reads a list from YAML; a list of one message when that fails.",
        r#"fromYamlArray "[1, a]" => [1,"a"]"#,
    ),
    pure(
        "toJson",
        takes(ANY, TEXT),
        |args| or_empty(json(args, Layout::Compact)),
        "Returns a value as JSON; an empty text where that fails.",
        r#"toJson {"a":1} => "{\"a\":1}""#,
    ),
    pure(
        "mustToJson",
        takes(ANY, TEXT),
        |args| json(args, Layout::Compact),
        "Returns a value as JSON, or fails.",
        r#"mustToJson [1] => "[1]""#,
    ),
    pure(
        "toRawJson",
        takes(ANY, TEXT),
        |args| json(args, Layout::Raw),
        "Returns a value as JSON in which `<`, `>` and `&` stand as they are.",
        r#"toRawJson "<a>" => "\"<a>\"""#,
    )
    .also(&["mustToRawJson"]),
    pure(
        "toPrettyJson",
        takes(ANY, TEXT),
        |args| or_empty(json(args, Layout::Pretty)),
        "Returns a value as JSON on several lines; an empty text where that fails.",
        r#"toPrettyJson {"a":[1]} => "{\n  \"a\": [\n    1\n  ]\n}""#,
    ),
    pure(
        "mustToPrettyJson",
        takes(ANY, TEXT),
        |args| json(args, Layout::Pretty),
        "Returns a value as JSON on several lines, or fails.",
        r#"mustToPrettyJson [1] => "[\n  1\n]""#,
    ),
    pure(
        "fromJson",
        takes(&[TEXT], Type::MAP),
        from_json,
        "Reads a map from JSON; a map with the key `Error` when that fails, as in Helm.",
        r#"fromJson "{\"a\":1}" => {"a":1}"#,
    ),
    pure(
        "fromJsonArray",
        takes(&[TEXT], Type::LIST),
        from_json_array,
        "Reads a list from JSON; a list of one message when that fails.",
        r#"fromJsonArray "[1]" => [1]"#,
    ),
    pure(
        "mustFromJson",
        takes(&[TEXT], Type::Any),
        must_from_json,
        "Reads any value from JSON, or fails.",
        r#"mustFromJson "3" => 3"#,
    ),
    pure(
        "toToml",
        takes(ANY, TEXT),
        |args| {
            toml(args).or_else(|error| {
                // About nothing the library panics instead.
                let panics = args.at(0).is_nil() || is_bound(&error);
                if panics { Err(error) } else { Ok(Value::from(error.to_string())) }
            })
        },
        "Returns a value as TOML; what is wrong with it where that fails.",
        r#"toToml {"a":1} => "a = 1\n""#,
    ),
    pure(
        "mustToToml",
        takes(ANY, TEXT),
        toml,
        "Returns a value as TOML, or fails.",
        r#"mustToToml {"a":"b"} => "a = \"b\"\n""#,
    ),
    pure(
        "fromToml",
        takes(&[TEXT], Type::MAP),
        from_toml,
        "Reads a map from TOML; a map with the key `Error` when that fails, as in Helm.",
        r#"fromToml "a = 1" => {"a":1}"#,
    ),
];

/// Returns an empty text in place of an error, as the functions do that never fail.
fn or_empty(result: Answer) -> Answer {
    result.or_else(|error| if is_bound(&error) { Err(error) } else { Ok(Value::from("")) })
}

fn to_yaml(args: &Args<'_>) -> Answer {
    or_empty(must_to_yaml(args))
}

fn must_to_yaml(args: &Args<'_>) -> Answer {
    match crate::yaml::print(args).map_err(|unfit| unfit.told(""))? {
        Some(text) => yaml(text),
        None => through_json(args),
    }
}

/// Goes Helm's way, for values that are others behind it or that it refuses.
fn through_json(args: &Args<'_>) -> Answer {
    let json = crate::json::print(args, Layout::Compact)
        .map_err(|unfit| unfit.told("error marshaling into JSON: "))?;
    let plain = value::yaml::from_str(&json).map_err(|error| CallError::Text(error.helm_text()))?;
    yaml(value::yaml::to_string(&plain))
}

fn to_yaml_pretty(args: &Args<'_>) -> Answer {
    let pretty = crate::yaml::print_pretty(args).map_err(|unfit| unfit.told(""));
    or_empty(pretty.and_then(yaml))
}

fn yaml(mut yaml: String) -> Answer {
    if yaml.ends_with('\n') {
        yaml.pop();
    }
    bounded(yaml)
}

fn json(args: &Args<'_>, layout: Layout) -> Answer {
    bounded(crate::json::print(args, layout).map_err(|unfit| unfit.told(""))?)
}

fn toml(args: &Args<'_>) -> Answer {
    bounded(crate::toml::to_string(args.at(0))?)
}

fn from_toml(args: &Args<'_>) -> Answer {
    check_source(args)?;
    Ok(crate::toml::from_str(&text(args, 0)).unwrap_or_else(told_as_map))
}

/// What a reader expects to find.
#[derive(Clone, Copy)]
enum Wanted {
    Map,
    List,
}

impl Wanted {
    fn takes(self, value: &Value) -> Result<(), String> {
        let found = match (self, value) {
            (_, Value::Nil) | (Self::Map, Value::Map(_)) | (Self::List, Value::List(_)) => {
                return Ok(());
            }
            (_, Value::Bool(_)) => "bool",
            (_, Value::String(_)) => "string",
            (_, Value::List(_)) => "array",
            (_, Value::Map(_)) => "object",
            _ => "number",
        };
        let wanted = match self {
            Self::Map => "map[string]interface {}",
            Self::List => "[]interface {}",
        };
        Err(format!("json: cannot unmarshal {found} into Go value of type {wanted}"))
    }
}

fn read_yaml(args: &Args<'_>, wanted: Wanted) -> Result<Value, String> {
    let value = again::read(args.at(0), &text(args, 0))
        .map_err(|error| format!("error converting YAML to JSON: {}", error.helm_text()))?;
    wanted
        .takes(&value)
        .map_err(|why| format!("error unmarshaling JSON: while decoding JSON: {why}"))?;
    Ok(value)
}

fn read_json(args: &Args<'_>) -> Result<Value, String> {
    let text = text(args, 0);
    let plain =
        value::json::from_str(&text).map_err(|error| crate::scan::complaint(&text, &error))?;
    Ok(Value::from_plain(&plain, Integers::Float64))
}

fn from_yaml(args: &Args<'_>) -> Answer {
    check_source(args)?;
    Ok(match read_yaml(args, Wanted::Map) {
        Ok(Value::Nil) => Value::from(Map::new([])),
        Ok(map) => map,
        Err(problem) => told_as_map(problem),
    })
}

fn from_yaml_array(args: &Args<'_>) -> Answer {
    check_source(args)?;
    Ok(list_or_told(read_yaml(args, Wanted::List), List::new(Vec::new())))
}

fn from_json(args: &Args<'_>) -> Answer {
    check_source(args)?;
    Ok(match read_json(args).and_then(|value| Wanted::Map.takes(&value).map(|()| value)) {
        Ok(Value::Nil) => Value::from(Map::nil(Type::MAP)),
        Ok(value) => value,
        Err(problem) => told_as_map(problem),
    })
}

fn from_json_array(args: &Args<'_>) -> Answer {
    check_source(args)?;
    let read = read_json(args).and_then(|value| Wanted::List.takes(&value).map(|()| value));
    Ok(list_or_told(read, List::nil(Type::LIST)))
}

fn must_from_json(args: &Args<'_>) -> Answer {
    check_source(args)?;
    Ok(read_json(args)?)
}

fn told_as_map(problem: String) -> Value {
    Value::from(Map::from_iter([("Error", Value::from(problem))]))
}

/// Returns the list that was read, what stands for a null, or what is wrong.
fn list_or_told(read: Result<Value, String>, null: List) -> Value {
    match read {
        Ok(Value::Nil) => Value::from(null),
        Ok(list) => list,
        Err(problem) => Value::from(vec![Value::from(problem)]),
    }
}
