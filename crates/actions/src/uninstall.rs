//! Uninstalling.

use cluster::Cluster;
use plan::{Action, Options};
use release::Status;

use crate::error::ActionError;
use crate::event::{Event, Events};
use crate::options::Others;
use crate::prepare::{Parts, Prepared, Wanted, plan_revision};
use crate::settle::{Unmarked, settled_history};

/// Plans the end of a release. Changes nothing.
///
/// A release that is uninstalled already, with its history kept, has nothing left but that history.
pub async fn prepare_uninstall(
    cluster: &Cluster,
    name: &str,
    namespace: &str,
    options: &Options,
    others: Others,
    events: Events<'_>,
) -> Result<Prepared, ActionError> {
    let history = settled_history(cluster, namespace, name, Unmarked::Pass, others, events).await?;
    let record = history.last_good().ok_or(ActionError::NotFound)?;
    let last = record.revision.clone();
    let uninstalled = last.info.status == Status::Uninstalled;
    if uninstalled && options.keep_history {
        return Err(ActionError::AlreadyUninstalled { name: name.to_owned() });
    }
    let mut options = options.clone();
    options.hooks &= !uninstalled;
    let (parts, version) = (Parts::of(record)?, last.version);
    let wanted = Wanted {
        action: Action::Uninstall,
        target: last,
        parts,
        max_history: 0,
        inputs: None,
        options,
    };
    let plan = plan_revision(cluster, wanted, &history).await?;
    events(Event::Planned {
        action: Action::Uninstall,
        from: Some(version),
        to: version,
        summary: plan.summary(),
    });
    Ok(Prepared::from(plan))
}
