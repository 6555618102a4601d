//! Charts of other people: installed, upgraded, rolled back, tested and uninstalled, with waiting; nothing is left
//! then but what the chart keeps on purpose.
//!
//! They are no part of this repository. A folder beside it, `../shared/charts`, has them on machines that do.

mod course;
mod leftovers;
mod prepare;
mod table;

use std::path::{Path, PathBuf};

pub use course::{Report, Step, run};
pub use table::Entry;

/// The folder with the charts, if this machine has it.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/charts/charts");
    folder.is_dir().then_some(folder)
}

/// All charts that are tried, in order.
#[must_use]
pub fn all() -> &'static [Entry] {
    table::TABLE
}
