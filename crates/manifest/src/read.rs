//! Reading documents: of rendered files, of files of objects, of stored manifests.

use std::sync::Arc;

use value::{Position, Value, YamlError};

use crate::split::{Piece, pieces};
use crate::suspect::may_be_secret;
use crate::{Document, Finding, ManifestError, Object, Part, Problem, Text};

/// The entries of an object that say what it is.
const HEAD: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Reads a stored manifest back into objects: in the order of the text, lists taken apart, paths taken from
/// the `# Source:` lines.
pub fn parse_manifest(text: &str) -> Result<Vec<Object>, ManifestError> {
    objects("", text, Text::Stored)
}

/// Reads a file of objects, such as one of a chart's `crds/`, as [`parse_manifest`] does; `path` is where it
/// comes from.
pub fn parse_file(path: &str, text: &str) -> Result<Vec<Object>, ManifestError> {
    objects(path, text, Text::File)
}

/// Reads a document that was stored by itself, such as a hook, as [`parse_manifest`] does; `path` is the
/// template that it comes from.
pub fn parse_stored(path: &str, text: &str) -> Result<Vec<Object>, ManifestError> {
    objects(path, text, Text::Stored)
}

fn objects(path: &str, text: &str, kind: Text) -> Result<Vec<Object>, ManifestError> {
    let mut objects = Vec::new();
    let mut findings = Vec::new();
    for read in (File { path, text: &Arc::new(text.to_owned()), kind }).documents() {
        match read {
            Ok(document) => document.objects(kind, &mut objects, &mut findings),
            Err(finding) => findings.push(finding),
        }
    }
    ManifestError::check(findings)?;
    Ok(objects)
}

/// A text of documents.
#[derive(Clone, Copy)]
pub(crate) struct File<'t> {
    /// The template or file; where it is empty, documents say in their `# Source:` lines where they are from.
    pub(crate) path: &'t str,
    pub(crate) text: &'t Arc<String>,
    pub(crate) kind: Text,
}

impl<'t> File<'t> {
    /// Reads the documents one by one.
    pub(crate) fn documents(self) -> impl Iterator<Item = Result<Document, Finding>> {
        let pieces = pieces(self.text).into_iter().enumerate();
        pieces.map(move |(place, piece)| self.read(place + 1, piece))
    }

    fn read(self, number: usize, piece: Piece<'t>) -> Result<Document, Finding> {
        let path = match self.path {
            "" => source(piece.text).unwrap_or_default(),
            path => path,
        };
        let position = Position { line: piece.line, column: piece.column + 1 };
        // Whoever prints what templates render needs no more of it.
        let is_head = matches!(self.kind, Text::Rendered { .. });
        let read = if is_head {
            value::yaml::entries_from_str(piece.text, &HEAD)
        } else {
            value::yaml::from_str(piece.text)
        };
        let (position, problem) = match read {
            Ok(value) => match shape(&value) {
                None => {
                    let path = path.to_owned();
                    let text = Part::new(self.text, piece.start..piece.start + piece.text.len());
                    return Ok(Document { path, number, position, text, value, is_head });
                }
                Some(helm) => (position, Problem::Shape { helm }),
            },
            Err(error) => {
                let mut error = moved(error, piece, self.text);
                if may_be_secret(piece.text, self.text) {
                    error = error.masked();
                }
                let helm = format!("error converting YAML to JSON: {}", error.helm_text());
                (error.position, Problem::Yaml { helm, error: Box::new(error) })
            }
        };
        let (path, position) = (path.to_owned(), Some(position));
        Err(Finding { path, document: number, text: self.kind, position, problem })
    }
}

/// Returns the path of the first `# Source:` line.
fn source(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("# Source: ")).map(str::trim_end)
}

/// How Go writes the type of an object's metadata.
const METADATA: &str = r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

/// Returns Helm's words for a tree that is YAML and that its reader of apiVersion, kind, name and annotations
/// refuses all the same. Numbers and booleans are fine where text is expected, it converts them.
fn shape(value: &Value) -> Option<String> {
    let no_text = |value: &&Value| matches!(value, Value::List(_) | Value::Map(_));
    let no_map = |value: &&Value| !matches!(value, Value::Null | Value::Map(_));
    if no_map(&value) {
        return Some(refused(value, "value of type util.SimpleHead"));
    }
    for field in ["apiVersion", "kind"] {
        if let Some(value) = value.get(field).filter(no_text) {
            return Some(refused(
                value,
                &format!("struct field SimpleHead.{field} of type string"),
            ));
        }
    }
    let metadata = value.get("metadata")?;
    if no_map(&metadata) {
        return Some(refused(
            metadata,
            &format!("struct field SimpleHead.metadata of type {METADATA}"),
        ));
    }
    // Keys come sorted to Go's decoder, and the first that does not fit is told.
    if let Some(annotations) = metadata.get("annotations") {
        if no_map(&annotations) {
            let place = "struct field .metadata.annotations of type map[string]string";
            return Some(refused(annotations, place));
        }
        let wrong = annotations.as_map().and_then(|entries| entries.values().find(no_text));
        if let Some(wrong) = wrong {
            return Some(refused(wrong, "struct field .metadata.annotations of type string"));
        }
    }
    let name = metadata.get("name").filter(no_text)?;
    Some(refused(name, "struct field .metadata.name of type string"))
}

/// Returns the message of Go's JSON decoder for a value that does not fit into `place`.
fn refused(value: &Value, place: &str) -> String {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    };
    format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {place}"
    )
}

/// Returns the error with its position counted in the whole file instead of the document.
fn moved(mut error: YamlError, piece: Piece<'_>, text: &str) -> YamlError {
    let Position { line, column } = error.position;
    let column = if line <= 1 { column + piece.column } else { column };
    error.position = Position { line: line.max(1) + piece.line - 1, column };
    if let Some(line) = text.lines().nth(error.position.line - 1) {
        line.clone_into(&mut error.line);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_is_refused_in_the_words_of_go() {
        let check = |text: &str, expected: &str| {
            let found = shape(&value::yaml::from_str(text).expect("YAML"));
            let found = found.as_deref().and_then(|text| text.split("cannot unmarshal ").nth(1));
            assert_eq!(found.unwrap_or("fine"), expected, "{text}");
        };
        check(
            "{apiVersion: 1, kind: true, metadata: {name: 2, annotations: {a: 1.5, b: }}}",
            "fine",
        );
        check("metadata:", "fine");
        check("text", "string into Go value of type util.SimpleHead");
        check(
            "{kind: [a], apiVersion: {b: c}}",
            "object into Go struct field SimpleHead.apiVersion of type string",
        );
        check(
            "metadata: text",
            "string into Go struct field SimpleHead.metadata of type struct { Name string \"json:\\\"name\\\"\"; \
             Annotations map[string]string \"json:\\\"annotations\\\"\" }",
        );
        check(
            "metadata: {name: [a], annotations: {z: {}, b: [1]}}",
            "array into Go struct field .metadata.annotations of type string",
        );
        check(
            "metadata: {name: [a], annotations: {b: x}}",
            "array into Go struct field .metadata.name of type string",
        );
    }
}
