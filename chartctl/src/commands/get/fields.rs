//! A stored release as `get all --template` sees it: the fields of Helm 4.3.1's Go types.

use gotmpl::{Integers, List, Map, Named, Type, Value};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use release::{HookRun, Info, Record, StoredChart, StoredFile, StoredHook};

use crate::gotemplate::Struct;

const RELEASE: &Named = &Named { name: "*v1.Release", under: Type::Pointer };
const INFO: &Named = &Named { name: "*v1.Info", under: Type::Pointer };
const HOOK: &Named = &Named { name: "*v1.Hook", under: Type::Pointer };
const HOOK_RUN: &Named = &Named { name: "v1.HookExecution", under: Type::Struct };
const CHART: &Named = &Named { name: "*v2.Chart", under: Type::Pointer };
const METADATA: &Named = &Named { name: "*v2.Metadata", under: Type::Pointer };
const MAINTAINER: &Named = &Named { name: "*v2.Maintainer", under: Type::Pointer };
const DEPENDENCY: &Named = &Named { name: "*v2.Dependency", under: Type::Pointer };
const LOCK: &Named = &Named { name: "*v2.Lock", under: Type::Pointer };
const FILE: &Named = &Named { name: "*common.File", under: Type::Pointer };

/// `map[string]string`
const TEXTS: Type = Type::Map(&Type::String);

/// Returns what the template's dot is: a map with the release.
pub(super) fn of(record: &Record) -> Value {
    let revision = &record.revision;
    let release = Struct::value(
        RELEASE,
        [
            ("Name", text(&revision.name)),
            ("Info", info(&revision.info)),
            ("Chart", chart(&revision.chart)),
            ("Config", plain(&revision.config)),
            ("Manifest", text(&revision.manifest)),
            ("Hooks", list(&revision.hooks, hook)),
            ("Version", Value::Int(i64::from(revision.version))),
            ("Namespace", text(&revision.namespace)),
            ("Labels", texts_by_name(record.labels.iter())),
            ("ApplyMethod", text(revision.apply_method.as_ref().map_or("", |how| how.as_str()))),
        ],
    );
    Value::Map([("Release", release)].into_iter().collect())
}

fn info(info: &Info) -> Value {
    Struct::value(
        INFO,
        [
            ("FirstDeployed", time(info.first_deployed)),
            ("LastDeployed", time(info.last_deployed)),
            ("Deleted", time(info.deleted)),
            ("Description", text(&info.description)),
            ("Status", text(info.status.as_str())),
            ("RollbackRevision", Value::Int(i64::from(info.rollback_revision))),
            ("Notes", text(&info.notes)),
            ("Resources", Value::Map(Map::nil(Type::MAP))),
        ],
    )
}

fn hook(hook: &StoredHook) -> Value {
    Struct::value(
        HOOK,
        [
            ("Name", text(&hook.name)),
            ("Kind", text(&hook.kind)),
            ("Path", text(&hook.path)),
            ("Manifest", text(&hook.manifest)),
            ("Events", list(&hook.events, |event| text(event))),
            ("LastRun", hook_run(&hook.last_run)),
            ("Weight", Value::Int(hook.weight)),
            ("DeletePolicies", list(&hook.delete_policies, |policy| text(policy.as_str()))),
            ("OutputLogPolicies", list(&hook.output_log_policies, |policy| text(policy.as_str()))),
        ],
    )
}

fn hook_run(run: &HookRun) -> Value {
    Struct::value(
        HOOK_RUN,
        [
            ("StartedAt", time(run.started_at)),
            ("CompletedAt", time(run.completed_at)),
            ("Phase", text(run.phase.as_str())),
        ],
    )
}

