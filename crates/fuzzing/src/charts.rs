//! Charts: archives, their parts, and whole ones that are rendered.

use std::sync::Arc;

use chart::{Chart, File, IgnoreRules, Limits, load_archive, load_files, package, resolve};
use render::{RenderOptions, Target, World, render};
use value::Value;

use crate::host::Cheap;
use crate::records::gzip;
use crate::sections::sections;

/// The bounds; those of real charts are larger.
fn limits() -> Limits {
    Limits { unpacked: 4 << 20, entries: 500, ..Limits::default() }
}

/// Any bytes are an archive or an error; taken as they are, and as the tar inside.
pub(crate) fn archive(bytes: &[u8]) {
    for bytes in [bytes, &gzip(bytes)] {
        match load_archive(bytes, &limits()) {
            Ok(chart) => settle(&chart),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// Resolves a chart and packs it; the package is a chart again.
fn settle(chart: &Chart) {
    let user = value::yaml::from_str("{sub: {on: false}, tags: {a: true}}").unwrap_or_default();
    for values in [Value::map(), user] {
        if let Err(error) = resolve(chart, &values) {
            assert!(!error.to_string().is_empty());
        }
    }
    let Ok(packed) = package(chart) else { return };
    if let Ok(again) = load_archive(&packed.bytes, &Limits::default()) {
        assert_eq!(again.metadata.name, chart.metadata.name);
        assert_eq!(again.templates.len(), chart.templates.len());
    }
}

/// A Chart.yaml of a chart that has subcharts and values. Sections may replace any file of it.
pub(crate) fn chart_yaml(bytes: &[u8]) {
    const SUB: &str = "apiVersion: v2\nname: sub\nversion: 1.2.3\n";
    const VALUES: &str = "sub: {on: true, data: {a: 1}}\nglobal: {g: 1}\ntags: {a: false}\n";
    let text = String::from_utf8_lossy(bytes);
    let mut files = vec![
        File::new("values.yaml", VALUES),
        File::new("charts/sub/Chart.yaml", SUB),
        File::new("charts/sub/values.yaml", "exports: {data: {b: 2}}\ndefault: {x: [1]}\n"),
        File::new("charts/other/Chart.yaml", "name: other\nversion: 0.1.0\n"),
    ];
    for (name, body) in sections(&text) {
        files.push(File::new(if name.is_empty() { "Chart.yaml" } else { name }, body));
    }
    match load_files(files) {
        Ok(chart) => settle(&chart),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A whole chart, a section for each file and one called `values` for what the user gives, is rendered
/// or refused, twice the same.
pub(crate) fn chart(bytes: &[u8]) {
    const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.0.0\n";
    let text = String::from_utf8_lossy(bytes);
    let (mut values, mut files) = (Value::map(), vec![File::new("Chart.yaml", CHART)]);
    for (name, body) in sections(&text) {
        match name {
            "" => files.push(File::new("templates/a.yaml", body)),
            "values" => values = value::yaml::from_str(body).unwrap_or_default(),
            name => files.push(File::new(name, body)),
        }
    }
    let Ok(chart) = load_files(files) else { return };
    let print = || -> Result<_, String> {
        let (target, options) = (Target::install("rel", "ns"), RenderOptions::default());
        let world: Arc<dyn World> = Arc::new(Cheap::new());
        let rendered = render(&chart, &values, &target, &options, &world);
        let rendered = rendered.map_err(|error| error.to_string())?;
        let manifest = rendered.bundle().map(|(bundle, _)| bundle.manifest);
        Ok((rendered.files, rendered.notes, manifest.map_err(|error| error.to_string())))
    };
    let printed = print();
    if let Err(error) = &printed {
        assert!(!error.is_empty());
    }
    assert_eq!(printed, print(), "the same chart, another result");
}

/// A `.helmignore`, held against paths of every kind.
pub(crate) fn ignore(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let rules = match IgnoreRules::parse(&text) {
        Ok(rules) => rules,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let long = "a/".repeat(500) + &"ab".repeat(500);
    for path in
        ["a", "a/b.txt", "templates/.x", "é/[x]/*", "", &long, text.lines().next().unwrap_or("")]
    {
        let (_folder, _file) = (rules.ignore(path, true), rules.ignore(path, false));
    }
}
