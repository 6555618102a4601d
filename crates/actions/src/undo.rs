//! Undoing what failed: `--rollback-on-failure`.

use cluster::Cluster;
use plan::{Action, Options, Plan, Wait};
use release::Revision;

use crate::cancel::Cancel;
use crate::error::{ActionError, StepError, Undo};
use crate::event::{Event, Events};
use crate::options::{Others, RollbackOptions, RunOptions};
use crate::prepare::Prepared;
use crate::rollback::prepare_rollback;
use crate::run::{carry_out, run};
use crate::uninstall::prepare_uninstall;

/// Carries out the plan of an installation or an upgrade as [`run`] does; when it fails, the installation is
/// uninstalled or the upgrade rolled back, as Helm does with `--rollback-on-failure`.
pub async fn run_or_undo(
    cluster: &Cluster,
    prepared: Prepared,
    options: &RunOptions,
    cancel: &Cancel,
    events: Events<'_>,
) -> Result<Revision, ActionError> {
    let plan = prepared.plan.clone();
    let failed = match carry_out(cluster, prepared, options, cancel, &mut *events).await {
        Ok(revision) => return Ok(revision),
        // Without a record there is nothing to undo; and with one that could not be written, or is somebody
        // else's by now, nobody knows how the release stands.
        Err(failed) if !failed.begun || hands_off(&failed.error) => return Err(failed.error),
        Err(failed) => failed,
    };
    let options = undoing(options);
    let outcome = match plan.action {
        Action::Install => uninstall(cluster, &plan, &options, events).await,
        Action::Upgrade | Action::Rollback | Action::Uninstall | Action::Test => {
            roll_back(cluster, &plan, &options, events).await
        }
    };
    Err(ActionError::Undone {
        name: plan.target.name,
        cause: Box::new(failed.error),
        outcome: outcome.unwrap_or_else(|error| Undo::Failed(Box::new(error))),
    })
}

fn hands_off(error: &ActionError) -> bool {
    matches!(
        error,
        ActionError::Unrecorded { .. }
            | ActionError::Step(StepError::InProgress { .. } | StepError::Lost { .. })
    )
}

/// Undoing is an operation of its own.
fn undoing(options: &RunOptions) -> RunOptions {
    let mut options = options.clone();
    options.marks.operation = options.marks.operation.map(|operation| format!("{operation}-undo"));
    options
}

async fn uninstall(
    cluster: &Cluster,
    plan: &Plan,
    options: &RunOptions,
    events: Events<'_>,
) -> Result<Undo, ActionError> {
    let Revision { name, namespace, .. } = &plan.target;
    let how = Options { keep_history: false, description: None, ..plan.options.clone() };
    let prepared =
        prepare_uninstall(cluster, name, namespace, &how, Others::Watch, &mut *events).await?;
    run(cluster, prepared, options, &Cancel::default(), events).await?;
    Ok(Undo::Uninstalled)
}

async fn roll_back(
    cluster: &Cluster,
    plan: &Plan,
    options: &RunOptions,
    events: Events<'_>,
) -> Result<Undo, ActionError> {
    let Revision { name, namespace, .. } = &plan.target;
    let history = cluster.storage().history(namespace, name).await?;
    let Some(good) = history.last_successful().map(|record| record.revision.version) else {
        return Ok(Undo::NothingToUndo);
    };
    let wait = if plan.options.wait == Wait::None { Wait::Ready } else { plan.options.wait };
    let how = RollbackOptions {
        revision: Some(good),
        plan: Options { wait, description: None, cleanup: false, ..plan.options.clone() },
        max_history: 0,
        inputs: None,
        others: Others::Watch,
    };
    events(Event::RollingBack { to: good });
    let prepared = prepare_rollback(cluster, name, namespace, &how, &mut *events).await?;
    run(cluster, prepared, options, &Cancel::default(), events).await?;
    Ok(Undo::RolledBack(good))
}
