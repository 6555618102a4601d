//! Releases whose objects ask for an order: gates between batches, and the way back.

use anyhow::{Context as _, Result};
use api::Release;
use e2e::{Finished, Signal};
use serde_json::{Value, json};

use crate::operators::{LIMIT, session, stop};
use crate::session::{Chart, Session};

const DB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: db
  annotations: {helm.sh/resource-group: db}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata:
      labels: {app: db}
      annotations: {e2e.chartctl.dev/behaviour: {{ .Values.behaviour }}}
    spec: {containers: [{name: db, image: 'example.com/db:{{ .Values.tag }}'}]}
";

const FILL: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: fill
  annotations: {helm.sh/resource-group: fill, helm.sh/depends-on/resource-groups: '[\"db\"]'}
data: {word: {{ .Values.tag }}}
";

/// A Deployment, then a `ConfigMap` that its group gates, then another one.
fn shop() -> Result<Chart> {
    Chart::new(
        "shop",
        &[
            ("values.yaml", "behaviour: none\ntag: v1\n"),
            ("templates/db.yaml", DB),
            ("templates/fill.yaml", FILL),
            ("templates/web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a-web}\n"),
        ],
    )
}

/// What was told, as `applied Deployment/db`, in order.
fn told(done: &Finished) -> Result<Vec<String>> {
    let lines = done.stderr.lines().filter(|line| line.starts_with('{'));
    let lines: Vec<Value> = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
    let interesting =
        |line: &&Value| ["applied", "ready"].iter().any(|event| line["event"] == *event);
    let text = |line: &Value| {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let object = &line["object"];
        format!("{} {}/{}", word(&line["event"]), word(&object["kind"]), word(&object["name"]))
    };
    Ok(lines.iter().filter(interesting).map(text).collect())
}

#[tokio::test]
async fn each_group_is_ready_before_the_next_one_is_applied() -> Result<()> {
    let session = Session::new("gates").await?;
    let chart = shop()?;
    let done =
        session.chartctl(&["install", "shop", &chart.path(), "--wait", "-o", "json"]).await?;
    assert_eq!(
        told(&done)?,
        [
            "applied Deployment/db",
            "ready Deployment/db",
            "applied ConfigMap/fill",
            "ready ConfigMap/fill",
            "applied ConfigMap/a-web",
            "ready ConfigMap/a-web",
        ]
    );
    // The server never saw the key that it refuses, and the record keeps it.
    assert_eq!(
        session.field("cm/fill", r".metadata.annotations.helm\.sh/resource-group").await?,
        "fill"
    );
    let manifest = session.chartctl(&["get", "manifest", "shop"]).await?;
    assert!(manifest.stdout.contains("helm.sh/depends-on/resource-groups"), "{manifest}");
    // What was just applied is no drift, and an upgrade finds nothing to do.
    session.chartctl(&["drift", "shop"]).await?;
    session.chartctl(&["upgrade", "shop", &chart.path(), "--wait"]).await?;
    assert_eq!(session.history("shop").await?, ["1 deployed"]);
    session.chartctl(&["upgrade", "shop", &chart.path(), "--set", "tag=v2"]).await?;
    assert_eq!(session.field("cm/fill", ".data.word").await?, "v2");
    Ok(())
}

#[tokio::test]
async fn without_waiting_there_is_an_order_and_no_gate() -> Result<()> {
    let session = Session::new("order").await?;
    let chart = shop()?;
    let silent = "behaviour=silent";
    let install = ["install", "shop", &chart.path(), "-o", "json", "--set", silent];
    let done = session.chartctl(&install).await?;
    assert_eq!(
        told(&done)?,
        ["applied Deployment/db", "applied ConfigMap/fill", "applied ConfigMap/a-web"]
    );
    // A plan that was saved has the same batches.
    let file = chart.folder().join("shop.plan").display().to_string();
    let upgrade =
        ["upgrade", "shop", &chart.path(), "--wait", "--set", "tag=v2", "--save-plan", &file];
    let saved = session.chartctl(&upgrade).await?;
    assert!(saved.stderr.contains("Plan for shop written to"), "{saved}");
    session.chartctl(&["apply-plan", &file]).await?;
    assert_eq!(session.field("cm/fill", ".data.word").await?, "v2");
    Ok(())
}

