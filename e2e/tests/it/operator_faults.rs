//! What is missing, in the way, gone or broken: the operator waits without holding anything up, notices at once
//! when it is mended, and history stays truthful.

use std::time::Duration;

use anyhow::{Context as _, Result};
use api::Release;
use e2e::{wait_for, wait_until_gone};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::Api;
use serde_json::{Value, json};

use crate::operators::{LIMIT, condition, reason, revision_of, session, stop};
use crate::session::{Chart, Session};

/// How soon a watch has to take effect.
const SOON: Duration = Duration::from_secs(5);

/// The message of the condition `Ready`.
fn message(release: &Release) -> String {
    let conditions = release.status.iter().flat_map(|status| &status.conditions);
    conditions
        .filter(|condition| condition.type_ == "Ready")
        .map(|condition| condition.message.clone())
        .collect()
}

async fn delete(session: &Session, name: &str) -> Result<()> {
    session.kubectl(&["delete", "release.chartctl.dev", name, "--wait=false"]).await?;
    Ok(())
}

/// Makes the newest record of a release say something else; `None` deletes it.
async fn damage(session: &Session, record: &str, release: Option<&str>) -> Result<()> {
    match release {
        None => session.kubectl(&["delete", "secret", record]).await?,
        Some(text) => {
            let patch = json!({"stringData": {"release": text}}).to_string();
            session.kubectl(&["patch", "secret", record, "--type=merge", "-p", &patch]).await?
        }
    };
    Ok(())
}

#[tokio::test]
async fn a_namespace_and_a_kind_that_come_late_wake_who_waits_for_them() -> Result<()> {
    let session = session("late").await?;
    let name = session.ns.name().to_owned();
    let group = format!("{name}.example.com");
    let chart = Chart::web()?;
    let thing =
        format!("apiVersion: {group}/v1\nkind: Late\nmetadata:\n  name: {{{{release.name}}}}\n");
    chart.write(
        "templates/thing.yaml.hbs",
        &format!("{{{{#if values.thing}}}}\n{thing}{{{{/if}}}}\n"),
    )?;
    chart.write(
        "values.yaml",
        "word: a\nreplicas: 1\ntag: v1\nbehaviour: none\napp: web\nthing: false\n",
    )?;
    session.publish(&chart).await?;
    let operator = session.operator().await?;

    let target = format!("{name}-late");
    session.release("elsewhere", json!({"targetNamespace": target})).await?;
    session.release("kind", json!({"values": {"thing": true, "app": "kind"}})).await?;
    let waits = |release: &Release| reason(release, "Ready") == "Waiting";
    let elsewhere = session.release_is("elsewhere", waits).await?;
    assert!(message(&elsewhere).contains(&target), "{}", message(&elsewhere));
    let kind = session.release_is("kind", waits).await?;
    assert!(message(&kind).contains("Late"), "{}", message(&kind));

    session.kubectl(&["create", "namespace", &target]).await?;
    session
        .kubectl_apply(&json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("lates.{group}")},
            "spec": {
                "group": group, "scope": "Namespaced",
                "names": {"kind": "Late", "plural": "lates"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {
                    "openAPIV3Schema": {"type": "object"}}}],
            },
        }))
        .await?;
    let began = |release: &Release| !waits(release);
    let releases = session.ns.api::<Release>();
    wait_for(&releases, "elsewhere", SOON, began).await?;
    wait_for(&releases, "kind", SOON, began).await?;
    session.ready("elsewhere", 1).await?;
    session.ready("kind", 1).await?;
    for release in ["elsewhere", "kind"] {
        delete(&session, release).await?;
        wait_until_gone(&releases, release, LIMIT).await?;
    }
    stop(operator).await?;
    session.kubectl(&["delete", "crd", &format!("lates.{group}"), "--wait=false"]).await?;
    session.kubectl(&["delete", "namespace", &target, "--wait=false"]).await?;
    Ok(())
}

