//! One namespace, in which runs follow each other.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tokio::select;

use super::records::{Record, records};
use super::{Command, Outcome, Strike};
use crate::cli::{Cli, Finished, Signal};
use crate::cluster::Cluster;
use crate::inventory::{Inventory, Kinds};
use crate::namespace::Namespace;
use crate::proxy::{Backend, Fate, Proxy};

const RELEASE: &str = "gb";
/// The two states that the release has by turns: each has an object that the other has not.
const STATES: [&str; 2] = [
    "--set=networkPolicy.enabled=true,web.replicas=1,page.greeting=one",
    "--set=ingress.enabled=true,web.replicas=2,page.greeting=two",
];
/// What the chart has, and what else could be left of it.
const KINDS: [&str; 14] = [
    "ConfigMap",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
];

pub(super) struct Lane<'a> {
    cluster: &'a Cluster,
    namespace: Namespace,
    backend: Backend,
    kinds: Kinds,
    chart: String,
}

impl<'a> Lane<'a> {
    pub(super) async fn new(cluster: &'a Cluster) -> Result<Self> {
        let namespace = cluster.namespace("fault").await?;
        let kinds = Kinds::served(&namespace.client()).await?.only(&KINDS);
        let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/examples/guestbook");
        Ok(Self {
            cluster,
            namespace,
            backend: Backend::start(cluster).await?,
            kinds,
            chart: chart.display().to_string(),
        })
    }

    /// How many calls a command makes when nothing happens to it.
    pub(super) async fn count(&self, command: Command, waiting: bool) -> Result<usize> {
        self.prepare(command).await?;
        let proxy = Proxy::before_backend(&self.backend, |_, _| Fate::Pass).await?;
        proxy.before(self.cli(command, waiting).await?).run().await?.success()?;
        Ok(proxy.count())
    }

    pub(super) async fn run(&self, strike: Strike) -> Outcome {
        match self.strike(strike).await {
            Ok(reached) => Outcome { strike, reached, wrong: None },
            Err(error) => Outcome { strike, reached: true, wrong: Some(format!("{error:#}")) },
        }
    }

    async fn strike(&self, strike: Strike) -> Result<bool> {
        self.prepare(strike.command).await.context("preparing")?;
        let before = self.objects().await?;
        let fate = strike.fault.fate();
        let rule = move |number, _: &str| if number == strike.call { fate } else { Fate::Pass };
        let proxy = Proxy::before_backend(&self.backend, rule).await?;
        let struck = self.struck(&proxy, strike).await?;
        let reached = proxy.count() >= strike.call;
        drop(proxy);
        if struck.status.success() {
            self.is_right(strike.command == Command::Uninstall).await.context("at once")?;
        } else if !strike.fault.kills() {
            ensure!(struck.stderr.contains("Error: "), "no reason is given: {struck}");
        }

        let told = || format!("after {struck}");
        let next = self.next(strike).await?;
        let gone = next.first().is_some_and(|verb| verb == "uninstall");
        let line = next.join(" ");
        self.chartctl(&next)
            .await?
            .success()
            .with_context(|| format!("the next command fails: {}", told()))?;
        self.is_right(gone).await.with_context(|| format!("after `{line}`, {}", told()))?;
        if !gone && [Command::Upgrade, Command::Rollback].contains(&strike.command) {
            let after = self.objects().await?;
            let made_anew = after.iter().find(|(name, uid)| {
                before.get(*name).is_some_and(|old| old != *uid) && !is_optional(name)
            });
            ensure!(made_anew.is_none(), "{made_anew:?} was lost and made anew, {}", told());
        }
        Ok(reached)
    }

    /// Runs the command until it ends or is killed.
    async fn struck(&self, proxy: &Proxy, strike: Strike) -> Result<Finished> {
        let mut running =
            proxy.before(self.cli(strike.command, strike.waiting).await?).spawn().await?;
        if strike.fault.kills() {
            select! {
                frozen = proxy.reached() => frozen?,
                ended = running.ended() => ended?,
            }
            running.signal(Signal::Kill).await?;
        }
        running.finish().await
    }

    /// Brings the release into the state from which `command` starts.
    async fn prepare(&self, command: Command) -> Result<()> {
        let deployed =
            |records: &[Record]| records.last().is_some_and(|record| record.status == "deployed");
        let now = records(&self.namespace).await?;
        match command {
            Command::Install if now.is_empty() => {}
            Command::Install => self.must(&["uninstall", RELEASE]).await?,
            Command::Upgrade | Command::Uninstall => {
                if !deployed(&now) || state(&now) != Some(0) {
                    self.must(&self.upgrade(0)).await?;
                }
            }
            Command::Rollback => {
                self.must(&self.upgrade(0)).await?;
                self.must(&self.upgrade(1)).await?;
            }
        }
        Ok(())
    }

