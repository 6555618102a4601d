//! From rendered files to what is stored and applied.
//!
//! Two steps, because Helm has two: [`documents`] splits, recognises hooks and sorts, which is all that
//! printing a chart needs; [`Documents::into_bundle`] makes objects of the documents, which fails for
//! documents that are YAML but no objects.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use value::{Position, Value, YamlError};

use crate::hook::{self, Recognised};
use crate::split::{Piece, pieces};
use crate::{Finding, Hook, ManifestError, Object, ObjectId, Problem, order};

/// What stands for a Secret that is not to be shown.
const HIDDEN: &str = "# HIDDEN: The Secret output has been suppressed";

/// How deep `List`s may be nested in each other.
const MAX_LIST_DEPTH: usize = 8;

/// What a release consists of.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// The exact text to store: all documents that are no hooks, in apply order.
    pub manifest: String,
    /// The objects of that text in apply order, lists taken apart.
    pub objects: Vec<Object>,
    /// The hooks, sorted by kind.
    pub hooks: Vec<Hook>,
    /// The objects of the chart's `crds/` folders.
    pub crds: Vec<Object>,
}

/// Rendered documents, sorted by kind as Helm sorts them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Documents {
    /// Those that are no hooks.
    pub manifests: Vec<Document>,
    /// The hooks.
    pub hooks: Vec<Document>,
    /// What people should know.
    pub warnings: Vec<Warning>,
}

/// One rendered document.
#[derive(Clone, PartialEq)]
pub struct Document {
    /// The template, with the chart's name in front: what `# Source:` says.
    pub path: String,
    /// Which document of the rendered file, from one.
    pub number: usize,
    /// The text as rendered, leading white space cut.
    pub text: String,
    /// What it says; null for a document of comments.
    pub value: Value,
}

/// Something that is no error and that people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A document was dropped, since its hook annotation has a word that names no event.
    UnknownHook {
        /// The template.
        path: String,
        /// Which document of the rendered file, from one.
        document: usize,
        /// The annotation.
        events: String,
    },
    /// Two documents describe the same object; the later one is applied last and wins.
    Duplicate {
        /// The object.
        id: ObjectId,
        /// The template of the earlier one.
        first: String,
        /// The template of the later one.
        second: String,
    },
}

/// Prints a line for people.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownHook { path, document, events } => {
                write!(f, "{path}, document {document}: left out, unknown hook {events:?}")
            }
            Self::Duplicate { id, first, second } => {
                write!(f, "{id} is in {first} and in {second}, the latter wins")
            }
        }
    }
}

/// Shows all but the text, which may hold Secrets.
impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("objects", &self.objects)
            .field("hooks", &self.hooks)
            .field("crds", &self.crds)
            .finish_non_exhaustive()
    }
}

/// Shows where it comes from and not what it holds, which may be a Secret.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("path", &self.path)
            .field("number", &self.number)
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}

/// Sorts rendered files (template path and text) into documents, as Helm's `template` needs them.
///
/// Files are taken in byte order of their paths; those whose name begins with `_` are passed over. Documents
/// must be YAML, more is not asked of them.
pub fn documents(files: &[(String, String)]) -> Result<Documents, ManifestError> {
    let mut files: Vec<_> = files.iter().filter(|(path, _)| !is_partial(path)).collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut found = Documents::default();
    let mut findings = Vec::new();
    for (path, text) in files {
        for (place, piece) in pieces(text).into_iter().enumerate() {
            match read(path, place + 1, piece, text) {
                Ok(document) => found.add(document),
                Err(finding) => findings.push(finding),
            }
        }
    }
    ManifestError::check(findings)?;
    found.manifests.sort_by(|a, b| order::compare_install(a.kind(), b.kind()));
    found.hooks.sort_by(|a, b| order::compare_install(a.kind(), b.kind()));
    Ok(found)
}

