//! Why a chart cannot be rendered.

use std::fmt;
use std::sync::Arc;

use chart::{ChartError, OrderError, SchemaError};
use manifest::ManifestError;

use crate::postrender::PostRenderError;

/// A chart that cannot be rendered with these values for this target. Texts are Helm's 4.3.1 where Helm
/// has one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The chart only serves others.
    #[error("library charts are not installable")]
    Library,
    /// The chart's dependencies cannot be settled.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// The chart is not made for this version of Kubernetes.
    #[error(
        "chart requires kubeVersion: {constraint} which is incompatible with Kubernetes {version}"
    )]
    KubeVersion {
        /// What the chart asks for.
        constraint: String,
        /// What the cluster is.
        version: String,
    },
    /// The values are not what the chart's schema expects.
    #[error("{error}")]
    Schema {
        /// What is wrong.
        error: SchemaError,
        /// Sentences about who set the values at fault; no value is in them.
        notes: Vec<String>,
    },
    /// A template cannot be read or rendered.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// What the templates print is not what Kubernetes reads.
    #[error("{source}{printed_by}")]
    Manifest {
        /// What is wrong.
        source: ManifestError,
        /// What in the templates printed it, as far as `source` does not say so itself: more lines, each with
        /// its line end before it, or nothing.
        printed_by: String,
        /// What each template printed, in ascending order of path; notes left out.
        files: Files,
    },
    /// The post-renderer failed, or made no manifests.
    #[error(transparent)]
    PostRender(PostRenderError),
    /// A file of `crds/` cannot be read.
    #[error("reading {path}")]
    Crd {
        /// The file, as in `# Source:`.
        path: String,
        /// Why.
        #[source]
        source: ManifestError,
    },
    /// The order that the charts ask for among themselves cannot be kept.
    #[error(transparent)]
    Order(#[from] OrderError),
}

impl RenderError {
    /// Returns the text with no value in it, for logs and status. Texts about schemas, about templates that
    /// failed and about what they print may hold values, all others are such already.
    #[must_use]
    pub fn without_values(&self) -> String {
        match self {
            Self::Schema { error, .. } => error.without_values(),
            Self::Template(error) => error.without_values().to_owned(),
            // Below the first line is what templates printed.
            Self::Manifest { source, .. } | Self::Crd { source, .. } => {
                source.to_string().lines().next().unwrap_or_default().to_owned()
            }
            other => other.to_string(),
        }
    }
}

/// What templates printed, of which nobody knows whether it holds Secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Files(pub Vec<(String, Arc<String>)>);

/// Shows which templates there are and not what they printed.
impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(path, _)| path)).finish()
    }
}

/// A template that cannot be read or rendered, by whatever engine.
///
/// The first line is `path:line:column: what`; below it the line at fault with a caret, the partials on
/// the way there, and a suggestion, where there are such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    message: String,
    details: String,
    /// The text without values, if the message may hold some.
    public: Option<String>,
}

impl TemplateError {
    pub(crate) fn new(message: String, details: String) -> Self {
        Self { message, details, public: None }
    }

    /// Returns the error with a text that has no value in it.
    pub(crate) fn with_public(self, public: String) -> Self {
        Self { public: Some(public), ..self }
    }

    /// Returns what can be said without values: the whole first line, or where and what kind of failure.
    #[must_use]
    pub fn without_values(&self) -> &str {
        self.public.as_deref().unwrap_or(&self.message)
    }

    /// Returns the first line: where and what.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the other lines, without a final newline; may be empty.
    #[must_use]
    pub fn details(&self) -> &str {
        &self.details
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for line in self.details.lines() {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for TemplateError {}

impl From<hbs::TemplateError> for TemplateError {
    fn from(error: hbs::TemplateError) -> Self {
        Self::new(error.to_string(), error.details())
    }
}
