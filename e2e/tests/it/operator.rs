//! The life of a release by a Release object.

use std::time::Duration;

use anyhow::Result;
use api::Release;
use e2e::wait_until_gone;
use k8s_openapi::api::apps::v1::Deployment;
use serde_json::json;

use crate::operators::{LIMIT, condition, reason, revision_of, session, stop};
use crate::session::Chart;

/// Fails soon and is not tried again for a long time.
fn once() -> serde_json::Value {
    json!({"retries": 0, "retryStalled": "Never"})
}

#[tokio::test]
async fn a_release_is_installed_upgraded_pinned_and_deleted() -> Result<()> {
    let session = session("operator").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;

    session.release("web", json!({"values": {"word": "one"}})).await?;
    let release = session.ready("web", 1).await?;
    assert_eq!(reason(&release, "Ready"), "Deployed");
    assert_eq!(condition(&release, "Reconciling"), "");
    assert_eq!(session.field("configmap/web-settings", ".data.word").await?, "one");

    session.release("web", json!({"values": {"word": "two"}})).await?;
    session.ready("web", 2).await?;
    assert_eq!(session.field("configmap/web-settings", ".data.word").await?, "two");
    assert_eq!(session.history("web").await?, ["1 superseded", "2 deployed"]);

    session
        .release("web", json!({"values": {"word": "two"}, "rollbackTo": {"revision": 1}}))
        .await?;
    let pinned = session.ready("web", 3).await?;
    assert_eq!(
        (condition(&pinned, "Pinned"), reason(&pinned, "Ready")),
        ("True".into(), "Pinned".into())
    );
    assert_eq!(session.field("configmap/web-settings", ".data.word").await?, "one");
    assert_eq!(session.description("web").await?, "Rollback to 1");

    session.release("web", json!({"values": {"word": "two"}, "rollbackTo": null})).await?;
    session.ready("web", 4).await?;
    assert_eq!(session.field("configmap/web-settings", ".data.word").await?, "two");

    session.kubectl(&["delete", "release.chartctl.dev", "web", "--wait=false"]).await?;
    wait_until_gone(&session.ns.api::<Release>(), "web", LIMIT).await?;
    assert_eq!(session.field("deployment/web", ".metadata.name").await?, "");
    assert_eq!(session.records().await?, "");
    assert_eq!(session.names("configmaps").await?, ["chart"]);
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn a_failed_upgrade_is_rolled_back_and_a_new_generation_heals_it() -> Result<()> {
    let session = session("rollback").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;
    session.release("web", json!({})).await?;
    session.ready("web", 1).await?;

    let broken = json!({"behaviour": "image-pull-error", "tag": "v2"});
    session.release("web", json!({"values": broken, "timeout": "3s", "failure": once()})).await?;
    let undone = |release: &Release| {
        condition(release, "Remediated") == "True" && revision_of(release) == Some(3)
    };
    let release = session.release_is("web", undone).await?;
    assert_eq!(reason(&release, "Remediated"), "RolledBack");
    assert_eq!(condition(&release, "Ready"), "False");
    assert_eq!(session.history("web").await?, ["1 superseded", "2 failed", "3 deployed"]);
    let image = session.field("deployment/web", ".spec.template.spec.containers[0].image").await?;
    assert_eq!(image, "example.com/web:v1");

    session.release("web", json!({"values": {"tag": "v3", "behaviour": "none"}})).await?;
    let release = session.ready("web", 4).await?;
    assert_ne!(condition(&release, "Stalled"), "True");
    let events = session.kubectl(&["events", "--for", "release.chartctl.dev/web"]).await?;
    for text in ["UpgradeFailed", "UpgradeSucceeded", "ImagePullBackOff"] {
        assert!(events.contains(text), "no {text} in:\n{events}");
    }
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn values_in_watched_objects_upgrade_the_release_and_secrets_stay_secret() -> Result<()> {
    let session = session("values").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;
    let facts = |word: &str| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "facts"},
            "data": {"values.yaml": format!("word: {word}\n")},
        })
    };
    let from = json!([
        {"kind": "ConfigMap", "name": "facts"},
        {"kind": "Secret", "name": "canary", "key": "tag", "path": "tag", "mode": "String"},
    ]);
    session.release("web", json!({"valuesFrom": from})).await?;
    let missing = |release: &Release| reason(release, "Ready") == "ValuesFailed";
    session.release_is("web", missing).await?;

    session.kubectl_apply(&facts("one")).await?;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "canary"},
        "stringData": {"tag": "canary-8412"},
    });
    session.kubectl_apply(&secret).await?;
    session.ready("web", 1).await?;
    session.kubectl_apply(&facts("two")).await?;
    session.ready("web", 2).await?;
    assert_eq!(session.field("configmap/web-settings", ".data.word").await?, "two");
    let image = session.field("deployment/web", ".spec.template.spec.containers[0].image").await?;
    assert_eq!(image, "example.com/web:canary-8412");

    let status = session.kubectl(&["get", "release.chartctl.dev", "web", "-o", "yaml"]).await?;
    let events = session.kubectl(&["events", "-o", "yaml"]).await?;
    let logs = stop(operator).await?;
    for (place, text) in [("status", status), ("events", events), ("logs", logs)] {
        assert!(!text.contains("canary-8412"), "the {place} show a Secret's value:\n{text}");
    }
    Ok(())
}

