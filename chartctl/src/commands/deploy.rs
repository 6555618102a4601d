//! What `install` and `upgrade` have in common: flags, the chart, the way from a plan to printed result.

use std::collections::BTreeMap;
use std::str::FromStr;

use actions::{ActionError, DeployOptions, Prepared, Reuse};
use cluster::Cluster;
use plan::{Adoption, CrdPolicy};
use release::Revision;
use value::Sources;

use super::describe::{self, Parts};
use super::diff;
use super::plan_file::PlanFile;
use super::source::DownloadFlags;
use crate::cli::Context;
use crate::csv;
use crate::error::{CliError, Kind};
use crate::flags::{
    DryRun, DryRunFlag, OutputFlag, ServerSide, UpdateFlags, WaitFlags, deprecated,
};
use crate::operate::Operation;
use crate::output::{self, Format};
use crate::postrender::PostRendererFlags;
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
    /// A failed upgrade is rolled back to the last revision that worked, a failed installation is uninstalled. In
    /// Helm 3 this was --atomic.
    #[arg(long)]
    rollback_on_failure: bool,
    #[arg(long, hide = true)]
    atomic: bool,
    #[command(flatten)]
    pub(crate) dry_run: DryRunFlag,
    /// With --dry-run, do not print what Secrets hold
    #[arg(long)]
    pub(crate) hide_secret: bool,
    /// Say this in the history instead of "Install complete" or "Upgrade complete"
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    labels: LabelFlags,
    /// Do not run hooks
    #[arg(long)]
    no_hooks: bool,
    /// Do not install what is in the chart's crds/ folder
    #[arg(long)]
    skip_crds: bool,
    /// Do not check the values against the chart's schema
    #[arg(long)]
    skip_schema_validation: bool,
    /// Accepted: objects are not checked against schemas before the server sees them
    #[arg(long, hide_short_help = true)]
    disable_openapi_validation: bool,
    #[command(flatten)]
    update: UpdateFlags,
    /// Take over objects that exist already, whoever owns them
    #[arg(long)]
    take_ownership: bool,
    /// Let templates resolve the names of hosts
    #[arg(long)]
    enable_dns: bool,
    /// Fetch what the chart depends on and does not hold; only charts in folders (file://) for now
    #[arg(long)]
    pub(crate) dependency_update: bool,
    /// Leave the chart's notes out of the output
    #[arg(long)]
    hide_notes: bool,
    /// Print the notes of subcharts too
    #[arg(long)]
    render_subchart_notes: bool,
    /// Only show what would change, as the API server says; see 'chartctl diff upgrade'
    #[arg(long)]
    diff: bool,
    /// Only write what would be done to this file, for 'chartctl apply-plan'; it holds what Secrets hold
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    save_plan: Option<String>,
    #[command(flatten)]
    post_renderer: PostRendererFlags,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    #[command(flatten)]
    pub(crate) values: ValueFlags,
    #[command(flatten)]
    pub(crate) download: DownloadFlags,
}

/// `--labels`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct LabelFlags {
    /// Put these labels on the release's record: key=value, separated by commas; "null" removes one
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub(crate) labels: Vec<Labels>,
}

impl LabelFlags {
    /// Returns the labels; of one key the last value counts.
    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        let labels = self.labels.iter().flat_map(|labels| &labels.0);
        labels.map(|label| (label.key.clone(), label.value.clone())).collect()
    }

    /// Refuses keys that the record needs itself.
    pub(crate) fn check(&self) -> Result<(), CliError> {
        let all = self.all();
        release::labels::check(all.keys().map(String::as_str))
            .map_err(|error| crate::failure::of(&error))
    }
}

/// One `--labels`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Labels(Vec<Label>);

impl FromStr for Labels {
    type Err = String;

    /// Reads it as pflag does: with one equals sign the whole is one label, with more it is a list.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = match text.matches('=').count() {
            0 => return Err(format!("{text} must be formatted as key=value")),
            1 => vec![text.trim_matches('"').to_owned()],
            _ => csv::split(text)?,
        };
        parts.iter().map(|part| part.parse()).collect::<Result<_, _>>().map(Self)
    }
}

/// How far an installation or an upgrade went.
pub(crate) enum Outcome {
    /// To its end, or that of a dry run.
    Done(Box<Revision>),
    /// To its plan.
    Planned(Box<Prepared>),
}

impl Outcome {
    /// Returns the outcome that is a revision.
    pub(crate) fn of(revision: Revision) -> Self {
        Self::Done(Box::new(revision))
    }

    /// Shows or saves what is only planned; `old` is the revision before. Returns the revision that is to be told.
    pub(crate) async fn settle(
        self,
        context: &Context,
        cluster: &Cluster,
        flags: &DeployFlags,
        old: &Revision,
    ) -> Result<Option<Revision>, CliError> {
        match self {
            Self::Done(revision) => Ok(Some(*revision)),
            Self::Planned(prepared) => {
                flags.show_planned(context, cluster, &prepared, old).await?;
                Ok(None)
            }
        }
    }
}

