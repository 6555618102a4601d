//! The operator as a process of the test, and what it looks after.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use api::Release;
use e2e::{Cli, Running, Signal, wait_for};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ObjectMeta, Patch, PatchParams};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::session::{Chart, Session};

/// How long anything that is not meant to be slow may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(40);

static DEFINITIONS: OnceCell<()> = OnceCell::const_new();

/// A session in a cluster that knows Releases.
pub(crate) async fn session(prefix: &str) -> Result<Session> {
    let session = Session::new(prefix).await?;
    let crds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crds");
    DEFINITIONS
        .get_or_try_init(async || {
            session.kubectl(&["apply", "-f", &crds.display().to_string()]).await?;
            let name = "crd/releases.chartctl.dev";
            session.kubectl(&["wait", "--for=condition=Established", name]).await?;
            anyhow::Ok(())
        })
        .await?;
    Ok(session)
}

impl Session {
    /// The operator for this namespace, not started yet.
    pub(crate) async fn operator_cli(&self, args: &[&str]) -> Result<Cli> {
        let common = ["--namespaces", self.ns.name(), "--operator-namespace", self.ns.name()];
        let own = ["--metrics-addr", "127.0.0.1:0", "--log-format", "text"];
        let operator = self.cluster.operator().await?;
        Ok(operator.args(common).args(own).args(args).limit(Duration::from_mins(2)))
    }

    /// The operator for this namespace, started.
    pub(crate) async fn operator(&self) -> Result<Running> {
        self.operator_cli(&["--leader-elect=false"]).await?.spawn().await
    }

    /// Puts a chart's archive into the ConfigMap `chart`.
    pub(crate) async fn publish(&self, chart: &Chart) -> Result<()> {
        let archive = chart.archive()?;
        let object = ConfigMap {
            metadata: ObjectMeta { name: Some("chart".to_owned()), ..ObjectMeta::default() },
            binary_data: Some(BTreeMap::from([("chart.tgz".to_owned(), ByteString(archive))])),
            ..ConfigMap::default()
        };
        let parameters = PatchParams::apply("e2e").force();
        self.ns.api::<ConfigMap>().patch("chart", &parameters, &Patch::Apply(&object)).await?;
        Ok(())
    }

    /// Applies a Release of the published chart, with `spec` merged in.
    pub(crate) async fn release(&self, name: &str, spec: Value) -> Result<()> {
        let mut whole = json!({"chart": {"configMap": {"name": "chart"}}});
        merge(&mut whole, spec);
        self.kubectl_apply(&release(name, &whole)).await
    }

    /// Applies an object by kubectl, as people do.
    pub(crate) async fn kubectl_apply(&self, object: &Value) -> Result<()> {
        let kubectl = self.cluster.kubectl().await?.args(["apply", "-f", "-"]);
        kubectl.namespace(self.ns.name()).input(object.to_string()).run().await?.success()?;
        Ok(())
    }

    /// Waits until `wanted` holds for a Release.
    pub(crate) async fn release_is(
        &self,
        name: &str,
        wanted: impl Fn(&Release) -> bool,
    ) -> Result<Release> {
        wait_for(&self.ns.api::<Release>(), name, LIMIT, wanted).await
    }

    /// Waits until a Release is Ready at a revision.
    pub(crate) async fn ready(&self, name: &str, revision: u32) -> Result<Release> {
        let ready = |release: &Release| {
            condition(release, "Ready") == "True" && revision_of(release) == Some(revision)
        };
        self.release_is(name, ready).await.with_context(|| format!("ready at {revision}"))
    }
}

/// A Release as an object.
pub(crate) fn release(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "chartctl.dev/v1alpha1",
        "kind": "Release",
        "metadata": {"name": name},
        "spec": spec,
    })
}

/// The status of a condition, empty when there is none.
pub(crate) fn condition(release: &Release, kind: &str) -> String {
    of(release, kind).map(|(status, _)| status).unwrap_or_default()
}

/// The reason of a condition, empty when there is none.
pub(crate) fn reason(release: &Release, kind: &str) -> String {
    of(release, kind).map(|(_, reason)| reason).unwrap_or_default()
}

fn of(release: &Release, kind: &str) -> Option<(String, String)> {
    let conditions = &release.status.as_ref()?.conditions;
    let found = conditions.iter().find(|condition| condition.type_ == kind)?;
    Some((found.status.clone(), found.reason.clone()))
}

/// The revision that a Release is at.
pub(crate) fn revision_of(release: &Release) -> Option<u32> {
    Some(release.status.as_ref()?.release.as_ref()?.revision)
}

/// Ends an operator as a rollout does.
pub(crate) async fn stop(mut operator: Running) -> Result<String> {
    operator.signal(Signal::Terminate).await?;
    Ok(operator.finish().await?.success()?.stderr)
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}