#[tokio::test]
async fn of_two_releases_for_one_the_younger_waits_and_takes_over_at_once() -> Result<()> {
    let session = session("rivals").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;
    session.release("older", json!({"releaseName": "web", "values": {"word": "older"}})).await?;
    session.ready("older", 1).await?;
    for name in ["younger", "loser"] {
        session.release(name, json!({"releaseName": "web", "values": {"word": name}})).await?;
        let stalled = |release: &Release| reason(release, "Stalled") == "ReleaseConflict";
        session.release_is(name, stalled).await?;
    }
    let releases = session.ns.api::<Release>();
    delete(&session, "loser").await?;
    wait_until_gone(&releases, "loser", LIMIT).await?;
    assert_eq!(session.history("web").await?, ["1 deployed"]);

    session
        .release(
            "older",
            json!({"releaseName": "web", "values": {"word": "older"}, "deletionPolicy": "Orphan"}),
        )
        .await?;
    delete(&session, "older").await?;
    wait_until_gone(&releases, "older", LIMIT).await?;
    let takes_over = |release: &Release| condition(release, "Stalled") != "True";
    wait_for(&releases, "younger", SOON, takes_over).await?;
    session.ready("younger", 2).await?;
    assert_eq!(session.field("configmap/web-settings", ".data.word").await?, "younger");
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn lost_and_damaged_records_and_a_lost_status_cost_no_object() -> Result<()> {
    let session = session("records").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;
    session.release("web", json!({"values": {"word": "one"}})).await?;
    session.ready("web", 1).await?;
    session.release("web", json!({"values": {"word": "two"}})).await?;
    session.ready("web", 2).await?;
    let uid = session.field("deployment/web", ".metadata.uid").await?;

    let newest = "sh.helm.release.v1.web.v2";
    let secrets = session.ns.api::<Secret>();
    let lost = wait_for(&secrets, newest, SOON, |_| true).await?.metadata.uid;
    damage(&session, newest, None).await?;
    let anew = |record: &Secret| {
        let status = record.metadata.labels.as_ref().and_then(|labels| labels.get("status"));
        record.metadata.uid != lost && status.is_some_and(|status| status == "deployed")
    };
    wait_for(&secrets, newest, LIMIT, anew).await?;

    damage(&session, newest, Some("bm8gZ3ppcA==")).await?;
    session.ready("web", 3).await?;

    session.kubectl(&["delete", "secrets", "-l", "owner=helm"]).await?;
    session.ready("web", 1).await?;
    assert_eq!(session.field("deployment/web", ".metadata.uid").await?, uid, "adopted, not remade");
    assert_eq!(session.field("configmap/web-settings", ".data.word").await?, "two");
    stop(operator).await?;

    let version = session.field("deployment/web", ".metadata.resourceVersion").await?;
    let wipe =
        ["patch", "release.chartctl.dev", "web", "--subresource=status", "--type=json", "-p"];
    let remove = json!([{"op": "remove", "path": "/status"}]).to_string();
    session.kubectl(&[&wipe[..], &[remove.as_str()]].concat()).await?;
    let operator = session.operator().await?;
    session.ready("web", 1).await?;
    assert_eq!(session.field("deployment/web", ".metadata.resourceVersion").await?, version);
    assert_eq!(session.history("web").await?, ["1 deployed"]);
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn deleted_while_it_waits_nothing_is_left() -> Result<()> {
    let session = session("deleted").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;
    session.release("web", json!({"values": {"behaviour": "crash-loop"}, "timeout": "1h"})).await?;
    let waits = |release: &Release| {
        let operation = release.status.as_ref().and_then(|status| status.operation.as_ref());
        operation.is_some_and(|operation| operation.step.starts_with("await"))
    };
    session.release_is("web", waits).await?;
    delete(&session, "web").await?;
    wait_until_gone(&session.ns.api::<Release>(), "web", LIMIT).await?;
    assert_eq!(session.field("deployment/web", ".metadata.name").await?, "");
    assert_eq!(session.records().await?, "");
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn a_namespace_goes_away_with_its_releases() -> Result<()> {
    let session = session("vanish").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;
    session.release("web", json!({})).await?;
    session.ready("web", 1).await?;
    session.kubectl(&["delete", "namespace", session.ns.name(), "--wait=false"]).await?;
    let namespaces: Api<Namespace> = Api::all(session.ns.client());
    wait_until_gone(&namespaces, session.ns.name(), Duration::from_mins(1)).await?;
    stop(operator).await?;
    Ok(())
}

const HOOK: &str = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  template:
    metadata:
      annotations:
        e2e.chartctl.dev/behaviour: {{values.hook}}
    spec:
      restartPolicy: Never
      containers:
        - name: work
          image: example.com/work:v1
";

#[tokio::test]
async fn failed_hooks_and_immutable_fields_are_named_and_rolled_back() -> Result<()> {
    let session = session("undo").await?;
    let chart = Chart::web()?;
    chart.write("templates/hook.yaml.hbs", HOOK)?;
    chart.write(
        "values.yaml",
        "word: a\nreplicas: 1\ntag: v1\nbehaviour: none\napp: web\nhook: none\n",
    )?;
    session.publish(&chart).await?;
    let operator = session.operator().await?;
    let once = json!({"retries": 0, "retryStalled": "Never"});
    let with = |values: Value| json!({"values": values, "failure": once, "timeout": "20s"});
    session.release("web", with(json!({}))).await?;
    session.ready("web", 1).await?;

    for (values, back, why, named) in [
        (json!({"hook": "job-failed"}), 3, "HookFailed", "/migrate: "),
        (json!({"hook": null, "app": "other"}), 5, "ApplyFailed", "selector"),
    ] {
        session.release("web", with(values)).await?;
        let undone = |release: &Release| {
            condition(release, "Remediated") == "True" && revision_of(release) == Some(back)
        };
        let release = session.release_is("web", undone).await?;
        let last = release.status.and_then(|status| status.last_attempt).context("an attempt")?;
        assert_eq!(last.action, "rollback");
        let events = session.kubectl(&["events", "--for", "release.chartctl.dev/web"]).await?;
        assert!(events.contains(named), "{why}: no {named} in\n{events}");
    }
    assert_eq!(
        session.history("web").await?,
        ["1 superseded", "2 failed", "3 superseded", "4 failed", "5 deployed"]
    );
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn killed_in_rollback_hook_or_uninstall_it_goes_on() -> Result<()> {
    let session = session("killed").await?;
    let chart = Chart::web()?;
    chart.write("templates/hook.yaml.hbs", HOOK)?;
    chart.write(
        "values.yaml",
        "word: a\nreplicas: 1\ntag: v1\nbehaviour: none\napp: web\nhook: none\n",
    )?;
    session.publish(&chart).await?;
    session.release("web", json!({})).await?;
    let operator = session.operator().await?;
    session.ready("web", 1).await?;
    stop(operator).await?;
    let die = async |failpoint: &str| {
        let failing = session.operator_cli(&["--leader-elect=false"]).await?;
        let died = failing.env("CHARTCTL_FAILPOINT", failpoint).run().await?;
        assert!(!died.status.success(), "{failpoint}: {died}");
        session.operator().await
    };

    session.release("web", json!({"values": {"word": "two"}})).await?;
    let operator = die("run-hook:after:exit").await?;
    session.ready("web", 2).await?;
    stop(operator).await?;

    session.release("web", json!({"rollbackTo": {"revision": 1}})).await?;
    let operator = die("apply:after:exit").await?;
    session.ready("web", 3).await?;
    let history = ["1 superseded", "2 superseded", "3 deployed"];
    assert_eq!(session.history("web").await?, history);
    assert_eq!(session.field("configmap/web-settings", ".data.word").await?, "a");
    stop(operator).await?;

    delete(&session, "web").await?;
    let operator = die("delete:after:exit").await?;
    wait_until_gone(&session.ns.api::<Release>(), "web", LIMIT).await?;
    assert_eq!(session.records().await?, "");
    assert_eq!(session.field("deployment/web", ".metadata.name").await?, "");
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn two_operators_without_election_keep_history_in_a_line() -> Result<()> {
    let session = session("both").await?;
    session.publish(&Chart::web()?).await?;
    let (first, second) = (session.operator().await?, session.operator().await?);
    for (revision, word) in [(1, "one"), (2, "two"), (3, "three")] {
        session.release("web", json!({"values": {"word": word}})).await?;
        session.ready("web", revision).await?;
        assert_eq!(session.field("configmap/web-settings", ".data.word").await?, word);
    }
    let history = session.history("web").await?;
    assert_eq!(history, ["1 superseded", "2 superseded", "3 deployed"]);
    stop(first).await?;
    stop(second).await?;
    Ok(())
}

#[tokio::test]
async fn what_a_pin_names_has_to_be_there_and_a_failed_install_may_be_removed() -> Result<()> {
    let session = session("policy").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;
    session.release("web", json!({})).await?;
    session
        .release(
            "broken",
            json!({
                "values": {"behaviour": "image-pull-error", "app": "broken"}, "timeout": "3s",
                "failure": {"install": "Uninstall", "retries": 0, "retryStalled": "Never"},
            }),
        )
        .await?;
    session.ready("web", 1).await?;
    session.release("web", json!({"rollbackTo": {"revision": 9}})).await?;
    let missing = |release: &Release| reason(release, "Stalled") == "RollbackTargetMissing";
    session.release_is("web", missing).await?;
    session
        .release("web", json!({"rollbackTo": {"revision": null, "chartVersion": "1.0.0"}}))
        .await?;
    session.ready("web", 1).await?;

    let removed = |release: &Release| {
        reason(release, "Remediated") == "Uninstalled"
            && reason(release, "Stalled") == "RetriesExhausted"
    };
    session.release_is("broken", removed).await?;
    assert_eq!(session.field("deployment/broken", ".metadata.name").await?, "");
    assert_eq!(session.history("web").await?, ["1 deployed"]);
    stop(operator).await?;
    Ok(())
}
