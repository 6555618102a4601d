//! The life of a release by chartctl, with waiting.

use anyhow::Result;

use crate::session::{Chart, Session, example};

#[tokio::test]
async fn guestbook_is_installed_upgraded_rolled_back_and_uninstalled() -> Result<()> {
    let session = Session::new("guestbook").await?;
    let chart = example("guestbook");

    let installed = session.chartctl(&["install", "gb", &chart, "--wait"]).await?;
    for line in ["NAME: gb\n", "STATUS: deployed\n", "REVISION: 1\n", "NOTES:\n"] {
        assert!(installed.stdout.contains(line), "no {line:?} in:\n{}", installed.stdout);
    }
    let web = "deployment/gb-guestbook-web";
    let ready = session.field(web, ".status.readyReplicas").await?;
    assert_eq!(ready, session.field(web, ".spec.replicas").await?);

    session.chartctl(&["upgrade", "gb", &chart, "--wait", "--set", "web.replicas=3"]).await?;
    assert_eq!(session.field(web, ".status.readyReplicas").await?, "3");
    assert_eq!(session.history("gb").await?, ["1 superseded", "2 deployed"]);

    let rolled_back = session.chartctl(&["rollback", "gb", "1", "--wait"]).await?;
    assert!(rolled_back.stdout.contains("Rollback was a success! Happy Helming!"));
    assert_eq!(session.field(web, ".spec.replicas").await?, ready);
    assert_eq!(session.history("gb").await?, ["1 superseded", "2 superseded", "3 deployed"]);
    assert_eq!(session.description("gb").await?, "Rollback to 1");

    let gone = session.chartctl(&["uninstall", "gb", "--wait"]).await?;
    assert_eq!(gone.stdout, "release \"gb\" uninstalled\n");
    for kind in ["deployments", "statefulsets", "services", "configmaps", "secrets"] {
        assert_eq!(session.names(kind).await?, Vec::<String>::new(), "{kind}");
    }
    let unknown = session.refused(&["status", "gb"]).await?;
    assert!(unknown.starts_with("Error: release: not found"), "{unknown}");
    Ok(())
}

#[tokio::test]
async fn batch_installs_its_definition_before_the_object_of_it() -> Result<()> {
    let session = Session::new("batch").await?;
    session.chartctl(&["install", "b", &example("batch"), "--wait", "--wait-for-jobs"]).await?;
    assert_eq!(session.history("b").await?, ["1 deployed"]);
    session.chartctl(&["uninstall", "b", "--wait"]).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_recorded_can_be_read() -> Result<()> {
    let session = Session::new("get").await?;
    let chart = Chart::web()?;
    chart.write("templates/NOTES.txt.hbs", "The word is {{values.word}}.\n")?;
    session.chartctl(&["install", "web", &chart.path(), "--set", "word=bye"]).await?;

    let stdout = async |args: &[&str]| session.chartctl(args).await.map(|done| done.stdout);
    assert_eq!(stdout(&["get", "values", "web"]).await?, "USER-SUPPLIED VALUES:\nword: bye\n");
    let all = session.chartctl(&["get", "values", "web", "-a", "-o", "json"]).await?.json()?;
    assert_eq!((&all["word"], &all["tag"]), (&"bye".into(), &"v1".into()));
    let manifest = stdout(&["get", "manifest", "web"]).await?;
    assert!(manifest.starts_with("---\n# Source: web/templates/settings.yaml.hbs\n"), "{manifest}");
    assert_eq!(stdout(&["get", "notes", "web"]).await?, "NOTES:\nThe word is bye.\n\n");
    assert!(stdout(&["get", "metadata", "web"]).await?.contains("APPLY_METHOD: server-side apply"));

    let list = session.chartctl(&["list", "-o", "json"]).await?.json()?;
    let release = &list[0];
    assert_eq!(release["name"], "web");
    assert_eq!(release["revision"], "1");
    assert_eq!(release["status"], "deployed");
    assert_eq!(release["chart"], "web-1.0.0");
    assert_eq!(release["app_version"], "1.0.0");
    let status = session.chartctl(&["status", "web", "-o", "json"]).await?.json()?;
    assert_eq!(status["info"]["status"], "deployed");
    Ok(())
}

#[tokio::test]
async fn upgrade_installs_when_asked_and_prunes_what_the_chart_dropped() -> Result<()> {
    let session = Session::new("upgrade").await?;
    let chart = Chart::web()?;
    chart.write(
        "templates/kept.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n  annotations:\n    helm.sh/resource-policy: keep\n",
    )?;
    chart.write(
        "templates/dropped.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dropped\n",
    )?;
    let first = session.chartctl(&["upgrade", "--install", "web", &chart.path()]).await?;
    assert!(
        first.stdout.starts_with("Release \"web\" does not exist. Installing it now.\nNAME: web\n"),
        "{}",
        first.stdout
    );
    assert_eq!(session.names("configmaps").await?, ["dropped", "kept", "web-settings"]);

    chart.remove("templates/kept.yaml")?;
    chart.remove("templates/dropped.yaml")?;
    let second = session.chartctl(&["upgrade", "--install", "web", &chart.path()]).await?;
    assert!(second.stdout.starts_with("Release \"web\" has been upgraded. Happy Helming!\n"));
    assert_eq!(session.names("configmaps").await?, ["kept", "web-settings"]);
    Ok(())
}

#[tokio::test]
async fn hooks_run_in_order_and_go_as_their_policies_say() -> Result<()> {
    let session = Session::new("hooks").await?;
    let chart = Chart::web()?;
    for (name, weight, policy) in
        [("first", 1, "hook-succeeded"), ("second", 2, "before-hook-creation")]
    {
        chart.write(
            &format!("templates/{name}.yaml"),
            &format!(
                "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  annotations:\n    helm.sh/hook: pre-install,pre-upgrade\n    \
                 helm.sh/hook-weight: \"{weight}\"\n    helm.sh/hook-delete-policy: {policy}\nspec:\n  template:\n    spec:\n      \
                 restartPolicy: Never\n      containers:\n        - name: work\n          image: example.com/work:v1\n"
            ),
        )?;
    }
    session.chartctl(&["install", "web", &chart.path()]).await?;
    assert_eq!(session.names("jobs").await?, ["second"]);
    let uid = session.field("job/second", ".metadata.uid").await?;
    session.chartctl(&["upgrade", "web", &chart.path(), "--new-revision"]).await?;
    assert_ne!(session.field("job/second", ".metadata.uid").await?, uid);
    let status = session.chartctl(&["status", "web", "-o", "json"]).await?.json()?;
    let phases: Vec<_> = status["hooks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|hook| &hook["last_run"]["phase"])
        .collect();
    assert_eq!(phases, ["Succeeded", "Succeeded"]);
    Ok(())
}

#[tokio::test]
async fn a_dry_run_changes_nothing() -> Result<()> {
    let session = Session::new("dry-run").await?;
    let chart = Chart::web()?;
    for mode in ["client", "server"] {
        let flag = format!("--dry-run={mode}");
        let run = session.chartctl(&["install", "web", &chart.path(), &flag]).await?;
        assert!(run.stdout.contains("kind: Deployment"), "{}", run.stdout);
    }
    assert_eq!(session.names("configmaps").await?, Vec::<String>::new());
    assert_eq!(session.names("secrets").await?, Vec::<String>::new());
    Ok(())
}
