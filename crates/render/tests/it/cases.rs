//! Small charts in case files: what they render to, or how they are refused.
//!
//! A case is `=== name`, then sections that begin with `--- `: `file PATH`, `values`, `set ARGUMENT`, and at the end
//! `want` (the manifest, hooks, notes) or `error`. A chart without Chart.yaml gets a plain one.

use std::fmt::Write;
use std::sync::Arc;

use chart::File;
use render::{FixedWorld, RenderError, RenderOptions, Target, World};
use value::strvals::Typing;
use value::{Sources, Value};

use crate::compare;

const CHART: &str = "apiVersion: v2\nname: app\nversion: 0.1.0\n";

#[test]
fn native_charts_render_as_documented() {
    assert_eq!(check("cases/native.txt", include_str!("../cases/native.txt")), Ok(()));
}

#[test]
fn bad_charts_are_refused_with_place_and_reason() {
    assert_eq!(check("cases/errors.txt", include_str!("../cases/errors.txt")), Ok(()));
}

#[test]
fn go_templates_print_what_helm_prints() {
    assert_eq!(check("cases/helm.txt", include_str!("../cases/helm.txt")), Ok(()));
}

#[test]
fn failing_go_templates_are_explained() {
    let text = include_str!("../cases/errors-go.txt");
    assert_eq!(check("cases/errors-go.txt", text), Ok(()));
}

#[test]
fn broken_yaml_points_at_the_template_that_printed_it() {
    let text = include_str!("../cases/errors-yaml.txt");
    assert_eq!(check("cases/errors-yaml.txt", text), Ok(()));
}

fn check(path: &str, text: &str) -> Result<(), String> {
    let mut out = String::new();
    for case in text.split("=== ").skip(1) {
        let end = case.find("--- want\n").or_else(|| case.find("--- error\n"));
        let question = case.get(..end.unwrap_or(case.len())).unwrap_or_default().trim_end();
        let answer = match answer(question) {
            Ok(printed) => format!("--- want\n{}", printed.trim_end()),
            Err(error) => format!("--- error\n{}", error.trim_end()),
        };
        let _written = write!(out, "=== {question}\n{answer}\n\n");
    }
    compare(path, &out)
}

fn answer(case: &str) -> Result<String, String> {
    let mut files = Vec::new();
    let mut sources = Sources::default();
    for section in format!("{case}\n").split("--- ").skip(1) {
        let (head, text) = section.split_once('\n').unwrap_or((section, ""));
        match head.strip_prefix("file ") {
            Some(path) => files.push(File::new(path, text)),
            None => add_values(&mut sources, head, text)?,
        }
    }
    if !files.iter().any(|file| file.name == "Chart.yaml") {
        files.push(File::new("Chart.yaml", CHART));
    }
    let chart = chart::load_files(files).map_err(|error| error.to_string())?;
    let target = Target::install("rel", "ns");
    let values = sources.value().clone();
    let options = RenderOptions { sources, ..RenderOptions::default() };
    let world: Arc<dyn World> = Arc::new(FixedWorld::new());
    let rendered =
        render::render(&chart, &values, &target, &options, &world).map_err(|error| told(&error))?;
    let (bundle, _) = rendered.bundle().map_err(|error| told(&error))?;
    let mut out = bundle.manifest;
    for hook in bundle.hooks {
        let _written = write!(out, "hook:\n{}\n", hook.text);
    }
    if let Some(notes) = &rendered.notes {
        let _written = write!(out, "notes:\n{notes}");
    }
    for warning in rendered.told() {
        let _written = writeln!(out, "warning: {warning}");
    }
    Ok(out)
}

