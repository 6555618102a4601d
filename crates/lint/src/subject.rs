//! The chart that is looked at.

use std::sync::Arc;

use chart::{Chart, ChartError, File};

/// A chart with what stands in its folder, which is looked at also where the chart cannot be loaded.
#[derive(Debug)]
pub struct Subject {
    /// The folder of the chart, as messages name it: an absolute path.
    pub path: String,
    /// `Chart.yaml`.
    pub chart_yaml: Entry,
    /// `values.yaml`, ignored by `.helmignore` or not.
    pub values: Entry,
    /// `values.schema.json`, likewise.
    pub schema: Entry,
    /// The folder `templates`.
    pub templates: Entry,
    /// The folder `crds`.
    pub crds: Entry,
    /// The chart, of whatever generation ([`chart::load_draft`]), or why it cannot be loaded.
    pub chart: Result<Chart, ChartError>,
}

/// What stands under one name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    Missing,
    /// A folder.
    Folder,
    /// A file with its content.
    File(Arc<[u8]>),
    /// Something that cannot be read; why, in Go's words.
    Unreadable(String),
}

impl Subject {
    /// Makes a subject of the files of an archive, as if they were unpacked to the folder `path`.
    #[must_use]
    pub fn of_files(path: impl Into<String>, files: Vec<File>) -> Self {
        let entry = |name: &str| {
            let below = |file: &File| {
                file.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
            };
            match files.iter().find(|file| file.name == name) {
                Some(file) => Entry::File(file.data.shared()),
                None if files.iter().any(below) => Entry::Folder,
                None => Entry::Missing,
            }
        };
        Self {
            path: path.into(),
            chart_yaml: entry("Chart.yaml"),
            values: entry("values.yaml"),
            schema: entry("values.schema.json"),
            templates: entry("templates"),
            crds: entry("crds"),
            chart: chart::load_draft_files(files),
        }
    }

    /// Returns the content of the file `name` of the folder, or why it cannot be read, in Go's words.
    pub(crate) fn content<'e>(&self, name: &str, entry: &'e Entry) -> Result<&'e [u8], String> {
        let path = format!("{}/{name}", self.path);
        match entry {
            Entry::File(data) => Ok(data),
            Entry::Folder => Err(format!("read {path}: is a directory")),
            Entry::Missing => Err(format!("open {path}: no such file or directory")),
            Entry::Unreadable(why) => Err(why.clone()),
        }
    }
}
