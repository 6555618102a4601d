//! The chart in memory, whatever it was read from.

use std::sync::Arc;

use value::Value;

use crate::{ChartError, Content, Metadata};

/// One file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path relative to the root of the chart it belongs to, with `/` between the parts.
    pub name: String,
    /// Content, without a byte order mark.
    pub data: Content,
}

impl File {
    /// Makes a file out of its name and content.
    #[must_use]
    pub fn new(name: impl Into<String>, data: impl AsRef<[u8]>) -> Self {
        Self { name: name.into(), data: Content::from(data.as_ref()) }
    }

    /// Returns the content as text; bytes that are not UTF-8 become replacement characters.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        // The check of what is text throughout is much quicker than the search for what is not.
        match std::str::from_utf8(&self.data) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(&self.data),
        }
    }
}

/// A chart with everything in it, sorted as Helm sorts it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Chart.yaml, with the dependencies of requirements.yaml.
    pub metadata: Metadata,
    /// Chart.lock or requirements.lock: `generated`, `digest`, `dependencies`.
    pub lock: Option<Value>,
    /// The default values; always a map.
    pub values: Value,
    /// values.yaml as it was written, which may be empty.
    pub values_text: Option<Content>,
    /// values.schema.json as it was written.
    pub schema: Option<Content>,
    /// Files under `templates/`, in load order.
    pub templates: Arc<[File]>,
    /// Every other file that Helm offers as `.Files`, in load order.
    pub files: Arc<[File]>,
    /// The charts under `charts/`, in the order of their names there.
    pub subcharts: Vec<Self>,
}

/// A file under `crds/` of a chart or of one of its subcharts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrdFile {
    /// Path from the top chart's name: `app/crds/a.yaml`, `app/charts/sub/crds/b.yaml`.
    pub path: String,
    /// Content.
    pub data: Content,
}

impl Chart {
    /// Returns the chart's name; the alias for a resolved dependency that has one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Returns the chart's version as written.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.metadata.version
    }

    /// Returns the subchart called `name`.
    #[must_use]
    pub fn subchart(&self, name: &str) -> Option<&Self> {
        self.subcharts.iter().find(|sub| sub.name() == name)
    }

    /// Returns the files under `crds/` that Helm installs (`.yaml`, `.yml`, `.json`, in any case): the
    /// chart's own, then those of its subcharts. Called on a resolved chart, disabled subcharts have none.
    #[must_use]
    pub fn crds(&self) -> Vec<CrdFile> {
        let mut found = Vec::new();
        self.collect_crds(self.name(), &mut found);
        found
    }

    /// Fails if a file could not be read when somebody looked: what was made of the chart lacks its content.
    pub fn check_read(&self) -> Result<(), ChartError> {
        let own = self.values_text.iter().chain(&self.schema);
        let files = self.templates.iter().chain(self.files.iter()).map(|file| &file.data);
        own.chain(files).try_for_each(Content::check_read)?;
        self.subcharts.iter().try_for_each(Self::check_read)
    }

    fn collect_crds(&self, path: &str, found: &mut Vec<CrdFile>) {
        for file in self.files.iter().filter(|file| is_crd(&file.name)) {
            found.push(CrdFile { path: format!("{path}/{}", file.name), data: file.data.clone() });
        }
        for sub in &self.subcharts {
            sub.collect_crds(&format!("{path}/charts/{}", sub.name()), found);
        }
    }
}

fn is_crd(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    name.starts_with("crds/")
        && ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(name: &str, files: &[&str]) -> Chart {
        Chart {
            metadata: Metadata { name: name.into(), ..Metadata::default() },
            files: files.iter().map(|name| File::new(*name, "")).collect(),
            ..Chart::default()
        }
    }

    #[test]
    fn crds_come_own_first_then_the_subcharts() {
        let mut app =
            chart("app", &["crds/a.yaml", "crds/deep/b.YML", "crds/x.txt", "other/c.yaml"]);
        app.subcharts.push(chart("sub", &["crds/d.json"]));
        let paths: Vec<_> = app.crds().into_iter().map(|crd| crd.path).collect();
        assert_eq!(paths, ["app/crds/a.yaml", "app/crds/deep/b.YML", "app/charts/sub/crds/d.json"]);
    }
}
