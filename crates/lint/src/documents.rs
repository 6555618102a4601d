//! Reading what templates print as Kubernetes' own stream reader does: documents of YAML, or JSON one
//! behind the other.
//!
//! This is the reader of `kubectl` (apimachinery 0.37), which Helm lints with; it splits a little
//! differently than Helm's install. Messages are those of Go's decoders.

use serde_json as json;
use value::{Map, Value, number, yaml};

/// What a rule looks at in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// Returns the heads of the documents of `text`, nothing for empty ones; behind an error there is no more.
pub(crate) fn heads(text: &str) -> Vec<Result<Option<Head>, String>> {
    let mut heads = Vec::new();
    let mut reader = Reader { rest: text, at: 0 };
    let mut complaint = None;
    if text.trim_start().starts_with('{') {
        match reader.json(&mut heads) {
            Ok(()) => return heads,
            Err(problem) if heads.len() > 1 => {
                heads.push(Err(problem.text));
                return heads;
            }
            // What is no JSON may still be YAML; if it is not, the first complaint is told.
            Err(problem) => {
                let told = problem.located();
                if !reader.skip_line() {
                    heads.push(Err(told));
                    return heads;
                }
                complaint = Some(told);
            }
        }
    }
    for chunk in chunks(reader.rest) {
        let head = chunk.and_then(|chunk| yaml_head(&chunk));
        let head = head.map_err(|problem| complaint.take().unwrap_or(problem));
        complaint = None;
        let failed = head.is_err();
        heads.push(head);
        if failed {
            break;
        }
    }
    heads
}

/// Returns whether an item of a `List`, the first document of `text`, has the annotation `name`.
pub(crate) fn annotated_in_list(text: &str, name: &str) -> Result<bool, String> {
    const ITEM: &str = "struct { Metadata struct { Annotations map[string]string } }";
    let list = yaml::from_str(text)
        .map_err(|error| format!("error converting YAML to JSON: {}", error.helm_text()))?;
    let mut found = false;
    let field = |value: &Value, path: &str, kind: &str| {
        Err(unmarshalling(value, &format!("struct field .Items{path} of type {kind}")))
    };
    let items = match list.as_map().and_then(|list| last_of(list, "items")) {
        None | Some(Value::Null) => return Ok(false),
        Some(Value::List(items)) => items,
        Some(other) => return field(other, "", &format!("[]{ITEM}")),
    };
    for item in items.iter() {
        let metadata = match item {
            Value::Null => continue,
            Value::Map(item) => last_of(item, "metadata"),
            other => return field(other, "", ITEM),
        };
        let annotations = match metadata {
            None | Some(Value::Null) => continue,
            Some(Value::Map(metadata)) => last_of(metadata, "annotations"),
            Some(other) => {
                return field(other, ".Metadata", "struct { Annotations map[string]string }");
            }
        };
        let annotations = match annotations {
            None | Some(Value::Null) => continue,
            Some(Value::Map(annotations)) => annotations,
            Some(other) => return field(other, ".Metadata.Annotations", "map[string]string"),
        };
        for (key, value) in annotations.iter() {
            if matches!(value, Value::List(_) | Value::Map(_)) {
                return field(value, ".Metadata.Annotations", "string");
            }
            found |= &**key == name;
        }
    }
    Ok(found)
}

/// What of the text has not been read.
struct Reader<'t> {
    rest: &'t str,
    /// How many bytes have been read.
    at: usize,
}

/// Why a text is no JSON.
struct Problem {
    text: String,
    /// For mistakes of the text: how many bytes were read up to it, itself included.
    offset: Option<usize>,
}

impl Problem {
    fn located(&self) -> String {
        match self.offset {
            Some(offset) => format!("json: offset {offset}: {}", self.text),
            None => self.text.clone(),
        }
    }
}

impl Reader<'_> {
    /// Reads JSON values up to the end of the text or to what is none.
    fn json(&mut self, heads: &mut Vec<Result<Option<Head>, String>>) -> Result<(), Problem> {
        loop {
            let mut stream = json::Deserializer::from_str(self.rest).into_iter::<json::Value>();
            let value = match stream.next() {
                None => return Ok(()),
                Some(Ok(value)) => value,
                Some(Err(error)) => return Err(self.syntax(&error)),
            };
            let read = stream.byte_offset();
            heads.push(Ok(json_head(&value)?));
            self.skip(read);
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
        self.at += bytes;
    }

    fn syntax(&self, error: &json::Error) -> Problem {
        if error.is_eof() {
            return Problem { text: "unexpected EOF".to_owned(), offset: None };
        }
        let before: usize = self
            .rest
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = before + error.column().saturating_sub(1);
        let wrong = self.rest.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
        let place = place(&error.to_string());
        let shown = value::quote(&wrong.to_string());
        let shown = shown.trim_matches('"');
        Problem {
            text: format!("invalid character '{shown}' {place}"),
            offset: Some(self.at + at + 1),
        }
    }

    /// Skips blanks up to the end of the line; false where the text ends too soon for Kubernetes' reader, which
    /// looks at four bytes at a time.
    fn skip_line(&mut self) -> bool {
        while self.rest.len() >= 4 {
            let Some(c) = self.rest.chars().next().filter(|c| c.is_whitespace()) else {
                return true;
            };
            self.skip(c.len_utf8());
            if c == '\n' {
                return true;
            }
        }
        false
    }
}

