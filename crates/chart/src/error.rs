//! What can be wrong with a chart.

use std::fmt;

use value::{Position, YamlError};

/// A chart that cannot be read or resolved.
///
/// Displays Helm's message where Helm has one. Where a text is at fault, [`ChartError::detail`] has
/// the place and the line; [`ChartError::hint`] may say what to do.
pub struct ChartError(Box<Inner>);

struct Inner {
    kind: ChartErrorKind,
    detail: Option<Detail>,
    hint: Option<String>,
}

/// The place in a chart's file that is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Path of the file from the chart's root, such as `charts/sub/values.yaml`.
    pub file: String,
    /// Line and column, if known.
    pub position: Option<Position>,
    /// The line at fault with a caret below it; may be empty.
    pub excerpt: String,
}

/// The kinds of [`ChartError`]; the texts are Helm's of version 4.3 unless noted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChartErrorKind {
    /// A path that names nothing.
    #[error("path {path:?} not found")]
    PathNotFound {
        /// The path as given.
        path: String,
    },
    /// A folder without Chart.yaml.
    #[error("unable to detect chart at {path}: open {path}: no such file or directory")]
    NoChartThere {
        /// Path of the missing Chart.yaml.
        path: String,
    },
    /// A file or folder that cannot be read.
    #[error("reading {path}")]
    Io {
        /// The path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A socket, device or the like in the folder.
    #[error("cannot load irregular file {path} as it has file mode type bits set")]
    Irregular {
        /// The path.
        path: String,
    },
    /// A link that leads back to a folder above it (our own refusal).
    #[error("following symbolic link {path}: it leads back to a folder above it")]
    LinkLoop {
        /// The path.
        path: String,
    },
    /// `.helmignore` with a rule that cannot be used.
    #[error("{problem}")]
    Ignore {
        /// Helm's words.
        problem: &'static str,
    },
    /// A YAML file given as a chart.
    #[error("file '{path}' seems to be a YAML file, but expected a gzipped archive")]
    YamlNotArchive {
        /// The path.
        path: String,
    },
    /// Content that is not gzip.
    #[error("file '{path}' does not appear to be a gzipped archive; got '{mime}'")]
    NotGzip {
        /// What was read.
        path: String,
        /// What the content looks like.
        mime: &'static str,
    },
    /// Bytes that are no gzip, where no file name is known.
    #[error("gzip: invalid header")]
    BadHeader,
    /// An archive that ends too early or whose checksum is wrong (our own text).
    #[error("unpacking the chart archive: it is cut short or damaged")]
    Damaged {
        /// What the reader found.
        #[source]
        source: std::io::Error,
    },
    /// An entry whose path is not allowed in an archive.
    #[error("{problem}")]
    IllegalPath {
        /// Helm's words.
        problem: String,
    },
    /// A link, device or pipe in an archive (our own refusal: Helm reads them as empty files).
    #[error("chart archive contains {what} {name:?}, only regular files are allowed")]
    NotAFile {
        /// Name of the entry.
        name: String,
        /// What it is, with article.
        what: &'static str,
    },
    /// Chart.yaml twice in one archive (our own refusal).
    #[error("chart archive contains {name} more than once")]
    Duplicate {
        /// The file.
        name: String,
    },
    /// An archive without files.
    #[error("no files in chart archive")]
    Empty,
    /// More bytes than allowed.
    #[error("decompressed chart is larger than the maximum size {limit}")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Another bound is exceeded (our own).
    #[error("{what} exceeds the limit of {limit}")]
    Limit {
        /// What is too much.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// No Chart.yaml among the files.
    #[error("Chart.yaml file is missing")]
    MissingChartYaml,
    /// A chart of a generation that cannot be installed.
    #[error("{0}")]
    ApiVersion(&'static str),
    /// A file that is not good YAML; [`ChartError::detail`] has the place.
    #[error("cannot load {file}: {step}error converting YAML to JSON: {}", problem.helm_text())]
    Yaml {
        /// The file.
        file: String,
        /// `cannot unmarshal yaml document: ` for values, or empty.
        step: &'static str,
        /// What the YAML reader says.
        problem: YamlError,
    },
    /// A file whose content has the wrong shape.
    #[error("cannot load {file}: {problem}")]
    Shape {
        /// The file.
        file: String,
        /// What is wrong, in the words of Go's decoder.
        problem: String,
    },
    /// Metadata that breaks a rule.
    #[error("validation: {problem}")]
    Invalid {
        /// The rule.
        problem: String,
    },
    /// A subchart that cannot be read.
    #[error("error unpacking subchart {name} in {parent}")]
    Subchart {
        /// Its name under `charts/`.
        name: String,
        /// The chart it belongs to.
        parent: String,
        /// What is wrong with it.
        #[source]
        source: ChartError,
    },
    /// Declared dependencies that are not there.
    #[error(
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch \
         missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}", names.join(", ")
    )]
    MissingDependencies {
        /// Their names.
        names: Vec<String>,
    },
    /// Values for a subchart that are not a map. Helm prints the value itself here.
    #[error("{prefix}type mismatch on {key}: a {found}, not a map")]
    TypeMismatch {
        /// `chart dependencies processing failed: ` where Chart.yaml declares dependencies, or empty.
        prefix: &'static str,
        /// The subchart.
        key: String,
        /// What stands there instead of a map.
        found: &'static str,
        /// The same as Helm shows it.
        shown: crate::Shown,
    },
}

