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
    clear_hooks(cluster, &buried).await?;
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

/// Deletes the hooks of an attempt whose process is gone, as it would have done itself in the end; those that stay
/// after they ran, well or not, are left.
async fn clear_hooks(cluster: &Cluster, buried: &Revision) -> Result<(), ActionError> {
    for hook in buried.hooks.iter().filter(|hook| is_left_over(hook, buried.info.last_deployed)) {
        // What cannot be read now could not be run.
        if let Ok(hook) = hook.to_hook() {
            cluster.delete(&hook.object.id, None, Propagation::Background).await?;
        }
    }
    Ok(())
}

/// Returns whether a hook ran in the attempt that began at `began` and should be gone by now. Of a hook that was
/// under way nobody knows how it ended. A rollback takes over what is known of earlier runs.
fn is_left_over(hook: &StoredHook, began: Option<Timestamp>) -> bool {
    let goes = |policy| hook.delete_policies.contains(&policy);
    let ran = hook.last_run.started_at >= began;
    hook.kind != "CustomResourceDefinition"
        && match hook.last_run.phase {
            HookPhase::Running => {
                goes(DeletePolicy::HookSucceeded) || goes(DeletePolicy::HookFailed)
            }
            HookPhase::Succeeded => ran && goes(DeletePolicy::HookSucceeded),
            HookPhase::Failed => ran && goes(DeletePolicy::HookFailed),
            HookPhase::Never | HookPhase::Unknown => false,
        }
}

#[cfg(test)]
mod tests {
    use release::HookRun;

    use super::*;

    #[test]
    fn a_hook_is_left_over_if_it_ran_in_this_attempt_and_has_to_go() {
        use DeletePolicy::{BeforeHookCreation, HookFailed, HookSucceeded};
        use HookPhase::{Failed, Never, Running, Succeeded};
        let began = Timestamp::constant(1_700_000_000, 0);
        let check = |kind: &str, phase, after, policies: &[DeletePolicy], expected| {
            let started_at = Some(began + jiff::SignedDuration::from_secs(after));
            let hook = StoredHook {
                kind: kind.to_owned(),
                delete_policies: policies.to_vec(),
                last_run: HookRun { phase, started_at, ..HookRun::default() },
                ..StoredHook::default()
            };
            let left = is_left_over(&hook, Some(began));
            assert_eq!(left, expected, "{kind} {phase:?} {after} {policies:?}");
        };
        check("Job", Running, 1, &[HookSucceeded], true);
        check("Job", Running, 1, &[HookFailed], true);
        check("Job", Running, 1, &[BeforeHookCreation], false);
        check("Job", Succeeded, 1, &[BeforeHookCreation, HookSucceeded], true);
        check("Job", Succeeded, 0, &[HookSucceeded], true);
        check("Job", Succeeded, -1, &[HookSucceeded], false);
        check("Job", Succeeded, 1, &[HookFailed], false);
        check("Job", Failed, 1, &[HookFailed], true);
        check("Job", Failed, 1, &[HookSucceeded], false);
        check("Job", Failed, -1, &[HookFailed], false);
        check("Job", Never, 1, &[HookSucceeded, HookFailed], false);
        check("CustomResourceDefinition", Running, 1, &[HookSucceeded], false);
    }
}
