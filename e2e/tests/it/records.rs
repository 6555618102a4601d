//! Where and how records are kept: larger than Helm can, in ConfigMaps, in memory.

use std::fmt::Write as _;

use anyhow::Result;

use crate::session::{Chart, Session};

/// Text of so many bytes that hardly compresses.
fn noise(bytes: usize, mut state: u64) -> String {
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let _ok = write!(text, "{:016x}", state ^ (state >> 29));
    }
    text
}

/// A chart whose record is far beyond what one Secret holds.
fn large() -> Result<Chart> {
    let chart = Chart::plain("one")?;
    chart.write("files/large.txt", &noise(3_000_000, 1))?;
    Ok(chart)
}

/// The names of Secrets and ConfigMaps that hold parts of records.
async fn parts(session: &Session) -> Result<usize> {
    let selector = ["get", "secrets,configmaps", "-l", "owner=chartctl", "-o", "name"];
    Ok(session.kubectl(&selector).await?.lines().count())
}

#[tokio::test]
async fn a_record_beyond_helms_limit_lives_and_leaves_nothing() -> Result<()> {
    let session = Session::new("large").await?;
    let chart = large()?;
    let installed = session.chartctl(&["install", "r", &chart.path(), "--set", "a=1"]).await?;
    assert!(installed.stderr.contains("too large for Helm"), "{}", installed.stderr);
    let each = parts(&session).await?;
    assert!(each > 1, "{each} parts");
    chart.word("two")?;
    session.chartctl(&["upgrade", "r", &chart.path()]).await?;
    assert_eq!(parts(&session).await?, 2 * each);
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "two");
    session.chartctl(&["rollback", "r", "1"]).await?;
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "one");
    assert_eq!(session.history("r").await?, ["1 superseded", "2 superseded", "3 deployed"]);
    let manifest = session.chartctl(&["get", "manifest", "r", "--revision", "2"]).await?.stdout;
    assert!(manifest.contains("word: two"), "{manifest}");

    // What Helm shows is true; whatever would need the objects of the revision it refuses.
    for args in [
        &["list"][..],
        &["list", "-o", "json"],
        &["history", "r"],
        &["history", "r", "-o", "json"],
        &["get", "values", "r"],
    ] {
        let theirs = session.helm(args).await?.stdout;
        assert_eq!(session.chartctl(args).await?.stdout, theirs, "{args:?}");
    }
    for args in
        [&["upgrade", "r", &chart.path()][..], &["status", "r"], &["install", "r", &chart.path()]]
    {
        let helm = session.cluster.helm().await?.args(args).namespace(session.ns.name());
        let said = helm.run().await?.failure()?.stderr;
        let clear = said.contains("HelmCannotReadThisRevision") || said.contains("in use");
        assert!(clear, "{args:?}: {said}");
        assert_eq!(session.history("r").await?.len(), 3);
    }
    let helm = session.cluster.helm().await?.args(["uninstall", "r"]).namespace(session.ns.name());
    let said = helm.run().await?.failure()?.stderr;
    assert!(said.contains("failed to delete release: r"), "{said}");
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "one");
    assert_eq!(session.history("r").await?.last().map(String::as_str), Some("3 uninstalling"));

    session.chartctl(&["uninstall", "r"]).await?;
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());
    assert_eq!(session.names("secrets").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn parts_that_helm_left_go_with_the_next_command() -> Result<()> {
    let session = Session::new("left").await?;
    let chart = large()?;
    session.chartctl(&["install", "r", &chart.path()]).await?;
    let left = parts(&session).await?;
    assert!(left > 1, "{left} parts");
    chart.remove("files/large.txt")?;
    chart.word("two")?;
    session.chartctl(&["upgrade", "r", &chart.path()]).await?;
    assert_eq!(parts(&session).await?, left);
    session.helm(&["upgrade", "r", &chart.path(), "--set", "a=1"]).await?;
    session.helm(&["uninstall", "r"]).await?;
    assert_eq!(parts(&session).await?, left);
    session.chartctl(&["install", "r", &chart.path()]).await?;
    assert_eq!(parts(&session).await?, 0);
    Ok(())
}

#[tokio::test]
async fn helm_and_chartctl_take_turns_on_config_maps() -> Result<()> {
    let session = Session::new("configmaps").await?;
    let chart = Chart::plain("one")?;
    let path = chart.path();
    let ours = async |args: &[&str], driver: &str| {
        let cli = session.cli(args).await?.env("HELM_DRIVER", driver);
        anyhow::Ok(cli.run().await?.success()?.stdout)
    };
    let theirs = async |args: &[&str]| {
        let cli = session.cluster.helm().await?.args(args).namespace(session.ns.name());
        anyhow::Ok(cli.env("HELM_DRIVER", "configmap").run().await?.success()?.stdout)
    };
    theirs(&["install", "r", &path, "--set", "a=1"]).await?;
    chart.word("two")?;
    ours(&["upgrade", "r", &path], "configmap").await?;
    ours(&["rollback", "r", "1"], "configmaps").await?;
    theirs(&["upgrade", "r", &path]).await?;
    for args in
        [&["list"][..], &["history", "r"], &["get", "manifest", "r"], &["get", "values", "r"]]
    {
        assert_eq!(ours(args, "configmap").await?, theirs(args).await?, "{args:?}");
    }
    assert_eq!(session.chartctl(&["list", "-q"]).await?.stdout, "");
    assert_eq!(session.records().await?, "");
    ours(&["uninstall", "r"], "configmap").await?;
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());

    chart.write("files/large.txt", &noise(3_000_000, 2))?;
    ours(&["install", "r", &path], "configmap").await?;
    assert!(parts(&session).await? > 1);
    let manifest = ours(&["get", "manifest", "r"], "configmap").await?;
    assert!(manifest.contains("word: two"), "{manifest}");
    ours(&["uninstall", "r"], "configmap").await?;
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn records_in_memory_are_those_of_helms_files() -> Result<()> {
    let session = Session::new("memory").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("releases.yaml");
    let text = format!(
        "- name: web\n  version: 3\n  namespace: {}\n  manifest: \"kind: A\\n\"\n  info:\n    status: deployed\n    \
         last_deployed: 2026-11-21T03:12:53Z\n  chart:\n    metadata: {{name: app, version: 1.0.0, appVersion: \"2\"}}\n",
        session.ns.name()
    );
    std::fs::write(&file, text)?;
    for args in [&["list"][..], &["history", "web"], &["get", "manifest", "web"]] {
        let run = async |cli: e2e::Cli| {
            let cli = cli.env("HELM_DRIVER", "memory").env("HELM_MEMORY_DRIVER_DATA", &file);
            anyhow::Ok(cli.run().await?.success()?.stdout)
        };
        let helm = session.cluster.helm().await?.args(args).namespace(session.ns.name());
        assert_eq!(run(session.cli(args).await?).await?, run(helm).await?, "{args:?}");
    }
    let chart = Chart::plain("one")?;
    let install = session.cli(&["install", "r", &chart.path()]).await?.env("HELM_DRIVER", "memory");
    let said = install.run().await?.failure()?.stderr;
    assert!(said.contains("records are kept in memory only"), "{said}");
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());
    let unknown = session.cli(&["list"]).await?.env("HELM_DRIVER", "x").run().await?.failure()?;
    assert!(unknown.stderr.starts_with("Error: unknown driver \"x\""), "{}", unknown.stderr);
    Ok(())
}
