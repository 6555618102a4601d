//! The files of a chart that its templates can read.

use std::collections::BTreeMap;
use std::sync::Arc;

use chart::Chart;

/// Paths and contents.
pub(crate) type Files = Arc<BTreeMap<String, Arc<[u8]>>>;

/// Returns the files of `chart` that are neither templates, values nor metadata.
pub(crate) fn files_of(chart: &Chart) -> Files {
    let files = chart.files.iter().map(|file| (file.name.clone(), file.data.shared()));
    Arc::new(files.collect())
}
