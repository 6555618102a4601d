//! Small charts with what is found in them. The answers are those of Helm 4.3.1, but for those about `.hbs`
//! and about orders.
//!
//! A case is `=== name`, then sections that begin with `--- `: `file PATH`, `values` (the user's), `kube VERSION`,
//! `skip-schema`, and at the end `want`. A chart without Chart.yaml gets a plain one, and one without
//! values.yaml an empty one.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use chart::File;
use lint::{Options, Subject};
use render::{FixedWorld, KubeVersion, World};
use value::Value;

const CHART: &str = "apiVersion: v2\nname: app\nversion: 0.1.0\nicon: https://example.com/i.png\n";

#[test]
fn chart_yaml_is_looked_at() {
    check("cases/chartfile.txt", include_str!("../cases/chartfile.txt"));
}

#[test]
fn templates_are_looked_at() {
    check("cases/templates.txt", include_str!("../cases/templates.txt"));
}

#[test]
fn values_dependencies_and_definitions_are_looked_at() {
    check("cases/charts.txt", include_str!("../cases/charts.txt"));
}

#[test]
fn orders_are_looked_at() {
    check("cases/order.txt", include_str!("../cases/order.txt"));
}

fn check(path: &str, text: &str) {
    let mut out = String::new();
    for case in text.split("=== ").skip(1) {
        let question = case.split("--- want\n").next().unwrap_or_default().trim_end();
        let _written = write!(out, "=== {question}\n--- want\n{}\n", answer(question));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &out).expect("the case file can be written");
    }
    let want = std::fs::read_to_string(&file).unwrap_or_default();
    let line = want.lines().zip(out.lines()).take_while(|(a, b)| a == b).count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    assert!(want == out, "{path}:{}\nwant: {}\ngot:  {}", line + 1, at(&want), at(&out));
}

fn answer(case: &str) -> String {
    let mut files = Vec::new();
    let mut values = Value::map();
    let mut options = Options { namespace: "default".to_owned(), ..Options::default() };
    for section in format!("{case}\n").split("--- ").skip(1) {
        let (head, text) = section.split_once('\n').unwrap_or((section, ""));
        match head.split_once(' ').unwrap_or((head, "")) {
            ("file", path) => files.push(File::new(path, text)),
            ("values", _) => values = value::yaml::from_str(text).expect("values can be read"),
            ("kube", version) => options.kube_version = KubeVersion::parse(version).ok(),
            ("skip-schema", _) => options.skip_schema = true,
            (other, _) => assert_eq!(other, "", "no section is called so"),
        }
    }
    for (name, text) in [("Chart.yaml", CHART), ("values.yaml", "")] {
        if !files.iter().any(|file| file.name == name) {
            files.push(File::new(name, text));
        }
    }
    let subject = Subject::of_files("/charts/app", files);
    let world: Arc<dyn World> = Arc::new(FixedWorld::default());
    let report = lint::check(&subject, &values, &options, &world);
    let mut out = String::new();
    for excused in &report.excused {
        let _written = writeln!(out, "({excused:?})");
    }
    for finding in &report.findings {
        let _written = writeln!(out, "{finding}");
    }
    out
}
