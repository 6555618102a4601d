//! Sorting a chart's files into the chart, and its subcharts' files into theirs.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::RandomState;
use value::Value;

use crate::chartfile::Chartfile;
use crate::ignore::Rules;
use crate::limits::Budget;
use crate::{Chart, ChartError, ChartErrorKind, Content, File, Limits, archive, lock, values};

/// Makes a chart out of its files, named relative to its root; archives under `charts/` are unpacked in
/// memory. [`Limits::default`] applies.
pub fn load_files(files: Vec<File>) -> Result<Chart, ChartError> {
    let files = files.into_iter().map(|file| without_bom(file.name, file.data)).collect();
    assemble_top(files, &mut Budget::new(&Limits::default()), Generation::Installable)
}

/// Makes a chart out of the files of a folder that is not there, such as those of an unpacked archive:
/// `.helmignore` applies, and the order of the files is a folder's. Any `apiVersion` will do.
pub fn load_draft_files(files: Vec<File>) -> Result<Chart, ChartError> {
    let ignore = files.iter().find(|file| file.name == ".helmignore");
    let rules = Rules::parse(&ignore.map_or_else(String::new, |file| file.text().into_owned()))?;
    let mut files: Vec<File> = files.into_iter().filter(|file| !is_ignored(&rules, file)).collect();
    files.sort_by(|a, b| a.name.split('/').cmp(b.name.split('/')));
    let files = files.into_iter().map(|file| without_bom(file.name, file.data)).collect();
    assemble_top(files, &mut Budget::new(&Limits::default()), Generation::Any)
}

/// Returns whether a rule speaks of the file or of a folder above it.
fn is_ignored(rules: &Rules, file: &File) -> bool {
    let name = &file.name;
    let mut folders = name.match_indices('/').filter_map(|(end, _)| name.get(..end));
    folders.any(|folder| rules.ignore(folder, true)) || rules.ignore(name, false)
}

/// Which charts are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// Those that can be installed: `apiVersion` v1 and v2.
    Installable,
    /// Those of any `apiVersion`.
    Any,
}

/// Makes a [`File`], dropping a byte order mark.
pub(crate) fn without_bom(name: String, data: impl Into<Content>) -> File {
    File { name, data: data.into().without_bom() }
}

/// Makes the top chart, which must be of a generation that is accepted.
pub(crate) fn assemble_top(
    files: Vec<File>,
    budget: &mut Budget<'_>,
    accepted: Generation,
) -> Result<Chart, ChartError> {
    let (texts, values) = (Texts::default(), HashMap::default());
    Assembly { budget, accepted, texts, values, room: Vec::new() }.chart(files, 0)
}

/// A chart that is being put together, with all charts in it.
struct Assembly<'b, 'l> {
    budget: &'b mut Budget<'l>,
    /// What the top chart may be.
    accepted: Generation,
    /// The texts of templates so far: many charts bring the same library along, each a copy of its own.
    texts: Texts,
    /// What texts of default values say.
    values: HashMap<Vec<u8>, Value, RandomState>,
    /// Where files are read to.
    room: Vec<u8>,
}

impl Assembly<'_, '_> {
    /// Makes a chart that is `depth` charts below the top one.
    fn chart(&mut self, files: Vec<File>, depth: usize) -> Result<Chart, ChartError> {
        self.budget.check_depth(depth)?;
        let Some(chart_yaml) = files.iter().rfind(|file| file.name == "Chart.yaml") else {
            return Err(ChartErrorKind::MissingChartYaml.into());
        };
        let chart_yaml = chart_yaml.data.read()?.into_owned();
        let mut chartfile = Chartfile::parse(&chart_yaml)?;
        if depth == 0 && self.accepted == Generation::Installable {
            check_generation(chartfile.api_version())?;
        }
        let is_v1 = chartfile.api_version() == "v1";
        let mut chart = Chart { values: Value::map(), ..Chart::default() };
        let (mut templates, mut others) = (Vec::new(), Vec::new());
        let mut charts: BTreeMap<String, Vec<File>> = BTreeMap::new();
        for file in files {
            match file.name.as_str() {
                "Chart.yaml" => {}
                "Chart.lock" => chart.lock = lock::parse("Chart.lock", &file.data.read()?)?,
                "values.yaml" => {
                    chart.values = self.values(&file.data)?;
                    chart.values_text = Some(file.data);
                }
                "values.schema.json" => chart.schema = Some(file.data),
                "requirements.yaml" => {
                    chartfile.add_requirements(&file.data.read()?)?;
                    others.extend(is_v1.then_some(file));
                }
                "requirements.lock" => {
                    chart.lock = lock::parse("requirements.lock", &file.data.read()?)?;
                    others.extend(is_v1.then_some(file));
                }
                name if name.starts_with("templates/") => templates.push(self.template(file)?),
                name => match name.strip_prefix("charts/") {
                    Some(below) if !has_extension(name, ".prov") => {
                        let (first, rest) = below.split_once('/').unwrap_or((below, ""));
                        let entry = File { name: rest.to_owned(), data: file.data.clone() };
                        charts.entry(first.to_owned()).or_default().push(entry);
                    }
                    _ => others.push(file),
                },
            }
        }
        (chart.templates, chart.files) = (templates.into(), others.into());
        chart.metadata = chartfile.validate(&chart_yaml)?;
        for (name, files) in charts {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let sub = self
                .subchart(&name, files, depth + 1)
                .map_err(|error| error.in_subchart(&name, chart.name()))?;
            chart.subcharts.push(sub);
        }
        Ok(chart)
    }

