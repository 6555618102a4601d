//! Charts that ask for an order: `dag`, `template --wait=ordered`, and flags about it.

use crate::run::Folder;

fn object(kind: &str, name: &str, group: &str, first: &str) -> String {
    let line = |key: &str, value: &str| {
        let text = format!("    helm.sh/{key}: {value}\n");
        if value.is_empty() || value == "''" { String::new() } else { text }
    };
    let group = line("resource-group", group);
    let first = line("depends-on/resource-groups", &format!("'{first}'"));
    let head = if group.is_empty() { "" } else { "  annotations:\n" };
    let annotations = format!("{head}{group}{first}");
    format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n{annotations}")
}

/// A shop: a database, then what fills it, then the rest; the charts `queue`, then `mail`.
fn shop(fill_first: &str) -> Folder {
    let chart = "apiVersion: v2\nname: shop\nversion: 1.0.0\nannotations:\n  helm.sh/depends-on/subcharts: '[\"queue\"]'\n\
                 dependencies:\n- {name: queue, version: '*', repository: ''}\n\
                 - {name: mail, version: '*', repository: '', depends-on: [queue], condition: mail.enabled}\n";
    let sub = |name: &str| format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    Folder::with(&[
        ("shop/Chart.yaml", chart),
        ("shop/values.yaml", "mail: {enabled: true}\n"),
        ("shop/charts/queue/Chart.yaml", &sub("queue")),
        ("shop/charts/queue/templates/queue.yaml", &object("ConfigMap", "queue", "", "")),
        ("shop/charts/mail/Chart.yaml", &sub("mail")),
        ("shop/charts/mail/templates/mail.yaml", &object("ConfigMap", "mail", "", "")),
        ("shop/templates/a-web.yaml", &object("ConfigMap", "web", "", "")),
        ("shop/templates/b-fill.yaml", &object("ConfigMap", "fill", "fill", fill_first)),
        (
            "shop/templates/c-db.yaml",
            &format!(
                "{}---\n{}",
                object("Service", "db", "db", ""),
                object("Secret", "db", "db", "")
            ),
        ),
    ])
}

#[test]
fn dag_prints_the_batches() {
    let folder = shop("[\"db\"]");
    let table = folder.run("dag shop").ok();
    let table: Vec<String> =
        table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        table,
        [
            "BATCH CHART GROUP OBJECT",
            "1 shop/queue - ConfigMap/queue",
            "2 shop db Secret/db",
            "2 shop db Service/db",
            "2 shop/mail - ConfigMap/mail",
            "3 shop fill ConfigMap/fill",
            "4 shop - ConfigMap/web",
        ]
    );
    let json = folder.run("dag shop -o json --set mail.enabled=false").ok();
    assert_eq!(
        json,
        "[{\"batch\":1,\"parts\":[{\"chart\":\"shop/queue\",\"objects\":[\"ConfigMap/queue\"]}]},\
         {\"batch\":2,\"parts\":[{\"chart\":\"shop\",\"group\":\"db\",\"objects\":[\"Secret/db\",\"Service/db\"]}]},\
         {\"batch\":3,\"parts\":[{\"chart\":\"shop\",\"group\":\"fill\",\"objects\":[\"ConfigMap/fill\"]}]},\
         {\"batch\":4,\"parts\":[{\"chart\":\"shop\",\"objects\":[\"ConfigMap/web\"]}]}]\n"
    );
    let yaml = folder.run("dag shop -o yaml --set mail.enabled=false").ok();
    assert!(yaml.starts_with("- batch: 1\n  parts:\n  - chart: shop/queue\n"), "{yaml}");
}

#[test]
fn what_is_wrong_with_an_order_is_told() {
    let lonely = shop("[\"nothing\"]").run("dag shop");
    assert!(lonely.stderr.contains("group \"fill\" depends-on non-existent group \"nothing\""));
    lonely.ok();
    let circle = shop("[\"fill\"]");
    let text =
        "resource-group circular dependency detected in shop: cycle detected among nodes: fill";
    let error = circle.run("dag shop").failed();
    assert!(error.starts_with(&format!("Error: {text}\n")), "{error}");
    let error = circle.run("template shop --wait=ordered").failed();
    assert!(error.starts_with(&format!("Error: {text}\n")), "{error}");
    assert!(circle.run("template shop").ok().contains("name: fill"));
    let error = circle.run("install shop shop --dry-run=client").failed();
    assert!(error.starts_with(&format!("Error: INSTALLATION FAILED: {text}\n")), "{error}");
    let lint = circle.run("lint shop");
    assert!(lint.stdout.contains(&format!("[ERROR] templates/: {text}\n")), "{}", lint.stdout);
}

#[test]
fn template_prints_in_the_order_of_deployment_when_asked_to() {
    let folder = shop("[\"db\"]");
    let plain = folder.run("template shop").ok();
    assert_eq!(folder.run("template shop --wait --readiness-timeout 1m").ok(), plain);
    assert!(!plain.contains("## "), "{plain}");
    let ordered = folder.run("template shop --wait=ordered").ok();
    insta::assert_snapshot!(ordered, @r#"
    ---
    # Source: shop/charts/queue/templates/queue.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: queue

    ## START resource-group: shop db
    ---
    # Source: shop/templates/c-db.yaml
    apiVersion: v1
    kind: Secret
    metadata:
      name: db
      annotations:
        helm.sh/resource-group: db

    ---
    # Source: shop/templates/c-db.yaml
    apiVersion: v1
    kind: Service
    metadata:
      name: db
      annotations:
        helm.sh/resource-group: db

    ## END resource-group: shop db
    ---
    # Source: shop/charts/mail/templates/mail.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: mail

    ## START resource-group: shop fill
    ---
    # Source: shop/templates/b-fill.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: fill
      annotations:
        helm.sh/resource-group: fill
        helm.sh/depends-on/resource-groups: '["db"]'

    ## END resource-group: shop fill
    ---
    # Source: shop/templates/a-web.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
    "#);
    let shown = folder.run("template shop --wait=ordered -s templates/b-fill.yaml").ok();
    assert_eq!(shown, folder.run("template shop -s templates/b-fill.yaml").ok());
}

#[test]
fn a_batch_may_not_take_longer_than_any_wait() {
    let folder = shop("[\"db\"]");
    let error = "Error: --readiness-timeout (3m0s) must not exceed --timeout (2m0s)\n";
    for command in ["install shop shop", "upgrade shop shop", "rollback shop", "uninstall shop"] {
        let flags = "--wait=ordered --readiness-timeout 3m --timeout 2m";
        let said = folder.run(&format!("{command} {flags}")).failed();
        assert!(
            said.ends_with(error) || said.contains("--readiness-timeout (3m0s) must not exceed"),
            "{said}"
        );
    }
}
