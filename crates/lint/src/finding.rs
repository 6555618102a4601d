//! What a rule objects to.

use std::fmt;

use chart::ChartError;

use crate::chain;

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
    /// Lines that help a person: the text at fault, what to do about it. Often empty.
    pub details: String,
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

    /// Adds why a chart cannot be loaded.
    pub(crate) fn unloadable(&mut self, start: &str, error: &ChartError) {
        self.error(format!("{start}{}", chain(error)));
        let mut details = String::new();
        if let Some(detail) = error.detail().filter(|detail| !detail.excerpt.is_empty()) {
            let place = detail.position.map(|at| format!(":{at}")).unwrap_or_default();
            details = format!("--> {}{place}\n{}\n", detail.file, detail.excerpt);
        }
        if let Some(hint) = error.hint() {
            details = format!("{details}help: {hint}");
        }
        self.explain(&details);
    }

    /// Adds lines that help a person to the last finding.
    pub(crate) fn explain(&mut self, details: &str) {
        if let Some(last) = self.list.last_mut() {
            details.trim_end().clone_into(&mut last.details);
        }
    }

    pub(crate) fn warning(&mut self, message: impl Into<String>) {
        self.add(Severity::Warning, message.into());
    }

    pub(crate) fn info(&mut self, message: impl Into<String>) {
        self.add(Severity::Info, message.into());
    }

    fn add(&mut self, severity: Severity, message: String) {
        let (path, details) = (self.path.to_owned(), String::new());
        self.list.push(Finding { severity, path, message, details });
    }
}
