//! `chartctl upgrade`.

use actions::{ActionError, NewRevision};
use cluster::Cluster;
use plan::PlanError;
use release::{History, ReleaseName, Revision, Status};

use super::deploy::{self, DeployFlags, Outcome};
use super::{install, rollback};
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::flags::{DryRun, ReuseFlags, ServerSideFlag};
use crate::operate::Operation;
use crate::output::Format;
use crate::{failure, pflag};

const USAGE: &str = "chartctl upgrade RELEASE CHART [flags]";
const FAILED: &str = "UPGRADE FAILED";

/// Upgrade a release to another chart or other values
///
/// The new revision starts from the chart's defaults and the values given now; without any, the previous
/// revision's values are used again. Objects that the chart no longer has are deleted.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl upgrade web ./web -n prod --set image.tag=1.4.2 --reuse-values
  chartctl upgrade --install web ./web -n prod --create-namespace -f prod.yaml --rollback-on-failure --timeout 10m
  chartctl upgrade web ./web -n prod --dry-run=server"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(crate) struct Args {
    /// The release
    #[arg(value_name = "RELEASE")]
    name: Option<String>,
    /// The chart
    #[arg(value_name = "CHART", value_hint = clap::ValueHint::AnyPath)]
    chart: Option<String>,
    /// Install the chart if there is no release of this name
    #[arg(short, long)]
    install: bool,
    #[command(flatten)]
    reuse: ReuseFlags,
    /// Keep at most this many revisions; 0 keeps all [default: 10] [env: HELM_MAX_HISTORY]
    #[arg(long, value_name = "COUNT", value_parser = pflag::integer)]
    history_max: Option<i64>,
    /// Make a revision even when the chart, its values and its objects are those of the deployed one
    ///
    /// Without this such an upgrade makes none: it only puts in order what others changed in the cluster, and runs no
    /// hooks. Helm makes a revision each time.
    #[arg(long)]
    new_revision: bool,
    /// When the upgrade fails, delete what it created
    #[arg(long)]
    cleanup_on_fail: bool,
    #[arg(long, hide = true)]
    recreate_pods: bool,
    #[command(flatten)]
    server_side: ServerSideFlag,
    #[command(flatten)]
    flags: DeployFlags,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Upgrades the release.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let [name, chart] =
            arity::exactly(USAGE, [self.name.clone(), self.chart.clone()], &self.extra)?;
        let server_side = self.server_side.read().map_err(failed)?;
        let dry_run = self.flags.check(context, server_side)?;
        rollback::warn_of_pods(context.ui, self.recreate_pods);
        let source = self.flags.download.locate(&chart)?;
        let sources = self.flags.values.sources()?;
        let mut options = self.flags.options(context, sources, server_side);
        options.reuse = self.reuse.reuse();
        options.plan.cleanup = self.cleanup_on_fail;
        if !self.new_revision && dry_run == DryRun::None {
            options.revision = NewRevision::WhenChanged;
        }
        options.max_history = deploy::max_history(self.history_max, context);
        let invalid = || CliError::input(format!("release name is invalid: {name}"));
        if self.install {
            // Helm looks the name up before anything else, and says so without a prefix.
            ReleaseName::parse(&name).map_err(|_| invalid())?;
        }
        let chart = source.load_whole(self.flags.dependency_update)?;
        deploy::check_installable(&chart)?;
        cli::block_on(async {
            let cluster = context.connect().await.map_err(failed)?;
            if self.install
                && let Some(replace) = self.installs(&cluster, &name).await.map_err(failed)?
            {
                self.say(
                    context,
                    &format!("Release {name:?} does not exist. Installing it now.\n"),
                )?;
                options.replace = replace;
                self.flags.check_action(dry_run)?;
                let request = install::Request {
                    name: &name,
                    chart: &chart,
                    flags: &self.flags,
                    options,
                    dry_run,
                };
                let done = match dry_run {
                    DryRun::Client => request.install(context).await?,
                    DryRun::None | DryRun::Server => {
                        request.install_into(context, &cluster).await?
                    }
                };
                return done.map_or(Ok(()), |revision| self.flags.result(context, &revision, ""));
            }
            self.flags.check_action(dry_run).map_err(failed)?;
            options.render.blind = dry_run == DryRun::Client;
            // Namespaces and definitions are made by installations only.
            options.plan.create_namespace = false;
            options.plan.crds = plan::CrdPolicy::Skip;
            let name = ReleaseName::parse(&name).map_err(|_| failed(invalid()))?;
            let (done, made) = self
                .upgrade(context, &cluster, &name, &chart, &options, dry_run)
                .await
                .map_err(failed)?;
            let Some(revision) = done else { return Ok(()) };
            let head = if made {
                format!("Release {:?} has been upgraded. Happy Helming!\n", name.as_str())
            } else {
                let number = revision.version;
                format!("Release {:?} is unchanged; revision {number} stays.\n", name.as_str())
            };
            self.flags.result(context, &revision, &head)
        })
    }

    async fn upgrade(
        &self,
        context: &Context,
        cluster: &Cluster,
        name: &ReleaseName,
        chart: &chart::Chart,
        options: &actions::DeployOptions,
        dry_run: DryRun,
    ) -> Result<(Option<Revision>, bool), CliError> {
        let namespace = cluster.default_namespace().to_owned();
        let operation =
            Operation::begin(context, name.as_str(), &namespace, self.flags.wait.timeout)
                .telling(self.flags.output.output);
        let mut events = operation.events();
        let result = async {
            let prepare =
                actions::prepare_upgrade(cluster, chart, name, &namespace, options, &mut events);
            let prepared = operation.prepare(prepare).await?;
            if self.flags.plans_only() {
                return Ok((Outcome::Planned(Box::new(prepared)), true));
            }
            if dry_run != DryRun::None {
                operation.warn(&prepared.warnings);
                let shown = deploy::dry(&prepared, self.flags.hide_secret);
                return Ok((Outcome::of(shown), true));
            }
            let made = prepared.plan.is_recorded();
            let undo = self.flags.undoes();
            let revision = deploy::carry_out(&operation, cluster, prepared, undo).await?;
            Ok((Outcome::of(revision), made))
        }
        .await;
        operation.finish();
        let (outcome, made) = result.map_err(|error| told(&error))?;
        let old = self.before(cluster, &outcome, name).await?;
        Ok((outcome.settle(context, cluster, &self.flags, &old).await?, made))
    }

    /// Returns the revision before, as far as somebody wants to see what differs from it.
    async fn before(
        &self,
        cluster: &Cluster,
        outcome: &Outcome,
        name: &ReleaseName,
    ) -> Result<Revision, CliError> {
        if matches!(outcome, Outcome::Done(_)) {
            return Ok(Revision::default());
        }
        let history = cluster.storage().history(cluster.default_namespace(), name.as_str()).await;
        let history = history.map_err(|error| failure::of(&error))?;
        let old = history.deployed().or_else(|| history.last_good());
        Ok(old.map(|record| record.revision.clone()).unwrap_or_default())
    }

    /// Returns whether `--install` installs, and then whether a name in history is taken over.
    async fn installs(&self, cluster: &Cluster, name: &str) -> Result<Option<bool>, CliError> {
        let namespace = cluster.default_namespace();
        let history =
            cluster.storage().recent(namespace, name).await.map_err(|error| failure::of(&error))?;
        Ok(takes_over(&history))
    }

    /// Prints a line for people who did not ask for JSON or YAML.
    fn say(&self, context: &Context, line: &str) -> Result<(), CliError> {
        if self.flags.output.output == Format::Table { context.ui.data(line) } else { Ok(()) }
    }
}

/// Returns whether `--install` finds a free name (`Some(false)`) or one that was uninstalled (`Some(true)`).
fn takes_over(history: &History) -> Option<bool> {
    match history.last().map(release::Entry::status) {
        None => Some(false),
        Some(Status::Uninstalled) => Some(true),
        Some(_) => None,
    }
}

fn failed(error: CliError) -> CliError {
    error.prefixed(FAILED)
}

/// Returns a failed upgrade in Helm's words.
fn told(error: &ActionError) -> CliError {
    let told = failure::of_action(error);
    match error {
        ActionError::Plan(PlanError::NotOwned { .. }) => {
            told.prefixed("unable to continue with update")
        }
        ActionError::Plan(PlanError::UnknownKind { .. }) => {
            told.prefixed("unable to build kubernetes objects from new release manifest")
        }
        ActionError::NotReady(plan::Failure { hook: Some(event), .. }) => {
            told.prefixed(&format!("{} hooks failed", event.as_str()))
        }
        _ => told,
    }
}
