//! Differences asked of the API server, and plans that are carried out later.

use anyhow::Result;

use crate::session::{Chart, Session};

#[tokio::test]
async fn an_upgrade_is_shown_as_the_server_would_do_it() -> Result<()> {
    let session = Session::new("diff").await?;
    let chart = Chart::plain("one")?;
    let path = chart.path();
    session.chartctl(&["install", "r", &path]).await?;
    let same = session.chartctl(&["diff", "upgrade", "r", &path, "--detailed-exitcode"]).await?;
    assert_eq!(same.stdout, "");
    chart.word("two")?;
    let shown = session.chartctl(&["upgrade", "r", &path, "--diff"]).await?;
    let expected = "plain, ConfigMap (v1) has changed:\n# no restart\n";
    assert!(shown.stdout.contains(expected), "{}", shown.stdout);
    assert!(shown.stdout.contains("-   word: one\n+   word: two\n"), "{}", shown.stdout);
    assert_eq!(session.history("r").await?, ["1 deployed"]);
    let cli = session.cli(&["diff", "upgrade", "r", &path, "--detailed-exitcode"]).await?;
    assert_eq!(cli.run().await?.failure()?.status.code(), Some(2));

    session.chartctl(&["upgrade", "r", &path]).await?;
    let back = session.chartctl(&["diff", "rollback", "r", "--output", "simple"]).await?;
    assert!(back.stdout.contains("Plan: 0 to add, 1 to change, 0 to destroy"), "{}", back.stdout);
    let revisions = session.chartctl(&["diff", "revision", "r", "1", "2"]).await?;
    assert!(revisions.stdout.contains("-   word: one\n+   word: two\n"), "{}", revisions.stdout);
    Ok(())
}

#[tokio::test]
async fn a_saved_plan_is_carried_out_unless_the_cluster_has_moved_on() -> Result<()> {
    let session = Session::new("plan-file").await?;
    let chart = Chart::plain("one")?;
    let path = chart.path();
    session.chartctl(&["install", "r", &path]).await?;
    chart.word("two")?;
    let plan = format!("{path}/../{}.plan", session.ns.name());
    session.chartctl(&["upgrade", "r", &path, "--save-plan", &plan]).await?;
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "one");
    session.chartctl(&["apply-plan", &plan]).await?;
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "two");
    let refused = session.refused(&["apply-plan", &plan]).await?;
    assert!(refused.contains("the release has moved on"), "{refused}");

    chart.word("three")?;
    session.chartctl(&["upgrade", "r", &path, "--save-plan", &plan]).await?;
    session.kubectl(&["patch", "configmap", "plain", "-p", r#"{"data":{"other":"x"}}"#]).await?;
    let refused = session.refused(&["apply-plan", &plan]).await?;
    assert!(refused.contains("objects have changed since"), "{refused}");
    std::fs::remove_file(plan)?;
    Ok(())
}