/// Returns where Go says that a character is wrong, by what our reader says.
fn place(problem: &str) -> &'static str {
    const PLACES: [(&str, &str); 8] = [
        ("key must be a string", "looking for beginning of object key string"),
        ("trailing comma", "looking for beginning of object key string"),
        ("expected `:`", "after object key"),
        ("expected `,` or `}`", "after object key:value pair"),
        ("expected `,` or `]`", "after array element"),
        ("invalid number", "in numeric literal"),
        ("control character", "in string literal"),
        ("invalid escape", "in string escape code"),
    ];
    let found = PLACES.iter().find(|(start, _)| problem.starts_with(start));
    found.map_or("looking for beginning of value", |(_, place)| place)
}

/// Splits YAML at the lines that begin with `---`. A separator with nothing before it stays part of what
/// follows; one with text behind it is an error.
fn chunks(text: &str) -> Vec<Result<String, String>> {
    let mut chunks = Vec::new();
    let mut chunk = String::new();
    for line in text.split_inclusive('\n') {
        let line =
            line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        if let Some(behind) = line.strip_prefix("---") {
            let behind = behind.trim();
            if !(behind.is_empty() || behind.starts_with('#')) {
                // The document before it is lost.
                chunks.push(Err(format!("invalid Yaml document separator: {behind}")));
                return chunks;
            }
            if !chunk.is_empty() {
                chunks.push(Ok(std::mem::take(&mut chunk)));
                continue;
            }
        }
        chunk.push_str(line);
        chunk.push('\n');
    }
    if !chunk.is_empty() {
        chunks.push(Ok(chunk));
    }
    chunks
}

fn yaml_head(text: &str) -> Result<Option<Head>, String> {
    let value = yaml::from_str(text)
        .map_err(|error| format!("error converting YAML to JSON: {}", error.helm_text()))?;
    let map = match &value {
        Value::Null => return Ok(None),
        Value::Map(map) => map,
        other => return Err(unmarshalling(other, "value of type rules.k8sYamlStruct")),
    };
    let mut head = Head::default();
    for (key, value) in map.iter() {
        if key.eq_ignore_ascii_case("apiVersion") {
            read_text(value, "k8sYamlStruct.apiVersion", &mut head.api_version)?;
        } else if key.eq_ignore_ascii_case("kind") {
            read_text(value, "k8sYamlStruct.Kind", &mut head.kind)?;
        } else if key.eq_ignore_ascii_case("metadata") {
            match value {
                Value::Null => {}
                Value::Map(metadata) => read_metadata(metadata, &mut head)?,
                other => {
                    let target =
                        "struct field k8sYamlStruct.Metadata of type rules.k8sYamlMetadata";
                    return Err(unmarshalling(other, target));
                }
            }
        }
    }
    Ok(Some(head))
}

fn read_metadata(metadata: &Map, head: &mut Head) -> Result<(), String> {
    let mut namespace = String::new();
    for (key, value) in metadata {
        if key.eq_ignore_ascii_case("name") {
            read_text(value, "k8sYamlMetadata.Metadata.Name", &mut head.name)?;
        } else if key.eq_ignore_ascii_case("namespace") {
            read_text(value, "k8sYamlMetadata.Metadata.Namespace", &mut namespace)?;
        }
    }
    Ok(())
}

/// Reads a text; numbers and booleans become one, as on the way from YAML to Go's texts.
fn read_text(value: &Value, field: &str, text: &mut String) -> Result<(), String> {
    *text = match value {
        Value::Null => return Ok(()),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number::format_g(*number),
        Value::String(found) => found.to_string(),
        Value::List(_) | Value::Map(_) => {
            return Err(unmarshalling(value, &format!("struct field {field} of type string")));
        }
    };
    Ok(())
}

/// Returns the value of the field that Go would take for `name`: the last whose name is the same in any case.
fn last_of<'m>(map: &'m Map, name: &str) -> Option<&'m Value> {
    map.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Returns the message of Go's decoder for a value that does not fit.
fn unmarshalling(value: &Value, target: &str) -> String {
    let kind = match value {
        Value::List(_) => "array",
        Value::Map(_) => "object",
        other => other.kind(),
    };
    format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into Go {target}"
    )
}

