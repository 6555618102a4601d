//! `--dry-run=client`, which needs no cluster.

use crate::run::web;

#[test]
fn an_installation_is_shown_without_a_cluster() {
    let text = web().run("install shop web -n prod --dry-run=client --set replicas=2").ok();
    let text: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("LAST DEPLOYED: ")).collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    NAME: shop
    NAMESPACE: prod
    STATUS: pending-install
    REVISION: 1
    DESCRIPTION: Dry run complete
    HOOKS:
    ---
    # Source: web/templates/test.yaml.hbs
    apiVersion: v1
    kind: Pod
    metadata:
      name: probe
      annotations:
        helm.sh/hook: test

    ---
    # Source: web/templates/migrate.yaml.hbs
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
      annotations:
        helm.sh/hook: pre-upgrade

    MANIFEST:
    ---
    # Source: web/templates/deployment.yaml.hbs
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
      namespace: prod
    spec:
      replicas: 2
      image: web:1


    NOTES:
    Open shop.
    ");
}

#[test]
fn the_release_can_be_had_as_json_and_yaml() {
    let folder = web();
    let json = folder.run("install shop web --dry-run=client -o json").ok();
    assert!(json.starts_with("{\"name\":\"shop\",\"info\":{\"first_deployed\":\""), "{json}");
    assert!(json.contains("\"status\":\"pending-install\""), "{json}");
    let yaml = folder.run("install shop web --dry-run=client -o yaml").ok();
    assert!(yaml.starts_with("apply_method: ssa\nchart:\n"), "{yaml}");
}

#[test]
fn notes_can_be_left_out_and_deprecated_forms_are_warned_of() {
    let folder = web();
    let run = folder.run("install shop web --dry-run --hide-notes");
    assert!(run.stderr.contains("level=WARN msg=\"--dry-run is deprecated"), "{}", run.stderr);
    assert!(!run.ok().contains("NOTES:"));
}

#[test]
fn a_bad_name_is_refused() {
    let error = web().run("install Shop web --dry-run=client").failed();
    assert!(
        error.starts_with(
            "Error: INSTALLATION FAILED: release name check failed: release name \"Shop\": invalid release name, must match regex "
        ),
        "{error}"
    );
}
