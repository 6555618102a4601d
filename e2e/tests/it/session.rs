//! What a test has at hand: a namespace of its own, and the programs as people call them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use e2e::{Cli, Cluster, Finished, Namespace};
use serde_json::Value;
use tempfile::TempDir;

/// A namespace on the shared cluster, and the programs that work in it.
pub(crate) struct Session {
    pub(crate) cluster: &'static Cluster,
    pub(crate) ns: Namespace,
}

impl Session {
    pub(crate) async fn new(prefix: &str) -> Result<Self> {
        let cluster = Cluster::shared().await?;
        let ns = cluster.namespace(prefix).await?;
        Ok(Self { cluster, ns })
    }

    /// `chartctl` in this namespace, not run yet.
    pub(crate) async fn cli(&self, args: &[&str]) -> Result<Cli> {
        Ok(self.cluster.chartctl().await?.args(args).namespace(self.ns.name()))
    }

    /// Runs `chartctl`, which has to succeed.
    pub(crate) async fn chartctl(&self, args: &[&str]) -> Result<Finished> {
        self.cli(args).await?.run().await?.success()
    }

    /// Runs `chartctl`, which has to fail, and returns what it says.
    pub(crate) async fn refused(&self, args: &[&str]) -> Result<String> {
        Ok(self.cli(args).await?.run().await?.failure()?.stderr)
    }

    /// Runs Helm, which has to succeed.
    pub(crate) async fn helm(&self, args: &[&str]) -> Result<Finished> {
        let helm = self.cluster.helm().await?.args(args).namespace(self.ns.name());
        helm.run().await?.success()
    }

    /// Runs kubectl, which has to succeed.
    pub(crate) async fn kubectl(&self, args: &[&str]) -> Result<String> {
        let kubectl = self.cluster.kubectl().await?.args(args).namespace(self.ns.name());
        Ok(kubectl.run().await?.success()?.stdout)
    }

    /// The history of a release, a line each: `1 superseded`, `2 deployed`.
    pub(crate) async fn history(&self, release: &str) -> Result<Vec<String>> {
        let entries = self.chartctl(&["history", release, "-o", "json"]).await?.json()?;
        entries.as_array().context("a list")?.iter().map(entry).collect()
    }

    /// The description of the newest revision.
    pub(crate) async fn description(&self, release: &str) -> Result<String> {
        let entries = self.chartctl(&["history", release, "-o", "json"]).await?.json()?;
        let last = entries.as_array().and_then(|entries| entries.last()).context("an entry")?;
        Ok(last["description"].as_str().context("a description")?.to_owned())
    }

    /// A field of an object, by kubectl's JSON path; empty when the object or the field does not exist.
    pub(crate) async fn field(&self, object: &str, path: &str) -> Result<String> {
        let path = format!("-o=jsonpath={{{path}}}");
        self.kubectl(&["get", object, "--ignore-not-found", &path]).await
    }

    /// The records of all releases, as kubectl names them.
    pub(crate) async fn records(&self) -> Result<String> {
        self.kubectl(&["get", "secrets", "-l", "owner=helm", "-o", "name"]).await
    }

    /// The names of all objects of a kind, in order.
    pub(crate) async fn names(&self, kind: &str) -> Result<Vec<String>> {
        let names = self.kubectl(&["get", kind, "-o", "name"]).await?;
        Ok(names
            .lines()
            .map(|name| name.rsplit('/').next().unwrap_or(name).to_owned())
            .filter(|name| name != "kube-root-ca.crt")
            .collect())
    }
}

fn entry(entry: &Value) -> Result<String> {
    let status = entry["status"].as_str().context("a status")?;
    Ok(format!("{} {status}", entry["revision"]))
}

/// A chart in a folder of its own.
pub(crate) struct Chart {
    folder: TempDir,
    name: &'static str,
}

impl Chart {
    pub(crate) fn new(name: &'static str, files: &[(&str, &str)]) -> Result<Self> {
        let chart = Self { folder: TempDir::new()?, name };
        chart.write(
            "Chart.yaml",
            &format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\nappVersion: 1.0.0\n"),
        )?;
        for (path, text) in files {
            chart.write(path, text)?;
        }
        Ok(chart)
    }

    /// A ConfigMap with a word, and a Deployment whose pods can be told how to behave.
    pub(crate) fn web() -> Result<Self> {
        Self::new(
            "web",
            &[
                ("values.yaml", "word: hello\nreplicas: 1\ntag: v1\nbehaviour: none\napp: web\n"),
                (
                    "templates/settings.yaml.hbs",
                    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{release.name}}-settings\ndata:\n  word: {{quote values.word}}\n",
                ),
                ("templates/web.yaml.hbs", DEPLOYMENT),
            ],
        )
    }

    /// One ConfigMap without templates, which Helm and chartctl read alike.
    pub(crate) fn plain(word: &str) -> Result<Self> {
        let chart = Self::new("plain", &[])?;
        chart.word(word)?;
        Ok(chart)
    }

    /// Changes the word of a plain chart.
    pub(crate) fn word(&self, word: &str) -> Result<()> {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: plain\ndata:\n  word: {word}\n"
        );
        self.write("templates/plain.yaml", &text)
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().context("a folder")?)?;
        Ok(fs::write(path, text)?)
    }

    pub(crate) fn remove(&self, path: &str) -> Result<()> {
        Ok(fs::remove_file(self.folder().join(path))?)
    }

    /// Its archive, as `.tgz`.
    pub(crate) fn archive(&self) -> Result<Vec<u8>> {
        let chart = chart::load(&self.folder())?;
        Ok(chart::package(&chart)?.bytes)
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    pub(crate) fn path(&self) -> String {
        self.folder().display().to_string()
    }
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{release.name}}
spec:
  replicas: {{values.replicas}}
  selector:
    matchLabels:
      app: {{values.app}}
  template:
    metadata:
      labels:
        app: {{values.app}}
      annotations:
        e2e.chartctl.dev/behaviour: {{values.behaviour}}
    spec:
      containers:
        - name: web
          image: example.com/web:{{values.tag}}
";

/// One of the charts under `charts/examples`.
pub(crate) fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/examples").join(name);
    path.canonicalize().unwrap_or(path).display().to_string()
}
