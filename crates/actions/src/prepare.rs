//! What all verbs do before anything changes: make a request, look at the cluster, plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster::Cluster;
use jiff::Timestamp;
use manifest::sequence::ChartOrder;
use manifest::{Hook, Object};
use plan::{Action, Live, Options, Plan, Request};
use release::{
    ApplyMethod, Draft, History, Record, ReleaseName, Revision, Status, StoredChart, StoredHook,
    labels,
};
use render::{Capabilities, KubeVersion, Rendered, Target, World};
use value::Value;

use crate::error::ActionError;
use crate::event::{Event, Events};
use crate::options::RenderOptions;
use crate::world::LiveWorld;

/// A plan that only waits to be carried out, with what was made on the way to it.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The plan.
    pub plan: Plan,
    /// What the chart rendered to; nothing for a rollback or an uninstallation.
    pub rendered: Option<Rendered>,
    /// The user's labels for the record.
    pub labels: BTreeMap<String, String>,
    /// What is worth knowing about the chart and its values.
    pub warnings: Vec<String>,
    /// Whether the plan was made a while ago: then the objects that it leaves alone are looked at again.
    pub saved: bool,
}

impl From<Plan> for Prepared {
    /// Returns a plan that was made just now without rendering anything.
    fn from(plan: Plan) -> Self {
        let (labels, warnings) = (BTreeMap::new(), plan.warnings.clone());
        Self { plan, rendered: None, labels, warnings, saved: false }
    }
}

/// What a revision consists of, as far as planning is concerned.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Its objects in install order.
    pub objects: Vec<Object>,
    /// Its hooks, in the order of the record.
    pub hooks: Vec<Hook>,
    /// The definitions under the chart's `crds/`.
    pub crds: Vec<Object>,
    /// The order among its charts.
    pub order: ChartOrder,
}

impl Parts {
    /// Returns the parts of a stored revision. Records do not hold the definitions of subcharts, so a stored
    /// revision has none.
    pub fn of(record: &Record) -> Result<Self, ActionError> {
        let revision = &record.revision;
        let unreadable =
            |source| ActionError::StoredManifest { revision: revision.version, source };
        Ok(Self {
            objects: revision.objects().map_err(unreadable)?,
            hooks: revision.runnable_hooks().map_err(unreadable)?,
            crds: Vec::new(),
            order: record.marks().order,
        })
    }

    /// Returns the parts of what a chart rendered to.
    pub fn rendered(rendered: &Rendered) -> Result<Self, ActionError> {
        let (bundle, _) = rendered.bundle()?;
        let order = rendered.chart_order()?;
        Ok(Self { objects: bundle.objects, hooks: bundle.hooks, crds: bundle.crds, order })
    }
}

/// A revision that somebody wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What is done.
    pub action: Action,
    /// The record to be written, still pending; for an uninstallation the newest there is.
    pub target: Revision,
    /// What the target consists of.
    pub parts: Parts,
    /// How many revisions stay; 0 is all of them.
    pub max_history: u32,
    /// The digest of what the target is made from, where that is known.
    pub inputs: Option<String>,
    /// How it is done.
    pub options: Options,
}

/// Plans how a revision comes about, given the history before it (a record of the target itself in it is
/// ignored, so that a plan can be made anew after a restart). Reads the cluster, changes nothing.
pub async fn plan_revision(
    cluster: &Cluster,
    wanted: Wanted,
    history: &History,
) -> Result<Plan, ActionError> {
    let Wanted { action, target, parts, max_history, inputs, options } = wanted;
    let before = match action {
        Action::Uninstall | Action::Test => history.clone(),
        Action::Install | Action::Upgrade | Action::Rollback => history.without(target.version),
    };
    let (base, attempts) = since_deployed(&before);
    // A failed server-side attempt may have left objects that it did not come to as they were.
    let migrate = base.iter().chain(&attempts).any(|record| !record.revision.is_server_side());
    let mut order_before = ChartOrder::default();
    for record in base.iter().chain(&attempts) {
        order_before.merge(record.marks().order);
    }
    let base = base.map_or_else(|| Ok(Vec::new()), objects_of)?;
    let request = Request {
        action,
        objects: parts.objects,
        hooks: parts.hooks,
        crds: parts.crds,
        base,
        attempts: attempts.into_iter().map(objects_of).collect::<Result<_, _>>()?,
        order: parts.order,
        order_before,
        deployed: with_status(&before, Status::Deployed),
        last: before.last().map(|entry| (entry.version(), entry.status())),
        prune_history: match action {
            Action::Uninstall => before.entries().iter().map(release::Entry::version).collect(),
            Action::Install | Action::Test => Vec::new(),
            Action::Upgrade | Action::Rollback => {
                before.prune_list(max_history, &exempt(&target), inputs.as_deref())
            }
        },
        migrate,
        target,
        options,
    };
    let scopes = cluster.scopes().await?;
    // A kind that the plan itself will make known has no objects yet.
    let mut sought = plan::sought(&request, &scopes)?;
    sought.retain(|one| scopes.serves(&one.id.gvk));
    let objects = cluster.survey(&sought).await?;
    Ok(plan::plan(&request, &Live { scopes, objects })?)
}

