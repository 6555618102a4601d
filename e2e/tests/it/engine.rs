//! How much an upgrade asks of the API server, and what it puts in order on the way.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use e2e::{Fate, Proxy};

use crate::session::{Chart, Session};

const COUNT: usize = 20;

/// A chart of many objects of three kinds, of which one depends on the values; `extra` is one more template.
fn many(extra: &str) -> Result<Chart> {
    let mut text = String::new();
    for number in 0..COUNT {
        let word = if number == 7 { "{{ .Values.word }}" } else { "constant" };
        write!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: many-{number}\n  labels: {{app: many}}\n  annotations: {{}}\n\
             data: {{word: {word}, number: \"{number}\"}}\n\
             ---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: many-{number}\nstringData: {{word: secret-{number}}}\n\
             ---\napiVersion: v1\nkind: Service\nmetadata:\n  name: many-{number}\nspec:\n  clusterIP: None\n  selector: {{app: \"{number}\"}}\n  ports: [{{port: 80}}]\n",
        )?;
    }
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n\
                      \x20 template:\n    metadata: {labels: {app: web}, annotations: {}}\n    spec:\n      nodeSelector: {}\n      containers:\n        - name: web\n          image: example.com/web:v1\n\
                      \x20         ports: [{containerPort: 80}]\n          resources: {requests: {cpu: 1000m, memory: 1024Mi}}\n          env: [{name: A, value: \"1\"}]\n";
    Chart::new(
        "many",
        &[
            ("values.yaml", "word: one\n"),
            ("templates/many.yaml", &text),
            ("templates/web.yaml", deployment),
            ("templates/extra.yaml", extra),
        ],
    )
}

/// What was asked, as `METHOD resource`, records and discovery left out.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    async fn proxy(session: &Session) -> Result<(Self, Proxy)> {
        let asked = Self::default();
        let noted = asked.clone();
        let proxy = Proxy::start(session.cluster, move |_, line| {
            noted.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
            Fate::Pass
        })
        .await?;
        Ok((asked, proxy))
    }

    /// Takes what was asked about objects since the last time.
    fn objects(&self) -> Vec<String> {
        let lines = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        lines
            .iter()
            .filter_map(|line| line.split_once("/namespaces/"))
            .filter(|(_, rest)| !rest.contains("sh.helm.release") && !rest.contains("owner%"))
            .map(|(head, rest)| {
                let rest = rest.split_once('/').map_or(rest, |(_, rest)| rest);
                let method = head.split(' ').next().unwrap_or_default();
                format!("{method} {}", rest.split('?').next().unwrap_or_default())
            })
            .filter(|line| !line.starts_with("POST secrets"))
            .collect()
    }
}

async fn run(session: &Session, proxy: &Proxy, args: &[&str]) -> Result<()> {
    proxy.before(session.cli(args).await?).run().await?.success()?;
    Ok(())
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[tokio::test]
async fn an_upgrade_asks_for_lists_and_touches_what_changed() -> Result<()> {
    let session = Session::new("engine").await?;
    let chart = many("")?;
    let path = chart.path();
    let (asked, proxy) = Asked::proxy(&session).await?;
    run(&session, &proxy, &["install", "many", &path]).await?;
    let lines = asked.objects();
    assert_eq!(lines.iter().filter(|line| line.starts_with("PATCH")).count(), 3 * COUNT + 1);
    let looks = sorted(lines.into_iter().filter(|line| line.starts_with("GET")).collect());
    assert_eq!(looks, ["GET configmaps", "GET deployments/web", "GET secrets", "GET services"]);

    run(&session, &proxy, &["upgrade", "many", &path, "--set", "word=two"]).await?;
    let looks = ["GET configmaps", "GET deployments/web", "GET secrets", "GET services"];
    let expected = [&looks[..], &["PATCH configmaps/many-7"]].concat();
    assert_eq!(sorted(asked.objects()), expected);
    assert_eq!(session.field("configmap/many-7", ".data.word").await?, "two");
    Ok(())
}

#[tokio::test]
async fn an_upgrade_puts_in_order_what_others_changed() -> Result<()> {
    let session = Session::new("engine").await?;
    let chart = many("")?;
    let path = chart.path();
    session.chartctl(&["install", "many", &path]).await?;
    session.kubectl(&["delete", "configmap/many-1"]).await?;
    session.kubectl(&["label", "configmap/many-2", "app-"]).await?;
    session.kubectl(&["patch", "configmap/many-3", "-p", r#"{"data":{"word":"by hand"}}"#]).await?;
    session.kubectl(&["patch", "secret/many-4", "-p", r#"{"data":{"word":"eA=="}}"#]).await?;
    session.kubectl(&["set", "image", "deployment/web", "web=example.com/web:v9"]).await?;
    session.kubectl(&["annotate", "configmap/many-5", "mine=stays"]).await?;

    let (asked, proxy) = Asked::proxy(&session).await?;
    let upgrade = ["upgrade", "many", &path, "--force-conflicts", "--set", "word=two"];
    run(&session, &proxy, &upgrade).await?;
    let touched: Vec<_> =
        asked.objects().into_iter().filter(|line| !line.starts_with("GET")).collect();
    let expected = [
        "PATCH configmaps/many-1",
        "PATCH configmaps/many-2",
        "PATCH configmaps/many-3",
        "PATCH configmaps/many-7",
        "PATCH deployments/web",
        "PATCH secrets/many-4",
    ];
    assert_eq!(sorted(touched), expected);
    let check = async |object: &str, path: &str, expected: &str| -> Result<()> {
        assert_eq!(session.field(object, path).await?, expected, "{object}");
        Ok(())
    };
    check("configmap/many-1", ".data.word", "constant").await?;
    check("configmap/many-2", ".metadata.labels.app", "many").await?;
    check("configmap/many-3", ".data.word", "constant").await?;
    check("secret/many-4", ".data.word", "c2VjcmV0LTQ=").await?;
    check("deployment/web", ".spec.template.spec.containers[0].image", "example.com/web:v1")
        .await?;
    check("configmap/many-5", ".metadata.annotations.mine", "stays").await?;
    Ok(())
}

#[tokio::test]
async fn newcomers_that_belong_to_somebody_else_are_refused_before_anything_changes() -> Result<()>
{
    let session = Session::new("engine").await?;
    let chart = many("")?;
    let path = chart.path();
    session.chartctl(&["install", "many", &path]).await?;
    session.kubectl(&["create", "configmap", "new-3"]).await?;
    let extra: Vec<_> = (0..6)
        .map(|number| {
            format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: new-{number}}}\n")
        })
        .collect();
    chart.write("templates/extra.yaml", &extra.concat())?;
    let said = session.refused(&["upgrade", "many", &path, "--set", "word=two"]).await?;
    assert!(said.contains("ConfigMap \"new-3\" in namespace"), "{said}");
    assert_eq!(session.history("many").await?, ["1 deployed"]);
    assert_eq!(session.field("configmap/many-7", ".data.word").await?, "one");
    assert_eq!(session.field("configmap/new-0", ".metadata.name").await?, "");

    session.kubectl(&["delete", "configmap", "new-3"]).await?;
    session.chartctl(&["upgrade", "many", &path, "--set", "word=two"]).await?;
    assert_eq!(session.field("configmap/new-3", ".metadata.name").await?, "new-3");
    Ok(())
}