fn chart(chart: &StoredChart) -> Value {
    Struct::with_methods(
        CHART,
        [
            ("Raw", Value::List(List::nil(Type::LIST))),
            ("Metadata", metadata(&chart.metadata)),
            ("Lock", lock(&chart.lock)),
            ("Templates", list(&chart.templates, file)),
            ("Values", plain(&chart.values)),
            ("Schema", Value::Bytes(chart.schema.clone().unwrap_or_default())),
            ("SchemaModTime", time(chart.schema_modified)),
            ("Files", list(&chart.files, file)),
            ("ModTime", time(chart.modified)),
        ],
        [("Name", text(chart.name())), ("AppVersion", text(chart.app_version()))],
    )
}

fn file(file: &StoredFile) -> Value {
    Struct::value(
        FILE,
        [
            ("Name", text(&file.name)),
            ("ModTime", time(file.modified)),
            ("Data", Value::Bytes(file.data.clone())),
        ],
    )
}

fn metadata(metadata: &value::Value) -> Value {
    let word = |key| text_at(metadata, key);
    Struct::value(
        METADATA,
        [
            ("Name", word("name")),
            ("Home", word("home")),
            ("Sources", texts_at(metadata, "sources")),
            ("Version", word("version")),
            ("Description", word("description")),
            ("Keywords", texts_at(metadata, "keywords")),
            ("Maintainers", list(metadata.list_at(&["maintainers"]), maintainer)),
            ("Icon", word("icon")),
            ("APIVersion", word("apiVersion")),
            ("Condition", word("condition")),
            ("Tags", word("tags")),
            ("AppVersion", word("appVersion")),
            ("Deprecated", flag_at(metadata, "deprecated")),
            ("Annotations", annotations(metadata)),
            ("KubeVersion", word("kubeVersion")),
            ("Dependencies", list(metadata.list_at(&["dependencies"]), dependency)),
            ("Type", word("type")),
        ],
    )
}

fn annotations(metadata: &value::Value) -> Value {
    let annotations = metadata.at(&["annotations"]).and_then(value::Value::as_map);
    let entries = annotations.into_iter().flat_map(value::Map::iter);
    texts_by_name(entries.filter_map(|(key, value)| Some((key, value.as_str()?))))
}

fn maintainer(maintainer: &value::Value) -> Value {
    let word = |key| text_at(maintainer, key);
    Struct::value(
        MAINTAINER,
        [("Name", word("name")), ("Email", word("email")), ("URL", word("url"))],
    )
}

fn lock(lock: &value::Value) -> Value {
    if *lock == value::Value::Null {
        return Struct::nil(LOCK);
    }
    let generated = lock.str_at(&["generated"]).and_then(|time| time.parse().ok());
    Struct::value(
        LOCK,
        [
            ("Generated", time(generated)),
            ("Digest", text_at(lock, "digest")),
            ("Dependencies", list(lock.list_at(&["dependencies"]), dependency)),
        ],
    )
}

