//! Reading the fields of Chart.yaml and its relatives out of YAML, with Go's leniency and messages and
//! with the place of what is wrong.

use value::{Map, Position, Value, YamlError, yaml};

use crate::error::Detail;
use crate::{ChartError, ChartErrorKind};

/// The fields of one map, read with Go's leniency.
pub(crate) struct Fields<'a> {
    map: &'a Map,
    /// Names of the fields leading here with a dot behind each, empty at the top.
    path: &'static str,
    /// Go's name for the struct that these are the fields of.
    of: &'static str,
}

impl Fields<'_> {
    /// Finds a field by its name, in any case if need be.
    pub(crate) fn find(&self, name: &str) -> Option<&Value> {
        let other_case = || self.map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        self.map.get(name).or_else(|| other_case().map(|(_, value)| value))
    }

    pub(crate) fn wrong(&self, value: &Value, name: &str, go_type: &str) -> Wrong {
        let path = self.path;
        let target = format!("struct field {}.{path}{name}", self.of);
        let field = path.split('.').next().filter(|top| !top.is_empty()).unwrap_or(name);
        Wrong { field: field.to_owned(), ..Wrong::new(value, &target, go_type) }
    }

    pub(crate) fn as_text(&self, value: &Value, name: &str) -> Result<String, Wrong> {
        match value {
            Value::Null => Ok(String::new()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Int(number) => Ok(number.to_string()),
            Value::Float(number) => Ok(value::number::format_g(*number)),
            Value::String(text) => Ok(text.to_string()),
            Value::List(_) | Value::Map(_) => Err(self.wrong(value, name, "string")),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, Wrong> {
        self.find(name).map_or(Ok(String::new()), |value| self.as_text(value, name))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, Wrong> {
        match self.find(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self.wrong(other, name, "bool")),
        }
    }

    pub(crate) fn list(&self, name: &str, go_type: &str) -> Result<&[Value], Wrong> {
        match self.find(name) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::List(items)) => Ok(items),
            Some(other) => Err(self.wrong(other, name, go_type)),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, Wrong> {
        self.list(name, "[]string")?.iter().map(|item| self.as_text(item, name)).collect()
    }

    /// Reads a list of maps; a `null` among them stays one.
    pub(crate) fn maps<T>(
        &self,
        name: &str,
        path: &'static str,
        go_type: &'static str,
        convert: impl Fn(&Fields<'_>) -> Result<T, Wrong>,
    ) -> Result<Vec<Option<T>>, Wrong> {
        let items = self.list(name, &format!("[]*{go_type}"))?.iter();
        let of = go_type.strip_prefix("v2.").unwrap_or(go_type);
        let one = |item: &Value| match item {
            Value::Null => Ok(None),
            Value::Map(map) => convert(&Fields { map, path, of }).map(Some),
            other => Err(self.wrong(other, name, go_type)),
        };
        items.map(one).collect()
    }
}

/// Reads a map of fields out of a YAML text.
pub(crate) fn read<T>(
    file: &str,
    data: &[u8],
    convert: impl FnOnce(&Fields<'_>) -> Result<T, Wrong>,
) -> Result<T, ChartError> {
    let value =
        yaml::from_str(utf8(file, "", data)?).map_err(|problem| yaml_error(file, "", problem))?;
    let empty = Map::new();
    let of = if file.contains("lock") { "Lock" } else { "Metadata" };
    let result = match &value {
        Value::Null => convert(&Fields { map: &empty, path: "", of }),
        Value::Map(map) => convert(&Fields { map, path: "", of }),
        other => Err(Wrong::new(other, "value", &format!("v2.{of}"))),
    };
    result.map_err(|wrong| wrong.into_error(file, "", data))
}

/// Returns `data` as text; `step` is what Helm says it is doing.
pub(crate) fn utf8<'a>(
    file: &str,
    step: &'static str,
    data: &'a [u8],
) -> Result<&'a str, ChartError> {
    std::str::from_utf8(data).map_err(|error| {
        let before = data.get(..error.valid_up_to()).unwrap_or_default();
        let before = String::from_utf8_lossy(before);
        let line = before.lines().count().max(1);
        let kind = ChartErrorKind::Shape {
            file: file.to_owned(),
            problem: format!("{step}error converting YAML to JSON: yaml: invalid UTF-8 text"),
        };
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        ChartError::from(kind).with_detail(Detail {
            file: file.to_owned(),
            position: Some(Position { line, column }),
            excerpt: String::new(),
        })
    })
}

/// Makes an error of what the YAML reader says.
pub(crate) fn yaml_error(file: &str, step: &'static str, problem: YamlError) -> ChartError {
    ChartErrorKind::Yaml { file: file.to_owned(), step, problem }.into()
}

/// A value of a kind that its field does not take.
pub(crate) struct Wrong {
    /// What is wrong, in the words of Go's decoder.
    pub(crate) problem: String,
    /// The top-level field, to find the line.
    pub(crate) field: String,
}

impl Wrong {
    pub(crate) fn new(value: &Value, target: &str, go_type: &str) -> Self {
        let kind = match value {
            Value::List(_) => "array",
            Value::Map(_) => "object",
            other => other.kind(),
        };
        Self {
            problem: format!("json: cannot unmarshal {kind} into Go {target} of type {go_type}"),
            field: String::new(),
        }
    }

    pub(crate) fn into_error(self, file: &str, step: &str, data: &[u8]) -> ChartError {
        let error = ChartError::from(ChartErrorKind::Shape {
            file: file.to_owned(),
            problem: format!(
                "{step}error unmarshaling JSON: while decoding JSON: {}",
                self.problem
            ),
        });
        match locate(file, data, &self.field) {
            Some(detail) => error.with_detail(detail),
            None => error,
        }
    }
}

/// Finds the line of a top-level field; an empty name is the first line with content.
pub(crate) fn locate(file: &str, data: &[u8], field: &str) -> Option<Detail> {
    let text = std::str::from_utf8(data).ok()?;
    let is_it = |line: &str| {
        if field.is_empty() {
            return !(line.trim().is_empty()
                || line.starts_with(['#', '%'])
                || line.starts_with("---"));
        }
        let (key, _) = line.split_once(':').unwrap_or_default();
        key.trim_end().trim_matches(['"', '\'']).eq_ignore_ascii_case(field)
    };
    let (index, line) = text.lines().enumerate().find(|(_, line)| is_it(line))?;
    let position = Position { line: index + 1, column: 1 };
    Some(Detail {
        file: file.to_owned(),
        position: Some(position),
        excerpt: position.excerpt(line),
    })
}
