//! `diff` without a cluster.

use crate::run::web;

#[test]
fn without_a_cluster_everything_is_new() {
    let folder = web();
    let simple = folder.run("diff upgrade shop web --dry-run=client --output simple -n prod").ok();
    assert_eq!(
        simple,
        "prod, migrate, Job (batch) to be added.\nprod, shop, Deployment (apps) to be added.\n\
         Plan: 2 to add, 0 to change, 0 to destroy, 0 to change ownership.\n"
    );
    let json = folder.run("diff upgrade shop web --dry-run=client --output json --no-hooks").ok();
    let entry = r#"[{"api":"apps","kind":"Deployment","namespace":"default","name":"shop","change":"ADD","classes":[]}]"#;
    assert_eq!(json.trim_end(), entry);
}

#[test]
fn a_difference_can_be_an_exit_code() {
    let run = web().run("diff upgrade shop web --dry-run=client --detailed-exitcode");
    assert_eq!(run.code, Some(2));
    assert!(
        run.stdout
            .contains("default, shop, Deployment (apps) has been added:\n+ apiVersion: apps/v1\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr
            .starts_with("Error: identified at least one change, exiting with non-zero exit code")
    );
}

#[test]
fn what_is_no_plan_is_refused() {
    let folder = crate::run::Folder::with(&[
        ("a", "secret: text"),
        ("b", r#"{"format":"chartctl.dev/plan/v9","x":"secret"}"#),
    ]);
    let check = |file: &str, expected: &str| {
        let said = folder.run(&format!("apply-plan {file}")).failed();
        assert!(said.starts_with(expected) && !said.contains("secret"), "{said}");
    };
    check("a", "Error: a is no plan of chartctl's\n");
    check("b", "Error: b is a plan of another format: chartctl.dev/plan/v9\n");
    check("c", "Error: open c: no such file or directory\n");
}
