//! What the stories are told on: a cluster, and a shell to use it with.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{BEHAVIOUR, Cluster, User};
use serde_json::Value;

use crate::screen::{self, Screen};
use crate::shell::Shell;

/// The namespace of the story with chartctl.
pub(crate) const CHARTCTL: &str = "chartctl-demo";
/// The namespace of the story with a Release object.
pub(crate) const OPERATOR: &str = "operator-demo";
/// How long any command may take; image pulls on a cluster that is not ours included.
pub(crate) const LIMIT: Duration = Duration::from_mins(6);

/// An image that nobody has.
const BROKEN_IMAGE: &str = "nginx:no-such-tag";
const DEFINITION: &str = "customresourcedefinition/releases.chartctl.dev";

/// Values of `guestbook` whose pods never become ready, indented to be put below a key. The
/// annotation does to pods that are played what the image does to real ones, where it means nothing.
pub(crate) fn broken_values(indent: &str) -> String {
    let lines = [
        "web:",
        &format!("  image: {BROKEN_IMAGE}"),
        "  podAnnotations:",
        "    # Where pods are only played, nobody pulls images; this makes kwok play that it fails.",
        &format!("    {BEHAVIOUR}: image-pull-error"),
    ];
    lines.map(|line| format!("{indent}{line}\n")).concat()
}

/// The cluster, the shell, and what was there before.
pub(crate) struct Stage {
    shell: Shell,
    had_definition: bool,
}

impl Stage {
    /// Starts or finds the cluster, and builds what the demo runs.
    pub(crate) async fn set(screen: Screen) -> Result<Self> {
        screen.title("Preparing")?;
        screen.say(
            "Building what is missing. The first time this takes minutes: the control plane's programs are built too.",
        )?;
        let cluster = Cluster::own().await?;
        let place = cluster.control_plane().map(|own| own.url().to_owned());
        let shell = Shell::new(cluster, screen).await?;
        screen.say(&place.map_or_else(
            || "Using the cluster of E2E_KUBECONFIG.".to_owned(),
            |url| {
                format!(
                    "A control plane of our own serves {url}. It has no kubelet: kwok plays nodes and pods."
                )
            },
        ))?;
        let mut stage = Self { shell, had_definition: false };
        stage.had_definition = stage.exists(DEFINITION).await?;
        for namespace in [CHARTCTL, OPERATOR] {
            ensure!(
                !stage.exists(&format!("namespace/{namespace}")).await?,
                "the namespace {namespace} exists already; if nobody needs it: kubectl delete namespace {namespace}"
            );
        }
        stage.run("kubectl get nodes").await?;
        Ok(stage)
    }

    /// Whether the cluster is our own, on which pods are played.
    pub(crate) fn is_own(&self) -> bool {
        self.shell.cluster().control_plane().is_some()
    }

    /// The shell.
    pub(crate) fn shell(&self) -> &Shell {
        &self.shell
    }

    /// Prints the title of a part.
    pub(crate) fn title(&self, title: &str) -> Result<()> {
        self.shell.screen().title(title)
    }

    /// Prints what comes next.
    pub(crate) fn say(&self, lines: &str) -> Result<()> {
        self.shell.screen().say(lines)
    }

    /// Prints a command and runs it, which has to succeed.
    pub(crate) async fn run(&self, line: &str) -> Result<()> {
        self.shell.run(line, LIMIT).await
    }

    /// Writes a file and shows it.
    pub(crate) async fn file(&self, name: &str, text: &str) -> Result<()> {
        self.shell.file(name, text).await
    }

