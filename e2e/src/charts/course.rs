//! The course that each chart takes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use kube::Client;

use super::leftovers::{Reason, judge};
use super::prepare::Files;
use super::table::Entry;
use crate::cli::Finished;
use crate::cluster::Cluster;
use crate::inventory::Inventory;
use crate::tool::Tool;

/// How long a command may wait for the cluster.
const TIMEOUT: &str = "--timeout=2m";
/// How long a command may run at all.
const LIMIT: Duration = Duration::from_mins(3);
/// How long controllers may take to collect what went with the release.
const COLLECTED: Duration = Duration::from_mins(1);
/// How often it is looked whether they have.
const LOOK: Duration = Duration::from_millis(250);

/// A part of the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `install --wait`.
    Install,
    /// `upgrade --wait` with changed values.
    Upgrade,
    /// `rollback --wait` to the first revision.
    Rollback,
    /// `test`, where the chart has tests.
    Test,
    /// `uninstall --wait`.
    Uninstall,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::Install, Self::Upgrade, Self::Rollback, Self::Test, Self::Uninstall];

    /// The command.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Test => "test",
            Self::Uninstall => "uninstall",
        }
    }
}

/// How far a chart came.
#[derive(Debug)]
pub struct Report {
    /// How long each step took.
    pub steps: Vec<(Step, Duration)>,
    /// How many objects the release had after its installation.
    pub objects: usize,
    /// What is left on purpose: `3 by policy, 1 hooks`.
    pub left: String,
    /// What went wrong.
    pub outcome: Result<()>,
}

impl Report {
    /// How long `step` took; nothing if it was not reached or not needed.
    #[must_use]
    pub fn time(&self, step: Step) -> Option<Duration> {
        self.steps.iter().find(|(done, _)| *done == step).map(|(_, time)| *time)
    }
}

/// Takes one chart through its course by `tool`, and the cluster back to where it was. Nobody else may change
/// anything in the cluster meanwhile.
///
/// # Errors
///
/// When the cluster does not work, or is not ours; that the chart does not work is in the report.
pub async fn run(cluster: &Cluster, charts: &Path, entry: &Entry, tool: Tool) -> Result<Report> {
    // Whatever comes into being meanwhile is deleted in the end.
    ensure!(cluster.control_plane().is_some(), "only on a control plane that is made for it");
    let namespace = cluster.namespace(entry.name).await?;
    let client = cluster.client().await?;
    let mut course = Course {
        cluster,
        tool,
        entry,
        namespace: namespace.name(),
        files: Files::of(entry, charts, namespace.name())?,
        before: Inventory::take(&client).await?,
        client: client.clone(),
        report: Report { steps: Vec::new(), objects: 0, left: String::new(), outcome: Ok(()) },
    };
    course.report.outcome = course.all().await;
    let Course { before, report, .. } = course;
    drop(namespace);
    clear(&client, &before).await?;
    Ok(report)
}

struct Course<'a> {
    cluster: &'a Cluster,
    tool: Tool,
    entry: &'a Entry,
    namespace: &'a str,
    files: Files,
    before: Inventory,
    client: Client,
    report: Report,
}

impl Course<'_> {
    async fn all(&mut self) -> Result<()> {
        let (chart, values, changed) =
            (self.files.chart(), self.files.values(), self.files.changed());
        let name = self.entry.name;
        self.step(Step::Install, &[name, &chart, "-f", &values, "--wait", TIMEOUT]).await?;
        let installed = self.objects().await?;
        self.report.objects = installed.len();
        let first = self.manifest(1).await?;
        self.step(Step::Upgrade, &[name, &chart, "-f", &values, "-f", &changed, "--wait", TIMEOUT])
            .await?;
        ensure!(self.manifest(2).await? != first, "the upgrade changes nothing");
        self.step(Step::Rollback, &[name, "1", "--wait", TIMEOUT]).await?;
        ensure!(self.manifest(3).await? == first, "the rollback does not record what was");
        let now = self.objects().await?;
        ensure!(now == installed, "the rollback makes {now:?} of {installed:?}");
        if self.has_tests().await? {
            self.step(Step::Test, &[name, TIMEOUT]).await?;
        }
        self.step(Step::Uninstall, &[name, "--wait", TIMEOUT]).await?;
        self.report.left = self.left().await?;
        Ok(())
    }

    async fn step(&mut self, step: Step, args: &[&str]) -> Result<()> {
        let start = Instant::now();
        let done = self.command(step.name(), args).await?;
        self.report.steps.push((step, start.elapsed()));
        done.success().map(drop)
    }

    async fn command(&self, command: &str, args: &[&str]) -> Result<Finished> {
        let cli = self.tool.cli(self.cluster).await?.args([command]).args(args);
        cli.namespace(self.namespace).limit(LIMIT).run().await
    }

    async fn manifest(&self, revision: u32) -> Result<String> {
        let revision = revision.to_string();
        let args = ["manifest", self.entry.name, "--revision", &revision];
        Ok(self.command("get", &args).await?.success()?.stdout)
    }

    async fn has_tests(&self) -> Result<bool> {
        let hooks = self.command("get", &["hooks", self.entry.name]).await?.success()?.stdout;
        Ok(hooks.lines().any(|line| {
            let line = line.trim_start().trim_matches('"');
            line.starts_with("helm.sh/hook\": ") || line.starts_with("helm.sh/hook: ")
        } && line.contains("test")))
    }

    /// The objects of the release.
    async fn objects(&self) -> Result<Vec<String>> {
        let now = Inventory::take(&self.client).await?;
        let of_release = now
            .beyond(&self.before)
            .into_iter()
            .filter(|object| object.release() == Some(self.entry.name) && object.owners.is_empty());
        let mut names: Vec<String> = of_release.map(ToString::to_string).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Waits until only that is left for which there is a reason.
    async fn left(&self) -> Result<String> {
        let start = Instant::now();
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            let after = Inventory::take(&self.client).await?;
            let judged = judge(&self.before, &after);
            let lost: Vec<String> = judged
                .iter()
                .filter(|(reason, _)| *reason == Reason::None)
                .map(|(_, object)| object.to_string())
                .collect();
            if lost.is_empty() {
                return Ok(summary(judged.into_iter().map(|(reason, _)| reason)));
            }
            if start.elapsed() > COLLECTED {
                bail!("left without a reason: {}", lost.join(", "));
            }
        }
    }
}

fn summary(reasons: impl Iterator<Item = Reason>) -> String {
    let mut reasons: Vec<Reason> = reasons.collect();
    reasons.sort_unstable();
    let parts = reasons.chunk_by(|one, other| one == other).map(|same| {
        let word = same.first().map_or("", |reason| reason.word());
        format!("{} {word}", same.len())
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Deletes whatever was not there before, and waits until it is gone.
async fn clear(client: &Client, before: &Inventory) -> Result<()> {
    let start = Instant::now();
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        let now = Inventory::take(client).await?;
        let left = now.beyond(before);
        if left.is_empty() {
            return Ok(());
        }
        if start.elapsed() > COLLECTED {
            let left: Vec<String> = left.iter().map(ToString::to_string).collect();
            bail!("cannot be deleted: {}", left.join(", "));
        }
        for object in left.into_iter().filter(|object| object.owners.is_empty()) {
            object.delete(client).await.with_context(|| format!("clearing {object}"))?;
        }
    }
}
