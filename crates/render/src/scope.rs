//! What templates see: `values`, `release`, `chart`, `capabilities`, `template`, and the chart's files.
//!
//! The tree is made once for each chart and shared by its templates.

use std::collections::BTreeMap;
use std::sync::Arc;

use chart::{Chart, Metadata};
use value::Value;

use crate::engine::TemplateFile;
use crate::files::{Files, files_of};
use crate::{Capabilities, Target};

/// What the templates of a chart and its subcharts see.
#[derive(Debug)]
pub(crate) struct Scope {
    charts: BTreeMap<String, ChartScope>,
}

#[derive(Debug)]
struct ChartScope {
    context: Value,
    files: Files,
}

/// What one template sees.
#[derive(Debug)]
pub(crate) struct TemplateScope<'s> {
    chart: Option<&'s ChartScope>,
    path: Arc<str>,
    base_path: String,
}

impl Scope {
    /// Returns what the templates of `chart`, a resolved one, see.
    pub(crate) fn new(chart: &Chart, values: &Value, target: &Target) -> Self {
        let shared =
            [("release", release(target)), ("capabilities", capabilities(&target.capabilities))];
        let mut scope = Self { charts: BTreeMap::new() };
        scope.add(chart, chart.name(), values, &shared);
        scope
    }

    fn add(&mut self, chart: &Chart, path: &str, values: &Value, shared: &[(&str, Value); 2]) {
        let own = [("values", native(values)), ("chart", metadata(&chart.metadata))];
        let context = own.iter().chain(shared).map(|(key, value)| (*key, value.clone())).collect();
        self.charts.insert(path.to_owned(), ChartScope { context, files: files_of(chart) });
        for sub in &chart.subcharts {
            let values = values.get(sub.name()).cloned().unwrap_or_else(Value::map);
            self.add(sub, &format!("{path}/charts/{}", sub.name()), &values, shared);
        }
    }

    /// Returns what `file` sees.
    pub(crate) fn of(&self, file: &TemplateFile) -> TemplateScope<'_> {
        TemplateScope {
            chart: self.charts.get(file.chart.as_ref()),
            path: Arc::clone(&file.path),
            base_path: format!("{}/templates", file.chart),
        }
    }
}

impl TemplateScope<'_> {
    /// Returns the variables of a native chart's template, in lower camel case.
    pub(crate) fn native(&self) -> Value {
        let mut context = self.chart.map_or_else(Value::map, |chart| chart.context.clone());
        context.set(
            &["template"],
            [
                ("name", Value::String(Arc::clone(&self.path))),
                ("basePath", Value::from(self.base_path.as_str())),
            ]
            .into_iter()
            .collect(),
        );
        context
    }

    /// Returns the files of the template's chart.
    pub(crate) fn files(&self) -> Files {
        self.chart.map(|chart| Arc::clone(&chart.files)).unwrap_or_default()
    }
}

/// Returns values with floats that are integers as such: native templates know one kind of number.
fn native(value: &Value) -> Value {
    match value {
        Value::Float(f) => value::number::integral(*f).map_or(Value::Float(*f), Value::Int),
        Value::List(items) => items.iter().map(native).collect(),
        Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), native(value))).collect(),
        other => other.clone(),
    }
}

/// `service` is Helm's word: it ends up in labels that must not change when the tool does.
fn release(target: &Target) -> Value {
    [
        ("name", Value::from(target.name.as_str())),
        ("namespace", Value::from(target.namespace.as_str())),
        ("revision", Value::Int(i64::from(target.revision))),
        ("isInstall", Value::Bool(target.is_install())),
        ("isUpgrade", Value::Bool(target.is_upgrade)),
        ("service", Value::from("Helm")),
    ]
    .into_iter()
    .collect()
}

fn capabilities(capabilities: &Capabilities) -> Value {
    let version = &capabilities.kube_version;
    let kube_version = [
        ("version", Value::from(version.version.as_str())),
        ("major", Value::from(version.major.as_str())),
        ("minor", Value::from(version.minor.as_str())),
    ];
    [
        ("kubeVersion", kube_version.into_iter().collect()),
        ("apiVersions", texts(&capabilities.api_versions)),
    ]
    .into_iter()
    .collect()
}

/// All fields are there, empty where Chart.yaml has none: templates are strict about what is missing.
fn metadata(metadata: &Metadata) -> Value {
    let text = |text: &str| Value::from(text);
    let annotations: Value =
        metadata.annotations.iter().map(|(key, value)| (key.as_str(), text(value))).collect();
    let chart_type = match metadata.chart_type.as_str() {
        "" => "application",
        given => given,
    };
    [
        ("annotations", annotations),
        ("apiVersion", text(&metadata.api_version)),
        ("appVersion", text(&metadata.app_version)),
        ("deprecated", Value::Bool(metadata.deprecated)),
        ("description", text(&metadata.description)),
        ("home", text(&metadata.home)),
        ("icon", text(&metadata.icon)),
        ("keywords", texts(&metadata.keywords)),
        ("kubeVersion", text(&metadata.kube_version)),
        ("name", text(&metadata.name)),
        ("sources", texts(&metadata.sources)),
        ("type", text(chart_type)),
        ("version", text(&metadata.version)),
    ]
    .into_iter()
    .collect()
}

fn texts(texts: &[String]) -> Value {
    texts.iter().map(|text| Value::from(text.as_str())).collect()
}
