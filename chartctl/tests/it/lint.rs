//! `chartctl lint`. The texts are Helm's; what is said about a template that fails is said in Helm's words first.

use crate::run::Folder;

const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.2.3\n";
const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n";

fn app(more: &[(&str, &str)]) -> Folder {
    let mut files = vec![("app/Chart.yaml", CHART), ("app/values.yaml", "a: 1\n")];
    files.extend(more);
    Folder::with(&files)
}

#[test]
fn a_good_chart_is_told_to_be_one() {
    let folder = app(&[("app/templates/a.yaml", OBJECT)]);
    insta::assert_snapshot!(folder.run("lint ./app").ok(), @r"
    ==> Linting ./app
    [INFO] Chart.yaml: icon is recommended

    1 chart(s) linted, 0 chart(s) failed
    ");
    assert_eq!(folder.run("lint app --quiet").ok(), "");
}

#[test]
fn errors_fail_and_warnings_only_when_asked() {
    let folder = app(&[("app/templates/a.yaml", &OBJECT.replace('x', "X_"))]);
    let run = folder.run("lint app --quiet");
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout.starts_with("==> Linting app\n[WARNING] templates/a.yaml: object name does")
    );
    assert!(run.stdout.ends_with("\n\n1 chart(s) linted, 0 chart(s) failed\n"), "{}", run.stdout);
    let run = folder.run("lint app --strict");
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stderr, "Error: 1 chart(s) linted, 1 chart(s) failed\n");
    assert!(run.stdout.starts_with("==> Linting app\n[INFO] Chart.yaml: icon"), "{}", run.stdout);
}

#[test]
fn what_is_no_chart_is_told_for_each() {
    let folder = app(&[("app/templates/a.yaml", OBJECT)]);
    let run = folder.run("lint ./nope app x.tgz");
    insta::assert_snapshot!(run.stdout, @r"
    ==> Linting ./nope
    Error unable to check Chart.yaml file in chart: stat nope/Chart.yaml: no such file or directory

    ==> Linting app
    [INFO] Chart.yaml: icon is recommended

    ==> Linting x.tgz
    Error unable to open tarball: open x.tgz: no such file or directory

    ");
    assert_eq!(run.stderr, "Error: 3 chart(s) linted, 2 chart(s) failed\n");
}

#[test]
fn a_template_that_fails_is_explained_at_the_end() {
    let folder = app(&[("app/templates/a.yaml", "a: {{ if }}\n")]);
    let run = folder.run("lint app");
    assert!(
        run.stdout.contains("\n[ERROR] templates/: parse error at (app/templates/a.yaml:1): missing value for if\n\n"),
        "{}",
        run.stdout
    );
    let (first, rest) = run.stderr.split_once('\n').unwrap();
    assert_eq!(first, "Error: 1 chart(s) linted, 1 chart(s) failed");
    assert!(rest.contains("a: {{ if }}"), "{rest}");
}

#[test]
fn subcharts_are_looked_at_on_demand() {
    let folder = app(&[
        ("app/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
        ("app/charts/db/charts/x/Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\n"),
    ]);
    let run = folder.run("lint ./app --with-subcharts");
    let heads: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("==> ")).collect();
    assert_eq!(
        heads,
        ["==> Linting ./app", "==> Linting app/charts/db", "==> Linting app/charts/db/charts/x"]
    );
    assert_eq!(run.stderr, "Error: 3 chart(s) linted, 2 chart(s) failed\n");
}

#[test]
fn what_templates_require_is_logged() {
    let text = format!("{OBJECT}a: {{{{ required \"give an a\" .Values.x }}}}\n");
    let folder = app(&[("app/templates/a.yaml", &text)]);
    let run = folder.run("lint app");
    assert_eq!(run.stderr, "level=WARN msg=\"missing required value\" message=\"give an a\"\n");
    let run = folder.run("lint app --set x=y");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_version_of_kubernetes_can_be_set() {
    let text = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata:\n  name: x\n";
    let folder = app(&[("app/templates/a.yaml", text)]);
    assert!(folder.run("lint app").ok().contains("CronJob is deprecated in v1.21+"));
    assert!(!folder.run("lint app --kube-version 1.20").ok().contains("deprecated"));
    assert_eq!(
        folder.run("lint app --kube-version x").failed().lines().next(),
        Some("Error: invalid kube version 'x': could not parse \"x\" as version")
    );
}

#[test]
fn findings_can_be_had_as_json() {
    let folder = app(&[("app/templates/a.yaml", "a: b: c\n")]);
    let run = folder.run("lint app nope -o json --quiet");
    insta::assert_snapshot!(run.stdout, @r#"[{"chart":"app","failed":true,"findings":[{"severity":"ERROR","path":"templates/a.yaml","message":"unable to parse YAML: error converting YAML to JSON: yaml: mapping values are not allowed in this context"}]},{"chart":"nope","failed":true,"error":"unable to check Chart.yaml file in chart: stat nope/Chart.yaml: no such file or directory","findings":[]}]"#);
    assert_eq!(run.code, Some(1));
}

#[test]
fn paths_are_needed() {
    let error = Folder::with(&[]).run("lint").failed();
    assert!(
        error.starts_with("Error: \"chartctl lint\" requires at least 1 argument\n"),
        "{error}"
    );
}