/// Makes a bundle (without `crds`) of rendered files: [`documents`], then [`Documents::into_bundle`].
pub fn bundle(files: &[(String, String)]) -> Result<(Bundle, Vec<Warning>), ManifestError> {
    documents(files)?.into_bundle()
}

/// Reads a stored manifest back into objects: in the order of the text, lists taken apart, paths taken from
/// the `# Source:` lines.
pub fn parse_manifest(text: &str) -> Result<Vec<Object>, ManifestError> {
    parse(text, |piece| source(piece).unwrap_or_default())
}

/// Reads a file of objects, such as one of a chart's `crds/`, as [`parse_manifest`] does; `path` is where it
/// comes from.
pub fn parse_file(path: &str, text: &str) -> Result<Vec<Object>, ManifestError> {
    parse(text, |_| path)
}

/// Reads the objects of a text; `path` tells where a document comes from.
fn parse<'p>(
    text: &'p str,
    path: impl Fn(&'p str) -> &'p str,
) -> Result<Vec<Object>, ManifestError> {
    let mut objects = Vec::new();
    let mut findings = Vec::new();
    for (place, piece) in pieces(text).into_iter().enumerate() {
        let path = path(piece.text);
        match read(path, place + 1, piece, text) {
            Ok(document) => document.objects(&mut objects, &mut findings),
            Err(finding) => findings.push(finding),
        }
    }
    ManifestError::check(findings)?;
    Ok(objects)
}

impl Documents {
    /// Returns the text that a record stores.
    #[must_use]
    pub fn manifest(&self) -> String {
        self.manifests.iter().map(Document::sourced).collect()
    }

    /// Returns the text that `--hide-secret` shows: as [`manifest`](Self::manifest), with a line of Helm's
    /// instead of each Secret.
    #[must_use]
    pub fn manifest_without_secrets(&self) -> String {
        let shown = |document: &Document| {
            if document.is_secret() {
                format!("---\n# Source: {}\n{HIDDEN}\n", document.path)
            } else {
                document.sourced()
            }
        };
        self.manifests.iter().map(shown).collect()
    }

    /// Makes objects of the documents: lists taken apart and all sorted by kind.
    pub fn into_bundle(self) -> Result<(Bundle, Vec<Warning>), ManifestError> {
        let manifest = self.manifest();
        let (mut objects, mut hooks, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for document in &self.manifests {
            document.objects(&mut objects, &mut findings);
        }
        for document in self.hooks {
            match document.into_hook() {
                Ok(hook) => hooks.push(hook),
                Err(finding) => findings.push(finding),
            }
        }
        ManifestError::check(findings)?;
        order::install_order(&mut objects);
        let mut warnings = self.warnings;
        warnings.extend(duplicates(&objects));
        Ok((Bundle { manifest, objects, hooks, crds: Vec::new() }, warnings))
    }

    fn add(&mut self, document: Document) {
        match hook::recognise(&document.value) {
            Recognised::Object => self.manifests.push(document),
            Recognised::Hook(_) => self.hooks.push(document),
            Recognised::Unknown(annotation) => self.warnings.push(Warning::UnknownHook {
                path: document.path,
                document: document.number,
                events: annotation,
            }),
        }
    }
}

impl Document {
    /// Returns the kind it says it is; empty when it says none.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.value.str_at(&["kind"]).unwrap_or_default()
    }

    /// Returns the text as Helm prints and stores it: a separator and the `# Source:` line in front.
    #[must_use]
    pub fn sourced(&self) -> String {
        format!("---\n# Source: {}\n{}\n", self.path, self.text)
    }

    fn is_secret(&self) -> bool {
        self.kind() == "Secret" && self.value.str_at(&["apiVersion"]) == Some("v1")
    }

    fn objects(&self, objects: &mut Vec<Object>, findings: &mut Vec<Finding>) {
        if !self.value.is_null() {
            self.flatten(&self.value, 0, objects, findings);
        }
    }

