//! What goes wrong on a cluster: a clear error, a truthful history, and the next command works.

use std::time::Duration;

use anyhow::Result;
use e2e::{Cluster, Signal, User, grant, rule};

use crate::session::{Chart, Session};

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_failed_upgrade_is_rolled_back_when_asked() -> Result<()> {
    let session = Session::new("atomic").await?;
    let chart = Chart::web()?;
    session.chartctl(&["install", "web", &chart.path(), "--wait"]).await?;
    let error = session
        .refused(&[
            "upgrade",
            "web",
            &chart.path(),
            "--rollback-on-failure",
            "--timeout",
            "3s",
            "--set",
            "tag=v2,behaviour=image-pull-error",
        ])
        .await?;
    assert!(
        error.contains("Error: UPGRADE FAILED: release web failed, and has been rolled back due to rollback-on-failure being set"),
        "{error}"
    );
    assert!(error.contains("ImagePullBackOff"), "{error}");
    assert_eq!(session.history("web").await?, ["1 superseded", "2 failed", "3 deployed"]);
    let image = session.field("deployment/web", ".spec.template.spec.containers[0].image").await?;
    assert_eq!(image, "example.com/web:v1");
    session.chartctl(&["upgrade", "web", &chart.path(), "--wait", "--set", "tag=v3"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_failed_installation_is_recorded_or_removed_as_asked() -> Result<()> {
    let session = Session::new("install").await?;
    let chart = Chart::web()?;
    let broken = ["--wait", "--timeout", "2s", "--set", "behaviour=crash-loop"];
    let install = |name: &'static str, more: &[&'static str]| {
        let mut args = vec!["install".to_owned(), name.to_owned(), chart.path()];
        args.extend(broken.iter().chain(more).map(|&arg| arg.to_owned()));
        args
    };
    let refused = async |args: Vec<String>| {
        session.refused(&args.iter().map(String::as_str).collect::<Vec<_>>()).await
    };
    let error = refused(install("kept", &[])).await?;
    assert!(error.contains("\nError: INSTALLATION FAILED: "), "{error}");
    assert!(error.contains("Deployment"), "{error}");
    assert_eq!(session.history("kept").await?, ["1 failed"]);
    session
        .chartctl(&[
            "upgrade",
            "--install",
            "kept",
            &chart.path(),
            "--wait",
            "--set",
            "behaviour=none",
        ])
        .await?;
    assert_eq!(session.history("kept").await?, ["1 failed", "2 deployed"]);

    refused(install("removed", &["--rollback-on-failure"])).await?;
    assert!(session.refused(&["status", "removed"]).await?.contains("release: not found"));
    assert_eq!(session.field("deployment/removed", ".metadata.name").await?, "");
    Ok(())
}

#[tokio::test]
async fn what_a_failed_attempt_left_behind_is_pruned_by_the_next_one() -> Result<()> {
    let session = Session::new("orphan").await?;
    let chart = Chart::web()?;
    session.chartctl(&["install", "web", &chart.path()]).await?;
    chart.write(
        "templates/extra.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\n",
    )?;
    session
        .refused(&[
            "upgrade",
            "web",
            &chart.path(),
            "--wait",
            "--timeout",
            "1s",
            "--set",
            "behaviour=crash-loop,tag=v2",
        ])
        .await?;
    assert_eq!(session.names("configmaps").await?, ["extra", "web-settings"]);
    chart.remove("templates/extra.yaml")?;
    session.chartctl(&["upgrade", "web", &chart.path(), "--wait"]).await?;
    assert_eq!(session.names("configmaps").await?, ["web-settings"]);
    Ok(())
}

#[tokio::test]
async fn a_missing_namespace_is_refused_or_made() -> Result<()> {
    let session = Session::new("missing").await?;
    let chart = Chart::plain("hello")?;
    let namespace = format!("{}-new", session.ns.name());
    let install = async |more: &[&str]| {
        let cli = session.cluster.chartctl().await?.args([
            "install",
            "plain",
            &chart.path(),
            "-n",
            &namespace,
        ]);
        cli.args(more).run().await
    };
    let error = install(&[]).await?.failure()?.stderr;
    assert!(error.contains(&format!("namespaces \"{namespace}\" not found")), "{error}");
    assert!(error.contains("--create-namespace"), "{error}");
    install(&["--create-namespace"]).await?.success()?;
    session.kubectl(&["delete", "namespace", &namespace, "--wait=false"]).await?;
    Ok(())
}

#[tokio::test]
async fn an_object_of_another_release_is_refused_before_anything_changes() -> Result<()> {
    let session = Session::new("owned").await?;
    let chart = Chart::plain("hello")?;
    session.chartctl(&["install", "one", &chart.path()]).await?;
    let error = session.refused(&["install", "two", &chart.path()]).await?;
    assert!(
        error.starts_with("Error: INSTALLATION FAILED: unable to continue with install: ConfigMap \"plain\" in namespace"),
        "{error}"
    );
    assert!(error.contains("current value is \"one\""), "{error}");
    assert!(session.refused(&["history", "two"]).await?.contains("release: not found"));
    Ok(())
}

#[tokio::test]
async fn rights_that_end_in_the_middle_are_named_and_recorded() -> Result<()> {
    let session = Session::new("rbac").await?;
    let chart = Chart::web()?;
    let client = session.cluster.client().await?;
    let user = session.cluster.subject(User::Limited);
    let records = rule(
        &[""],
        &["secrets", "configmaps"],
        &["get", "list", "watch", "create", "update", "patch", "delete"],
    );
    let reading = rule(&["apps"], &["deployments"], &["get"]);
    grant(&client, &user, session.ns.name(), &[records, reading]).await?;
    let kubeconfig = session.cluster.kubeconfig(User::Limited);

    let cli = session.cli(&["install", "web", &chart.path()]).await?.kubeconfig(&kubeconfig);
    let error = cli.run().await?.failure()?.stderr;
    assert!(error.contains("deployments.apps") && error.contains("patch"), "{error}");
    assert_eq!(session.history("web").await?, ["1 failed"]);
    assert!(session.description("web").await?.contains("deployments.apps"));

    let writing = rule(&["apps"], &["deployments"], &["create", "patch"]);
    grant(&client, &user, session.ns.name(), &[writing]).await?;
    let cli = session.cli(&["upgrade", "-i", "web", &chart.path()]).await?.kubeconfig(&kubeconfig);
    cli.run().await?.success()?;
    assert_eq!(session.history("web").await?, ["1 failed", "2 deployed"]);
    Ok(())
}

#[tokio::test]
async fn an_immutable_field_is_named_and_the_release_stays_usable() -> Result<()> {
    let session = Session::new("immutable").await?;
    let chart = Chart::web()?;
    session.chartctl(&["install", "web", &chart.path()]).await?;
    let error = session.refused(&["upgrade", "web", &chart.path(), "--set", "app=other"]).await?;
    assert!(error.contains("spec.selector") && error.contains("immutable"), "{error}");
    assert_eq!(session.history("web").await?, ["1 deployed", "2 failed"]);
    session.chartctl(&["upgrade", "web", &chart.path()]).await?;
    assert_eq!(session.history("web").await?, ["1 superseded", "2 failed", "3 deployed"]);
    Ok(())
}

#[tokio::test]
async fn ctrl_c_leaves_a_truthful_record_and_the_next_upgrade_works() -> Result<()> {
    let session = Session::new("ctrl-c").await?;
    let chart = Chart::web()?;
    session.chartctl(&["install", "web", &chart.path(), "--wait"]).await?;
    let upgrade = ["upgrade", "web", &chart.path(), "--wait", "--set", "behaviour=silent,tag=v2"];
    let mut running = session.cli(&upgrade).await?.spawn().await?;
    running.stderr_has("waiting    Deployment", LIMIT).await?;
    running.signal(Signal::Interrupt).await?;
    let error = running.finish().await?.failure()?.stderr;
    assert!(error.contains("context canceled"), "{error}");
    assert_eq!(session.history("web").await?, ["1 deployed", "2 failed"]);
    assert!(session.description("web").await?.contains("context canceled"));
    session.chartctl(&["upgrade", "web", &chart.path(), "--wait"]).await?;
    assert_eq!(session.history("web").await?, ["1 superseded", "2 failed", "3 deployed"]);
    Ok(())
}

#[tokio::test]
async fn a_killed_upgrade_is_found_out_and_does_not_block_the_next_one() -> Result<()> {
    let session = Session::new("killed").await?;
    let chart = Chart::web()?;
    session.chartctl(&["install", "web", &chart.path(), "--wait"]).await?;
    let upgrade = ["upgrade", "web", &chart.path(), "--wait", "--set", "behaviour=silent,tag=v2"];
    let mut running = session.cli(&upgrade).await?.spawn().await?;
    running.stderr_has("waiting    Deployment", LIMIT).await?;
    running.signal(Signal::Kill).await?;
    running.finish().await?;
    assert_eq!(session.history("web").await?, ["1 deployed", "2 pending-upgrade"]);
    session.chartctl(&["upgrade", "web", &chart.path(), "--wait"]).await?;
    assert_eq!(session.history("web").await?, ["1 superseded", "2 failed", "3 deployed"]);
    Ok(())
}

#[tokio::test]
async fn of_two_upgrades_at_once_one_is_refused() -> Result<()> {
    let session = Session::new("twice").await?;
    let chart = Chart::web()?;
    session.chartctl(&["install", "web", &chart.path(), "--wait"]).await?;
    let upgrade = ["upgrade", "web", &chart.path(), "--wait", "--set", "behaviour=silent,tag=v2"];
    let mut first = session.cli(&upgrade).await?.spawn().await?;
    first.stderr_has("waiting    Deployment", LIMIT).await?;
    let error = session.refused(&["upgrade", "web", &chart.path()]).await?;
    assert!(
        error.contains(
            "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress"
        ),
        "{error}"
    );
    assert_eq!(session.history("web").await?, ["1 deployed", "2 pending-upgrade"]);
    first.signal(Signal::Interrupt).await?;
    first.finish().await?.failure()?;
    assert_eq!(session.history("web").await?, ["1 deployed", "2 failed"]);
    Ok(())
}

#[tokio::test]
async fn two_upgrades_that_start_together_make_one_linear_history() -> Result<()> {
    let session = Session::new("race").await?;
    let chart = Chart::plain("hello")?;
    session.chartctl(&["install", "plain", &chart.path()]).await?;
    let path = chart.path();
    let upgrade =
        async || session.cli(&["upgrade", "plain", &path, "--new-revision"]).await?.run().await;
    let (one, two) = tokio::join!(upgrade(), upgrade());
    let succeeded = [one?, two?].iter().filter(|done| done.status.success()).count();
    assert!(succeeded >= 1, "both were refused");
    let history = session.history("plain").await?;
    let deployed = history.iter().filter(|entry| entry.ends_with(" deployed")).count();
    assert_eq!((deployed, history.len()), (1, 1 + succeeded), "{history:?}");
    Ok(())
}

#[tokio::test]
async fn a_damaged_record_is_shown_and_passed_over() -> Result<()> {
    let session = Session::new("damaged").await?;
    let chart = Chart::plain("hello")?;
    session.chartctl(&["install", "plain", &chart.path()]).await?;
    session.chartctl(&["upgrade", "plain", &chart.path(), "--new-revision"]).await?;
    let patch = r#"{"data":{"release":"bm8gcmVsZWFzZQ=="}}"#;
    session
        .kubectl(&["patch", "secret", "sh.helm.release.v1.plain.v2", "--type=merge", "-p", patch])
        .await?;
    let history = session.chartctl(&["history", "plain"]).await?.stdout;
    assert!(history.contains("damaged"), "{history}");
    chart.word("again")?;
    session.chartctl(&["upgrade", "plain", &chart.path()]).await?;
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "again");
    assert_eq!(session.history("plain").await?.last().map(String::as_str), Some("3 deployed"));
    session.chartctl(&["uninstall", "plain"]).await?;
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn an_api_server_that_goes_away_in_the_middle_is_waited_for() -> Result<()> {
    let cluster = Cluster::own().await?;
    let Some(control_plane) = cluster.control_plane() else {
        // A cluster that exists already is not ours to stop.
        return Ok(());
    };
    let ns = cluster.namespace("outage").await?;
    let chart = Chart::web()?;
    let cli = async |args: &[&str]| {
        Ok::<_, anyhow::Error>(cluster.chartctl().await?.args(args).namespace(ns.name()))
    };
    cli(&["install", "web", &chart.path(), "--wait"]).await?.run().await?.success()?;
    let upgrade =
        ["upgrade", "web", &chart.path(), "--wait", "--set", "behaviour=slow-start,tag=v2"];
    let mut running = cli(&upgrade).await?.spawn().await?;
    running.stderr_has("waiting    Deployment", LIMIT).await?;
    control_plane.stop_apiserver();
    control_plane.start_apiserver().await?;
    running.finish().await?.success()?;
    let history = cli(&["history", "web", "-o", "json"]).await?.run().await?.success()?.json()?;
    assert_eq!(history[1]["status"], "deployed");

    control_plane.stop_apiserver();
    let error = cli(&["list"]).await?.run().await?.failure()?.stderr;
    assert!(error.starts_with("Error: kubernetes cluster unreachable: "), "{error}");
    control_plane.start_apiserver().await
}
