//! What a person names a chart by.

use std::path::{Path, PathBuf};

use reqwest::Url;

/// A chart reference that can be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A folder or an archive on this machine.
    Path(PathBuf),
    /// An archive behind `http://` or `https://`.
    Url(Url),
}

/// A chart reference that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// An empty text.
    #[error("the chart reference is empty")]
    Empty,
    /// A path that names nothing; Helm's words.
    #[error("path {0:?} not found")]
    PathNotFound(String),
    /// A registry.
    #[error(
        "not supported yet: charts in OCI registries ({0}); give a local path or the https:// address of a .tgz"
    )]
    Oci(String),
    /// A chart of a configured repository.
    #[error(
        "not supported yet: charts of a repository by name ({0}); give a local path or the https:// address of a .tgz \
         (no file or folder of that name is here)"
    )]
    Repository(String),
    /// Another scheme.
    #[error(
        "not supported: {scheme:?} addresses; give a local path or the https:// address of a .tgz"
    )]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// An address that cannot be read; its text is left out since it may hold a password.
    #[error("the chart's address is not a valid URL: {problem}")]
    Url {
        /// Why.
        problem: String,
    },
}

impl Reference {
    /// Reads what a person typed. What exists on this machine wins over the name of a repository, as in
    /// Helm; an absolute path or one beginning with `.` is never a repository.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        Self::parse_with(text, Path::exists)
    }

    fn parse_with(text: &str, exists: impl FnOnce(&Path) -> bool) -> Result<Self, ReferenceError> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Self::parse_url(text, scheme);
        }
        let path = Path::new(text);
        if exists(path) {
            Ok(Self::Path(path.to_owned()))
        } else if path.is_absolute() || text.starts_with('.') {
            Err(ReferenceError::PathNotFound(text.to_owned()))
        } else {
            Err(ReferenceError::Repository(text.to_owned()))
        }
    }

    fn parse_url(text: &str, scheme: &str) -> Result<Self, ReferenceError> {
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Url::parse(text)
                .map(Self::Url)
                .map_err(|error| ReferenceError::Url { problem: error.to_string() }),
            "oci" => Err(ReferenceError::Oci(without_user(text))),
            other => Err(ReferenceError::Scheme { scheme: other.to_owned() }),
        }
    }
}

/// Drops `user:password@` from an address that is shown to people.
fn without_user(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, exists: bool, expected: &str) {
        let got = match Reference::parse_with(text, |_| exists) {
            Ok(Reference::Path(path)) => format!("path {}", path.display()),
            Ok(Reference::Url(url)) => format!("url {url}"),
            Err(error) => error.to_string(),
        };
        assert!(got.starts_with(expected), "{text}: {got}");
    }

    #[test]
    fn references_are_told_apart() {
        check("./app", true, "path ./app");
        check("app", true, "path app");
        check("stable/app", true, "path stable/app");
        check("./app", false, "path \"./app\" not found");
        check("/srv/app.tgz", false, "path \"/srv/app.tgz\" not found");
        check(
            "stable/app",
            false,
            "not supported yet: charts of a repository by name (stable/app)",
        );
        check("app", false, "not supported yet: charts of a repository");
        check("https://x.example/app-1.tgz", false, "url https://x.example/app-1.tgz");
        check("HTTP://x.example/a", false, "url http://x.example/a");
        check(
            "oci://me:pw@x.example/a",
            false,
            "not supported yet: charts in OCI registries (oci://x.example/a)",
        );
        check("ftp://x.example/a", false, "not supported: \"ftp\" addresses");
        check("https://", false, "the chart's address is not a valid URL: empty host");
        check("", false, "the chart reference is empty");
    }
}