fn dependency(dependency: &value::Value) -> Value {
    let word = |key| text_at(dependency, key);
    Struct::value(
        DEPENDENCY,
        [
            ("Name", word("name")),
            ("Version", word("version")),
            ("Repository", word("repository")),
            ("Condition", word("condition")),
            ("Tags", texts_at(dependency, "tags")),
            ("Enabled", flag_at(dependency, "enabled")),
            ("ImportValues", list(dependency.list_at(&["import-values"]), plain)),
            ("Alias", word("alias")),
        ],
    )
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn text_at(map: &value::Value, key: &str) -> Value {
    text(map.str_at(&[key]).unwrap_or_default())
}

fn texts_at(map: &value::Value, key: &str) -> Value {
    let texts = map.list_at(&[key]).iter().filter_map(value::Value::as_str).map(text);
    Value::List(List::typed(Type::STRINGS, texts.collect()))
}

fn flag_at(map: &value::Value, key: &str) -> Value {
    Value::Bool(map.at(&[key]).and_then(value::Value::as_bool).unwrap_or_default())
}

fn texts_by_name<K, V>(entries: impl Iterator<Item = (K, V)>) -> Value
where
    K: AsRef<str>,
    V: AsRef<str>,
{
    let entry = |(key, value): (K, V)| (key.as_ref().into(), text(value.as_ref()));
    Value::Map(Map::typed(TEXTS, entries.map(entry).collect::<Vec<_>>()))
}

/// Returns plain data; every number is a float, as after Go's JSON.
fn plain(value: &value::Value) -> Value {
    match value {
        value::Value::Null => Value::Map(Map::nil(Type::MAP)),
        other => Value::from_plain(other, Integers::Float64),
    }
}

fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Value {
    Value::List(List::new(items.iter().map(value).collect()))
}

/// Returns a time; what is not known is Go's zero time.
fn time(at: Option<Timestamp>) -> Value {
    funcs::time_value(at, &TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use release::Revision;

    use super::*;
    use crate::gotemplate::fill;

    const STORED: &str = r#"{
        "name": "web", "version": 3, "namespace": "prod", "apply_method": "ssa",
        "info": {"last_deployed": "2026-11-21T03:12:53.5Z", "status": "deployed", "notes": "hi"},
        "config": {"replicas": 3, "web": {"tag": "1.2"}},
        "manifest": "---\nkind: ConfigMap\n",
        "hooks": [{"name": "h", "kind": "Job", "events": ["pre-install"], "weight": -5, "last_run": {"phase": "Succeeded"}}],
        "chart": {"metadata": {
            "name": "web", "version": "1.0.0", "keywords": ["a", "b"], "deprecated": true, "annotations": {"x": "y"},
            "maintainers": [{"name": "ann"}], "dependencies": [{"name": "db", "repository": ""}]
        }, "templates": [{"name": "templates/a.yaml", "data": "YQ=="}], "values": {"on": true}}
    }"#;

    fn check(template: &str, expected: &str) {
        let revision: Revision = serde_json::from_str(STORED).unwrap();
        let labels = [("team".to_owned(), "blue".to_owned())].into();
        let record = Record { revision, labels, annotations: std::collections::BTreeMap::new() };
        let printed = fill(template, of(&record));
        assert_eq!(printed.unwrap_or_else(|error| error.text().to_owned()), expected, "{template}");
    }

    #[test]
    fn a_template_sees_the_fields_of_helms_types() {
        check("{{.Release.Name}}.v{{.Release.Version}} {{.Release.Namespace}}", "web.v3 prod");
        check(
            "{{with .Release.Info}}{{.Status}} {{.Notes}} {{.LastDeployed.Year}}{{end}}",
            "deployed hi 2026",
        );
        check("{{.Release.Info.LastDeployed}}", "2026-11-21 03:12:53.5 +0000 UTC");
        check("{{.Release.Info.Deleted.IsZero}}", "true");
        check("{{.Release.Config.replicas}} {{.Release.Config.web.tag}}", "3 1.2");
        check(
            "{{range .Release.Hooks}}{{.Kind}}/{{.Name}} {{.Events}} {{.LastRun.Phase}}{{end}}",
            "Job/h [pre-install] Succeeded",
        );
        check(
            "{{with .Release.Chart.Metadata}}{{.Name}}-{{.Version}} {{.Keywords}} {{.Deprecated}} {{.Annotations.x}}{{end}}",
            "web-1.0.0 [a b] true y",
        );
        check("{{range .Release.Chart.Metadata.Maintainers}}{{.Name}}{{end}}", "ann");
        check("{{range .Release.Chart.Metadata.Dependencies}}{{.Name}}{{end}}", "db");
        check(
            "{{range .Release.Chart.Templates}}{{.Name}} {{printf \"%s\" .Data}}{{end}}",
            "templates/a.yaml a",
        );
        check("{{.Release.Chart.Name}} {{.Release.Chart.Lock}}", "web <nil>");
        check(
            "{{if .Release.Chart.Lock}}locked{{else}}free{{end}} {{.Release.Labels.team}}",
            "free blue",
        );
    }

    #[test]
    fn a_field_that_is_not_there_is_an_error_in_gos_words() {
        check(
            "{{.Release.Nope}}",
            "template: _:1:10: executing \"_\" at <.Release.Nope>: can't evaluate field Nope in type interface {}",
        );
    }
}
