//! Waiting that explains itself: what cannot recover ends it early, with the evidence; tests and hooks.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::wait_for_any;
use k8s_openapi::api::core::v1::Pod;

use crate::session::{Chart, Session};

/// Well below the five minutes that a wait has, and enough for a busy machine.
const EARLY: Duration = Duration::from_mins(2);

#[tokio::test]
async fn an_image_that_the_registry_does_not_have_ends_the_wait_early() -> Result<()> {
    let session = Session::new("image").await?;
    let chart = Chart::web()?;
    let begun = Instant::now();
    let error = session
        .refused(&[
            "install",
            "web",
            &chart.path(),
            "--wait",
            "--set",
            "behaviour=image-pull-error",
        ])
        .await?;
    assert!(begun.elapsed() < EARLY, "{:?}", begun.elapsed());
    for part in [
        "Error: INSTALLATION FAILED: resource Deployment/",
        "/web not ready. status: Failed, message: ",
        "container web: ImagePullBackOff: Back-off pulling image",
        "\n  container  web of Pod web-",
        ", image example.com/web:v1",
        "\n  event      Failed: Failed to pull image: not found",
        "\nhelp: check the image's name and tag",
    ] {
        assert!(error.contains(part), "no {part:?} in:\n{error}");
    }
    assert!(!error.contains("context deadline exceeded"), "{error}");
    assert_eq!(session.history("web").await?, ["1 failed"]);
    let status = session.chartctl(&["status", "web", "--show-resources", "-o", "json"]).await?;
    let status = status.json()?;
    let health = status["health"].as_array().context("the health of each object")?;
    let web = health.iter().find(|of| of["kind"] == "Deployment").context("the Deployment")?;
    assert_eq!((&web["ready"], &web["desired"]), (&0.into(), &1.into()));
    assert_eq!(web["health"], "progressing");
    assert!(web["message"].as_str().context("a message")?.contains("ImagePullBackOff"), "{web}");
    Ok(())
}

#[tokio::test]
async fn a_container_that_ends_again_and_again_ends_the_wait() -> Result<()> {
    let session = Session::new("crash").await?;
    let chart = Chart::web()?;
    let install = ["install", "web", &chart.path(), "--wait", "--set", "behaviour=crash-loop"];
    let mut running = session.cli(&install).await?.spawn().await?;
    running.stderr_has("CrashLoopBackOff (3 restarts)", EARLY).await?;
    let looping = |pod: &Pod| pod.status.as_ref().is_some_and(|s| s.container_statuses.is_some());
    let pod = wait_for_any(&session.ns.api::<Pod>(), "app=web", EARLY, looping).await?;
    let name = pod.metadata.name.context("a name")?;
    let more = r#"[{"op":"replace","path":"/status/containerStatuses/0/restartCount","value":6}]"#;
    session
        .kubectl(&["patch", "pod", &name, "--subresource=status", "--type=json", "-p", more])
        .await?;
    // Whether the wait met the container restarting, and gave it another chance, or saw it begin to.
    let error = running.finish().await?.failure()?.stderr;
    let ended = ["(3 restarts)", "(6 restarts)"]
        .map(|restarts| format!("status: Failed, message: 0/1 available (Pod {name}: container web: CrashLoopBackOff {restarts}"));
    assert!(ended.iter().any(|text| error.contains(text)), "{error}");
    assert!(error.contains("exit code 1"), "{error}");
    assert!(error.contains("BackOff: Back-off restarting failed container"), "{error}");
    assert_eq!(session.history("web").await?, ["1 failed"]);
    Ok(())
}

#[tokio::test]
async fn pods_that_quota_refuses_end_the_wait() -> Result<()> {
    let session = Session::new("quota").await?;
    let chart = Chart::web()?;
    session.kubectl(&["create", "quota", "none", "--hard=pods=0"]).await?;
    let begun = Instant::now();
    let error = session.refused(&["install", "web", &chart.path(), "--wait"]).await?;
    assert!(begun.elapsed() < EARLY, "{:?}", begun.elapsed());
    assert!(error.contains("exceeded quota: none"), "{error}");
    assert!(error.contains("help: change what is refused"), "{error}");
    Ok(())
}

#[tokio::test]
async fn legacy_waiting_goes_by_the_newest_replica_set() -> Result<()> {
    let session = Session::new("legacy").await?;
    let chart = Chart::web()?;
    session.chartctl(&["install", "web", &chart.path(), "--wait=legacy"]).await?;
    session
        .chartctl(&["upgrade", "web", &chart.path(), "--wait=legacy", "--set", "tag=v2"])
        .await?;
    assert_eq!(session.field("deployment/web", ".status.updatedReplicas").await?, "1");
    Ok(())
}