/// A rollback needs the record that it goes back to until it is done.
fn exempt(target: &Revision) -> Vec<u32> {
    Some(target.info.rollback_revision).filter(|revision| *revision > 0).into_iter().collect()
}

/// The deployed record and every later one, of which something may be left in the cluster. Where nothing is
/// deployed, what was before an uninstallation is gone, or was left on purpose.
fn since_deployed(history: &History) -> (Option<&Record>, Vec<&Record>) {
    let base = history.deployed();
    let uninstalled = |record: &&Record| record.revision.info.status == Status::Uninstalled;
    let since = base.or_else(|| history.records().rfind(uninstalled));
    let since = since.map_or(0, |record| record.revision.version);
    let attempts = history
        .records()
        .filter(|record| record.revision.version > since && !uninstalled(record))
        .collect();
    (base, attempts)
}

fn objects_of(record: &Record) -> Result<Vec<Object>, ActionError> {
    Ok(Parts::of(record)?.objects)
}

fn with_status(history: &History, status: Status) -> Vec<u32> {
    history
        .entries()
        .iter()
        .filter(|entry| entry.status() == status)
        .map(release::Entry::version)
        .collect()
}

/// Renders a chart for a target, with the cluster as its world and its capabilities. Rendering is work for the
/// processor, so it has a thread of its own.
pub async fn render_chart(
    cluster: &Cluster,
    chart: &chart::Chart,
    values: &Value,
    mut target: Target,
    options: &RenderOptions,
    events: Events<'_>,
) -> Result<Rendered, ActionError> {
    target.capabilities = capabilities(cluster, &options.api_versions).await?;
    let world = LiveWorld::new(cluster.clone(), Timestamp::now())?;
    let world: Arc<dyn World> = Arc::new(world.with(options));
    let (chart, values, how) = (chart.clone(), values.clone(), options.how.clone());
    let rendered =
        tokio::task::spawn_blocking(move || render::render(&chart, &values, &target, &how, &world))
            .await
            .map_err(|_| ActionError::Aborted)??;
    events(Event::Rendered { objects: rendered.documents.manifests.len() });
    Ok(rendered)
}

/// Returns what the cluster can do, as templates see it.
async fn capabilities(cluster: &Cluster, more: &[String]) -> Result<Capabilities, ActionError> {
    let version = cluster.version().await?;
    let served = cluster.served().await?;
    let api_versions = served.api_versions().map(str::to_owned).chain(more.iter().cloned());
    Ok(Capabilities {
        kube_version: KubeVersion {
            version: version.version,
            major: version.major,
            minor: version.minor,
        },
        api_versions: api_versions.collect(),
    })
}

/// Returns what the record of a rendered chart says.
pub(crate) fn draft(
    name: &ReleaseName,
    namespace: &str,
    config: Value,
    rendered: &Rendered,
    parts: &Parts,
) -> Draft {
    Draft {
        name: name.clone(),
        namespace: namespace.to_owned(),
        chart: StoredChart::new(&rendered.chart),
        config,
        manifest: rendered.documents.manifest(),
        hooks: parts.hooks.iter().map(StoredHook::from).collect(),
        notes: rendered.notes.clone().unwrap_or_default(),
        apply_method: ApplyMethod::ServerSide,
    }
}

/// Returns the labels of a new record: those of the last one, overlaid with the given ones; `null` removes.
pub(crate) fn record_labels(
    history: &History,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ActionError> {
    labels::check(given.keys().map(String::as_str))?;
    let last = history.last_good().map(|record| record.labels.clone()).unwrap_or_default();
    Ok(labels::upgraded(&last, given))
}
