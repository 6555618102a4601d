//! Installing.

use chart::Chart;
use cluster::Cluster;
use jiff::Timestamp;
use plan::Action;
use release::{History, ReleaseName, Revision, Status, codec};
use render::Target;

use crate::error::ActionError;
use crate::event::{Event, Events};
use crate::options::DeployOptions;
use crate::prepare::{Parts, Prepared, Wanted, draft, plan_revision, record_labels, render_chart};
use crate::settle::{Unmarked, settled_history};

/// Renders and plans a new release. Changes nothing.
pub async fn prepare_install(
    cluster: &Cluster,
    chart: &Chart,
    name: &ReleaseName,
    namespace: &str,
    options: &DeployOptions,
    events: Events<'_>,
) -> Result<Prepared, ActionError> {
    let history = settled_history(
        cluster,
        namespace,
        name.as_str(),
        Unmarked::Refuse,
        options.others,
        events,
    )
    .await
    .map_err(|error| match error {
        ActionError::InProgress { .. } => ActionError::NameInUse,
        error => error,
    })?;
    check_free(&history, options.replace)?;
    let labels = record_labels(&History::new(name.as_str(), Vec::new()), &options.labels)?;

    let target = Target::install(name.as_str(), namespace);
    let rendered =
        render_chart(cluster, chart, &options.values, target, &options.render, events).await?;
    let parts = Parts::rendered(&rendered)?;
    let draft = draft(name, namespace, options.values.clone(), &rendered, &parts);
    let revision = Revision::pending_install(draft, history.next_number(), Timestamp::now());
    codec::check_size(&revision)?;

    let wanted = Wanted {
        action: Action::Install,
        target: revision,
        parts,
        max_history: options.max_history,
        inputs: options.inputs.clone(),
        options: options.plan.clone(),
    };
    let plan = plan_revision(cluster, wanted, &history).await?;
    events(Event::Planned {
        action: Action::Install,
        from: None,
        to: plan.target.version,
        summary: plan.summary(),
    });
    let mut warnings = rendered.told();
    warnings.extend(plan.warnings.iter().cloned());
    Ok(Prepared { plan, rendered: Some(rendered), labels, warnings, saved: false })
}

/// A name is free if it has no history, or if its last revision may be replaced.
fn check_free(history: &History, replace: bool) -> Result<(), ActionError> {
    match history.last().map(release::Entry::status) {
        None => Ok(()),
        Some(Status::Uninstalled | Status::Failed) if replace => Ok(()),
        Some(_) => Err(ActionError::NameInUse),
    }
}
