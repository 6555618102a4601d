//! `chartctl install`.

use actions::{ActionError, DeployOptions};
use chart::Chart;
use cluster::Cluster;
use jiff::Timestamp;
use plan::PlanError;
use release::{ReleaseName, Revision};

use super::deploy::{self, DeployFlags};
use super::{source, template};
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::failure;
use crate::flags::DryRun;
use crate::operate::Operation;

const USAGE: &str = "chartctl install [NAME] CHART [flags]";
const FAILED: &str = "INSTALLATION FAILED";

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
    /// Take a name whose release failed or is uninstalled but still in history
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    flags: DeployFlags,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Installs the chart.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let names = [self.first, self.second];
        let (name, chart) =
            name_and_chart(USAGE, names, &self.extra, self.generate_name).map_err(|error| {
                if error.kind() == crate::error::Kind::Usage {
                    error
                } else {
                    error.prefixed(FAILED)
                }
            })?;
        let dry_run = self.flags.dry_run(context)?;
        let sources = self.flags.values.sources().map_err(failed)?;
        let mut options = self.flags.options(context, sources);
        options.replace = self.replace;
        cli::block_on(async {
            let chart = source::load(&chart).await.map_err(failed)?;
            deploy::check_installable(&chart).map_err(failed)?;
            let request =
                Request { name: &name, chart: &chart, flags: &self.flags, options, dry_run };
            let revision = request.install(context).await.map_err(failed)?;
            self.flags.result(context, &revision, "")
        })
    }
}

fn failed(error: CliError) -> CliError {
    error.prefixed(FAILED)
}

/// Returns release and chart out of one or two arguments.
pub(super) fn name_and_chart(
    usage: &str,
    names: [Option<String>; 2],
    extra: &Extra,
    generate: bool,
) -> Result<(String, String), CliError> {
    if !extra.words().is_empty() {
        return Err(CliError::input(format!(
            "expected at most two arguments, unexpected arguments: {}",
            extra.words().join(", ")
        )));
    }
    match names {
        [Some(_), Some(_)] if generate => {
            Err(CliError::input("cannot set --generate-name and also specify a name"))
        }
        [Some(name), Some(chart)] => Ok((name, chart)),
        [Some(chart), None] if generate => Ok((generated(&chart), chart)),
        [Some(_), None] => {
            Err(CliError::input("must either provide a name or specify --generate-name"))
        }
        [None, _] => Err(arity::too_few(usage, 1)),
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
    /// Installs, or says what would be installed.
    pub(super) async fn install(self, context: &Context) -> Result<Revision, CliError> {
        if self.dry_run == DryRun::Client {
            return self.offline(context).await;
        }
        let cluster = context.connect().await.map_err(unreachable)?;
        self.install_into(context, &cluster).await
    }

    /// Installs into a cluster that is connected already.
    pub(super) async fn install_into(
        self,
        context: &Context,
        cluster: &Cluster,
    ) -> Result<Revision, CliError> {
        let name = release_name(self.name)?;
        let namespace = cluster.default_namespace().to_owned();
        let operation = Operation::begin(context, self.name, &namespace, self.flags.wait.timeout);
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
            if self.dry_run == DryRun::Server {
                operation.warn(&prepared.warnings);
                return Ok(deploy::dry(&prepared));
            }
            deploy::carry_out(&operation, cluster, prepared, self.flags.rollback_on_failure).await
        }
        .await;
        operation.finish();
        result.map_err(|error| told(&error))
    }

    /// Renders without a cluster.
    async fn offline(self, context: &Context) -> Result<Revision, CliError> {
        release_name(self.name)?;
        let namespace = context.namespace().unwrap_or("default");
        let rendered = template::render_offline(self.chart, self.name, namespace, &self.options)?;
        let revision = template::revision(self.name, namespace, &self.options, &rendered)?;
        std::future::ready(Ok(revision)).await
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
