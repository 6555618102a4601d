//! Programs are run, watched, interrupted and bounded.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use e2e::{Cli, Cluster, Signal, User};

const LIMIT: Duration = Duration::from_secs(20);

async fn shell(script: &str) -> Result<Cli> {
    Ok(Cluster::shared().await?.cli(Path::new("/bin/sh")).args(["-c", script]))
}

#[tokio::test]
async fn a_program_has_its_input_arguments_and_environment_and_no_more() -> Result<()> {
    let cluster = Cluster::shared().await?;
    let script = r#"read -r word; echo "$word $EXTRA"; echo "$KUBECONFIG $CARGO_MANIFEST_DIR" >&2"#;
    let done = shell(script).await?.input("hello\n").env("EXTRA", "there").run().await?;
    let done = done.success()?;
    assert_eq!(done.stdout, "hello there\n");
    assert_eq!(done.stderr, format!("{} \n", cluster.kubeconfig(User::Admin).display()));
    Ok(())
}

#[tokio::test]
async fn success_and_failure_are_told_apart() -> Result<()> {
    let failed = shell("echo why >&2; exit 3").await?.run().await?;
    assert_eq!(failed.status.code(), Some(3));
    assert!(failed.clone().failure().is_ok());
    let text = failed.success().map_err(|error| error.to_string()).unwrap_err();
    assert!(text.contains("why"), "{text}");
    assert!(shell("exit 0").await?.run().await?.failure().is_err());
    assert!(shell("kill -s KILL $$").await?.run().await?.failure().is_err());
    Ok(())
}

#[tokio::test]
async fn a_running_program_is_watched_and_ended_by_a_signal() -> Result<()> {
    for (signal, number) in [(Signal::Interrupt, 2), (Signal::Terminate, 15), (Signal::Kill, 9)] {
        let mut running =
            shell("echo ready >&2; exec sleep 1000").await?.limit(LIMIT).spawn().await?;
        running.stderr_has("ready", LIMIT).await?;
        running.signal(signal).await?;
        assert_eq!(running.finish().await?.status.signal(), Some(number));
    }
    Ok(())
}

#[tokio::test]
async fn a_program_that_runs_too_long_is_an_error_with_its_output() -> Result<()> {
    let limit = Duration::from_millis(200);
    let late = shell("echo so far; exec sleep 1000").await?.limit(limit).run().await;
    let text = late.map_err(|error| error.to_string()).err().unwrap_or_default();
    assert!(text.contains("still runs") && text.contains("so far"), "{text}");
    Ok(())
}

#[tokio::test]
async fn helm_works_on_the_cluster() -> Result<()> {
    let cluster = Cluster::shared().await?;
    let ns = cluster.namespace("helm").await?;
    let version = cluster.helm().await?.args(["version", "--short"]).run().await?.success()?;
    assert!(version.stdout.starts_with("v4."), "{version}");
    let list = cluster.helm().await?.args(["list", "-o", "json"]).namespace(ns.name());
    assert_eq!(list.run().await?.success()?.json()?, serde_json::json!([]));
    Ok(())
}

#[tokio::test]
async fn chartctl_is_built_from_this_workspace() -> Result<()> {
    let chartctl = Cluster::shared().await?.chartctl().await?.args(["--version"]);
    assert_eq!(chartctl.line(), "chartctl --version");
    let version = chartctl.run().await?.success()?;
    assert!(version.stdout.starts_with("chartctl "), "{version}");
    Ok(())
}
