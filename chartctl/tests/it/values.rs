//! `-f` and the `--set` family.

use crate::run::{Folder, Run};

/// Renders `values.out` of a chart with the words of `line`.
fn render(folder: &Folder, args: &[&str], stdin: &str) -> Run {
    let mut line = vec!["template", "c"];
    line.extend(args);
    folder.run_with(&line, stdin, &[])
}

fn folder() -> Folder {
    Folder::with(&[
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("c/values.yaml", "out: default\nother: 1\n"),
        (
            "c/templates/a.yaml.hbs",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {{toJson values.out}}\n",
        ),
        ("one.yaml", "out:\n  a: 1\n  b: 1\n"),
        ("two.yaml", "out:\n  b: 2\n"),
        ("text.txt", "from a file"),
        ("broken.yaml", "out:\n  a: 1\n b: 2\n"),
        ("list.yaml", "- 1\n"),
    ])
}

fn check(args: &[&str], stdin: &str, expected: &str) {
    let text = render(&folder(), args, stdin).ok();
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    assert_eq!(data, expected, "{args:?}");
}

#[test]
fn sources_are_merged_in_helms_order() {
    check(&[], "", r#""default""#);
    check(&["-f", "one.yaml", "-f", "two.yaml"], "", r#"{"a":1,"b":2}"#);
    check(&["-f", "one.yaml,two.yaml"], "", r#"{"a":1,"b":2}"#);
    check(&["-f", "-"], "out: stdin\n", r#""stdin""#);
    check(&["--set", "out.a=2", "-f", "one.yaml"], "", r#"{"a":2,"b":1}"#);
    check(&["--set-string", "out=2", "--set", "out=3", "--set-json", "out=[4]"], "", r#""2""#);
    check(&["--set-json", "out=[4,null]"], "", "[4,null]");
    check(&["--set-file", "out=text.txt", "--set-string", "out=2"], "", r#""from a file""#);
    check(&["--set-literal", "out=a,b=c", "--set-file", "out=text.txt"], "", r#""a,b=c""#);
    check(&["--set", "out={a,b}"], "", r#"["a","b"]"#);
}

fn fails(args: &[&str], expected: &str) {
    let error = render(&folder(), args, "").failed();
    assert!(error.starts_with(expected), "{args:?}: {error}");
}

#[test]
fn mistakes_are_told_in_helms_words() {
    fails(&["-f", "nope.yaml"], "Error: open nope.yaml: no such file or directory\n");
    fails(
        &["-f", "list.yaml"],
        "Error: failed to parse list.yaml: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into \
         Go value of type map[string]interface {}\n",
    );
    fails(&["--set", "out"], "Error: failed parsing --set data: key \"out\" has no value\n");
    fails(&["--set-json", "out={"], "Error: failed parsing --set-json data out={\n");
    fails(&["--set-file", "out=nope"], "Error: failed parsing --set-file data: ");
}

#[test]
fn a_failing_template_names_the_file_or_flag_that_set_the_value() {
    let folder = Folder::with(&[
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
        ("c/values.yaml", "web:\n  port: 80\n  host: web\n"),
        (
            "c/templates/a.yaml",
            "{{ if eq .Values.web.port 80 }}{{ .Values.web.host.name }}{{ end }}\n",
        ),
        ("prod.yaml", "web:\n  port: 8080\n"),
    ]);
    let failed = |flags: &[&str]| render(&folder, flags, "").failed();
    insta::assert_snapshot!(failed(&["-f", "prod.yaml"]), @r#"
    Error: template: c/templates/a.yaml:1:6: executing "c/templates/a.yaml" at <eq .Values.web.port 80>: error calling eq: incompatible types for comparison: float64 and int

    Use --debug flag to render out invalid YAML
      --> c/templates/a.yaml:1:7
      1 | {{ if eq .Values.web.port 80 }}{{ .Values.web.host.name }}{{ end }}
        |       ^^
      note: .Values.web.port is a number (float64), set at prod.yaml:2:9, overriding c/values.yaml:2:9
    help: a number of a values file is a float64, of --set an int64, in a template an int: compare (int .Values.web.port)
    "#);
    insta::assert_snapshot!(failed(&["-f", "prod.yaml", "--set", "web.port=80,web.host=x"]), @r#"
    Error: c/templates/a.yaml:1:41
      executing "c/templates/a.yaml" at <.Values.web.host.name>:
        can't evaluate field name in type interface {}

    Use --debug flag to render out invalid YAML
      --> c/templates/a.yaml:1:35
      1 | {{ if eq .Values.web.port 80 }}{{ .Values.web.host.name }}{{ end }}
        |                                   ^^^^^^^^^^^^^^^^^^^^^
      note: .Values.web.host is a string, set by --set web.host, overriding c/values.yaml:3:9: it has no field name
    "#);
}

#[test]
fn broken_yaml_is_shown_with_its_place() {
    let error = render(&folder(), &["-f", "broken.yaml"], "").failed();
    insta::assert_snapshot!(error, @r"
    Error: failed to parse broken.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: did not find expected key
      --> broken.yaml:3:2
        3 |  b: 2
          |  ^
    ");
}