#[tokio::test]
async fn programs_are_told_in_json() -> Result<()> {
    let session = Session::new("json").await?;
    let chart = Chart::web()?;
    let done = session
        .chartctl(&[
            "install",
            "web",
            &chart.path(),
            "--wait",
            "-o",
            "json",
            "--set",
            "behaviour=slow-start",
        ])
        .await?;
    assert_eq!(done.json()?["info"]["status"], "deployed");
    let lines: Vec<serde_json::Value> =
        done.stderr.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let events: Vec<_> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    for event in ["rendered", "plan", "recorded", "applied", "wait", "waiting", "ready"] {
        assert!(events.contains(&event), "no {event} in {events:?}");
    }
    let told = lines.iter().filter(|line| line["event"] == "waiting");
    assert!(told.clone().any(|line| line["pods"][0]["state"] == "running, not ready"), "{lines:?}");
    Ok(())
}

fn hook(name: &str, kind: &str, annotations: &str, behaviour: &str) -> String {
    let pod = format!(
        "restartPolicy: Never\n{INDENT}containers:\n{INDENT}  - name: work\n{INDENT}    image: example.com/work:v1\n"
    );
    let (version, template) = match kind {
        "Job" => (
            "batch/v1",
            format!(
                "  backoffLimit: 0\n  template:\n    metadata:\n      annotations: {{e2e.chartctl.dev/behaviour: {behaviour}}}\n    \
                 spec:\n{INDENT}{pod}"
            ),
        ),
        _ => ("v1", format!("{INDENT}{pod}")),
    };
    format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  annotations:\n    e2e.chartctl.dev/behaviour: {behaviour}\n{annotations}spec:\n{template}"
    )
}

const INDENT: &str = "      ";

#[tokio::test]
async fn a_failed_hook_shows_its_pod() -> Result<()> {
    let session = Session::new("hook").await?;
    let chart = Chart::web()?;
    let annotations =
        "    helm.sh/hook: pre-install\n    helm.sh/hook-delete-policy: hook-failed\n";
    chart.write("templates/migrate.yaml", &hook("migrate", "Job", annotations, "job-failed"))?;
    let error = session.refused(&["install", "web", &chart.path()]).await?;
    for part in [
        "Error: INSTALLATION FAILED: failed pre-install: resource Job/",
        "\n  container  work of Pod migrate-",
        "image example.com/work:v1, exit code 1",
    ] {
        assert!(error.contains(part), "no {part:?} in:\n{error}");
    }
    let description = session.description("web").await?;
    assert!(
        description.starts_with("Release \"web\" failed: failed pre-install: resource Job/"),
        "{description}"
    );
    assert_eq!(session.names("jobs").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn tests_run_as_helm_runs_them() -> Result<()> {
    let session = Session::new("test").await?;
    let chart = Chart::plain("hello")?;
    let test = |weight: i64, more: &str| {
        format!("    helm.sh/hook: test\n    helm.sh/hook-weight: \"{weight}\"\n{more}")
    };
    let gone = "    helm.sh/hook-delete-policy: hook-succeeded,before-hook-creation\n";
    chart.write("templates/a.yaml", &hook("first", "Pod", &test(1, ""), "none"))?;
    chart.write("templates/b.yaml", &hook("second", "Job", &test(2, gone), "none"))?;
    chart.write("templates/c.yaml", &hook("third", "Pod", &test(3, ""), "job-failed"))?;
    session.chartctl(&["install", "web", &chart.path()]).await?;

    let done = session.chartctl(&["test", "web", "--filter", "!name=third"]).await?;
    assert!(done.stdout.starts_with("NAME: web\nLAST DEPLOYED: "), "{}", done.stdout);
    for name in ["first", "second"] {
        let suite = format!("TEST SUITE:     {name}\nLast Started:   ");
        assert!(done.stdout.contains(&suite), "{}", done.stdout);
    }
    assert_eq!(done.stdout.matches("Phase:          Succeeded\n").count(), 2, "{}", done.stdout);
    assert!(!done.stdout.contains("third"), "{}", done.stdout);
    assert_eq!(session.names("pods").await?, ["first"]);
    assert_eq!(session.names("jobs").await?, Vec::<String>::new());

    let failed = session.cli(&["test", "web"]).await?.run().await?.failure()?;
    assert!(failed.stdout.contains("TEST SUITE:     third\n"), "{}", failed.stdout);
    assert!(failed.stdout.contains("Phase:          Failed\n"), "{}", failed.stdout);
    assert!(failed.stderr.contains("Error: resource Pod/"), "{}", failed.stderr);
    assert_eq!(session.history("web").await?, ["1 deployed"]);

    // Helm reads what was written, runs the same tests, and we read that.
    let helm = session.helm(&["status", "web"]).await?;
    assert_eq!(helm.stdout.matches("Phase:          Succeeded\n").count(), 2, "{}", helm.stdout);
    session.helm(&["test", "web", "--filter", "name=first"]).await?;
    let status = session.chartctl(&["status", "web"]).await?;
    assert!(status.stdout.contains("TEST SUITE:     first\n"), "{}", status.stdout);

    let unknown = session.refused(&["test", "nothing"]).await?;
    assert!(unknown.starts_with("Error: release: not found"), "{unknown}");
    Ok(())
}
