//! Going back.

use cluster::Cluster;
use jiff::Timestamp;
use plan::Action;
use release::{ApplyMethod, Revision};

use crate::error::ActionError;
use crate::event::{Event, Events};
use crate::options::RollbackOptions;
use crate::prepare::{Parts, Prepared, Wanted, plan_revision};
use crate::settle::{Unmarked, settled_history};

/// Plans a new revision that is what an earlier one was. Renders nothing, changes nothing.
pub async fn prepare_rollback(
    cluster: &Cluster,
    name: &str,
    namespace: &str,
    options: &RollbackOptions,
    events: Events<'_>,
) -> Result<Prepared, ActionError> {
    let mut history =
        settled_history(cluster, namespace, name, Unmarked::Pass, options.others, events).await?;
    let before_last = history.next_number().saturating_sub(2);
    let wanted = options.revision.filter(|revision| *revision > 0).unwrap_or(before_last);
    cluster.storage().open(namespace, &mut history, &[wanted]).await?;
    let last = history.last_good().ok_or(ActionError::NotFound)?.revision.clone();
    let record = history.rollback_target(options.revision.unwrap_or_default())?;
    let (target, labels) = (record.revision.clone(), record.custom_labels());
    let parts = Parts::of(record)?;

    let version = history.next_number();
    let now = Timestamp::now();
    let revision =
        Revision::pending_rollback(&target, &last, version, ApplyMethod::ServerSide, now);
    let wanted = Wanted {
        action: Action::Rollback,
        target: revision,
        parts,
        max_history: options.max_history,
        inputs: options.inputs.clone(),
        options: options.plan.clone(),
    };
    let plan = plan_revision(cluster, wanted, &history).await?;
    events(Event::Planned {
        action: Action::Rollback,
        from: Some(last.version),
        to: version,
        summary: plan.summary(),
    });
    Ok(Prepared { labels, ..Prepared::from(plan) })
}
