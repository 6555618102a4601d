//! `chartctl diff upgrade`.

use actions::{ActionError, DeployOptions, Prepared};
use chart::Chart;
use cluster::Cluster;
use manifest::Object;
use plan::diff::Difference;
use release::ReleaseName;
use value::Sources;

use super::flags::DiffFlags;
use super::{of_plan, records, report};
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::commands::source::DownloadFlags;
use crate::commands::{deploy, template};
use crate::error::CliError;
use crate::failure;
use crate::flags::{DryRun, DryRunFlag, ReuseFlags};
use crate::postrender::PostRendererFlags;
use crate::values::ValueFlags;

const USAGE: &str = "chartctl diff upgrade RELEASE CHART [flags]";

/// Show what an upgrade would change in the cluster
///
/// The chart is rendered as for an upgrade, and the API server says for each object what it would make of it, storing
/// nothing. With --dry-run no cluster is asked, and everything is new.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl diff upgrade web ./web -n prod -f prod.yaml --set image.tag=1.4.2
  chartctl diff upgrade web ./web -n prod --install --context 3 --detailed-exitcode
  chartctl diff upgrade web ./web -n prod --output simple"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of helm-diff's")]
pub(super) struct Args {
    /// The release
    #[arg(value_name = "RELEASE")]
    name: Option<String>,
    /// The chart
    #[arg(value_name = "CHART", value_hint = clap::ValueHint::AnyPath)]
    chart: Option<String>,
    /// If there is no release of this name, show what installing it would make
    #[arg(long, visible_alias = "allow-unreleased")]
    install: bool,
    #[command(flatten)]
    reuse: ReuseFlags,
    /// Compare the definitions in the chart's crds/ folder, too
    #[arg(long)]
    include_crds: bool,
    /// Take over objects that exist already, whoever owns them
    #[arg(long)]
    take_ownership: bool,
    /// Let templates resolve the names of hosts
    #[arg(long)]
    enable_dns: bool,
    /// Do not check the values against the chart's schema
    #[arg(long)]
    skip_schema_validation: bool,
    /// Let templates see this API too, as in monitoring.coreos.com/v1; may be repeated
    #[arg(short, long, value_name = "API", value_delimiter = ',')]
    api_versions: Vec<String>,
    /// Accepted: objects are always compared with what is in the cluster
    #[arg(long, hide_short_help = true)]
    three_way_merge: bool,
    #[arg(long, hide = true)]
    disable_validation: bool,
    #[arg(long, hide = true)]
    disable_openapi_validation: bool,
    #[arg(long, hide = true, value_name = "VERSION")]
    kube_version: Option<String>,
    #[command(flatten)]
    dry_run: DryRunFlag,
    #[command(flatten)]
    flags: DiffFlags,
    #[command(flatten)]
    post_renderer: PostRendererFlags,
    #[command(flatten)]
    values: ValueFlags,
    #[command(flatten)]
    download: DownloadFlags,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Prints the differences.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let [name, chart] =
            arity::exactly(USAGE, [self.name.clone(), self.chart.clone()], &self.extra)?;
        self.post_renderer.check(context)?;
        let how = self.flags.how(context)?;
        let offline = self.dry_run.mode(context.ui)? == DryRun::Client;
        let source = self.download.locate(&chart)?;
        let options = self.options(context, self.values.sources()?);
        let chart = source.load_whole(false)?;
        deploy::check_installable(&chart)?;
        let release = ReleaseName::parse(&name)
            .map_err(|_| CliError::input(format!("release name is invalid: {name}")))?;
        let (found, namespace) = if offline {
            let namespace = context.namespace_or_default();
            (self.of_nothing(&chart, &name, &namespace, &options, how.secrets)?, namespace)
        } else {
            cli::block_on(async {
                let cluster = context.connect().await?;
                let namespace = cluster.default_namespace().to_owned();
                let found =
                    self.of_cluster(&cluster, context, &chart, &release, options, how.secrets);
                Ok((Box::pin(found).await?, namespace))
            })?
        };
        report::print(context, &how, &namespace, found)
    }

    fn options(&self, context: &Context, sources: Sources) -> DeployOptions {
        DeployOptions {
            values: sources.value().clone(),
            plan: plan::Options {
                adoption: if self.take_ownership {
                    plan::Adoption::Any
                } else {
                    plan::Adoption::Owned
                },
                conflicts: plan::Conflicts::AsBefore,
                crds: if self.include_crds {
                    plan::CrdPolicy::Apply
                } else {
                    plan::CrdPolicy::Skip
                },
                ..plan::Options::default()
            },
            render: actions::RenderOptions {
                how: render::RenderOptions {
                    skip_schema: self.skip_schema_validation,
                    post_renderer: self.post_renderer.program(context),
                    sources,
                    ..render::RenderOptions::default()
                },
                api_versions: self.api_versions.clone(),
                dns: self.enable_dns,
                ..actions::RenderOptions::default()
            },
            reuse: self.reuse.reuse(),
            others: actions::Others::Refuse,
            ..DeployOptions::default()
        }
    }

    /// Returns what a chart makes, all of it new.
    fn of_nothing(
        &self,
        chart: &Chart,
        name: &str,
        namespace: &str,
        options: &DeployOptions,
        secrets: plan::diff::Secrets,
    ) -> Result<Vec<Difference>, CliError> {
        let rendered = template::render_offline(chart, name, namespace, options)?;
        let (bundle, _) = rendered.bundle().map_err(|error| failure::of(&error))?;
        let mut objects: Vec<Object> = bundle.objects;
        if self.include_crds {
            objects.extend(bundle.crds);
        }
        let mut found = records::of_objects(&[], &objects, secrets);
        found.extend(records::of_hooks(&[], &bundle.hooks, self.flags.hooks(), secrets));
        Ok(found)
    }

    async fn of_cluster(
        &self,
        cluster: &Cluster,
        context: &Context,
        chart: &Chart,
        name: &ReleaseName,
        mut options: DeployOptions,
        secrets: plan::diff::Secrets,
    ) -> Result<Vec<Difference>, CliError> {
        let namespace = cluster.default_namespace();
        let history = cluster.storage().history(namespace, name.as_str()).await;
        let history = history.map_err(|error| failure::of(&error))?;
        let told = |error: ActionError| failure::of_action(&error);
        let prepared: Prepared = if history.is_empty() && self.install {
            context
                .ui
                .note("Release was not present in Helm.  Diff will show entire contents as new.\n");
            options.plan.create_namespace = true;
            actions::prepare_install(cluster, chart, name, namespace, &options, &mut |_| {}).await
        } else {
            actions::prepare_upgrade(cluster, chart, name, namespace, &options, &mut |_| {}).await
        }
        .map_err(told)?;
        let old = history.deployed().or_else(|| history.last_good());
        let old = old.map(|record| record.revision.clone()).unwrap_or_default();
        of_plan(cluster, &prepared.plan, &old, self.flags.hooks(), secrets).await
    }
}
