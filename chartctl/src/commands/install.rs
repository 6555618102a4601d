//! `chartctl install`.

use actions::{ActionError, DeployOptions};
use chart::Chart;
use cluster::Cluster;
use jiff::Timestamp;
use plan::{CrdPolicy, PlanError};
use release::{ReleaseName, Revision};

use super::deploy::{self, DeployFlags, Outcome};
use super::template;
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::flags::{DryRun, ServerSide};
use crate::log::Level;
use crate::operate::Operation;
use crate::{failure, pflag};

const USAGE: &str = "chartctl install [NAME] CHART [flags]";
const FAILED: &str = "INSTALLATION FAILED";
/// What Helm warns of before it renders for a cluster that does not have the chart's definitions.
const CRDS: &str =
    "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.";

/// Install a chart as a new release
///
/// CHART is a folder, a .tgz archive, or the http(s) address of one. The objects are sent to the cluster by
/// server-side apply, in the order of their kinds; what happened is recorded as revision 1 of the release.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl install web ./web -n prod --create-namespace --wait
  chartctl install web ./web -f prod.yaml --set image.tag=1.4.2 --rollback-on-failure
  chartctl install --generate-name ./web-1.4.2.tgz
  chartctl install web ./web --dry-run=server"
)]
pub(crate) struct Args {
    /// The release's name; left out with --generate-name
    #[arg(value_name = "NAME")]
    first: Option<String>,
    /// The chart
    #[arg(value_name = "CHART", value_hint = clap::ValueHint::AnyPath)]
    second: Option<String>,
    /// Make up a name out of the chart's and the time
    #[arg(short, long)]
    generate_name: bool,
    /// Take what this template prints as the release's name, as in 'web-{{ now | date "20060102" }}'
    #[arg(long, value_name = "TEMPLATE")]
    name_template: Option<String>,
    /// Take a name whose release failed or is uninstalled but still in history
    #[arg(long)]
    replace: bool,
    /// Who merges objects with what is there; always the server, see below
    ///
    /// Objects are applied by the server whatever this says, and fields are owned by "helm" as after Helm 4. With
    /// "false" fields that others have set are overwritten without a conflict, which is what an update by the
    /// client does.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = pflag::boolean)]
    server_side: Option<bool>,
    #[command(flatten)]
    flags: DeployFlags,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Installs the chart.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        if self.first.is_none() {
            return Err(arity::too_few(USAGE, 1));
        }
        let server_side = self.server_side();
        let dry_run = self.flags.check(context, server_side)?;
        let naming = Naming {
            generate: self.generate_name,
            template: self.name_template.as_deref(),
            default: None,
        };
        let names = [self.first.as_deref(), self.second.as_deref()];
        let (name, chart) = naming.name_and_chart(names, &self.extra, context).map_err(failed)?;
        let source = self.flags.download.locate(&chart).map_err(failed)?;
        let sources = self.flags.values.sources().map_err(failed)?;
        self.flags.check_action(dry_run).map_err(failed)?;
        let mut options = self.flags.options(context, sources, server_side);
        options.replace = self.replace;
        let chart = source.load_whole(self.flags.dependency_update).map_err(failed)?;
        deploy::check_installable(&chart).map_err(failed)?;
        cli::block_on(async {
            let request =
                Request { name: &name, chart: &chart, flags: &self.flags, options, dry_run };
            let done = request.install(context).await.map_err(failed)?;
            done.map_or(Ok(()), |revision| self.flags.result(context, &revision, ""))
        })
    }

    const fn server_side(&self) -> ServerSide {
        match self.server_side {
            Some(false) => ServerSide::Never,
            // As in Helm it takes more than the default to contradict --force-replace.
            Some(true) | None => ServerSide::Auto,
        }
    }
}

fn failed(error: CliError) -> CliError {
    error.prefixed(FAILED)
}

/// Where a release's name comes from when it is not given.
pub(super) struct Naming<'a> {
    /// `--generate-name`.
    pub(super) generate: bool,
    /// `--name-template`.
    pub(super) template: Option<&'a str>,
    /// The name of a release that has none.
    pub(super) default: Option<&'a str>,
}

impl Naming<'_> {
    /// Returns release and chart out of one or two arguments, checked in Helm's order.
    pub(super) fn name_and_chart(
        &self,
        names: [Option<&str>; 2],
        extra: &Extra,
        context: &Context,
    ) -> Result<(String, String), CliError> {
        if !extra.words().is_empty() {
            return Err(CliError::input(format!(
                "expected at most two arguments, unexpected arguments: {}",
                extra.words().join(", ")
            )));
        }
        let template = self.template.filter(|template| !template.is_empty());
        let contradicted =
            |flag: &str| Err(CliError::input(format!("cannot set {flag} and also specify a name")));
        let (name, chart) = match (names, template, self.default) {
            ([Some(_), Some(_)], _, _) if self.generate => return contradicted("--generate-name"),
            ([Some(_), Some(_)], Some(_), _) => return contradicted("--name-template"),
            ([Some(name), Some(chart)], None, _) | ([Some(chart), None], None, Some(name)) => {
                (name.to_owned(), chart)
            }
            ([Some(chart), None], Some(text), _) => {
                (template::name_of_template(text, context)?, chart)
            }
            ([Some(chart), None], None, None) if self.generate => (generated(chart), chart),
            _ => {
                return Err(CliError::input(
                    "must either provide a name or specify --generate-name",
                ));
            }
        };
        Ok((name, chart.to_owned()))
    }
}

