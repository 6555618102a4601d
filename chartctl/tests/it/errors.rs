//! Bad command lines, bad charts, no cluster: what a person reads.

use crate::run::{Folder, web};

fn check(folder: &Folder, line: &str, expected: &str) {
    let error = folder.run(line).failed();
    assert!(error.starts_with(&format!("Error: {expected}")), "{line}: {error}");
}

#[test]
fn wrong_command_lines_get_helms_errors() {
    let folder = web();
    check(&folder, "lst", "unknown command \"lst\" for \"chartctl\"\n");
    check(&folder, "list --nope", "unknown flag: --nope\n");
    check(
        &folder,
        "list x",
        "\"chartctl list\" accepts no arguments\n\nUsage:  chartctl list [flags]\n",
    );
    check(&folder, "status", "\"chartctl status\" requires 1 argument\n");
    check(&folder, "upgrade web", "\"chartctl upgrade\" requires 2 arguments\n");
    check(&folder, "uninstall", "\"chartctl uninstall\" requires at least 1 argument\n");
    check(&folder, "install", "\"chartctl install\" requires at least 1 argument\n");
    check(
        &folder,
        "install web",
        "INSTALLATION FAILED: must either provide a name or specify --generate-name\n",
    );
    check(
        &folder,
        "install -g a web",
        "INSTALLATION FAILED: cannot set --generate-name and also specify a name\n",
    );
    check(&folder, "rollback web x", "could not convert revision to a number: ");
    check(&folder, "rollback WEB", "prepareRollback: Release name is invalid: WEB\n");
    check(&folder, "status WEB", "releaseContent: Release name is invalid: WEB\n");
    check(&folder, "history WEB", "release name is invalid: WEB\n");
    check(&folder, "list --filter (", "error parsing regexp: ");
    check(
        &folder,
        "upgrade a web --dry-run=maybe",
        "invalid dry-run value (\"maybe\"). Must be \"none\", \"server\", or \"client\"\n",
    );
    check(&folder, "uninstall a --cascade x", "invalid cascade value (x)");
}

#[test]
fn a_missing_cluster_is_told_with_advice() {
    let folder = web();
    let error = folder.run("list").failed();
    assert!(
        error.starts_with("Error: kubernetes cluster unreachable: no kubeconfig found at "),
        "{error}"
    );
    assert!(error.contains("\nhelp: set KUBECONFIG or pass --kubeconfig"), "{error}");
    let error = folder.run("install shop web").failed();
    assert!(
        error.starts_with(
            "Error: INSTALLATION FAILED: cluster reachability check failed: kubernetes cluster unreachable: "
        ),
        "{error}"
    );
    // Nobody listens on the discard port of the loopback interface.
    let error = folder.run("list --kube-apiserver http://127.0.0.1:9").failed();
    assert!(error.starts_with("Error: kubernetes cluster unreachable: "), "{error}");
}

#[test]
fn bad_charts_are_refused_before_anything_is_asked_of_a_cluster() {
    let folder = Folder::with(&[
        ("empty/values.yaml", "a: 1\n"),
        ("bad-version/Chart.yaml", "apiVersion: v2\nname: x\nversion: one\n"),
        ("bad-yaml/Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\n"),
        ("bad-yaml/values.yaml", "a: 1\n b: 2\n"),
        ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n"),
        ("not-gzip.tgz", "hello"),
    ]);
    check(&folder, "template nope/chart", "");
    check(&folder, "template ./nope", "path \"./nope\" not found\n");
    check(&folder, "template empty", "");
    check(
        &folder,
        "template bad-version",
        "validation: chart.metadata.version \"one\" is invalid\n",
    );
    check(&folder, "template lib", "library charts are not installable\n");
    check(&folder, "template not-gzip.tgz", "file '");
    let error = folder.run("template bad-yaml").failed();
    assert!(error.contains("\n  --> values.yaml:2:"), "{error}");
}

#[test]
fn all_findings_of_the_schema_are_told() {
    let error = web().run("install shop web --dry-run=client --set replicas=-1").failed();
    insta::assert_snapshot!(error, @r"
    Error: INSTALLATION FAILED: values don't meet the specifications of the schema(s) in the following chart(s):
    web:
    - at '/replicas': minimum: got -1, want 0
      value  replicas is a number, set by --set replicas, overriding web/values.yaml:1:11
    help: correct this value in your -f files or --set flags, or pass --skip-schema-validation
    ");
    web().run("template web --set replicas=-1 --skip-schema-validation").ok();
}

#[test]
fn a_template_that_asks_for_an_unknown_value_is_told_with_its_place() {
    let folder = Folder::with(&[
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("c/values.yaml", "image: x\n"),
        (
            "c/templates/a.yaml.hbs",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{values.imag}}\n",
        ),
    ]);
    let error = folder.run("template c").failed();
    insta::assert_snapshot!(error, @r#"
    Error: c/templates/a.yaml.hbs:4:11: unknown variable "values.imag": values has no key "imag"

    Use --debug flag to render out invalid YAML
      4 |   name: {{values.imag}}
        |           ^
    help: did you mean "image"?
    "#);
}

#[test]
fn colour_is_only_for_terminals_and_those_who_ask() {
    let folder = Folder::with(&[]);
    assert!(!folder.run("status").stderr.contains('\x1b'));
    assert!(folder.run("status --color always").stderr.contains("\x1b["));
    assert!(folder.run_with(&["status"], "", &[("CLICOLOR_FORCE", "1")]).stderr.contains("\x1b["));
}

#[test]
fn a_release_name_that_is_none_is_refused_before_anything_is_rendered() {
    let folder = web();
    for name in ["R_1", "web.", "''"] {
        let error = folder.run(&format!("template {name} web")).failed();
        assert!(
            error.starts_with("level=ERROR msg=\"release name check failed\" error="),
            "{error}"
        );
        assert!(error.contains("\nError: release name check failed: release name "), "{error}");
    }
}
