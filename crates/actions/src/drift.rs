//! Comparing a release with the cluster, and putting it in order.

use cluster::Cluster;
use plan::{Action, Conflicts, Drifted, Live, Options, Request};
use release::{Revision, Status};

use crate::error::ActionError;
use crate::event::{Event, Events};
use crate::prepare::{Parts, Prepared};

/// How a release stands in the cluster.
#[derive(Clone, Debug)]
pub struct Drift {
    /// The deployed revision.
    pub revision: Revision,
    /// How many objects it has.
    pub objects: usize,
    /// Those that are not as it recorded them.
    pub drifted: Vec<Drifted>,
    /// What puts them in order, and nothing else; no revision is made, and no hook runs.
    pub correction: Prepared,
}

/// Compares the objects of the deployed revision with the cluster. Changes nothing.
///
/// A correction takes fields back that others have changed. `options` say what it waits for.
pub async fn drift(
    cluster: &Cluster,
    name: &str,
    namespace: &str,
    options: &Options,
    events: Events<'_>,
) -> Result<Drift, ActionError> {
    let history = cluster.storage().history(namespace, name).await?;
    let record = history.deployed().ok_or(ActionError::NotFound)?;
    let revision = record.revision.clone();
    let Parts { objects, order, .. } = Parts::of(record)?;
    let count = objects.len();
    let request = Request {
        action: Action::Upgrade,
        target: revision.clone(),
        base: objects.clone(),
        objects,
        hooks: Vec::new(),
        crds: Vec::new(),
        attempts: Vec::new(),
        order_before: order.clone(),
        order,
        deployed: Vec::new(),
        last: Some((revision.version, Status::Deployed)),
        prune_history: Vec::new(),
        migrate: !revision.is_server_side(),
        options: Options { conflicts: Conflicts::Force, hooks: false, ..options.clone() },
    };
    let scopes = cluster.scopes().await?;
    let sought = plan::sought(&request, &scopes)?;
    let live = Live { objects: cluster.survey(&sought).await?, scopes };
    let drifted = plan::drift(&request, &live)?;
    let ids: Vec<_> = drifted.iter().map(|of| of.object.clone()).collect();
    let plan = plan::plan(&request, &live)?.without_revision(revision.clone()).only(&ids);
    events(Event::Planned {
        action: Action::Upgrade,
        from: Some(revision.version),
        to: revision.version,
        summary: plan.summary(),
    });
    let correction = Prepared::from(plan);
    Ok(Drift { revision, objects: count, drifted, correction })
}