/// Reads a document of a stream of JSON, where only text is text.
fn json_head(value: &json::Value) -> Result<Option<Head>, Problem> {
    let map = match value {
        json::Value::Null => return Ok(None),
        json::Value::Object(map) => map,
        other => return Err(no_fit(other, "value of type rules.k8sYamlStruct")),
    };
    let text = |value: &json::Value, field: &str, text: &mut String| match value {
        json::Value::Null => Ok(()),
        json::Value::String(found) => {
            text.clone_from(found);
            Ok(())
        }
        other => Err(no_fit(other, &format!("struct field {field} of type string"))),
    };
    let mut head = Head::default();
    for (key, value) in map {
        if key.eq_ignore_ascii_case("apiVersion") {
            text(value, "k8sYamlStruct.apiVersion", &mut head.api_version)?;
        } else if key.eq_ignore_ascii_case("kind") {
            text(value, "k8sYamlStruct.Kind", &mut head.kind)?;
        } else if key.eq_ignore_ascii_case("metadata") {
            for (key, value) in value.as_object().into_iter().flatten() {
                if key.eq_ignore_ascii_case("name") {
                    text(value, "k8sYamlMetadata.Metadata.Name", &mut head.name)?;
                }
            }
        }
    }
    Ok(Some(head))
}

fn no_fit(value: &json::Value, target: &str) -> Problem {
    let kind = match value {
        json::Value::Null => "null",
        json::Value::Bool(_) => "bool",
        json::Value::Number(_) => "number",
        json::Value::String(_) => "string",
        json::Value::Array(_) => "array",
        json::Value::Object(_) => "object",
    };
    Problem { text: format!("json: cannot unmarshal {kind} into Go {target}"), offset: None }
}

#[cfg(test)]
mod tests {
    use super::{annotated_in_list, heads};

    /// The names of the documents, `-` for empty ones, the error last.
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = heads(text)
            .into_iter()
            .map(|head| match head {
                Ok(Some(head)) => head.name,
                Ok(None) => "-".to_owned(),
                Err(problem) => problem,
            })
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn documents_are_split_as_kubernetes_splits_them() {
        let x = "metadata: {name: x}\n";
        check("", &[]);
        check("# only\n", &["-"]);
        check(&format!("---\n---\n{x}"), &["-", "x"]);
        check(&format!("{x}--- # c\n{x}"), &["x", "x"]);
        check(&format!("{x}\n--- \n# only\n---\n"), &["x", "-"]);
        check("metadata: {name: x}\r\n---\r\nmetadata: {name: z}", &["x", "z"]);
        check(&format!("{x}---x: 1\n{x}"), &["invalid Yaml document separator: x: 1"]);
        check(&format!("{x}...\n{x}x: [\n"), &["x"]);
        check("METADATA: {Name: 5}\n", &["5"]);
        check("metadata: ~\n", &[""]);
    }

    #[test]
    fn json_may_stand_behind_json_and_may_be_yaml_after_all() {
        let x = r#"{"metadata":{"name":"x"}}"#;
        check(x, &["x"]);
        check(&format!("{x}{x}\n"), &["x", "x"]);
        check(&format!("{x}\n---\nmetadata: {{name: z}}\n"), &["x", "z"]);
        check("{metadata: {name: x}, }", &["x"]);
        check("{\"metadata\": {\"name\": 5}}", &["5"]);
        check("{\"a\": 1\n", &["unexpected EOF"]);
        check(
            &format!("{x} x\n"),
            &["x", "json: offset 27: invalid character 'x' looking for beginning of value"],
        );
        check(
            &format!("{x}\n{x}\n---\nmetadata: {{name: x}}\n"),
            &["x", "x", "invalid character '-' in numeric literal"],
        );
    }

    #[test]
    fn what_does_not_fit_is_told_in_gos_words() {
        let check = |text: &str, expected: &str| {
            let start = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
            check(text, &[&format!("{start} {expected}")]);
        };
        check("- a", "array into Go value of type rules.k8sYamlStruct");
        check("5", "number into Go value of type rules.k8sYamlStruct");
        check("KIND: {}", "object into Go struct field k8sYamlStruct.Kind of type string");
        check(
            "metadata: x",
            "string into Go struct field k8sYamlStruct.Metadata of type rules.k8sYamlMetadata",
        );
        check(
            "metadata: {namespace: []}",
            "array into Go struct field k8sYamlMetadata.Metadata.Namespace of type string",
        );
    }

    #[test]
    fn annotations_are_found_in_lists() {
        let check = |items: &str, expected: Result<bool, &str>| {
            let found = annotated_in_list(&format!("kind: List\nitems: {items}\n"), "a/b");
            let start = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ";
            let found = found.map_err(|error| error.replace(start, ""));
            assert_eq!(found, expected.map_err(str::to_owned), "{items}");
        };
        check("~", Ok(false));
        check("[~, {metadata: {annotations: {a/b: 1}}}]", Ok(true));
        check("[{metadata: {annotations: {a/c: 1}}}]", Ok(false));
        check(
            "x",
            Err(
                "string into Go struct field .Items of type []struct { Metadata struct { Annotations map[string]string } }",
            ),
        );
        check(
            "[{metadata: {annotations: {a: [1]}}}]",
            Err("array into Go struct field .Items.Metadata.Annotations of type string"),
        );
    }
}
