//! `chartctl template`.

use crate::run::{Folder, web};

#[test]
fn objects_come_first_and_hooks_behind_them() {
    let text = web().run("template shop ./web -n prod --set replicas=3").ok();
    insta::assert_snapshot!(text, @r"
    ---
    # Source: web/templates/deployment.yaml.hbs
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
      namespace: prod
    spec:
      replicas: 3
      image: web:1
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
    ");
}

#[test]
fn crds_are_printed_on_demand() {
    let folder = web();
    assert!(!folder.run("template web").ok().contains("CustomResourceDefinition"));
    let text = folder.run("template web --include-crds").ok();
    assert!(
        text.starts_with("---\n# Source: web/crds/thing.yaml\napiVersion: apiextensions"),
        "{text}"
    );
}

#[test]
fn hooks_and_tests_can_be_left_out() {
    let folder = web();
    let text = folder.run("template web --skip-tests").ok();
    assert!(text.contains("kind: Job") && !text.contains("kind: Pod"), "{text}");
    let text = folder.run("template web --no-hooks").ok();
    assert!(!text.contains("kind: Job") && text.contains("kind: Deployment"), "{text}");
}

#[test]
fn one_template_can_be_shown() {
    let folder = web();
    let text = folder.run("template web -s templates/mig*.hbs").ok();
    assert!(text.starts_with("---\n# Source: web/templates/migrate.yaml.hbs\n"), "{text}");
    assert!(!text.contains("Deployment"), "{text}");
    let error = folder.run("template web -s templates/nope.yaml").failed();
    assert!(
        error.starts_with("Error: could not find template templates/nope.yaml in chart\n"),
        "{error}"
    );
}

#[test]
fn objects_can_be_written_to_files() {
    let folder = web();
    let said = folder.run("template shop web --output-dir out --release-name --no-hooks").ok();
    assert_eq!(said, "wrote out/shop/web/templates/deployment.yaml.hbs\n\n");
    let text =
        std::fs::read_to_string(folder.path().join("out/shop/web/templates/deployment.yaml.hbs"))
            .unwrap();
    assert!(
        text.starts_with("---\n# Source: web/templates/deployment.yaml.hbs\napiVersion: apps/v1\n"),
        "{text}"
    );
}

#[test]
fn the_release_has_a_name_even_if_nobody_gives_one() {
    let folder = web();
    assert!(folder.run("template web").ok().contains("name: release-name\n  namespace: default\n"));
    assert!(folder.run("template -g web").ok().contains("name: release-name\n"));
    let env = [("HELM_NAMESPACE", "from-env")];
    assert!(folder.run_with(&["template", "web"], "", &env).ok().contains("namespace: from-env"));
}

#[test]
fn capabilities_can_be_set() {
    let folder = Folder::with(&[
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: \">=1.30\"\n"),
        (
            "c/templates/a.yaml.hbs",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{capabilities.kubeVersion.version}}-{{release.isUpgrade}}\n",
        ),
    ]);
    let text = folder.run("template c --kube-version 1.31.2 --is-upgrade").ok();
    assert!(text.contains("name: v1.31.2-true"), "{text}");
    let error = folder.run("template c --kube-version 1.20.0").failed();
    assert!(
        error.starts_with(
            "Error: chart requires kubeVersion: >=1.30 which is incompatible with Kubernetes v1.20.0\n"
        ),
        "{error}"
    );
    let error = folder.run("template c --kube-version x").failed();
    assert!(
        error.starts_with("Error: invalid kube version 'x': could not parse \"x\" as version\n"),
        "{error}"
    );
}
