//! Releases and charts of unusual shapes, and objects that somebody else has a say in.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::session::{Chart, Session};

fn config_map(name: &str, more: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{more}")
}

#[tokio::test]
async fn client_side_fields_are_taken_over_even_after_a_failed_attempt() -> Result<()> {
    let session = Session::new("client-side").await?;
    let chart = Chart::new("two", &[])?;
    chart.write("templates/first.yaml", &config_map("first", "data:\n  a: one\n  b: two\n"))?;
    chart.write("templates/last.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: last\n  labels:\n    old: label\nspec:\n  ports:\n    - port: 80\n")?;
    session.helm(&["install", "r", &chart.path(), "--server-side=false"]).await?;

    // The attempt fails at the first object and never comes to the last one.
    chart.write("templates/first.yaml", &config_map("first", "unknown: field\n"))?;
    chart.write(
        "templates/last.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: last\nspec:\n  ports:\n    - port: 80\n",
    )?;
    let error = session.refused(&["upgrade", "r", &chart.path()]).await?;
    assert!(error.contains("field not declared in schema"), "{error}");
    chart.write("templates/first.yaml", &config_map("first", "data:\n  a: one\n"))?;
    session.chartctl(&["upgrade", "r", &chart.path()]).await?;

    for object in ["configmap/first", "service/last"] {
        let owners = session
            .kubectl(&[
                "get",
                object,
                "--show-managed-fields",
                "-o=jsonpath={range .metadata.managedFields[*]}{.manager} {.operation};{end}",
            ])
            .await?;
        assert_eq!(owners, "helm Apply;", "{object}");
    }
    assert_eq!(session.field("configmap/first", ".data").await?, r#"{"a":"one"}"#);
    assert_eq!(session.field("service/last", ".metadata.labels.old").await?, "");
    Ok(())
}

#[tokio::test]
async fn what_helm_left_pending_is_shown_refused_and_got_rid_of() -> Result<()> {
    let session = Session::new("pending").await?;
    let chart = Chart::plain("one")?;
    session.helm(&["install", "r", &chart.path()]).await?;
    session.helm(&["upgrade", "r", &chart.path()]).await?;
    set_status(&session, "r", 2, "pending-upgrade").await?;
    let pending = session.chartctl(&["list", "--pending", "-q"]).await?.stdout;
    assert_eq!(pending, "r\n");
    let error = session.refused(&["upgrade", "r", &chart.path()]).await?;
    assert!(
        error.starts_with(
            "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress"
        ),
        "{error}"
    );
    session.chartctl(&["rollback", "r", "1"]).await?;
    session.chartctl(&["upgrade", "r", &chart.path()]).await?;
    assert_eq!(
        session.history("r").await?,
        ["1 superseded", "2 pending-upgrade", "3 superseded", "4 deployed"]
    );
    set_status(&session, "r", 4, "pending-rollback").await?;
    session.chartctl(&["uninstall", "r"]).await?;
    assert_eq!(session.names("configmaps,secrets").await?, Vec::<String>::new());
    Ok(())
}

/// Changes a record as if Helm had been killed.
async fn set_status(session: &Session, release: &str, revision: u32, status: &str) -> Result<()> {
    let secret = format!("sh.helm.release.v1.{release}.v{revision}");
    let object = session.kubectl(&["get", "secret", &secret, "-o", "json"]).await?;
    let object: Value = serde_json::from_str(&object)?;
    let data = STANDARD
        .decode(object.pointer("/data/release").and_then(Value::as_str).context("a record")?)?;
    let packed = STANDARD.decode(data)?;
    let mut record: Value = serde_json::from_reader(flate2::read::GzDecoder::new(&packed[..]))?;
    *record.pointer_mut("/info/status").context("a status")? = status.into();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    serde_json::to_writer(&mut packed, &record)?;
    let data = STANDARD.encode(STANDARD.encode(packed.finish()?));
    let patch = json!({"metadata": {"labels": {"status": status}}, "data": {"release": data}});
    session
        .kubectl(&["patch", "secret", &secret, "--type=merge", "-p", &patch.to_string()])
        .await?;
    Ok(())
}

#[tokio::test]
async fn an_object_held_by_a_finalizer_is_named_and_waited_for() -> Result<()> {
    let session = Session::new("held").await?;
    let held = config_map("plain", "  finalizers: [example.com/hold]\n");
    let chart = Chart::new("held", &[("templates/plain.yaml", &held)])?;
    session.chartctl(&["install", "r", &chart.path()]).await?;
    let error = session.refused(&["uninstall", "r", "--wait", "--timeout", "1s"]).await?;
    assert!(error.contains("ConfigMap") && error.contains("held by example.com/hold"), "{error}");
    assert_eq!(session.history("r").await?, ["1 uninstalling"]);
    session.chartctl(&["uninstall", "r"]).await?;

    // A new release does not build on what is about to vanish.
    let chart = Chart::plain("again")?;
    let error = session.refused(&["install", "r", &chart.path(), "--timeout", "1s"]).await?;
    assert!(error.contains("held by example.com/hold"), "{error}");
    let release = r#"{"metadata":{"finalizers":null}}"#;
    session.kubectl(&["patch", "configmap", "plain", "--type=merge", "-p", release]).await?;
    session.chartctl(&["upgrade", "r", &chart.path()]).await?;
    assert_eq!(session.field("configmap/plain", ".data.word").await?, "again");
    Ok(())
}

#[tokio::test]
async fn a_used_up_quota_is_told_and_the_next_upgrade_works() -> Result<()> {
    let session = Session::new("quota").await?;
    session.kubectl(&["create", "quota", "few", "--hard=count/configmaps=2"]).await?;
    session
        .kubectl(&["wait", "quota/few", "--for=jsonpath={.status.used}", "--timeout=30s"])
        .await?;
    let chart = Chart::plain("one")?;
    for name in ["a", "b"] {
        chart.write(&format!("templates/{name}.yaml"), &config_map(name, ""))?;
    }
    let error = session.refused(&["install", "r", &chart.path()]).await?;
    assert!(error.contains("exceeded quota: few"), "{error}");
    assert_eq!(session.history("r").await?, ["1 failed"]);
    session.kubectl(&["delete", "quota", "few"]).await?;
    session.chartctl(&["upgrade", "r", &chart.path()]).await?;
    assert_eq!(session.names("configmaps").await?, ["a", "b", "plain"]);
    Ok(())
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_anything_changes() -> Result<()> {
    let session = Session::new("refused").await?;
    let check = async |file: &str, expected: &str| -> Result<()> {
        let chart = Chart::plain("one")?;
        chart.write("templates/bad.yaml", file)?;
        let error = session.refused(&["install", "r", &chart.path()]).await?;
        assert!(error.contains(expected), "{error}");
        assert_eq!(session.names("configmaps,secrets").await?, Vec::<String>::new(), "{expected}");
        Ok(())
    };
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: a-\n",
        "plain/templates/bad.yaml: ConfigMap has metadata.generateName",
    )
    .await?;
    check(
        "apiVersion: example.com/v1\nkind: Nothing\nmetadata:\n  name: a\n",
        "no matches for kind \"Nothing\" in version \"example.com/v1\"",
    )
    .await
}

#[tokio::test]
async fn a_chart_brings_its_own_kind_and_namespace_and_takes_them_along() -> Result<()> {
    let session = Session::new("brings").await?;
    let (name, group) = (session.ns.name(), format!("{}.example.com", session.ns.name()));
    let chart = Chart::plain("one")?;
    chart.write("templates/kind.yaml", &format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.{group}\nspec:\n  group: {group}\n  scope: Namespaced\n  \
         names: {{kind: Thing, plural: things}}\n  versions:\n    - {{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object}}}}}}\n"
    ))?;
    chart.write("templates/thing.yaml", &format!(
        "apiVersion: {group}/v1\nkind: Thing\nmetadata:\n  name: thing\n  namespace: {name}-own\n"
    ))?;
    chart.write(
        "templates/namespace.yaml",
        &format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}-own\n"),
    )?;
    session.chartctl(&["install", "r", &chart.path(), "--wait"]).await?;
    session.chartctl(&["upgrade", "r", &chart.path(), "--wait"]).await?;
    let thing =
        session.kubectl(&["get", "namespace", &format!("{name}-own"), "-o", "name"]).await?;
    assert_eq!(thing, format!("namespace/{name}-own\n"));

    // The kind disappears under our hands; its object with it.
    session.kubectl(&["delete", "crd", &format!("things.{group}")]).await?;
    assert!(session.chartctl(&["status", "r"]).await?.stdout.contains("STATUS: deployed"));
    session.chartctl(&["upgrade", "r", &chart.path(), "--wait"]).await?;
    session.chartctl(&["uninstall", "r", "--wait"]).await?;
    let left = session.kubectl(&["get", "namespace,crd", "-o", "name"]).await?;
    assert!(!left.contains(&format!("{name}-own")) && !left.contains(&group), "{left}");
    Ok(())
}
