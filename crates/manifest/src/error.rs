//! What can be wrong with manifests. All findings of a text are reported together.

use std::fmt;

use value::YamlError;

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
    /// Which document of the rendered file, from one.
    pub document: usize,
    /// What.
    pub problem: Problem,
}

impl Finding {
    pub(crate) fn new(path: &str, document: usize, problem: Problem) -> Self {
        Self { path: path.to_owned(), document, problem }
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
        let path = if self.path.is_empty() { "manifest" } else { &self.path };
        match &self.problem {
            Problem::Yaml { helm, error } => {
                write!(f, "YAML parse error on {path}: {helm}\n  --> {path}:{}", error.position)?;
                for line in error.excerpt().lines() {
                    write!(f, "\n  {line}")?;
                }
                Ok(())
            }
            Problem::Shape { helm } => write!(f, "YAML parse error on {path}: {helm}"),
            problem => write!(f, "{path}, document {}: {problem}", self.document),
        }
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