#[test]
fn what_is_said_without_values_has_none() {
    let check = |template: &str, expected: &str| {
        let files = [
            ("Chart.yaml", CHART),
            ("values.yaml", "s: hunter2\nt: '{{ fail \"hunter2\" }}'\nn: 80\n"),
        ];
        let mut files: Vec<File> = files.map(|(name, text)| File::new(name, text)).into();
        files.push(File::new("templates/a.yaml", template));
        let chart = chart::load_files(files).expect("a chart");
        let world: Arc<dyn World> = Arc::new(FixedWorld::new());
        let (target, options) = (Target::install("rel", "ns"), RenderOptions::default());
        let rendered = render::render(&chart, &Value::map(), &target, &options, &world);
        let told = rendered.expect_err("it fails").without_values();
        assert_eq!(told, expected, "{template}");
    };
    check(
        "{{ range .Values.s }}{{ end }}",
        r#"app/templates/a.yaml:1:16: executing "app/templates/a.yaml" at <.Values.s>: the template failed"#,
    );
    check(
        "{{ .Values.s.x }}",
        r#"app/templates/a.yaml:1:10: executing "app/templates/a.yaml" at <.Values.s.x>: can't evaluate field x in type interface {}"#,
    );
    check(
        r#"{{ fail "no" }}"#,
        r#"app/templates/a.yaml:1:3: executing "app/templates/a.yaml" at <fail "no">: no"#,
    );
    check(
        r#"{{ fail (print "no " .Values.s) }}"#,
        r#"app/templates/a.yaml:1:3: executing "app/templates/a.yaml" at <fail (print "no " .Values.s)>: the chart refuses its values"#,
    );
    check("{{ tpl .Values.t . }}", r#"gotpl:1:3: executing "gotpl": the chart refuses its values"#);
    check(
        "a: : {{ .Values.s }}",
        "YAML parse error on app/templates/a.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context",
    );
}

#[test]
fn values_that_break_a_schema_are_told_with_who_set_them() {
    let files = [
        ("Chart.yaml", CHART),
        ("values.yaml", "web: {port: 80, hosts: [a, 1]}\n"),
        (
            "values.schema.json",
            r#"{"properties": {"web": {"required": ["name"], "additionalProperties": false, "properties": {
                "port": {"type": "integer"}, "names": {}, "hosts": {"items": {"type": "string"}}}}}}"#,
        ),
    ];
    let files = files.map(|(name, text)| File::new(name, text)).into();
    let chart = chart::load_files(files).expect("a chart");
    let mut sources = Sources::default();
    add_values(&mut sources, "values", "web: {port: x, names: 1}\n").expect("values");
    add_values(&mut sources, "set web.extra=1", "").expect("values");
    let values = sources.value().clone();
    let options = RenderOptions { sources, ..RenderOptions::default() };
    let world: Arc<dyn World> = Arc::new(FixedWorld::new());
    let target = Target::install("rel", "ns");
    match render::render(&chart, &values, &target, &options, &world) {
        Err(RenderError::Schema { notes, .. }) => assert_eq!(
            notes,
            [
                "web.name is not set; did you mean web.names?",
                "web.hosts[1] is a number, set at app/values.yaml:1:28",
                "web.port is a string, set at user.yaml:1:13, overriding app/values.yaml:1:13",
                "web.extra is a number, set by --set web.extra",
            ]
        ),
        other => assert!(other.is_err(), "the schema allows it"),
    }
}

/// Adds `values` of a file `user.yaml`, or those of `set ARGUMENT`.
fn add_values(sources: &mut Sources, head: &str, text: &str) -> Result<(), String> {
    if let Some(argument) = head.strip_prefix("set ") {
        return sources.set(argument, Typing::Guess).map_err(|error| error.to_string());
    }
    let values = value::yaml::from_str(text).map_err(|error| error.to_string())?;
    sources.merge("user.yaml", values.to_floats(), Some(Arc::from(text)));
    Ok(())
}

/// The error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        if !text.starts_with(&error.to_string()) {
            let _written = write!(text, "\ncaused by: {error}");
        }
        cause = error.source();
    }
    text
}
