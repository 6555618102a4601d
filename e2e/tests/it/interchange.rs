//! Helm 4 and chartctl on one cluster, in turns.

use anyhow::Result;
use serde_json::Value;

use crate::session::{Chart, Session};

#[tokio::test]
async fn what_helm_installs_chartctl_upgrades_rolls_back_and_lists() -> Result<()> {
    let session = Session::new("helm-first").await?;
    let chart = Chart::plain("one")?;
    session.helm(&["install", "r", &chart.path(), "--set", "a=1"]).await?;
    same_view(&session).await?;
    chart.word("two")?;
    session.chartctl(&["upgrade", "r", &chart.path()]).await?;
    same_view(&session).await?;
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "two");
    session.chartctl(&["rollback", "r", "1"]).await?;
    same_view(&session).await?;
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "one");
    chart.word("three")?;
    session.helm(&["upgrade", "r", &chart.path()]).await?;
    same_view(&session).await?;
    one_owner(&session).await?;
    session.chartctl(&["uninstall", "r"]).await?;
    assert_eq!(session.helm(&["list", "-q"]).await?.stdout, "");
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn what_chartctl_installs_helm_upgrades_rolls_back_and_lists() -> Result<()> {
    let session = Session::new("ours-first").await?;
    let chart = Chart::plain("one")?;
    session.chartctl(&["install", "r", &chart.path(), "--set", "a=1"]).await?;
    same_view(&session).await?;
    chart.word("two")?;
    session.helm(&["upgrade", "r", &chart.path()]).await?;
    same_view(&session).await?;
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "two");
    session.helm(&["rollback", "r", "1"]).await?;
    same_view(&session).await?;
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "one");
    chart.word("three")?;
    session.chartctl(&["upgrade", "r", &chart.path()]).await?;
    same_view(&session).await?;
    one_owner(&session).await?;
    session.helm(&["uninstall", "r"]).await?;
    assert_eq!(session.chartctl(&["list", "-q"]).await?.stdout, "");
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());
    Ok(())
}

/// Both tools print the same list, history, values, manifest and metadata.
async fn same_view(session: &Session) -> Result<()> {
    for args in [
        &["list", "-o", "json"][..],
        &["list"],
        &["history", "r", "-o", "json"],
        &["history", "r"],
        &["get", "values", "r", "-o", "json"],
        &["get", "values", "r", "-a"],
        &["get", "manifest", "r"],
        &["get", "metadata", "r", "-o", "json"],
        &["get", "metadata", "r"],
    ] {
        let (ours, theirs) =
            (session.chartctl(args).await?.stdout, session.helm(args).await?.stdout);
        match (serde_json::from_str::<Value>(&ours), serde_json::from_str::<Value>(&theirs)) {
            (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{args:?}"),
            _ => assert_eq!(ours, theirs, "{args:?}"),
        }
    }
    Ok(())
}

/// All fields of the object belong to one manager, by server-side apply.
async fn one_owner(session: &Session) -> Result<()> {
    let owners = session
        .kubectl(&[
            "get",
            "configmap",
            "plain",
            "--show-managed-fields",
            "-o=jsonpath={range .metadata.managedFields[*]}{.manager} {.operation};{end}",
        ])
        .await?;
    assert_eq!(owners, "helm Apply;");
    Ok(())
}