#[tokio::test]
async fn killed_between_apply_and_record_it_resumes_without_a_second_revision() -> Result<()> {
    let session = session("resume").await?;
    session.publish(&Chart::web()?).await?;
    session.release("web", json!({})).await?;
    for (failpoint, revision) in [
        ("apply:after:exit", 1),
        ("begin:after:exit", 2),
        ("commit:after:exit", 3),
        ("apply:before:exit", 4),
    ] {
        session.release("web", json!({"values": {"word": failpoint}})).await?;
        let failing = session.operator_cli(&["--leader-elect=false"]).await?;
        let died = failing.env("CHARTCTL_FAILPOINT", failpoint).run().await?;
        assert!(!died.status.success(), "{failpoint}: {died}");
        let operator = session.operator().await?;
        session.ready("web", revision).await?;
        assert_eq!(session.history("web").await?.len(), usize::try_from(revision)?, "{failpoint}");
        assert_eq!(session.field("configmap/web-settings", ".data.word").await?, failpoint);
        stop(operator).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_waiting_release_holds_no_worker_and_is_superseded_at_once() -> Result<()> {
    let session = session("waiting").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator_cli(&["--leader-elect=false", "--concurrency", "1"]).await?;
    let operator = operator.spawn().await?;
    session
        .release("stuck", json!({"values": {"behaviour": "crash-loop"}, "timeout": "1h"}))
        .await?;
    let waiting = |release: &Release| {
        release
            .status
            .as_ref()
            .and_then(|status| status.operation.as_ref())
            .is_some_and(|operation| operation.step.starts_with("await"))
    };
    session.release_is("stuck", waiting).await?;

    session.release("other", json!({})).await?;
    session.ready("other", 1).await?;

    session.release("stuck", json!({"values": {"behaviour": "none"}, "timeout": "1h"})).await?;
    session.ready("stuck", 2).await?;
    assert_eq!(session.history("stuck").await?, ["1 failed", "2 deployed"]);
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn a_suspended_release_is_left_alone_even_when_it_is_deleted() -> Result<()> {
    let session = session("suspend").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;
    session.release("web", json!({})).await?;
    session.ready("web", 1).await?;
    session.release("web", json!({"suspend": true, "values": {"word": "new"}})).await?;
    session.kubectl(&["delete", "release.chartctl.dev", "web", "--wait=false"]).await?;
    wait_until_gone(&session.ns.api::<Release>(), "web", LIMIT).await?;
    assert_eq!(session.history("web").await?, ["1 deployed"]);
    assert_eq!(session.field("deployment/web", ".metadata.name").await?, "web");
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn an_upgrade_by_chartctl_is_brought_back_to_the_spec() -> Result<()> {
    let session = session("foreign").await?;
    let chart = Chart::web()?;
    session.publish(&chart).await?;
    let operator = session.operator().await?;
    session.release("web", json!({"values": {"word": "spec"}})).await?;
    session.ready("web", 1).await?;
    session.chartctl(&["upgrade", "web", &chart.path(), "--set", "word=hand"]).await?;
    session.ready("web", 3).await?;
    assert_eq!(session.field("configmap/web-settings", ".data.word").await?, "spec");
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_rendered_makes_no_revision_and_says_where() -> Result<()> {
    let session = session("broken").await?;
    let chart = Chart::web()?;
    chart.write("templates/broken.yaml.hbs", "a: {{values.no.such}}\n")?;
    session.publish(&chart).await?;
    let operator = session.operator().await?;
    session.release("web", json!({})).await?;
    let release =
        session.release_is("web", |release| reason(release, "Ready") == "RenderFailed").await?;
    let status = release.status.unwrap_or_default();
    let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready");
    let message = ready.map(|condition| condition.message.clone()).unwrap_or_default();
    assert!(message.contains("templates/broken.yaml.hbs:1:"), "{message}");
    assert_eq!(session.records().await?, "");
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn a_chart_is_fetched_by_http_when_that_is_allowed() -> Result<()> {
    let session = session("url").await?;
    let server = crate::http_server::Server::start(Chart::web()?.archive()?).await?;
    let operator = session
        .operator_cli(&["--leader-elect=false", "--allow-http", "--allow-private-addresses"])
        .await?
        .spawn()
        .await?;
    let chart = json!({"configMap": null, "url": server.url("web-1.0.0.tgz")});
    session.release("web", json!({"chart": chart})).await?;
    session.ready("web", 1).await?;
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn of_two_replicas_one_leads_and_the_other_takes_over() -> Result<()> {
    let session = session("leader").await?;
    session.publish(&Chart::web()?).await?;
    let mut first = session.operator_cli(&["--identity", "first"]).await?.spawn().await?;
    session.release("web", json!({})).await?;
    session.ready("web", 1).await?;
    let second = session.operator_cli(&["--identity", "second"]).await?.spawn().await?;
    let holder = session.field("lease/chartctl-operator", ".spec.holderIdentity").await?;
    assert!(holder.starts_with("first"), "{holder}");
    first.signal(e2e::Signal::Kill).await?;
    session.release("web", json!({"values": {"word": "two"}})).await?;
    session.ready("web", 2).await?;
    stop(second).await?;
    Ok(())
}

#[tokio::test]
async fn health_and_metrics_are_served() -> Result<()> {
    let session = session("metrics").await?;
    session.publish(&Chart::web()?).await?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let address = format!("127.0.0.1:{port}");
    let operator = session.cluster.operator().await?.args([
        "--namespaces",
        session.ns.name(),
        "--operator-namespace",
        session.ns.name(),
        "--metrics-addr",
        &address,
        "--leader-elect=false",
    ]);
    let operator = operator.spawn().await?;
    session.release("web", json!({})).await?;
    session.ready("web", 1).await?;
    for path in ["/healthz", "/readyz"] {
        assert!(
            crate::http_server::get(&address, path).await?.starts_with("HTTP/1.1 200"),
            "{path}"
        );
    }
    let metrics = crate::http_server::get(&address, "/metrics").await?;
    for name in [
        "controller_runtime_reconcile_total",
        "leader_election_master_status",
        "chartctl_release_info",
    ] {
        assert!(metrics.contains(name), "no {name} in:\n{metrics}");
    }
    stop(operator).await?;
    Ok(())
}

#[tokio::test]
async fn a_missing_target_namespace_is_waited_for_or_made() -> Result<()> {
    let session = session("target").await?;
    session.publish(&Chart::web()?).await?;
    let operator = session.operator().await?;
    let target = format!("{}-target", session.ns.name());
    session.release("web", json!({"targetNamespace": target, "createNamespace": true})).await?;
    session.ready("web", 1).await?;
    let deployments: kube::Api<Deployment> = kube::Api::namespaced(session.ns.client(), &target);
    e2e::wait_for(&deployments, "web", Duration::from_secs(5), |_| true).await?;
    session.kubectl(&["delete", "release.chartctl.dev", "web", "--wait=false"]).await?;
    wait_until_gone(&session.ns.api::<Release>(), "web", LIMIT).await?;
    session.kubectl(&["delete", "namespace", &target, "--wait=false"]).await?;
    stop(operator).await?;
    Ok(())
}
