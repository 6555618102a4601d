//! The definition of Release, as people meet it through kubectl.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::operators::{LIMIT, release, session};
use crate::session::Session;

#[tokio::test]
async fn kubectl_shows_the_columns() -> Result<()> {
    let session = session("columns").await?;
    session.release("web", json!({})).await?;
    let table = session.kubectl(&["get", "releases.chartctl.dev"]).await?;
    let head: Vec<_> = table.lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(head, ["NAME", "READY", "REASON", "CHART", "VERSION", "REV", "AGE"]);
    for name in ["rel", "crel", "releases"] {
        assert!(session.kubectl(&["get", name, "-o", "name"]).await?.contains("web"), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn kubectl_explains_every_field() -> Result<()> {
    let session = session("explain").await?;
    let text = explained(&session, "releases.chartctl.dev.spec").await?;
    assert!(text.contains("chart\t<ChartSource>") || text.contains("chart\t<Object>"), "{text}");
    let definition =
        session.kubectl(&["get", "crd", "releases.chartctl.dev", "-o", "json"]).await?;
    let definition: Value = serde_json::from_str(&definition)?;
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
    let mut count = 0;
    for part in ["spec", "status"] {
        described(&schema[part], part, &mut count);
    }
    assert!(count > 60, "only {count} fields were found");
    Ok(())
}

/// What kubectl explains, once the API server has published the schema: that comes a little after the
/// definition is established, and nothing tells of it.
async fn explained(session: &Session, field: &str) -> Result<String> {
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    let published = async {
        loop {
            ticks.tick().await;
            let kubectl = session.cluster.kubectl().await?.args(["explain", field]);
            let done = kubectl.run().await?;
            if done.status.success() {
                return anyhow::Ok(done.stdout);
            }
        }
    };
    tokio::time::timeout(LIMIT, published).await.context("the schema is not published")?
}

/// Every field below `schema` has a text.
fn described(schema: &Value, path: &str, count: &mut usize) {
    *count += 1;
    let text = schema["description"].as_str().unwrap_or_default();
    assert!(!text.is_empty(), "{path} is not described");
    let fields = schema["properties"].as_object().into_iter().flatten();
    for (name, field) in fields {
        described(field, &format!("{path}.{name}"), count);
    }
    let items =
        schema.pointer("/items/properties").and_then(Value::as_object).into_iter().flatten();
    for (name, field) in items {
        described(field, &format!("{path}[].{name}"), count);
    }
}

#[tokio::test]
async fn a_spec_that_makes_no_sense_is_refused_with_a_reason() -> Result<()> {
    let session = session("refused").await?;
    let source = json!({"configMap": {"name": "chart"}});
    for (spec, text) in [
        (json!({"chart": {}}), "exactly one of url, configMap and secret has to be set"),
        (json!({"chart": {"url": "https://u:p@example.com/a.tgz"}}), "without user and password"),
        (json!({"chart": source, "interval": "1s"}), "interval has to be 1m or more"),
        (json!({"chart": source, "timeout": "soon"}), "spec.timeout"),
        (json!({"chart": source, "rollbackTo": {}}), "spec.rollbackTo"),
        (json!({"chart": source, "releaseName": "Not_A_Label"}), "spec.releaseName"),
        (json!({"chart": source, "maxHistory": 0}), "spec.maxHistory"),
        (
            json!({"chart": source, "valuesFrom": [{"kind": "Pod", "name": "x"}]}),
            "spec.valuesFrom[0].kind",
        ),
    ] {
        let error =
            refused(&session, &release("web", &spec)).await.with_context(|| spec.to_string())?;
        assert!(error.contains(text), "{spec}: {error}");
    }
    session.release("web", json!({"releaseName": "one"})).await?;
    let renamed = json!({"chart": source, "releaseName": "two"});
    let error = refused(&session, &release("web", &renamed)).await?;
    assert!(error.contains("releaseName cannot be changed"), "{error}");
    Ok(())
}

async fn refused(session: &Session, object: &Value) -> Result<String> {
    let kubectl = session.cluster.kubectl().await?.args(["apply", "-f", "-"]);
    let done = kubectl.namespace(session.ns.name()).input(object.to_string()).run().await?;
    Ok(done.failure()?.stderr)
}