    /// Reads one entry of `charts/`: an archive, or a folder whose files have lost that prefix.
    fn subchart(
        &mut self,
        name: &str,
        mut files: Vec<File>,
        depth: usize,
    ) -> Result<Chart, ChartError> {
        let files = if has_extension(name, ".tgz") {
            match files.first() {
                Some(file) if file.name.is_empty() => {
                    archive::unpack(&file.data.read()?, self.budget)?
                }
                _ => {
                    let problem = format!("expected {name}, got a folder");
                    return Err(ChartErrorKind::IllegalPath { problem }.into());
                }
            }
        } else {
            files.retain(|file| !file.name.is_empty());
            files
        };
        self.chart(files, depth)
    }

    /// Holds a template, which shares its text with those that say the same.
    fn template(&mut self, file: File) -> Result<File, ChartError> {
        let text = self.texts.shared(file.data.read_into(&mut self.room)?);
        Ok(File { name: file.name, data: Content::from(text) })
    }

    /// Returns what a values.yaml says, shared by those that say the same.
    fn values(&mut self, text: &Content) -> Result<Value, ChartError> {
        let text = text.read_into(&mut self.room)?;
        if let Some(known) = self.values.get(text) {
            return Ok(known.clone());
        }
        let parsed = values::parse(text)?;
        self.values.insert(text.to_vec(), parsed.clone());
        Ok(parsed)
    }
}

/// Texts of which each is held once.
#[derive(Default)]
struct Texts {
    hasher: RandomState,
    /// By their hashes, so that a long text is hashed once.
    by_hash: HashMap<u64, Vec<Arc<[u8]>>, RandomState>,
}

impl Texts {
    /// Returns the text, held together with all that say the same.
    fn shared(&mut self, text: &[u8]) -> Arc<[u8]> {
        let known = self.by_hash.entry(self.hasher.hash_one(text)).or_default();
        if let Some(same) = known.iter().find(|known| ***known == *text) {
            return Arc::clone(same);
        }
        let text: Arc<[u8]> = Arc::from(text);
        known.push(Arc::clone(&text));
        text
    }
}

fn check_generation(api_version: &str) -> Result<(), ChartError> {
    match api_version {
        "v1" | "v2" => Ok(()),
        "v3" => Err(ChartErrorKind::ApiVersion("invalid chart apiVersion").into()),
        _ => Err(ChartErrorKind::ApiVersion("unsupported chart version").into()),
    }
}

