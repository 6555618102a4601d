//! What a rule objects to.

use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Breaks with a convention, will probably work.
    Warning,
    /// Will probably not work.
    Error,
}

impl Severity {
    /// Returns `INFO`, `WARNING` or `ERROR`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// An objection to a chart. Displays Helm's line for it, which may be several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: a file or folder of the chart, the folder of the chart itself where it is about
    /// dependencies, or nothing where the chart cannot be loaded.
    pub path: String,
    /// What is wrong, in Helm's words.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}: {}", self.severity.as_str(), self.path, self.message)
    }
}

/// Takes findings of one path.
pub(crate) struct Findings<'a> {
    path: &'a str,
    list: &'a mut Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(crate) const fn of(path: &'a str, list: &'a mut Vec<Finding>) -> Self {
        Self { path, list }
    }

    pub(crate) fn error(&mut self, message: impl Into<String>) {
        self.add(Severity::Error, message.into());
    }

    pub(crate) fn warning(&mut self, message: impl Into<String>) {
        self.add(Severity::Warning, message.into());
    }

    pub(crate) fn info(&mut self, message: impl Into<String>) {
        self.add(Severity::Info, message.into());
    }

    fn add(&mut self, severity: Severity, message: String) {
        self.list.push(Finding { severity, path: self.path.to_owned(), message });
    }
}
