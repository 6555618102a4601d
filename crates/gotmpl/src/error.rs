//! Why a template could not be read or executed: Go's text, and beside it what Go does not tell.

use std::fmt;
use std::sync::Arc;

use crate::quote::quote;
use crate::span::Span;
use crate::value::Value;

/// Why a template could not be parsed or executed.
///
/// `Display` is the text of Go 1.26, which names its causes itself (`…: error calling include: …`); that is
/// why [`std::error::Error::source`] is empty and the cause is reached through [`Error::cause`].
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    place: Option<Place>,
    message: String,
    cause: Option<CallError>,
    trace: Vec<Call>,
    scene: Option<Scene>,
}

/// What went wrong, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is no template.
    Parse,
    /// Execution failed.
    Execute,
    /// There is no template of that name.
    Missing,
    /// A bound of the host was reached.
    Limit(Limit),
}

/// A bound that the host has set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`crate::Limits::steps`]
    Steps,
    /// [`crate::Limits::output`], which also bounds each text that is made on the way.
    Output,
    /// [`crate::Limits::memory`]
    Memory,
    /// [`crate::Limits::depth`]
    Depth,
    /// [`crate::Limits::stack`]
    Stack,
}

/// Where it went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the file that was parsed.
    pub file: Arc<str>,
    /// The template that was executed, for a parse error the file.
    pub template: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in bytes, counted from 0; `None` for parse errors, of which Go knows only the line.
    pub column: Option<u32>,
    /// The offset that Go reports, as an empty span where the end is not known.
    pub span: Span,
    /// The node as Go prints it; empty for parse errors.
    pub context: String,
    /// The text of the whole file.
    pub text: Arc<[u8]>,
    /// The offset of the action that opens the block whose end is missing.
    pub opened: Option<u32>,
}

/// What a template saw where it went wrong.
#[derive(Clone)]
pub struct Scene {
    /// `.`
    pub dot: Value,
    /// The variables of the template by their names, `$` among them; those left out whose name stands for
    /// several.
    pub variables: Vec<(Arc<str>, Value)>,
}

/// A call of a template on the way to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The template that was called.
    pub template: Arc<str>,
    /// The file that the call stands in; `None` for the first template.
    pub file: Option<Arc<str>>,
    /// The line of the call, counted from 1.
    pub line: u32,
    /// The column of the call in bytes, counted from 0.
    pub column: u32,
}

/// Why a function refused its arguments or failed.
#[derive(Clone)]
#[non_exhaustive]
pub enum CallError {
    /// In words.
    Text(String),
    /// A template that the function executed failed.
    Template(Error),
    /// A template that the function parsed or executed failed, with words of the host before that.
    Within(String, Error),
    /// An error of the host, which it may find again with `downcast_ref`.
    Host(Arc<dyn std::error::Error + Send + Sync>),
    /// The function ran into a bound.
    Limit(Limit),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, place: Option<Place>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Inner { kind, place, message, cause: None, trace: Vec::new(), scene: None }))
    }

    pub(crate) fn with_cause(mut self, cause: CallError) -> Self {
        self.0.cause = Some(cause);
        self
    }

    pub(crate) fn with_trace(mut self, trace: Vec<Call>) -> Self {
        self.0.trace = trace;
        self
    }

    /// Adds what the template saw, unless that is known from further inside.
    pub(crate) fn with_scene(mut self, scene: impl FnOnce() -> Scene) -> Self {
        let inner = self.0.cause.as_ref().and_then(CallError::executed);
        if self.0.scene.is_none() && inner.is_none() {
            self.0.scene = Some(scene());
        }
        self
    }

    /// Returns what went wrong, roughly.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns where it went wrong, as far as known.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// Returns the message without place and cause.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns why the function that this error is about failed.
    #[must_use]
    pub fn cause(&self) -> Option<&CallError> {
        self.0.cause.as_ref()
    }

    /// Returns the calls of templates that led here, the outermost first. Only one error of a chain has them:
    /// see [`Error::located`].
    #[must_use]
    pub fn trace(&self) -> &[Call] {
        &self.0.trace
    }

    /// Returns what the template saw where it went wrong. Only one error of a chain has it: see
    /// [`Error::located`].
    #[must_use]
    pub fn scene(&self) -> Option<&Scene> {
        self.0.scene.as_ref()
    }

    /// Returns the innermost template error: where things really went wrong.
    #[must_use]
    pub fn innermost(&self) -> &Self {
        let mut error = self;
        while let Some(CallError::Template(inner) | CallError::Within(_, inner)) = error.cause() {
            error = inner;
        }
        error
    }

    /// Returns the innermost error of a template that was executed: those of a template that is missing or
    /// that cannot be parsed come after that.
    #[must_use]
    pub fn located(&self) -> &Self {
        let mut error = self;
        while let Some(inner) = error.cause().and_then(CallError::executed) {
            error = inner;
        }
        error
    }

    /// Returns the bound that was reached, here or in a template that a function executed.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        let inner = self.innermost();
        match (inner.kind(), inner.cause()) {
            (ErrorKind::Limit(limit), _) => Some(limit),
            (_, Some(CallError::Limit(limit))) => Some(*limit),
            _ => None,
        }
    }
}

impl Drop for Inner {
    /// Takes a long chain of causes apart one by one: dropping it as a whole would nest as deeply.
    fn drop(&mut self) {
        let mut next = self.cause.take();
        while let Some(CallError::Template(mut error) | CallError::Within(_, mut error)) = next {
            next = error.0.cause.take();
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut error = self;
        loop {
            error.write_head(f)?;
            match error.cause() {
                None => return Ok(()),
                Some(CallError::Template(inner)) => {
                    f.write_str(": ")?;
                    error = inner;
                }
                Some(CallError::Within(text, inner)) => {
                    write!(f, ": {text}: ")?;
                    error = inner;
                }
                Some(cause) => return write!(f, ": {cause}"),
            }
        }
    }
}

impl Error {
    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("template: ")?;
        if let Some(place) = &self.0.place {
            write!(f, "{}:{}", place.file, place.line)?;
            if let Some(column) = place.column {
                let template = quote(place.template.as_bytes());
                write!(f, ":{column}: executing {template} at <{}>", place.context)?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} error: {self}", self.kind())
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "the template takes too many steps",
            Self::Output => "the template prints too much",
            Self::Memory => "the template keeps too much in memory",
            Self::Depth => "templates call each other too deeply",
            Self::Stack => "the template is nested too deeply",
        })
    }
}

impl CallError {
    /// Returns the error of a template that was executed, which knows the way there.
    pub(crate) fn executed(&self) -> Option<&Error> {
        let (Self::Template(error) | Self::Within(_, error)) = self else { return None };
        let is_executed = error.place().is_some() && error.kind() != ErrorKind::Parse;
        is_executed.then_some(error)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Template(error) => write!(f, "{error}"),
            Self::Within(text, error) => write!(f, "{text}: {error}"),
            Self::Host(error) => write!(f, "{error}"),
            Self::Limit(limit) => write!(f, "{limit}"),
        }
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<String> for CallError {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for CallError {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        Self::Template(error)
    }
}

impl From<Limit> for CallError {
    fn from(limit: Limit) -> Self {
        Self::Limit(limit)
    }
}
