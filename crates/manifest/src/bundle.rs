//! From rendered files to what is stored and applied.
//!
//! Two steps, because Helm has two: [`documents`] splits, recognises hooks and sorts, which is all that
//! printing a chart needs; [`Documents::into_bundle`] makes objects of the documents, which fails for
//! documents that are YAML but no objects.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use value::{Position, Value};

use crate::hook::{self, Recognised};
use crate::read::File;
use crate::{
    Finding, Hook, HookEvent, ManifestError, Object, ObjectId, Part, Problem, Text, order,
};

/// What stands for a Secret that is not to be shown.
const HIDDEN: &str = "# HIDDEN: The Secret output has been suppressed";

/// A text that a template printed, by which line is not known here.
const RENDERED: Text = Text::Rendered { printed_by: None };

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
    /// Where in the rendered file it begins.
    pub position: Position,
    /// The text as rendered, leading white space cut: a part of the file.
    pub text: Part,
    /// What it says, or the head of that; null for a document of comments.
    pub(crate) value: Value,
    /// Whether `value` lacks all entries but those that say what the object is.
    pub(crate) is_head: bool,
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
pub fn documents(files: &[(String, Arc<String>)]) -> Result<Documents, ManifestError> {
    let mut files: Vec<_> = files.iter().filter(|(path, _)| !is_partial(path)).collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut found = Documents::default();
    let mut findings = Vec::new();
    for (path, text) in files {
        for read in (File { path, text, kind: RENDERED }).documents() {
            match read {
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
    documents(&shared(files))?.into_bundle()
}

fn shared(files: &[(String, String)]) -> Vec<(String, Arc<String>)> {
    files.iter().map(|(path, text)| (path.clone(), Arc::new(text.clone()))).collect()
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
            document.objects(RENDERED, &mut objects, &mut findings);
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
        format!("---\n# Source: {}\n{}\n", self.path, &*self.text)
    }

    /// Returns when a hook runs; nothing for other documents.
    #[must_use]
    pub fn events(&self) -> Vec<HookEvent> {
        match hook::recognise(&self.value) {
            Recognised::Hook(annotations) => annotations.events,
            Recognised::Object | Recognised::Unknown(_) => Vec::new(),
        }
    }

    /// Returns all that it says.
    fn whole(&self) -> Result<Value, Problem> {
        if !self.is_head || self.value.is_null() {
            return Ok(self.value.clone());
        }
        // Its head could be read, and with it was looked at whether all of it can.
        value::yaml::from_str(&self.text).map_err(|error| {
            let helm = format!("error converting YAML to JSON: {}", error.helm_text());
            Problem::Yaml { helm, error: Box::new(error.masked()) }
        })
    }

    fn is_secret(&self) -> bool {
        self.kind() == "Secret" && self.value.str_at(&["apiVersion"]) == Some("v1")
    }

    /// Takes the objects out of the document; `text` is what its position counts in.
    pub(crate) fn objects(
        &self,
        text: Text,
        objects: &mut Vec<Object>,
        findings: &mut Vec<Finding>,
    ) {
        let mut problems = Vec::new();
        match self.whole() {
            Ok(Value::Null) => {}
            Ok(value) => self.flatten(&value, 0, objects, &mut problems),
            Err(problem) => problems.push(problem),
        }
        findings.extend(problems.into_iter().map(|problem| self.finding(text, problem)));
    }

    /// Takes lists apart. As in Kubernetes whatever has `items` is a list, and items that say neither kind
    /// nor version take those of the list.
    fn flatten(
        &self,
        value: &Value,
        depth: usize,
        objects: &mut Vec<Object>,
        problems: &mut Vec<Problem>,
    ) {
        let Some(items) = value.get("items").and_then(Value::as_list) else {
            match Object::identify(value.clone(), &self.path) {
                Ok(object) => objects.push(object),
                Err(problem) => problems.push(problem),
            }
            return;
        };
        if depth == MAX_LIST_DEPTH {
            problems.push(Problem::TooDeep);
            return;
        }
        for item in items {
            self.flatten(&typed(item, value), depth + 1, objects, problems);
        }
    }

    fn into_hook(self) -> Result<Hook, Finding> {
        let annotations = match hook::recognise(&self.value) {
            Recognised::Hook(annotations) => annotations,
            Recognised::Object | Recognised::Unknown(_) => hook::Annotations::default(),
        };
        let whole = self.whole().and_then(|value| Object::identify(value, &self.path));
        let object = whole.map_err(|problem| self.finding(RENDERED, problem))?;
        Ok(Hook {
            object,
            text: self.text.to_string(),
            events: annotations.events,
            weight: annotations.weight,
            delete_policies: annotations.delete_policies,
            log_policies: annotations.log_policies,
        })
    }

    fn finding(&self, text: Text, problem: Problem) -> Finding {
        let (path, position) = (self.path.clone(), Some(self.position));
        Finding { path, document: self.number, text, position, problem }
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

#[cfg(test)]
mod tests;
