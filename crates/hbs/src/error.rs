//! What is wrong with a template, and where.

use std::fmt;
use std::sync::Arc;

use value::Position;

use crate::Source;
use crate::locate::locate;
use crate::tree::At;

/// A template that cannot be read or rendered. Displays one line, `path:line:column: what`;
/// [`TemplateError::details`] has the rest for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError(Box<Record>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    path: Arc<str>,
    position: Option<Position>,
    message: String,
    help: Option<String>,
    line: String,
    trace: Vec<Frame>,
}

/// A step on the way to the place of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What happened there, such as `partial labels`.
    pub what: String,
    /// The file.
    pub path: Arc<str>,
    /// The place in it.
    pub position: Position,
}

impl TemplateError {
    /// Returns the path of the template.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns the place in it.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.0.position
    }

    /// Returns what is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns what to try instead, such as `did you mean "replicas"?`.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Returns the way there, innermost first: partials and their callers.
    #[must_use]
    pub fn trace(&self) -> &[Frame] {
        &self.0.trace
    }

    /// Returns the line at fault with a caret below the column; empty when no line is known.
    #[must_use]
    pub fn excerpt(&self) -> String {
        self.0.position.map(|position| position.excerpt(&self.0.line)).unwrap_or_default()
    }

    /// Returns excerpt, way there and help, several lines without a final newline.
    #[must_use]
    pub fn details(&self) -> String {
        let mut parts = Vec::new();
        let excerpt = self.excerpt();
        if !excerpt.is_empty() {
            parts.push(excerpt);
        }
        for frame in &self.0.trace {
            parts.push(format!("in {}, called at {}:{}", frame.what, frame.path, frame.position));
        }
        if let Some(help) = &self.0.help {
            parts.push(format!("help: {help}"));
        }
        parts.join("\n")
    }

    /// Returns the error without what it quotes of the text, for a text that may hold a secret.
    pub(crate) fn masked(mut self) -> Self {
        if !self.0.line.is_empty() {
            value::MASK.clone_into(&mut self.0.line);
        }
        if let Some(quoted) = self.0.message.find(" near ") {
            self.0.message.truncate(quoted);
        }
        self
    }

    /// Returns the error for a position that the parser found.
    pub(crate) fn at(source: &Source, position: Option<Position>, message: String) -> Self {
        let line = position
            .and_then(|position| source.text.lines().nth(position.line.saturating_sub(1)))
            .unwrap_or_default();
        Self(Box::new(Record {
            path: Arc::clone(&source.path),
            position,
            message,
            help: None,
            line: line.chars().take(LINE).collect(),
            trace: Vec::new(),
        }))
    }

    /// Returns the error for a fault of the tag at `at`.
    pub(crate) fn of(source: &Source, at: At, fault: Fault) -> Self {
        let position = locate(&source.text, at, fault.token.as_deref());
        let mut error = Self::at(source, Some(position), fault.message);
        error.0.help = fault.help;
        error
    }

    pub(crate) fn unknown_template(path: &str) -> Self {
        Self::at(&Source::new(path, "", ""), None, "there is no such template".to_owned())
    }

    /// Returns the error with one more step of the way there.
    pub(crate) fn through(mut self, what: String, source: &Source, at: At) -> Self {
        if self.0.trace.len() < TRACE {
            let position = locate(&source.text, at, None);
            self.0.trace.push(Frame { what, path: Arc::clone(&source.path), position });
        }
        self
    }
}

/// So many characters of a line are shown.
const LINE: usize = 200;

/// So many steps of the way are told.
const TRACE: usize = 16;

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.position {
            Some(position) => write!(f, "{}:{position}: {}", self.0.path, self.0.message),
            None => write!(f, "{}: {}", self.0.path, self.0.message),
        }
    }
}

impl std::error::Error for TemplateError {}

/// What is wrong with a tag, before it is known in which file it stands.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    /// The text in the tag that is at fault.
    pub(crate) token: Option<Arc<str>>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, token: None }
    }

    pub(crate) fn with_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Names the text at fault, unless a part of it is already named.
    pub(crate) fn about(mut self, token: &Arc<str>) -> Self {
        self.token.get_or_insert_with(|| Arc::clone(token));
        self
    }
}

/// Returns the question that suggests the nearest of some names.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    funcs::nearest(name, candidates).map(|near| format!("did you mean \"{near}\"?"))
}
