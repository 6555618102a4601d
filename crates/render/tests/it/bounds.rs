//! Charts nobody trusts: what they do comes to an end, with an error that names the template.

use std::fmt::Write;
use std::sync::Arc;

use chart::File;
use render::{FixedWorld, RenderOptions, Target, World};
use value::Value;

fn error(template: &str) -> String {
    let files = vec![
        File::new("Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n"),
        File::new("templates/a.yaml", template),
    ];
    let chart = chart::load_files(files).expect("a chart");
    let world: Arc<dyn World> = Arc::new(FixedWorld::new());
    let (target, options) = (Target::install("rel", "ns"), RenderOptions::default());
    let rendered = render::render(&chart, &Value::map(), &target, &options, &world);
    match rendered.and_then(|rendered| rendered.bundle().map(|_| ())) {
        Ok(()) => String::new(),
        Err(error) => {
            let mut text = error.to_string();
            let mut cause: &dyn std::error::Error = &error;
            while let Some(source) = cause.source() {
                text = format!("{text}\n{source}");
                cause = source;
            }
            text
        }
    }
}

fn check(template: &str, want: &str) {
    let error = error(template);
    // Helm names each of a thousand calls too.
    assert!(error.len() < 1_000_000, "{} bytes", error.len());
    assert!(error.contains("app/templates/a.yaml"), "{template}: {error:?}");
    assert!(error.contains(want), "{template}: {error:?}");
}

#[test]
fn templates_that_call_themselves_end() {
    let nested = "rendering template has a nested reference name: a: unable to execute template";
    check(r#"{{define "a"}}{{include "a" .}}{{end}}{{include "a" .}}"#, nested);
    check(r#"{{define "a"}}{{tpl "{{include `a` .}}" .}}{{end}}{{include "a" .}}"#, nested);
    let deep = r#"{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}"#;
    check(deep, "the template is nested too deeply");
}

#[test]
fn templates_that_make_too_much_are_refused() {
    let large = "the result would be too large: the limit is";
    check("{{ until 99999999 }}", large);
    check(r#"{{ .Files.Glob (repeat 9999 "{a,") }}"#, "the pattern is too long");
    check(r#"{{ .Files.Glob (repeat 600 "{a,") }}{{ fail "here" }}"#, "here");
    check(r#"{{ repeat 99999999 "a" }}"#, large);
    check(r#"{{ $x := "a" }}{{ range 100 }}{{ $x = cat $x $x }}{{ end }}"#, large);
    check("{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ toJson $l }}", large);
    check("{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ mustToJson $d }}", "encountered a cycle");
}

#[test]
fn manifests_that_grow_while_they_are_read_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        let _written = writeln!(bomb, "a{level}: &a{level} [{before}]");
    }
    check(&bomb, "document contains excessive aliasing");
    check(&format!("a: {}", "[".repeat(10_000)), "exceeded max depth of 100");
}