/// One `key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Label {
    key: String,
    value: String,
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
    /// Refuses flags that contradict each other, and says which ones have another name by now. Returns how far a
    /// dry run goes.
    pub(crate) fn check(
        &self,
        context: &Context,
        server_side: ServerSide,
    ) -> Result<DryRun, CliError> {
        self.post_renderer.check(context)?;
        deprecated(context.ui, &[("atomic", self.atomic, "use --rollback-on-failure instead")]);
        self.update.check(context.ui, server_side)?;
        self.wait.check()?;
        self.dry_run.mode(context.ui)
    }

    /// Refuses what is found only once the action itself begins.
    pub(crate) fn check_action(&self, dry_run: DryRun) -> Result<(), CliError> {
        if self.hide_secret && dry_run == DryRun::None {
            return Err(CliError::input("hiding Kubernetes secrets requires a dry-run mode"));
        }
        self.labels.check()
    }

    /// Shows and saves what is planned, as far as that is asked for.
    async fn show_planned(
        &self,
        context: &Context,
        cluster: &Cluster,
        prepared: &Prepared,
        old: &Revision,
    ) -> Result<(), CliError> {
        if self.diff {
            let plan = &prepared.plan;
            diff::show_plan(context, cluster, plan, old, !self.no_hooks).await?;
        }
        if let Some(path) = &self.save_plan {
            let file = PlanFile::make(cluster, prepared.clone(), self.undoes()).await?;
            file.write(path)?;
            context.ui.note(&format!(
                "Plan for {} written to {path} ({}). Carry it out with: chartctl apply-plan {path}\n",
                prepared.plan.target.name,
                prepared.plan.summary()
            ));
        }
        Ok(())
    }

    /// Returns whether nothing is to be done but to show or to save the plan.
    pub(crate) const fn plans_only(&self) -> bool {
        self.diff || self.save_plan.is_some()
    }

    /// Returns whether a failure is undone.
    pub(crate) const fn undoes(&self) -> bool {
        self.rollback_on_failure || self.atomic
    }

    /// Returns the options of the action.
    pub(crate) fn options(
        &self,
        context: &Context,
        sources: Sources,
        server_side: ServerSide,
    ) -> DeployOptions {
        let mut plan = plan::Options {
            wait: self.wait.what(self.undoes(), self.wait_for_jobs, context.ui),
            readiness_timeout: self.wait.readiness_timeout(),
            hooks: !self.no_hooks,
            adoption: if self.take_ownership { Adoption::Any } else { Adoption::Owned },
            crds: if self.skip_crds { CrdPolicy::Skip } else { CrdPolicy::Apply },
            create_namespace: self.create_namespace,
            description: self.description.clone().filter(|text| !text.is_empty()),
            ..plan::Options::default()
        };
        self.update.put(server_side, &mut plan);
        DeployOptions {
            values: sources.value().clone(),
            plan,
            render: actions::RenderOptions {
                how: render::RenderOptions {
                    skip_schema: self.skip_schema_validation,
                    subchart_notes: self.render_subchart_notes,
                    post_renderer: self.post_renderer.program(context),
                    sources,
                    ..render::RenderOptions::default()
                },
                dns: self.enable_dns,
                ..actions::RenderOptions::default()
            },
            labels: self.labels.all(),
            max_history: 0,
            reuse: Reuse::Default,
            ..DeployOptions::default()
        }
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

/// Returns the record of a dry run as it is shown; `hide` leaves out what Secrets hold.
pub(crate) fn dry(prepared: &Prepared, hide: bool) -> Revision {
    let mut revision = prepared.plan.target.clone();
    if let Some(rendered) = prepared.rendered.as_ref().filter(|_| hide) {
        revision.manifest = rendered.documents.manifest_without_secrets();
    }
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

#[cfg(test)]
mod tests {
    use super::Labels;

    #[test]
    fn labels_are_read_as_pflag_reads_them() {
        let check = |text: &str, expected: &[&str]| {
            let labels: Labels = text.parse().unwrap();
            let found: Vec<String> =
                labels.0.iter().map(|label| format!("{}:{}", label.key, label.value)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("a=b", &["a:b"]);
        check("a=b,c", &["a:b,c"]);
        check("a=b,c=null", &["a:b", "c:null"]);
        check("\"a=b,c\",d=e", &["a:b,c", "d:e"]);
        assert_eq!("a".parse::<Labels>().unwrap_err(), "a must be formatted as key=value");
        assert_eq!("a=b,c=d,e".parse::<Labels>().unwrap_err(), "e must be formatted as key=value");
    }
}