    fn upgrade(&self, state: usize) -> [&str; 5] {
        ["upgrade", "--install", RELEASE, &self.chart, STATES.get(state).copied().unwrap_or("")]
    }

    async fn cli(&self, command: Command, waiting: bool) -> Result<Cli> {
        let upgrade = self.upgrade(1);
        let args: &[&str] = match command {
            Command::Install => &["install", RELEASE, &self.chart, STATES[0]],
            Command::Upgrade => &upgrade,
            Command::Rollback => &["rollback", RELEASE],
            Command::Uninstall => &["uninstall", RELEASE],
        };
        let cli = self.cluster.chartctl().await?.args(args).namespace(self.namespace.name());
        Ok(if waiting { cli.args(["--wait"]) } else { cli })
    }

    /// What a user does then: the same again, forward, back, or away with it.
    async fn next(&self, strike: Strike) -> Result<Vec<String>> {
        let now = records(&self.namespace).await?;
        let newest = now.last().map_or(0, |record| record.revision).to_string();
        let args = match (strike.command, strike.call % 3) {
            (Command::Uninstall, 0) | (_, 2) => vec!["uninstall", RELEASE, "--ignore-not-found"],
            (Command::Rollback, 0) | (Command::Upgrade, 1) if now.len() > 1 => {
                vec!["rollback", RELEASE]
            }
            (Command::Uninstall, _) if !now.is_empty() => vec!["rollback", RELEASE, &newest],
            (_, 0) => self.upgrade(1).to_vec(),
            _ => self.upgrade(0).to_vec(),
        };
        Ok(args.into_iter().map(str::to_owned).collect())
    }

    /// The history is truthful, and the objects are those of the newest revision; none when the release is gone.
    async fn is_right(&self, gone: bool) -> Result<()> {
        let records = records(&self.namespace).await?;
        let strays = self.strays().await?;
        ensure!(strays.is_empty(), "what nobody looks after is left: {strays:?}");
        let objects: Vec<String> = self.objects().await?.into_keys().collect();
        let history: Vec<_> = records
            .iter()
            .map(|record| format!("{} {} ({})", record.revision, record.status, record.description))
            .collect();
        if gone {
            ensure!(history.is_empty(), "records are left: {history:?}");
            ensure!(objects.is_empty(), "objects are left: {objects:?}");
            return Ok(());
        }
        let deployed = records.iter().filter(|record| record.status == "deployed").count();
        let last = records.last().context("no record")?;
        ensure!(deployed == 1 && last.status == "deployed", "history is {history:?}");
        let untrue = records.iter().find(|record| match record.status.as_str() {
            "failed" => record.description.is_empty() || record.description.contains("complete"),
            "deployed" | "superseded" | "uninstalling" | "uninstalled" => false,
            _ => true,
        });
        ensure!(untrue.is_none(), "history is {history:?}");
        let expected = last.objects();
        ensure!(objects == expected, "{objects:?} are there, not {expected:?}; {history:?}");
        Ok(())
    }

    /// The objects with the marks of the release, as `Kind/name`, and their uids.
    async fn objects(&self) -> Result<BTreeMap<String, String>> {
        let client = self.namespace.client();
        let all = Inventory::of(&client, &self.kinds, self.namespace.name()).await?;
        let ours = all
            .objects()
            .filter(|object| object.release() == Some(RELEASE) && object.owners.is_empty());
        Ok(ours.map(|o| (format!("{}/{}", o.kind, o.name), o.uid.clone())).collect())
    }

    /// Objects without the marks of the release or an owner that looks after them: hooks that should be gone.
    async fn strays(&self) -> Result<Vec<String>> {
        let client = self.namespace.client();
        let all = Inventory::of(&client, &self.kinds, self.namespace.name()).await?;
        let strays = all.objects().filter(|object| {
            object.release().is_none()
                && object.owners.is_empty()
                // The claims of a StatefulSet are kept; the records are looked at for themselves.
                && object.kind != "PersistentVolumeClaim"
                && object.labels.get("owner").is_none_or(|owner| owner != "helm")
                && (object.kind.as_str(), object.name.as_str()) != ("ServiceAccount", "default")
        });
        Ok(strays.map(ToString::to_string).collect())
    }

    async fn chartctl(&self, args: &[impl AsRef<OsStr>]) -> Result<Finished> {
        let cli = self.cluster.chartctl().await?.args(args).namespace(self.namespace.name());
        cli.run().await
    }

    async fn must(&self, args: &[&str]) -> Result<()> {
        self.chartctl(args).await?.success().map(drop)
    }
}

/// Which of the states the newest record has.
fn state(records: &[Record]) -> Option<usize> {
    let manifest = &records.last()?.manifest;
    ["kind: NetworkPolicy", "kind: Ingress"].iter().position(|kind| manifest.contains(kind))
}

/// Only one of the states has it.
fn is_optional(name: &str) -> bool {
    name.starts_with("NetworkPolicy/") || name.starts_with("Ingress/")
}
