//! Upgrading.

use chart::Chart;
use cluster::Cluster;
use jiff::Timestamp;
use plan::Action;
use release::{ReleaseName, Revision, codec};
use render::Target;
use value::{Value, merge};

use crate::error::ActionError;
use crate::event::{Event, Events};
use crate::options::{DeployOptions, Reuse};
use crate::prepare::{Parts, Prepared, Wanted, draft, plan_revision, record_labels, render_chart};
use crate::settle::{Unmarked, settled_history};
use crate::unchanged::repeated;

/// Renders and plans the next revision of a release. Changes nothing.
pub async fn prepare_upgrade(
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
    .await?;
    let base = history.base_for_upgrade()?.revision.clone();
    let labels = record_labels(&history, &options.labels)?;
    let version = history.next_number();

    let (config, chart) = effective(options, &base, chart);
    let target = Target::upgrade(name.as_str(), namespace, version);
    let rendered = render_chart(cluster, &chart, &config, target, &options.render, events).await?;
    let parts = Parts::rendered(&rendered)?;
    let draft = draft(name, namespace, config, &rendered, &parts);
    let revision = Revision::pending_upgrade(draft, &base, version, Timestamp::now());
    codec::check_size(&revision)?;

    let repeated = repeated(&history, &revision, &parts.order, &labels, options);
    let repeated = repeated.map(|record| record.revision.clone());
    let wanted = Wanted {
        action: Action::Upgrade,
        target: revision,
        parts,
        max_history: options.max_history,
        inputs: options.inputs.clone(),
        options: options.plan.clone(),
    };
    let mut plan = plan_revision(cluster, wanted, &history).await?;
    if let Some(deployed) = repeated {
        plan = plan.without_revision(deployed);
    }
    events(Event::Planned {
        action: Action::Upgrade,
        from: Some(base.version),
        to: plan.target.version,
        summary: plan.summary(),
    });
    let mut warnings = rendered.told();
    warnings.extend(plan.warnings.iter().cloned());
    Ok(Prepared { plan, rendered: Some(rendered), labels, warnings, saved: false })
}

/// Returns the values to record and render with, and the chart whose defaults they go over, as Helm 4.3 picks
/// them. Numbers of a record are JSON's, so floats.
fn effective(options: &DeployOptions, base: &Revision, chart: &Chart) -> (Value, Chart) {
    let given = &options.values;
    let none_given = given.as_map().is_none_or(value::Map::is_empty);
    let mut chart = chart.clone();
    let config = match options.reuse {
        Reuse::Default if none_given && !base.config.is_null() => base.config.to_floats(),
        Reuse::Default | Reuse::Reset => given.clone(),
        Reuse::ResetThenReuse => merge(&base.config.to_floats(), given),
        Reuse::Reuse => {
            let config = base.config.to_floats();
            chart.values = merge(&base.chart.values.to_floats(), &config);
            merge(&config, given)
        }
    };
    (config, chart)
}
