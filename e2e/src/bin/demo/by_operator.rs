//! The same life by a Release object.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::operator::Operator;
use crate::stage::{OPERATOR as NS, Stage, broken_values};

/// Everything that the chart makes, to show that it is gone.
const KINDS: &str = "deployments,statefulsets,jobs,pods,services,configmaps,secrets,serviceaccounts,roles,rolebindings";

/// Starts the operator, and lets it install, upgrade, roll back and uninstall.
pub(crate) async fn tell(stage: &Stage) -> Result<()> {
    stage.title("The same by a Release object")?;
    stage.say(
        "Install the definition of Releases and start the operator: as a process of this machine, since a pod \
         that is played runs no program.\nIn a cluster with real nodes it is a chart: charts/operator.",
    )?;
    stage.run("kubectl apply -f crds/").await?;
    stage
        .run("kubectl wait --for=condition=Established crd/releases.chartctl.dev --timeout=1m")
        .await?;
    stage.run(&format!("kubectl create namespace {NS}")).await?;
    let operator = Operator::start(stage.shell(), NS)?;
    operator.during(life(stage)).await
}

async fn life(stage: &Stage) -> Result<()> {
    install(stage).await?;
    upgrade(stage).await?;
    break_it(stage).await?;
    remove(stage).await
}

async fn install(stage: &Stage) -> Result<()> {
    stage.say("Put the chart's archive into a ConfigMap. (An https address would do as well.)")?;
    stage.run("tar -czf guestbook.tgz -C charts/examples guestbook").await?;
    stage
        .run(&format!(
            "kubectl create configmap guestbook-chart -n {NS} --from-file=chart.tgz=guestbook.tgz"
        ))
        .await?;
    stage.say("Ask for the release, and wait until it is there.")?;
    stage.file("release.yaml", &release()).await?;
    stage.run("kubectl apply -f release.yaml").await?;
    await_condition(stage, "Ready").await?;
    stage.run(&format!("kubectl get release guestbook -n {NS}")).await?;
    stage.expect(NS, &["1 deployed"], 2).await
}

async fn upgrade(stage: &Stage) -> Result<()> {
    stage.say("Upgrade it by changing a value.")?;
    let patch = r#"{"spec":{"values":{"web":{"replicas":3}}}}"#;
    stage
        .run(&format!("kubectl patch release guestbook -n {NS} --type=merge -p '{patch}'"))
        .await?;
    await_condition(stage, "Ready").await?;
    stage.say("The records are Helm's: chartctl and helm read what the operator did.")?;
    stage.run(&format!("chartctl history guestbook -n {NS}")).await?;
    stage.expect(NS, &["1 superseded", "2 deployed"], 3).await
}

async fn break_it(stage: &Stage) -> Result<()> {
    stage.say("Break it as before. The operator waits for the pods, gives up, and rolls back.")?;
    let patch = format!(
        "spec:\n  # Instead of five minutes, the default.\n  timeout: {}\n  values:\n{}",
        stage.patience(),
        broken_values("    ")
    );
    stage.file("broken-release.yaml", &patch).await?;
    stage
        .run(&format!(
            "kubectl patch release guestbook -n {NS} --type=merge --patch-file=broken-release.yaml"
        ))
        .await?;
    await_condition(stage, "Remediated").await?;
    stage.say("What the operator did, and how the release stands:")?;
    stage.run(&format!("kubectl get release guestbook -n {NS}")).await?;
    let conditions =
        r#"{range .status.conditions[*]}{.type}={.status} ({.reason}) {.message}{"\n"}{end}"#;
    stage.run(&format!("kubectl get release guestbook -n {NS} -o jsonpath='{conditions}'")).await?;
    stage.run(&format!("kubectl events -n {NS} --for release/guestbook")).await?;
    stage.run(&format!("chartctl history guestbook -n {NS}")).await?;
    stage.expect(NS, &["1 superseded", "2 superseded", "3 failed", "4 deployed"], 3).await
}

async fn remove(stage: &Stage) -> Result<()> {
    stage.say("Delete the Release: the operator uninstalls what it installed.")?;
    stage.run(&format!("kubectl delete release guestbook -n {NS} --timeout=2m")).await?;
    let label = "app.kubernetes.io/instance=guestbook";
    stage.run(&format!("kubectl wait --for=delete pods -n {NS} -l {label} --timeout=2m")).await?;
    stage.run(&format!("kubectl get {KINDS} -n {NS} -l {label}")).await?;
    stage.say("Left are the release of chartctl, and the data: Kubernetes keeps what a StatefulSet claimed.")?;
    stage.run("chartctl list -A").await?;
    stage.run(&format!("kubectl get persistentvolumeclaims -n {NS}")).await?;
    let left =
        stage.shell().ask(&format!("kubectl get {KINDS} -n {NS} -l {label} -o json")).await?;
    let items = left.get("items").and_then(Value::as_array);
    ensure!(items.is_some_and(Vec::is_empty), "nothing of the release should be left, not {left}");
    let records = stage.shell().ask(&format!("chartctl list -n {NS} -o json")).await?;
    ensure!(
        records.as_array().is_some_and(Vec::is_empty),
        "no release should be left, not {records}"
    );
    Ok(())
}

async fn await_condition(stage: &Stage, condition: &str) -> Result<()> {
    stage
        .run(&format!(
            "kubectl wait release/guestbook -n {NS} --for=condition={condition} --timeout=5m"
        ))
        .await
}

/// A Release of the chart in the ConfigMap.
fn release() -> String {
    format!(
        "apiVersion: chartctl.dev/v1alpha1
kind: Release
metadata:
  name: guestbook
  namespace: {NS}
spec:
  chart:
    configMap:
      name: guestbook-chart
  values:
    web:
      replicas: 2
  failure:
    # Roll back at the first failure, then wait for a change instead of trying again.
    retries: 0
"
    )
}
