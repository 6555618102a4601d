//! What `install` and `upgrade` have in common: flags, the chart, the way from a plan to printed result.

use std::collections::BTreeMap;
use std::str::FromStr;

use actions::{ActionError, DeployOptions, Prepared, Reuse};
use cluster::Cluster;
use plan::{Adoption, Conflicts, CrdPolicy, Wait};
use release::Revision;
use value::Sources;

use super::describe::{self, Parts};
use crate::cli::Context;
use crate::error::{CliError, Kind};
use crate::flags::{DryRun, DryRunFlag, OutputFlag, WaitFlags};
use crate::operate::Operation;
use crate::output::{self, Format};
use crate::values::ValueFlags;

/// Flags of install and upgrade.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(crate) struct DeployFlags {
    /// Create the release's namespace if it does not exist
    #[arg(long)]
    pub(crate) create_namespace: bool,
    #[command(flatten)]
    pub(crate) wait: WaitFlags,
    /// With --wait, also wait until every Job is complete
    #[arg(long)]
    wait_for_jobs: bool,
    /// When it fails, go back to what was there before; implies --wait
    ///
    /// A failed upgrade is rolled back to the last revision that worked, a failed installation is uninstalled.
    #[arg(long, visible_alias = "atomic")]
    pub(crate) rollback_on_failure: bool,
    #[command(flatten)]
    pub(crate) dry_run: DryRunFlag,
    /// Say this in the history instead of "Install complete" or "Upgrade complete"
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Put these labels on the release's record: key=value, separated by commas; "null" removes one
    #[arg(short = 'l', long, value_name = "LABELS", value_delimiter = ',')]
    labels: Vec<Label>,
    /// Do not run hooks
    #[arg(long)]
    no_hooks: bool,
    /// Do not install what is in the chart's crds/ folder
    #[arg(long)]
    skip_crds: bool,
    /// Do not check the values against the chart's schema
    #[arg(long)]
    skip_schema_validation: bool,
    /// Set fields that another tool has set to another value, instead of failing
    #[arg(long)]
    force_conflicts: bool,
    /// Take over objects that exist already, whoever owns them
    #[arg(long)]
    take_ownership: bool,
    /// Leave the chart's notes out of the output
    #[arg(long)]
    hide_notes: bool,
    /// Print the notes of subcharts too
    #[arg(long)]
    render_subchart_notes: bool,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    #[command(flatten)]
    pub(crate) values: ValueFlags,
}

/// One `key=value` of `--labels`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    key: String,
    value: String,
}

impl Label {
    /// Returns what stands before the equals sign.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) =
            text.split_once('=').ok_or_else(|| format!("{text} must be formatted as key=value"))?;
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

impl DeployFlags {
    /// Returns the options of the action.
    pub(crate) fn options(&self, context: &Context, sources: Sources) -> DeployOptions {
        let objects = self.wait.objects(context.ui) || self.rollback_on_failure;
        DeployOptions {
            values: sources.value().clone(),
            plan: plan::Options {
                wait: waiting(objects, self.wait_for_jobs),
                hooks: !self.no_hooks,
                adoption: if self.take_ownership { Adoption::Any } else { Adoption::Owned },
                conflicts: conflicts(self.force_conflicts),
                crds: if self.skip_crds { CrdPolicy::Skip } else { CrdPolicy::Apply },
                create_namespace: self.create_namespace,
                description: self.description.clone().filter(|text| !text.is_empty()),
                ..plan::Options::default()
            },
            render: actions::RenderOptions {
                how: render::RenderOptions {
                    lint: false,
                    skip_schema: self.skip_schema_validation,
                    subchart_notes: self.render_subchart_notes,
                    sources,
                },
                api_versions: Vec::new(),
            },
            labels: self.labels(),
            max_history: 0,
            reuse: Reuse::Default,
            ..DeployOptions::default()
        }
    }

    fn labels(&self) -> BTreeMap<String, String> {
        self.labels.iter().map(|label| (label.key.clone(), label.value.clone())).collect()
    }

    /// Returns the result as it is printed; `head` is a line for people that comes first.
    pub(crate) fn result(
        &self,
        context: &Context,
        revision: &Revision,
        head: &str,
    ) -> Result<(), CliError> {
        let text = match self.output.output {
            Format::Table => {
                let parts = Parts {
                    hide_notes: self.hide_notes,
                    everything: context.debug,
                    ..Parts::default()
                };
                format!("{head}{}", describe::block(revision, &parts, context.ui.stdout_paint())?)
            }
            Format::Json => output::json(revision)?,
            Format::Yaml => output::yaml(revision)?,
        };
        context.ui.data(&text)
    }

    /// Returns how far a dry run goes.
    pub(crate) fn dry_run(&self, context: &Context) -> Result<DryRun, CliError> {
        self.dry_run.mode(context.ui)
    }
}

/// Returns what is waited for.
pub(crate) const fn waiting(objects: bool, jobs: bool) -> Wait {
    match (objects, jobs) {
        (false, _) => Wait::None,
        (true, false) => Wait::Ready,
        (true, true) => Wait::ReadyAndJobs,
    }
}

/// Returns what is done about fields of others.
pub(crate) const fn conflicts(force: bool) -> Conflicts {
    if force { Conflicts::Force } else { Conflicts::Fail }
}

/// Returns `--history-max` as the number of revisions to keep; 0 is all, as is anything below.
pub(crate) fn max_history(flag: Option<i64>, context: &Context) -> u32 {
    u32::try_from(flag.unwrap_or_else(|| context.max_history()).max(0)).unwrap_or(0)
}

/// Carries out a prepared installation or upgrade; `undo` says whether a failure is undone.
pub(crate) async fn carry_out(
    operation: &Operation,
    cluster: &Cluster,
    prepared: Prepared,
    undo: bool,
) -> Result<Revision, ActionError> {
    operation.warn(&prepared.warnings);
    if undo {
        operation.run_or_undo(cluster, prepared).await
    } else {
        operation.run(cluster, prepared).await
    }
}

/// Returns the record of a dry run as it is shown.
pub(crate) fn dry(prepared: &Prepared) -> Revision {
    let mut revision = prepared.plan.target.clone();
    let description = prepared.plan.options.description.clone();
    revision.info.description =
        description.unwrap_or_else(|| release::describe::DRY_RUN.to_owned());
    revision
}

/// Returns the error of a chart that cannot be installed by itself.
pub(crate) fn check_installable(chart: &chart::Chart) -> Result<(), CliError> {
    match chart.metadata.chart_type.as_str() {
        "" | "application" => Ok(()),
        other => Err(CliError::new(Kind::Input, format!("{other} charts are not installable"))
            .fact("chart", format!("{}-{}", chart.name(), chart.version()))
            .hint("make it a dependency of an application chart")),
    }
}