/// Go's idea of an extension: whatever follows the last dot of the base name, which may be all of it.
fn has_extension(name: &str, extension: &str) -> bool {
    name.ends_with(extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.0.0\n";

    fn load(files: &[(&str, &str)]) -> Result<Chart, ChartError> {
        load_files(files.iter().map(|(name, data)| File::new(*name, data)).collect())
    }

    fn names(files: &[File]) -> Vec<&str> {
        files.iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn files_go_where_helm_puts_them() {
        let chart = load(&[
            ("templates/a.yaml", "a"),
            ("README.md", "\u{feff}hi"),
            ("Chart.yaml", &format!("\u{feff}{CHART}")),
            ("Chart.lock", "digest: x\n"),
            ("values.yaml", "a: 1\n"),
            ("values.schema.json", "{}"),
            ("requirements.yaml", "dependencies: []\n"),
            ("charts/_skip/Chart.yaml", "nonsense: ["),
            ("charts/.skip", ""),
            ("charts/sub-1.0.0.tgz.prov", "signed"),
            ("charts/dir/Chart.yaml", "name: sub\nversion: 0.1.0\n"),
            ("charts/dir/templates/b.yaml", "b"),
            ("crds/x.yaml", "c"),
        ])
        .unwrap();
        assert_eq!(names(&chart.templates), ["templates/a.yaml"]);
        assert_eq!(names(&chart.files), ["README.md", "charts/sub-1.0.0.tgz.prov", "crds/x.yaml"]);
        assert_eq!(&*chart.files[0].data, b"hi");
        assert_eq!(chart.values.to_string(), r#"{"a":1}"#);
        assert_eq!(chart.values_text.as_deref(), Some(b"a: 1\n".as_slice()));
        assert!(chart.schema.is_some() && chart.lock.is_some());
        let [sub] = &chart.subcharts[..] else { panic!("one subchart") };
        assert_eq!((sub.name(), names(&sub.templates)), ("sub", vec!["templates/b.yaml"]));
    }

    #[test]
    fn requirements_of_a_v1_chart_are_files_too() {
        let chart = load(&[
            ("Chart.yaml", "name: app\nversion: 1.0.0\n"),
            ("requirements.yaml", "dependencies:\n- name: sub\n  version: 1.x\n"),
            ("requirements.lock", "generated: 2020-01-01T00:00:00Z\n"),
        ])
        .unwrap();
        assert_eq!(chart.metadata.dependencies[0].name, "sub");
        assert_eq!(names(&chart.files), ["requirements.yaml", "requirements.lock"]);
        assert!(chart.lock.is_some());
    }

    fn check_error(files: &[(&str, &str)], expected: &str) {
        let error = load(files).unwrap_err();
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        assert_eq!(text, expected);
    }

    #[test]
    fn broken_charts_are_refused_in_helms_words() {
        check_error(&[("values.yaml", "")], "Chart.yaml file is missing");
        check_error(&[("Chart.yaml", "apiVersion: v3")], "invalid chart apiVersion");
        check_error(&[("Chart.yaml", "apiVersion: v9")], "unsupported chart version");
        check_error(
            &[("Chart.yaml", CHART), ("charts/README.md", "x")],
            "error unpacking subchart README.md in app: Chart.yaml file is missing",
        );
        check_error(
            &[("Chart.yaml", CHART), ("charts/s.tgz", "not gzip")],
            "error unpacking subchart s.tgz in app: gzip: invalid header",
        );
        check_error(
            &[("Chart.yaml", CHART), ("charts/s/Chart.yaml", "name: s")],
            "error unpacking subchart s in app: validation: chart.metadata.version is required",
        );
    }

    #[test]
    fn drafts_are_sorted_as_in_a_folder_and_may_be_of_any_generation() {
        let files = [
            ("templates/b.yaml", "b"),
            ("secret/key", "x"),
            ("templates/a/c.yaml", "c"),
            ("templates/a-b.yaml", "a"),
            ("Chart.yaml", "apiVersion: v3\nname: app\nversion: 1.0.0\n"),
            (".helmignore", "secret/\n"),
            ("templates/.hidden", "x"),
        ];
        let files = files.iter().map(|(name, data)| File::new(*name, data)).collect();
        let chart = load_draft_files(files).unwrap();
        assert_eq!(
            names(&chart.templates),
            ["templates/a/c.yaml", "templates/a-b.yaml", "templates/b.yaml"]
        );
        assert_eq!(names(&chart.files), [".helmignore"]);
    }

    #[test]
    fn a_fault_in_a_subchart_is_located() {
        let error = load(&[
            ("Chart.yaml", CHART),
            ("charts/s/Chart.yaml", "name: s\nversion: 1.0.0\n"),
            ("charts/s/values.yaml", "a: b: c\n"),
        ])
        .unwrap_err();
        assert_eq!(error.detail().unwrap().file, "charts/s/values.yaml");
    }

    #[test]
    fn charts_in_charts_end_somewhere() {
        let mut files = vec![];
        let mut prefix = String::new();
        for _ in 0..12 {
            files.push(File::new(format!("{prefix}Chart.yaml"), "name: a\nversion: 1.0.0\n"));
            prefix.push_str("charts/a/");
        }
        let mut error: &dyn std::error::Error = &load_files(files).unwrap_err();
        while let Some(source) = error.source() {
            error = source;
        }
        assert_eq!(error.to_string(), "the depth of charts within charts exceeds the limit of 8");
    }
}