#[tokio::test]
async fn subcharts_come_in_their_order_and_go_in_reverse() -> Result<()> {
    let session = Session::new("subcharts").await?;
    let object = |name: &str, more: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{more}}}\n")
    };
    let held = ", finalizers: [e2e.chartctl.dev/hold]";
    let sub = |name: &str| format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    let chart = Chart::new(
        "shop",
        &[
            (
                "Chart.yaml",
                "apiVersion: v2\nname: shop\nversion: 1.0.0\nannotations: {helm.sh/depends-on/subcharts: '[\"zoo\"]'}\n\
                 dependencies:\n- {name: ape, version: '*', repository: '', depends-on: [zoo]}\n\
                 - {name: zoo, version: '*', repository: ''}\n",
            ),
            ("templates/shop.yaml", &object("shop", "")),
            ("charts/ape/Chart.yaml", &sub("ape")),
            ("charts/ape/templates/ape.yaml", &object("ape", held)),
            ("charts/zoo/Chart.yaml", &sub("zoo")),
            ("charts/zoo/templates/zoo.yaml", &object("zoo", "")),
        ],
    )?;
    let done = session.chartctl(&["install", "shop", &chart.path(), "-o", "json"]).await?;
    let applied = told(&done)?;
    assert_eq!(applied.first().map(String::as_str), Some("applied ConfigMap/zoo"), "{applied:?}");
    let mark = r".metadata.annotations.chartctl\.dev/order";
    let record = "secret/sh.helm.release.v1.shop.v1";
    assert_eq!(
        session.field(record, mark).await?,
        r#"{"own":{"shop":["zoo"]},"whole":{"shop/charts/ape":["zoo"]}}"#
    );

    // What came first stays until all that came after it is gone.
    let error = session.refused(&["uninstall", "shop", "--wait", "--timeout", "2s"]).await?;
    assert!(error.contains("e2e.chartctl.dev/hold"), "{error}");
    assert_eq!(session.names("configmaps").await?, ["ape", "zoo"]);
    let release = r#"{"metadata":{"finalizers":null}}"#;
    session.kubectl(&["patch", "cm/ape", "--type=merge", "-p", release]).await?;
    session.chartctl(&["uninstall", "shop", "--wait"]).await?;
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_gate_that_fails_ends_the_release_there() -> Result<()> {
    let session = Session::new("failing").await?;
    let chart = shop()?;
    let path = chart.path();
    let ordered = ["--wait=ordered", "--readiness-timeout", "2s", "--set", "behaviour=silent"];
    let install = |more: &[&'static str]| {
        let start = ["install", "shop", path.as_str()];
        start.into_iter().chain(ordered).chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let error = session.refused(&install(&["--rollback-on-failure"])).await?;
    assert!(error.contains("resource Deployment/"), "{error}");
    assert!(error.contains("uninstalled due to rollback-on-failure being set"), "{error}");
    assert_eq!(session.records().await?, "");
    assert_eq!(session.names("deployments,configmaps").await?, Vec::<String>::new());

    let error = session.refused(&install(&[])).await?;
    assert!(error.contains("/db not ready. status: InProgress"), "{error}");
    assert!(error.contains("context deadline exceeded"), "{error}");
    assert_eq!(session.history("shop").await?, ["1 failed"]);
    assert_eq!(session.names("deployments,configmaps").await?, ["db"]);

    // The next attempt goes on from there, and one that cleans up takes away what it made itself.
    let upgrade = ["upgrade", "shop", &path, "--wait=ordered", "--set", "behaviour=none"];
    session.chartctl(&upgrade).await?;
    assert_eq!(session.names("configmaps").await?, ["a-web", "fill"]);
    let early = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: early, annotations: {helm.sh/resource-group: early}}\n";
    chart.write("templates/early.yaml", early)?;
    let after = "group: db, helm.sh/depends-on/resource-groups: '[\"early\"]'";
    chart.write("templates/db.yaml", &DB.replace("group: db", after))?;
    let mut upgrade =
        vec!["upgrade", "shop", path.as_str(), "--cleanup-on-fail", "--set", "tag=v2"];
    upgrade.extend(ordered);
    session.refused(&upgrade).await?;
    assert_eq!(session.names("configmaps").await?, ["a-web", "fill"]);
    assert_eq!(session.history("shop").await?, ["1 failed", "2 deployed", "3 failed"]);
    Ok(())
}

#[tokio::test]
async fn a_rollback_keeps_to_the_order_of_what_it_goes_back_to() -> Result<()> {
    let session = Session::new("back").await?;
    let (ordered, plain) = (shop()?, Chart::plain("hello")?);
    session.chartctl(&["install", "shop", &ordered.path(), "--wait"]).await?;
    session.chartctl(&["upgrade", "shop", &plain.path(), "--wait"]).await?;
    assert_eq!(session.names("deployments,configmaps").await?, ["plain"]);

    session.kubectl(&["create", "quota", "none", "--hard=pods=0"]).await?;
    let back = ["rollback", "shop", "1", "--wait=ordered", "--readiness-timeout", "2s"];
    let error = session.refused(&back).await?;
    assert!(error.contains("/db not ready"), "{error}");
    assert_eq!(session.names("deployments,configmaps").await?, ["db", "plain"]);
    session.kubectl(&["delete", "quota", "none"]).await?;
    session.kubectl(&["delete", "deployment", "db"]).await?;
    session.chartctl(&["rollback", "shop", "1", "--wait"]).await?;
    assert_eq!(session.names("deployments,configmaps").await?, ["db", "a-web", "fill"]);
    Ok(())
}

