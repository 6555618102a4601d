//! Charts on disk: the only file access of this crate.

use std::path::Path;

use crate::{Chart, ChartError, ChartErrorKind};

/// Loads the chart at `path`: a folder, or a `.tgz`.
pub fn load(path: &Path) -> Result<Chart, ChartError> {
    Err(ChartErrorKind::PathNotFound {
        path: path.display().to_string(),
    }
    .into())
}
