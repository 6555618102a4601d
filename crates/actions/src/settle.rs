//! What to do about a pending record that somebody left: is he alive?
//!
//! A running `chartctl` renews a heartbeat on its pending record. Whether the record changes is judged by our
//! own clock from the moment we look, so that the clocks of two machines do not matter. On the machine where it
//! ran nobody has to wait: that its process is gone can be seen.

use std::time::Duration;

use cluster::storage::{RecordKey, Storage};
use cluster::{Cluster, Propagation};
use jiff::Timestamp;
use manifest::DeletePolicy;
use release::{Entry, History, HookPhase, Record, Revision, Status, StoredHook};
use tokio::time::timeout;

use crate::error::ActionError;
use crate::event::{Event, Events};
use crate::options::Others;
use crate::process;
use crate::run::HEARTBEAT;

/// How long a record may stay as it is before its holder counts as gone: three missed heartbeats.
const PATIENCE: Duration = HEARTBEAT.saturating_mul(3);

/// The name under which `chartctl` holds records.
pub const CHARTCTL: &str = "chartctl";

/// What to do about a pending record of Helm, which says nothing about its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmarked {
    /// Refuse, as Helm does before an upgrade.
    Refuse,
    /// Go on, as Helm does before a rollback or an uninstallation: the way out of a stuck release.
    Pass,
}

/// Returns the history of a release with no operation of anybody pending, or says who is at work.
///
/// A pending record of a `chartctl` that is gone becomes a failed one. One of an operator is left to it. An
/// uninstallation of a `chartctl` that is gone stays as it is: to uninstall is to go on with it, and a rollback is
/// the way back.
pub(crate) async fn settled_history(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    unmarked: Unmarked,
    others: Others,
    events: Events<'_>,
) -> Result<History, ActionError> {
    let storage = cluster.storage();
    let history = storage.recent(namespace, name).await?;
    let Some(record) = unfinished(&history, unmarked) else { return Ok(history) };
    let ending = record.revision.info.status == Status::Uninstalling;
    let (revision, marks) = (record.revision.version, record.marks());
    let in_progress = ActionError::InProgress { revision, holder: marks.holder.clone() };
    let (Some(holder), Some(operation)) = (marks.holder, marks.operation) else {
        let pass = ending || unmarked == Unmarked::Pass;
        return if pass { Ok(history) } else { Err(in_progress) };
    };
    if ending && (marks.heartbeat.is_none() || !holder.starts_with(CHARTCTL)) {
        return Ok(history);
    }
    if !holder.starts_with(CHARTCTL) || others == Others::Refuse {
        return Err(in_progress);
    }
    let key = RecordKey::new(namespace, name, revision);
    if !marks.process.as_deref().is_some_and(process::is_gone) {
        events(Event::Settling { revision, holder });
        if moves(&storage, &key).await? {
            let history = storage.recent(namespace, name).await?;
            let busy = unfinished(&history, unmarked).is_some();
            return if busy { Err(in_progress) } else { Ok(history) };
        }
    }
    if ending {
        return Ok(history);
    }
    let buried = bury(&storage, &key, &operation).await?;
    clear_hooks(cluster, &buried.hooks).await?;
    events(Event::Settled { revision });
    Ok(storage.recent(namespace, name).await?)
}

/// Returns whether a record changes while we look.
async fn moves(storage: &Storage, key: &RecordKey) -> Result<bool, ActionError> {
    let mut watch = storage.watch_record(key);
    watch.changed().await?;
    match timeout(PATIENCE, watch.changed()).await {
        Ok(changed) => changed.map(|_| true).map_err(ActionError::from),
        Err(_) => Ok(false),
    }
}

/// Returns the newest record if an operation on it may be under way: it is pending, or being uninstalled. The
/// latter is asked about only by those who could go on from there.
fn unfinished(history: &History, unmarked: Unmarked) -> Option<&Record> {
    let record = history.last().and_then(Entry::record)?;
    let status = record.revision.info.status;
    let ending = status == Status::Uninstalling && unmarked == Unmarked::Pass;
    (status.is_pending() || ending).then_some(record)
}

/// Records that an operation ended with the process that ran it. If the record moves at this very moment, its
/// holder lives after all, and the write is refused by its resource version.
async fn bury(
    storage: &Storage,
    key: &RecordKey,
    operation: &str,
) -> Result<Revision, ActionError> {
    let mut stored = storage.read_head(key).await?;
    let same = stored.marks().operation.is_some_and(|of| of == operation);
    if !same || !stored.revision.info.status.is_pending() {
        return Err(ActionError::InProgress { revision: key.version, holder: None });
    }
    let what = stored.revision.info.status;
    stored.revision = stored.revision.failed(format!(
        "interrupted: the process that began this revision ({what}) ended without finishing it"
    ));
    Ok(storage.update(&stored, Timestamp::now()).await?.revision)
}

/// Deletes the hooks that ran when the process was gone, as it would have done itself in the end; those that stay
/// after they ran, well or not, are left.
async fn clear_hooks(cluster: &Cluster, hooks: &[StoredHook]) -> Result<(), ActionError> {
    let goes = |hook: &&StoredHook| {
        hook.last_run.phase == HookPhase::Running
            && hook.kind != "CustomResourceDefinition"
            && hook.delete_policies.iter().any(|policy| {
                matches!(policy, DeletePolicy::HookSucceeded | DeletePolicy::HookFailed)
            })
    };
    for hook in hooks.iter().filter(goes) {
        // What cannot be read now could not be run.
        if let Ok(hook) = hook.to_hook() {
            cluster.delete(&hook.object.id, None, Propagation::Background).await?;
        }
    }
    Ok(())
}