    /// Takes lists apart. As in Kubernetes whatever has `items` is a list, and items that say neither kind
    /// nor version take those of the list.
    fn flatten(
        &self,
        value: &Value,
        depth: usize,
        objects: &mut Vec<Object>,
        findings: &mut Vec<Finding>,
    ) {
        let Some(items) = value.get("items").and_then(Value::as_list) else {
            match Object::identify(value.clone(), &self.path) {
                Ok(object) => objects.push(object),
                Err(problem) => findings.push(self.finding(problem)),
            }
            return;
        };
        if depth == MAX_LIST_DEPTH {
            findings.push(self.finding(Problem::TooDeep));
            return;
        }
        for item in items {
            self.flatten(&typed(item, value), depth + 1, objects, findings);
        }
    }

    fn into_hook(self) -> Result<Hook, Finding> {
        let annotations = match hook::recognise(&self.value) {
            Recognised::Hook(annotations) => annotations,
            Recognised::Object | Recognised::Unknown(_) => hook::Annotations::default(),
        };
        let object = Object::identify(self.value.clone(), &self.path)
            .map_err(|problem| self.finding(problem))?;
        Ok(Hook {
            object,
            text: self.text,
            events: annotations.events,
            weight: annotations.weight,
            delete_policies: annotations.delete_policies,
            log_policies: annotations.log_policies,
        })
    }

    fn finding(&self, problem: Problem) -> Finding {
        Finding::new(&self.path, self.number, problem)
    }
}

/// Returns an item of `list` with kind and version, where it has neither.
fn typed(item: &Value, list: &Value) -> Value {
    let kind = list.str_at(&["kind"]).and_then(|kind| kind.strip_suffix("List"));
    let (Some(kind), Some(version)) = (kind, list.str_at(&["apiVersion"])) else {
        return item.clone();
    };
    if kind.is_empty() || item.get("kind").is_some() || item.get("apiVersion").is_some() {
        return item.clone();
    }
    let mut item = item.clone();
    if item.as_map().is_some() {
        item.set(&["kind"], Value::from(kind));
        item.set(&["apiVersion"], Value::from(version));
    }
    item
}

/// Returns whether the template's own name begins with an underscore.
fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
}

/// Returns the path of the first `# Source:` line.
fn source(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("# Source: ")).map(str::trim_end)
}

/// Reads one document of the file `text` at `path`.
fn read(path: &str, number: usize, piece: Piece<'_>, text: &str) -> Result<Document, Finding> {
    let problem = match value::yaml::from_str(piece.text) {
        Ok(value) => match shape(&value) {
            None => {
                let (path, text) = (path.to_owned(), piece.text.to_owned());
                return Ok(Document { path, number, text, value });
            }
            Some(helm) => Problem::Shape { helm },
        },
        Err(error) => Problem::Yaml {
            helm: format!("error converting YAML to JSON: {}", error.helm_text()),
            error: Box::new(moved(error, piece, text)),
        },
    };
    Err(Finding::new(path, number, problem))
}

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
        return Some(refused(metadata, "struct field SimpleHead.metadata of type struct"));
    }
    if let Some(name) = metadata.get("name").filter(no_text) {
        return Some(refused(name, "struct field .metadata.name of type string"));
    }
    let annotations = metadata.get("annotations")?;
    if no_map(&annotations) {
        let place = "struct field .metadata.annotations of type map[string]string";
        return Some(refused(annotations, place));
    }
    let wrong = annotations.as_map()?.values().find(no_text)?;
    Some(refused(wrong, "struct field .metadata.annotations of type string"))
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

/// Finds objects that are described more than once.
fn duplicates(objects: &[Object]) -> Vec<Warning> {
    let mut seen: BTreeMap<ObjectId, &Object> = BTreeMap::new();
    let named = objects.iter().filter(|object| !object.id.name.is_empty());
    let again = named.filter_map(|object| {
        let first = seen.insert(object.id.without_version(), object)?;
        Some(Warning::Duplicate {
            id: object.id.clone(),
            first: first.path.clone(),
            second: object.path.clone(),
        })
    });
    again.collect()
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
mod tests;
