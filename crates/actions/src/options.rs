//! What the verbs can be told, by topic.

use std::collections::BTreeMap;
use std::time::Duration;

use release::Marks;
use value::Value;

/// Options of an installation and an upgrade.
#[derive(Clone, Debug)]
pub struct DeployOptions {
    /// The user's values.
    pub values: Value,
    /// How the plan is carried out.
    pub plan: plan::Options,
    /// What the chart sees of the cluster, where it is not what the cluster says.
    pub render: RenderOptions,
    /// Labels for the record.
    pub labels: BTreeMap<String, String>,
    /// How many revisions stay; 0 is all of them.
    pub max_history: u32,
    /// The digest of what the revision is made from: of failed attempts at the same only the newest two stay.
    pub inputs: Option<String>,
    /// Which values an upgrade starts from.
    pub reuse: Reuse,
    /// Whether an upgrade that changes nothing makes a revision.
    pub revision: NewRevision,
    /// Whether an installation may take a name that is uninstalled or failed but still in history.
    pub replace: bool,
    /// How far it goes.
    pub dry_run: DryRun,
    /// What to do when somebody else's operation is pending.
    pub others: Others,
}

impl Default for DeployOptions {
    fn default() -> Self {
        Self {
            values: Value::map(),
            plan: plan::Options::default(),
            render: RenderOptions::default(),
            labels: BTreeMap::new(),
            max_history: 10,
            inputs: None,
            reuse: Reuse::Default,
            revision: NewRevision::Always,
            replace: false,
            dry_run: DryRun::None,
            others: Others::Watch,
        }
    }
}

/// How a chart is rendered.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// Schema and notes.
    pub how: render::RenderOptions,
    /// Further entries of `Capabilities.APIVersions`.
    pub api_versions: Vec<String>,
    /// Whether templates may resolve the names of hosts.
    pub dns: bool,
    /// Whether look-ups find nothing, as when there is no cluster.
    pub blind: bool,
}

/// Which values an upgrade starts from, as in Helm 4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// The given ones; without any, the previous revision's.
    Default,
    /// The given ones, even if there are none.
    Reset,
    /// The given ones over the previous revision's values and chart defaults.
    Reuse,
    /// The given ones over the previous revision's, with the new chart's defaults.
    ResetThenReuse,
}

/// When an upgrade makes a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewRevision {
    /// Always, as in Helm.
    Always,
    /// When it is another one than the deployed revision. Otherwise only what others changed in the cluster is put in
    /// order, and no hook runs.
    WhenChanged,
}

/// What to do when a pending record says that a `chartctl` is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Watch it for three heartbeats; without any, record the revision as failed and go on.
    Watch,
    /// Say at once that it is in progress. For callers that must not wait and judge for themselves.
    Refuse,
}

/// How far a dry run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It is none: everything is done.
    None,
    /// Rendering alone, without the cluster where that is possible.
    Client,
    /// Everything is planned, and the API server is asked what it would say to the objects.
    Server,
}

/// Options of a rollback.
#[derive(Clone, Debug)]
pub struct RollbackOptions {
    /// The revision to go back to; `None` is the one before the newest.
    pub revision: Option<u32>,
    /// How the plan is carried out.
    pub plan: plan::Options,
    /// How many revisions stay; 0 is all of them.
    pub max_history: u32,
    /// The digest of what the revision is made from: of failed attempts at the same only the newest two stay.
    pub inputs: Option<String>,
    /// What to do when somebody else's operation is pending.
    pub others: Others,
}

/// Options of carrying out a plan.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// How long each wait may take.
    pub timeout: Duration,
    /// Who does it, for the record. The operation tells it from every other one and has to be there.
    pub marks: Marks,
    /// How much trouble is put up with while waiting.
    pub budget: plan::Budget,
    /// Whether the logs of test Pods are wanted.
    pub test_logs: bool,
}