/// Returns Helm's made-up name: the last part of the chart's path up to its first dot, and the time.
fn generated(chart: &str) -> String {
    let last = chart.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let base = last.split('.').next().filter(|base| !base.is_empty()).unwrap_or("chart");
    format!("{base}-{}", Timestamp::now().as_second())
}

/// An installation, from `install` or `upgrade --install`.
pub(super) struct Request<'a> {
    /// The release.
    pub(super) name: &'a str,
    /// The chart.
    pub(super) chart: &'a Chart,
    /// The flags.
    pub(super) flags: &'a DeployFlags,
    /// The options that the flags gave.
    pub(super) options: DeployOptions,
    /// How far to go.
    pub(super) dry_run: DryRun,
}

impl Request<'_> {
    /// Installs, or says what would be installed; nothing is left to say where only a plan was asked for.
    pub(super) async fn install(self, context: &Context) -> Result<Option<Revision>, CliError> {
        if self.dry_run == DryRun::Client && !self.flags.plans_only() {
            return self.offline(context).map(Some);
        }
        let cluster = context.connect().await.map_err(unreachable)?;
        self.install_into(context, &cluster).await
    }

    /// Installs into a cluster that is connected already.
    pub(super) async fn install_into(
        self,
        context: &Context,
        cluster: &Cluster,
    ) -> Result<Option<Revision>, CliError> {
        let name = release_name(self.name)?;
        let namespace = cluster.default_namespace().to_owned();
        let operation = Operation::begin(context, self.name, &namespace, self.flags.wait.timeout)
            .telling(self.flags.output.output);
        let mut events = operation.events();
        let result = async {
            let prepared = operation
                .prepare(actions::prepare_install(
                    cluster,
                    self.chart,
                    &name,
                    &namespace,
                    &self.options,
                    &mut events,
                ))
                .await?;
            if self.flags.plans_only() {
                return Ok(Outcome::Planned(Box::new(prepared)));
            }
            if self.dry_run == DryRun::Server {
                operation.warn(&prepared.warnings);
                if self.options.plan.crds == CrdPolicy::Apply && !self.chart.crds().is_empty() {
                    context.ui.log(Level::Warn, CRDS, &[]);
                }
                return Ok(Outcome::of(deploy::dry(&prepared, self.flags.hide_secret)));
            }
            let undo = self.flags.undoes();
            deploy::carry_out(&operation, cluster, prepared, undo).await.map(Outcome::of)
        }
        .await;
        operation.finish();
        let outcome = result.map_err(|error| told(&error))?;
        outcome.settle(context, cluster, self.flags, &Revision::default()).await
    }

    /// Renders without a cluster.
    fn offline(self, context: &Context) -> Result<Revision, CliError> {
        release_name(self.name)?;
        let namespace = context.namespace().unwrap_or("default");
        let rendered = template::render_offline(self.chart, self.name, namespace, &self.options)?;
        let mut revision = template::revision(self.name, namespace, &self.options, &rendered)?;
        if self.flags.hide_secret {
            revision.manifest = rendered.documents.manifest_without_secrets();
        }
        Ok(revision)
    }
}

fn unreachable(error: CliError) -> CliError {
    error.prefixed("cluster reachability check failed")
}

/// Returns a failed installation in Helm's words.
fn told(error: &ActionError) -> CliError {
    let told = failure::of_action(error);
    match error {
        ActionError::NameInUse => told.prefixed("release name check failed"),
        ActionError::Api(error) if failure::is_unreachable(error) => unreachable(told),
        ActionError::Storage(error) if error.api().is_some_and(failure::is_unreachable) => {
            unreachable(told)
        }
        ActionError::Plan(PlanError::NotOwned { .. }) => {
            told.prefixed("unable to continue with install")
        }
        ActionError::Plan(PlanError::UnknownKind { .. }) => {
            told.prefixed("unable to build kubernetes objects from release manifest")
        }
        ActionError::NotReady(plan::Failure { hook: Some(event), .. }) => {
            told.prefixed(&format!("failed {}", event.as_str()))
        }
        _ => told,
    }
}

/// Reads the name of a release that is to be made.
pub(super) fn release_name(name: &str) -> Result<ReleaseName, CliError> {
    ReleaseName::parse(name).map_err(|error| {
        failure::of(&error).prefixed("release name check failed").hint(error.hint())
    })
}