    /// How long to wait for pods that never become ready: long enough for a real image pull to fail.
    pub(crate) fn patience(&self) -> &'static str {
        if self.is_own() { "15s" } else { "1m" }
    }

    /// Returns the history of release `guestbook`: `["1 superseded", "2 deployed"]`.
    pub(crate) async fn history(&self, namespace: &str) -> Result<Vec<String>> {
        let line = format!("chartctl history guestbook -n {namespace} -o json");
        let entries = self.shell.ask(&line).await?;
        let entry = |entry: &Value| {
            let field = |name| entry.get(name).unwrap_or(&Value::Null);
            format!("{} {}", field("revision"), field("status").as_str().unwrap_or_default())
        };
        Ok(entries.as_array().into_iter().flatten().map(entry).collect())
    }

    /// Fails unless the release `guestbook` has exactly this history, and its web Deployment so many
    /// pods of the image that works.
    pub(crate) async fn expect(
        &self,
        namespace: &str,
        history: &[&str],
        replicas: u64,
    ) -> Result<()> {
        let found = self.history(namespace).await?;
        ensure!(found == history, "the history should be {history:?}, but is {found:?}");
        let line = format!("kubectl get deployment guestbook-web -n {namespace} -o json");
        let web = self.shell.ask(&line).await?;
        let number = |path| web.pointer(path).and_then(Value::as_u64).unwrap_or(0);
        let ready = number("/status/readyReplicas");
        ensure!(ready >= replicas, "{replicas} pods should be ready, but {ready} are");
        let wanted = number("/spec/replicas");
        ensure!(wanted == replicas, "the Deployment should ask for {replicas} pods, not {wanted}");
        let image = web.pointer("/spec/template/spec/containers/0/image").and_then(Value::as_str);
        ensure!(
            image.is_some_and(|image| image != BROKEN_IMAGE),
            "the image should not be {image:?}"
        );
        Ok(())
    }

    /// Leaves everything running and says how to use and how to end it.
    pub(crate) async fn keep(self) -> Result<()> {
        let screen = self.shell.screen();
        let mut end = self.removals().await?;
        let kubeconfig = self.shell.cluster().kubeconfig(User::Admin);
        let usage = format!(
            "export KUBECONFIG={}\nexport PATH={}:$PATH\ncd {}   # charts/, crds/, operator.log, and the files from above\n\
             kubectl apply -f release.yaml\nkubectl get releases -A\nchartctl list -A\n",
            kubeconfig.display(),
            self.shell.programs().display(),
            self.shell.folder().display()
        );
        end.push(self.shell.into_cluster().keep()?);
        screen.title("Everything is left running")?;
        screen.say("To use it:")?;
        screen::print(&usage)?;
        screen.say("To stop it, and to remove what it wrote:")?;
        screen::print(&format!("{}\n", end.join("\n")))
    }

    /// Stops what runs. On a cluster that is not ours, removes what the demo made.
    pub(crate) async fn clear(self) -> Result<()> {
        let removals = self.removals().await?;
        if !removals.is_empty() {
            self.title("Cleaning up")?;
        }
        for line in removals {
            self.run(&line).await?;
        }
        let screen = self.shell.screen();
        drop(self.shell);
        screen.say("All that was started is stopped. To look around yourself: cargo demo --keep")
    }

    /// The commands that remove what the demo made, where that does not go with the cluster.
    async fn removals(&self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        if self.is_own() {
            return Ok(lines);
        }
        let has_definition = self.exists(DEFINITION).await?;
        if has_definition {
            lines.push(format!(
                "kubectl delete releases.chartctl.dev --all -n {OPERATOR} --timeout=2m"
            ));
        }
        lines.push(format!(
            "kubectl delete namespace {CHARTCTL} {OPERATOR} --ignore-not-found --timeout=5m"
        ));
        if has_definition && !self.had_definition {
            lines.push("kubectl delete -f crds/".to_owned());
        }
        Ok(lines)
    }

    async fn exists(&self, object: &str) -> Result<bool> {
        let line = format!("kubectl get {object} --ignore-not-found -o name");
        Ok(!self.shell.cli(&line).run().await?.success()?.stdout.trim().is_empty())
    }
}
