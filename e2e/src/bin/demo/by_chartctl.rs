//! The life of a release by chartctl.

use anyhow::Result;

use crate::stage::{CHARTCTL as NS, LIMIT, Stage, broken_values};

/// Installs, upgrades and breaks a release.
pub(crate) async fn tell(stage: &Stage) -> Result<()> {
    stage.title("A release by chartctl")?;
    install(stage).await?;
    upgrade(stage).await?;
    break_it(stage).await
}

async fn install(stage: &Stage) -> Result<()> {
    stage.say("Install a chart, and wait until everything in it is ready.")?;
    let chart = "charts/examples/guestbook";
    stage
        .run(&format!("chartctl install guestbook {chart} -n {NS} --create-namespace --wait"))
        .await?;
    stage.run(&format!("kubectl get pods -n {NS}")).await?;
    stage.expect(NS, &["1 deployed"], 2).await
}

async fn upgrade(stage: &Stage) -> Result<()> {
    stage.say(
        "Upgrade it with other values. The chart has a hook: a Job that has to end before anything changes.",
    )?;
    stage
        .run(&format!(
            "chartctl upgrade guestbook charts/examples/guestbook -n {NS} --set web.replicas=3,page.greeting=Welcome --wait"
        ))
        .await?;
    stage.expect(NS, &["1 superseded", "2 deployed"], 3).await
}

async fn break_it(stage: &Stage) -> Result<()> {
    stage.say(
        "Break it: an image that nobody has. The upgrade fails, and is rolled back by itself.",
    )?;
    stage.file("broken.yaml", &broken_values("")).await?;
    let line = format!(
        "chartctl upgrade guestbook charts/examples/guestbook -n {NS} --reuse-values -f broken.yaml --rollback-on-failure --timeout {}",
        stage.patience()
    );
    stage.shell().refused(&line, LIMIT).await?;
    stage.say("The history says what happened, and the pods of revision 2 are back.")?;
    stage.run(&format!("chartctl history guestbook -n {NS}")).await?;
    stage.run(&format!("kubectl get deployment guestbook-web -n {NS} -o wide")).await?;
    stage.expect(NS, &["1 superseded", "2 superseded", "3 failed", "4 deployed"], 3).await
}