#[tokio::test]
async fn an_object_says_itself_when_it_is_ready() -> Result<()> {
    let session = Session::new("custom").await?;
    let group = format!("{}.example.com", session.ns.name());
    session
        .kubectl_apply(&json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("backups.{group}")},
            "spec": {
                "group": group, "scope": "Namespaced",
                "names": {"kind": "Backup", "plural": "backups", "singular": "backup"},
                "versions": [{
                    "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": {
                        "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                    }},
                }],
            },
        }))
        .await?;
    let definition = format!("crd/backups.{group}");
    session.kubectl(&["wait", "--for=condition=Established", &definition]).await?;
    let backup = format!(
        "apiVersion: {group}/v1\nkind: Backup\nmetadata:\n  name: nightly\n  annotations:\n    helm.sh/resource-group: backup\n    \
         helm.sh/readiness-success: '[\"{{.phase}} == Done\", \"{{.copies}} >= 2\"]'\n    \
         helm.sh/readiness-failure: '[\"{{.errors}} > 3\"]'\n"
    );
    let chart = Chart::new(
        "shop",
        &[
            ("templates/backup.yaml", &backup),
            (
                "templates/after.yaml",
                &FILL.replace("{{ .Values.tag }}", "x").replace("\"db\"", "\"backup\""),
            ),
        ],
    )?;
    let status = async |status: &str| {
        let patch = format!("{{\"status\":{status}}}");
        let args =
            ["patch", "backup", "nightly", "--subresource=status", "--type=merge", "-p", &patch];
        session.kubectl(&args).await
    };
    let install = ["install", "shop", &chart.path(), "--wait"];
    let mut running = session.cli(&install).await?.spawn().await?;
    running.stderr_has("waiting for custom readiness conditions", LIMIT).await?;
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());
    status(r#"{"phase":"Copying","copies":2}"#).await?;
    running.finish().await?.success()?;
    assert_eq!(session.names("configmaps").await?, ["fill"]);

    status(r#"{"errors":4}"#).await?;
    let error =
        session.refused(&["upgrade", "shop", &chart.path(), "--new-revision", "--wait"]).await?;
    assert!(error.contains("custom readiness failure condition met"), "{error}");
    assert_eq!(session.history("shop").await?, ["1 deployed", "2 failed"]);
    session.kubectl(&["delete", &definition, "--wait=false"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_job_that_says_itself_when_it_is_done_is_a_gate() -> Result<()> {
    let session = Session::new("job").await?;
    let job = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/resource-group: migrate
    helm.sh/readiness-success: '[\"{.succeeded} == 1\"]'
    helm.sh/readiness-failure: '[\"{.failed} >= 1\"]'
spec:
  backoffLimit: 0
  template:
    spec: {restartPolicy: Never, containers: [{name: work, image: example.com/work:v1}]}
";
    let after = FILL.replace("{{ .Values.tag }}", "x").replace("\"db\"", "\"migrate\"");
    let chart =
        Chart::new("shop", &[("templates/job.yaml", job), ("templates/after.yaml", &after)])?;
    session.chartctl(&["install", "shop", &chart.path(), "--wait"]).await?;
    assert_eq!(session.field("job/migrate", ".status.succeeded").await?, "1");
    assert_eq!(session.names("configmaps").await?, ["fill"]);
    Ok(())
}

#[tokio::test]
async fn an_operator_that_is_killed_at_a_gate_goes_on_there() -> Result<()> {
    let session = session("ordered").await?;
    session.publish(&shop()?).await?;
    session.kubectl(&["create", "quota", "none", "--hard=pods=0"]).await?;
    let mut operator = session.operator().await?;
    session.release("shop", json!({})).await?;
    let at_gate = |release: &Release| {
        let operation = release.status.as_ref().and_then(|status| status.operation.as_ref());
        operation.is_some_and(|operation| operation.step == "await")
    };
    session.release_is("shop", at_gate).await.context("at the first gate")?;
    operator.signal(Signal::Kill).await?;
    operator.ended().await?;
    assert_eq!(session.names("configmaps").await?, ["chart"]);
    session.kubectl(&["delete", "quota", "none"]).await?;
    session.kubectl(&["rollout", "restart", "deployment/db"]).await?;
    let operator = session.operator().await?;
    session.ready("shop", 1).await?;
    assert_eq!(session.names("configmaps").await?, ["a-web", "chart", "fill"]);
    stop(operator).await?;
    Ok(())
}
