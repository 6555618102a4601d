//! What can be wrong with manifests. All findings of a text are reported together.

use std::fmt;

use value::{Position, YamlError};

/// Manifests that cannot be used, with everything that was found.
///
/// The text is one block per finding, the first line of each being Helm's own.
#[derive(Clone, Debug, PartialEq)]
pub struct ManifestError(Vec<Finding>);

impl ManifestError {
    /// Returns the findings, at least one, in the order of the text.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.0
    }

    /// Returns the error with the lines of templates that printed what is wrong: `line_of` is given the path
    /// of a template and a place in what it printed.
    #[must_use]
    pub fn traced(mut self, line_of: impl Fn(&str, Position) -> Option<usize>) -> Self {
        for finding in &mut self.0 {
            if let (Text::Rendered { printed_by }, Some(position)) =
                (&mut finding.text, finding.position)
            {
                *printed_by = line_of(&finding.path, position);
            }
        }
        self
    }

    /// Returns an error of `findings`, unless there are none.
    pub(crate) fn check(findings: Vec<Finding>) -> Result<(), Self> {
        if findings.is_empty() { Ok(()) } else { Err(Self(findings)) }
    }
}

impl From<Finding> for ManifestError {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl std::error::Error for ManifestError {}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, finding) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The template, as in `# Source:`; may be empty.
    pub path: String,
    /// Which document of the text, from one.
    pub document: usize,
    /// What kind of text it is.
    pub text: Text,
    /// Where in the text: the place at fault, or else where the document begins. `None` for objects that come
    /// from no text.
    pub position: Option<Position>,
    /// What.
    pub problem: Problem,
}

/// The text that the position of a finding counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// What a template printed.
    Rendered {
        /// The line of the template that printed it, if known.
        printed_by: Option<usize>,
    },
    /// A file that is no template.
    File,
    /// A part of a stored record.
    Stored,
}

impl Finding {
    /// Returns the finding about an object of which no text is known.
    pub(crate) fn of_object(path: &str, problem: Problem) -> Self {
        Self { path: path.to_owned(), document: 1, text: Text::Stored, position: None, problem }
    }

    fn shown_path(&self) -> &str {
        if self.path.is_empty() { "manifest" } else { &self.path }
    }

    /// Prints where to look.
    fn write_place(&self, f: &mut fmt::Formatter<'_>, position: Position) -> fmt::Result {
        let Position { line, column } = position;
        let path = self.shown_path();
        match self.text {
            Text::File => write!(f, "\n  --> {path}:{position}"),
            Text::Stored => write!(f, "\n  --> line {line}, column {column} of what is stored"),
            Text::Rendered { printed_by: None } => {
                write!(f, "\n  --> line {line}, column {column} of what {path} prints")
            }
            Text::Rendered { printed_by: Some(by) } => write!(
                f,
                "\n  --> printed by {path}:{by}, line {line}, column {column} of its output"
            ),
        }
    }
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// It is no YAML.
    Yaml {
        /// Helm's words, from `error converting YAML to JSON: ` on; its line counts within the document.
        helm: String,
        /// What and where, the position counted in the whole rendered file.
        error: Box<YamlError>,
    },
    /// It is YAML of a shape no object has; Helm's words.
    Shape {
        /// Helm's words, from `error unmarshaling JSON: ` on.
        helm: String,
    },
    /// A list, a text or a number where an object should be.
    NotAnObject {
        /// What is there instead.
        found: &'static str,
    },
    /// `kind` is missing.
    NoKind,
    /// `apiVersion` is missing.
    NoApiVersion {
        /// The kind it says it is.
        kind: String,
    },
    /// `metadata.name` is missing, and `metadata.generateName` too.
    NoName {
        /// The kind it says it is.
        kind: String,
    },
    /// Something that must be text is not.
    NotText {
        /// Which field.
        field: String,
        /// What is there instead.
        found: &'static str,
    },
    /// Both `metadata.name` and `metadata.generateName` are there.
    TwoNames,
    /// Lists nested too deep.
    TooDeep,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.shown_path();
        match &self.problem {
            problem @ (Problem::Yaml { .. } | Problem::Shape { .. }) => {
                write!(f, "YAML parse error on {path}: {problem}")?;
            }
            problem => write!(f, "{path}, document {}: {problem}", self.document)?,
        }
        let Some(position) = self.position else { return Ok(()) };
        self.write_place(f, position)?;
        if let Problem::Yaml { error, .. } = &self.problem {
            for line in error.excerpt().lines() {
                write!(f, "\n  {line}")?;
            }
        }
        match self.problem.help() {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl Problem {
    /// Returns what the person may do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::Shape { helm } if helm.contains("annotations") => {
                "annotations are a map of texts: put lists and maps in quotes"
            }
            Self::Shape { .. }
            | Self::NotAnObject { .. }
            | Self::NoKind
            | Self::NoApiVersion { .. } => {
                "a Kubernetes object is a map with apiVersion, kind and metadata.name"
            }
            Self::NoName { .. } => "add `name:` below `metadata:`",
            Self::TwoNames => "leave one of them out",
            Self::TooDeep => {
                "write the objects as documents of their own, with a line `---` between"
            }
            Self::Yaml { .. } | Self::NotText { .. } => return None,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yaml { helm, .. } | Self::Shape { helm } => f.write_str(helm),
            Self::NotAnObject { found } => write!(f, "an object is expected, this is a {found}"),
            Self::NoKind => f.write_str("kind is missing"),
            Self::NoApiVersion { kind } => write!(f, "{kind} has no apiVersion"),
            Self::NoName { kind } => {
                write!(f, "{kind} has neither metadata.name nor metadata.generateName")
            }
            Self::NotText { field, found } => {
                write!(f, "{field} must be text, this is a {found}; put it in quotes")
            }
            Self::TwoNames => {
                f.write_str("metadata.name and metadata.generateName cannot both be set")
            }
            Self::TooDeep => f.write_str("lists are nested too deep"),
        }
    }
}
