//! The one error of the command line: what a person reads when something fails.
//!
//! Libraries have their own errors; commands turn them into a [`CliError`], whose first line is the
//! text that Helm prints (scripts match on it), and which carries what helps a person: the text at
//! fault, the object, the call, and what to do next. Every error ends the program with code 1, as
//! Helm 4.3 does.

use std::error::Error;
use std::fmt;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command line itself is wrong.
    Usage,
    /// A chart, values or template is wrong; the cluster was not changed.
    Input,
    /// The cluster, or what is stored in it, does not allow it.
    Cluster,
    /// Nothing failed: what was compared differs, and somebody asked for an exit code that says so.
    Differences,
    /// The reader of our output went away; nothing is reported.
    ClosedPipe,
}

/// Something that backs the message: printed below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// A piece of text with a mark under the place at fault.
    Excerpt {
        /// Where it stands: `file:line:column`.
        place: String,
        /// The line, and a second one with a caret.
        text: String,
    },
    /// Lines that explain themselves, such as the way through a chart's templates.
    Block {
        /// The lines.
        text: String,
    },
    /// A named fact, such as the object or the call to the API.
    Fact {
        /// What it is, one word.
        label: &'static str,
        /// The fact.
        text: String,
    },
}

/// A failure, ready for people.
#[derive(Debug)]
pub(crate) struct CliError {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: Kind,
    text: String,
    details: Vec<Detail>,
    hints: Vec<String>,
}

impl CliError {
    /// Returns a failure with the given first line.
    pub(crate) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                text: text.into(),
                details: Vec::new(),
                hints: Vec::new(),
            }),
        }
    }

    /// Returns a failure whose first line is `error` and its causes, joined by `: `.
    pub(crate) fn caused(kind: Kind, error: &(dyn Error + 'static)) -> Self {
        Self::new(kind, chain(error))
    }

    /// Returns a mistake in the command line.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Kind::Usage, text)
    }

    /// Returns a mistake in what was handed in.
    pub(crate) fn input(text: impl Into<String>) -> Self {
        Self::new(Kind::Input, text)
    }

    /// Puts `prefix: ` in front of the first line.
    #[must_use]
    pub(crate) fn prefixed(mut self, prefix: &str) -> Self {
        self.inner.text = format!("{prefix}: {}", self.inner.text);
        self
    }

    /// Puts more of Helm's text behind the first line.
    #[must_use]
    pub(crate) fn suffixed(mut self, suffix: &str) -> Self {
        self.inner.text.push_str(suffix);
        self
    }

    /// Adds lines that are shown as they are.
    #[must_use]
    pub(crate) fn block(mut self, text: impl Into<String>) -> Self {
        self.inner.details.push(Detail::Block { text: text.into() });
        self
    }

    /// Adds a piece of text with a mark.
    #[must_use]
    pub(crate) fn excerpt(mut self, place: impl Into<String>, text: impl Into<String>) -> Self {
        self.inner.details.push(Detail::Excerpt { place: place.into(), text: text.into() });
        self
    }

    /// Adds a named fact.
    #[must_use]
    pub(crate) fn fact(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.inner.details.push(Detail::Fact { label, text: text.into() });
        self
    }

    /// Adds a next step.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !self.inner.hints.contains(&hint) {
            self.inner.hints.push(hint);
        }
        self
    }

    /// Returns what kind of failure it is.
    pub(crate) fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Returns the first line, without `Error: `; where Helm's text has more, the whole of it.
    pub(crate) fn text(&self) -> &str {
        &self.inner.text
    }

    /// Returns what backs the message.
    pub(crate) fn details(&self) -> &[Detail] {
        &self.inner.details
    }

    /// Returns the next steps.
    pub(crate) fn hints(&self) -> &[String] {
        &self.inner.hints
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.text)
    }
}

/// Returns the texts of `error` and its causes, joined by `: ` as Go's wrapped errors read; a cause
/// that the text before it ends with already is not repeated.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

/// Returns a failure of reading or writing a file in Go's words: `open FILE: no such file or directory`.
pub(crate) fn file_error(verb: &str, path: &str, error: &std::io::Error) -> CliError {
    CliError::input(file_error_text(verb, path, error))
}

/// Returns what Go says about a failure of reading or writing a file.
pub(crate) fn file_error_text(verb: &str, path: &str, error: &std::io::Error) -> String {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => return format!("read {path}: is a directory"),
        _ => error.to_string(),
    };
    format!("{verb} {path}: {why}")
}

#[cfg(test)]
mod tests {
    use super::{CliError, Kind, chain, file_error_text};

    #[derive(Debug, thiserror::Error)]
    #[error("reading the chart")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn causes_are_joined_by_colons() {
        let error = Outer(std::io::Error::other("broken"));
        assert_eq!(chain(&error), "reading the chart: broken");
        let error = CliError::caused(Kind::Input, &error).prefixed("INSTALLATION FAILED");
        assert_eq!(error.to_string(), "INSTALLATION FAILED: reading the chart: broken");
    }

    #[test]
    fn file_errors_read_as_in_go() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        assert_eq!(
            file_error_text("open", "a.yaml", &missing),
            "open a.yaml: no such file or directory"
        );
        let folder = std::io::Error::from(std::io::ErrorKind::IsADirectory);
        assert_eq!(file_error_text("open", "dir", &folder), "read dir: is a directory");
    }
}
