//! What templates see: the map with `Chart`, `Files`, `Release`, `Capabilities`, `Values`, `Subcharts`
//! and `Template`.
//!
//! There is one map for each chart, shared by its templates, and the values of a subchart are a part of
//! its parent's: what one template changes those after it see.

use std::collections::HashMap;
use std::sync::Arc;

use chart::{Chart, Dependency, Maintainer, Metadata};
use gotmpl::{Integers, List, Map, Type, Value};

use super::values::Values;
use super::{capabilities, files};
use crate::Target;
use crate::engine::{Setting, TemplateFile};

/// `map[string]string`
const TEXTS: Type = Type::Map(&Type::String);

/// What the templates of all charts see.
pub(super) struct Contexts {
    charts: HashMap<String, Context>,
}

struct Context {
    dot: Map,
    template: Map,
}

impl Contexts {
    pub(super) fn new(setting: &Setting<'_>) -> Self {
        let target = setting.target;
        let shared = [
            ("Release", release(target)),
            ("Capabilities", capabilities::of(&target.capabilities)),
        ];
        let values = match Value::from_plain(setting.values, Integers::Int64) {
            Value::Map(map) => map,
            _ => Map::new([]),
        };
        let mut contexts = Self { charts: HashMap::new() };
        let path = setting.chart.name();
        contexts.add(setting.chart, path, true, &Values(values), &shared);
        contexts
    }

    /// Returns what `file` sees: the map that all files of its chart share.
    pub(super) fn shared(&self, file: &TemplateFile) -> Value {
        let Some(context) = self.charts.get(file.chart.as_ref()) else {
            return Value::Nil;
        };
        context.template.set("Name", Value::from(file.path.clone()));
        Values::of(context.dot.clone())
    }

    /// Returns the same in a map of the file's own, for one that is not alone and changes nothing.
    pub(super) fn own(&self, file: &TemplateFile) -> Value {
        let Some(context) = self.charts.get(file.chart.as_ref()) else {
            return Value::Nil;
        };
        let with_name = |map: &Map, name: &str, value: Value| {
            Map::new(map.entries().into_owned().into_iter().chain([(Arc::from(name), value)]))
        };
        let template = with_name(&context.template, "Name", Value::from(file.path.clone()));
        Values::of(with_name(&context.dot, "Template", Values::of(template)))
    }

    /// Adds a chart and those below it; returns its map.
    fn add(
        &mut self,
        chart: &Chart,
        path: &str,
        is_root: bool,
        values: &Values,
        shared: &[(&str, Value); 2],
    ) -> Map {
        let subcharts = chart.subcharts.iter().map(|sub| {
            let own = values.table(sub.name()).unwrap_or_else(|_| Map::new([]));
            let path = format!("{path}/charts/{}", sub.name());
            let map = self.add(sub, &path, false, &Values(own), shared);
            (Arc::from(sub.name()), Value::Map(map))
        });
        let subcharts = Map::new(subcharts.collect::<Vec<_>>());
        let template: Map =
            [("BasePath", Value::from(format!("{path}/templates")))].into_iter().collect();
        let own = [
            ("Chart", Value::Map(metadata(&chart.metadata, is_root))),
            ("Files", files::of(chart)),
            ("Values", Values::of(values.0.clone())),
            ("Subcharts", Value::Map(subcharts)),
            ("Template", Values::of(template.clone())),
        ];
        let map: Map = own.into_iter().chain(shared.iter().cloned()).collect();
        let context = Context { dot: map.clone(), template };
        self.charts.insert(path.to_owned(), context);
        map
    }
}

/// `Service` is Helm's word: it ends up in labels that must not change when the tool does.
fn release(target: &Target) -> Value {
    map([
        ("Name", text(&target.name)),
        ("Namespace", text(&target.namespace)),
        ("IsUpgrade", Value::from(target.is_upgrade)),
        ("IsInstall", Value::from(target.is_install())),
        ("Revision", Value::Int(i64::from(target.revision))),
        ("Service", text("Helm")),
    ])
}

/// Returns the fields of Chart.yaml by the names that they have in Helm's source.
fn metadata(metadata: &Metadata, is_root: bool) -> Map {
    let annotations =
        metadata.annotations.iter().map(|(key, value)| (Arc::from(&**key), text(value)));
    let annotations = match annotations.len() {
        0 => Map::nil(TEXTS),
        _ => Map::typed(TEXTS, annotations),
    };
    let fields = [
        ("APIVersion", text(&metadata.api_version)),
        ("Annotations", Value::Map(annotations)),
        ("AppVersion", text(&metadata.app_version)),
        ("Condition", text(&metadata.condition)),
        ("Dependencies", list(&metadata.dependencies, dependency)),
        ("Deprecated", Value::from(metadata.deprecated)),
        ("Description", text(&metadata.description)),
        ("Home", text(&metadata.home)),
        ("Icon", text(&metadata.icon)),
        ("IsRoot", Value::from(is_root)),
        ("Keywords", texts(&metadata.keywords)),
        ("KubeVersion", text(&metadata.kube_version)),
        ("Maintainers", list(&metadata.maintainers, maintainer)),
        ("Name", text(&metadata.name)),
        ("Sources", texts(&metadata.sources)),
        ("Tags", text(&metadata.tags)),
        ("Type", text(&metadata.chart_type)),
        ("Version", text(&metadata.version)),
    ];
    fields.into_iter().collect()
}

fn dependency(dependency: &Dependency) -> Value {
    let imports = |value: &value::Value| Value::from_plain(value, Integers::Float64);
    map([
        ("Alias", text(&dependency.alias)),
        ("Condition", text(&dependency.condition)),
        ("Enabled", Value::from(dependency.enabled)),
        ("ImportValues", list(&dependency.import_values, imports)),
        ("Name", text(&dependency.name)),
        ("Repository", text(&dependency.repository)),
        ("Tags", texts(&dependency.tags)),
        ("Version", text(&dependency.version)),
    ])
}

fn maintainer(maintainer: &Maintainer) -> Value {
    map([
        ("Email", text(&maintainer.email)),
        ("Name", text(&maintainer.name)),
        ("URL", text(&maintainer.url)),
    ])
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().collect())
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn texts(texts: &[String]) -> Value {
    list(texts, |item| text(item))
}

fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Value {
    Value::List(List::new(items.iter().map(value).collect()))
}