impl ChartError {
    /// Returns what is wrong.
    #[must_use]
    pub fn kind(&self) -> &ChartErrorKind {
        &self.0.kind
    }

    /// Returns the place in a file that is at fault, also from within a subchart.
    #[must_use]
    pub fn detail(&self) -> Option<&Detail> {
        self.0.detail.as_ref()
    }

    /// Returns what the person may do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref().or_else(|| self.0.kind.hint())
    }

    pub(crate) fn with_detail(mut self, detail: Detail) -> Self {
        self.0.detail = Some(detail);
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Wraps the failure of a subchart, keeping place and hint.
    pub(crate) fn in_subchart(self, name: &str, parent: &str) -> Self {
        let detail = self
            .detail()
            .cloned()
            .map(|detail| Detail { file: format!("charts/{name}/{}", detail.file), ..detail });
        let hint = self.hint().map(str::to_owned);
        let kind = ChartErrorKind::Subchart {
            name: name.to_owned(),
            parent: parent.to_owned(),
            source: self,
        };
        Self(Box::new(Inner { kind, detail, hint }))
    }
}

impl ChartErrorKind {
    /// Returns what the person may do about an error of this kind.
    fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoChartThere { .. } => {
                "a chart is a folder with a Chart.yaml in it, or a .tgz made from one"
            }
            Self::YamlNotArchive { .. } | Self::NotGzip { .. } | Self::BadHeader => {
                "a chart is given as a folder or as a .tgz archive of one"
            }
            Self::Damaged { .. } => "fetch or package the archive again",
            Self::NotAFile { .. } => {
                "put the file itself in the place of the link and package the chart again"
            }
            Self::Empty | Self::MissingChartYaml => {
                "a chart archive holds one folder with a Chart.yaml in it: `tar tzf` shows what is in this one"
            }
            Self::Duplicate { .. } => "an archive holds one chart: package it again",
            Self::Limit { what: RATIO, .. } => {
                "it unpacks to many times its size, as archives do that are made to fill the memory"
            }
            Self::TooLarge { .. } | Self::Limit { .. } => {
                "leave what is no part of the chart out by .helmignore and package it again"
            }
            Self::Shape { problem, .. } if is_no_map(problem) => {
                "the file must be a map: lines such as `key: value`"
            }
            Self::ApiVersion(_) => "Chart.yaml must say `apiVersion: v2`",
            Self::Irregular { .. } => {
                "a chart consists of files and folders: take it out, or name it in .helmignore"
            }
            Self::LinkLoop { .. } => "remove the link, or name it in .helmignore",
            _ => return None,
        })
    }
}

/// Whether Go's decoder says that a whole file is no map.
fn is_no_map(problem: &str) -> bool {
    problem.ends_with("Go value of type map[string]interface {}")
        || problem.ends_with("Go value of type v2.Metadata")
}

/// What [`ChartErrorKind::Limit`] calls how much bigger an archive may get by unpacking.
pub(crate) const RATIO: &str = "the ratio of decompression";

impl From<ChartErrorKind> for ChartError {
    fn from(kind: ChartErrorKind) -> Self {
        let detail = match &kind {
            ChartErrorKind::Yaml { file, problem, .. } => Some(Detail {
                file: file.clone(),
                position: Some(problem.position),
                excerpt: problem.excerpt(),
            }),
            _ => None,
        };
        Self(Box::new(Inner { kind, detail, hint: None }))
    }
}

impl fmt::Debug for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChartError")
            .field("kind", &self.0.kind)
            .field("detail", &self.0.detail)
            .field("hint", &self.0.hint)
            .finish()
    }
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.kind.fmt(f)
    }
}

impl std::error::Error for ChartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.kind.source()
    }
}
