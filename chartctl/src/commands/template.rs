//! `chartctl template`.

mod flags;
mod print;

use std::sync::Arc;

use actions::{ActionError, DeployOptions};
use chart::Chart;
use jiff::Timestamp;
use manifest::sequence::Member;
use release::{ApplyMethod, Draft, ReleaseName, Revision, StoredChart, StoredHook};
use render::{
    KubeVersion, OfflineWorld, RenderError, RenderOptions, Rendered, Target, Warning, World,
};
use value::Sources;

use self::flags::NoEffect;
use self::print::{Printer, Printout};
use super::source::DownloadFlags;
use super::{dag, deploy, install};
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::{CliError, Kind};
use crate::failure;
use crate::flags::{DryRun, DryRunFlag, WaitStrategy};
use crate::log::Level;
use crate::postrender::PostRendererFlags;
use crate::values::ValueFlags;

const USAGE: &str = "chartctl template [NAME] [CHART] [flags]";
/// The name of a release that has none, as in Helm.
pub(super) const NAME: &str = "release-name";
/// What Helm adds to errors that come after the values were accepted.
const USE_DEBUG: &str = "\n\nUse --debug flag to render out invalid YAML";

/// Render a chart and print its objects
///
/// No cluster is asked, unless with --dry-run=server: templates see a current Kubernetes version and its built-in
/// kinds, and look-ups find nothing. Flags of install that say nothing about rendering are accepted.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl template ./web
  chartctl template web ./web -f prod.yaml --set image.tag=1.4.2 --show-only templates/deployment.yaml
  chartctl template web ./web --include-crds --kube-version 1.33 --api-versions monitoring.coreos.com/v1"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(crate) struct Args {
    /// The release's name [default: release-name]
    #[arg(value_name = "NAME")]
    first: Option<String>,
    /// The chart
    #[arg(value_name = "CHART", value_hint = clap::ValueHint::AnyPath)]
    second: Option<String>,
    /// Accept that there is no name, which is then release-name
    #[arg(short, long, hide_short_help = true)]
    generate_name: bool,
    /// Take what this template prints as the release's name, as in 'web-{{ now | date "20060102" }}'
    #[arg(long, value_name = "TEMPLATE")]
    name_template: Option<String>,
    /// Print only the objects of this template; may be repeated, "*" stands for any part of a name
    #[arg(short, long, value_name = "TEMPLATE")]
    show_only: Vec<String>,
    /// Write each template's objects to a file below this folder instead of printing them
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    output_dir: Option<String>,
    /// With --output-dir, put the release's name in front of the files' paths
    #[arg(long)]
    release_name: bool,
    /// Print the definitions in the chart's crds/ folder first
    #[arg(long)]
    include_crds: bool,
    /// Leave out what is in the chart's crds/ folder, which is the default; --include-crds wins
    #[arg(long, hide_short_help = true)]
    skip_crds: bool,
    /// Leave out hooks that are tests
    #[arg(long)]
    skip_tests: bool,
    /// Leave out hooks
    #[arg(long)]
    no_hooks: bool,
    /// Render as for an upgrade
    #[arg(long)]
    is_upgrade: bool,
    /// Let templates see this version of Kubernetes, as in 1.33 or v1.33.2
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// Let templates see this API too, as in monitoring.coreos.com/v1; may be repeated
    #[arg(short, long, value_name = "API", value_delimiter = ',')]
    api_versions: Vec<String>,
    /// Do not check the values against the chart's schema
    #[arg(long)]
    skip_schema_validation: bool,
    /// Let templates resolve the names of hosts
    #[arg(long)]
    enable_dns: bool,
    /// Fetch what the chart depends on and does not hold; only charts in folders (file://) for now
    #[arg(long, hide_short_help = true)]
    dependency_update: bool,
    /// The same as --dry-run=server
    #[arg(long, hide = true)]
    validate: bool,
    /// With "ordered", print objects in the order of their deployment, each group between two comments
    ///
    /// Other strategies, and a bare --wait, change nothing here.
    #[arg(long, value_name = "STRATEGY", num_args = 0..=1, require_equals = true, default_missing_value = "watcher")]
    wait: Option<WaitStrategy>,
    #[command(flatten)]
    dry_run: DryRunFlag,
    #[command(flatten)]
    post_renderer: PostRendererFlags,
    #[command(flatten)]
    values: ValueFlags,
    #[command(flatten)]
    download: DownloadFlags,
    #[command(flatten)]
    no_effect: NoEffect,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Renders the chart. The order in which mistakes are found is Helm's.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        self.post_renderer.check_plugin(context)?;
        self.no_effect.check(context.ui)?;
        let kube_version = self.kube_version()?;
        let live = self.live(context)?;
        let (name, chart) = self.name_and_chart(context)?;
        let source = self.download.locate(&chart)?;
        let options = self.options(context, self.values.sources()?);
        let chart = source.load_whole(self.dependency_update)?;
        deploy::check_installable(&chart)?;
        if chart.metadata.deprecated {
            context.ui.log(Level::Warn, "this chart is deprecated", &[]);
        }
        install::release_name(&name).inspect_err(|error| {
            let text = error.text().strip_prefix("release name check failed: ").unwrap_or_default();
            context.ui.log(Level::Error, "release name check failed", &[("error", text)]);
        })?;
        let printer = self.printer(&name);
        let rendered = if live {
            cli::block_on(async { Ok(self.render_live(context, &chart, &name, &options).await) })?
        } else {
            let target = self.target(&name, &context.namespace_or_default(), kube_version);
            render(&chart, target, &options, &offline(self.enable_dns)?).map_err(Failed::Offline)
        };
        match rendered {
            Ok(rendered) => {
                tell(context, &rendered);
                let outcome = self.print(context, &printer, &rendered);
                let read = rendered.chart.check_read().map_err(|error| failure::of(&error));
                // The process ends here, so its memory need not be given back piece by piece.
                std::mem::forget(rendered);
                outcome.and(read)
            }
            Err(failed) => refuse(context, &printer, failed),
        }
    }

    fn print(
        &self,
        context: &Context,
        printer: &Printer,
        rendered: &Rendered,
    ) -> Result<(), CliError> {
        let mut what = Printout::of(rendered);
        if self.wait == Some(WaitStrategy::Ordered) {
            let manifests = &rendered.documents.manifests;
            let members: Vec<Member<'_>> = manifests.iter().map(Member::of_document).collect();
            let sequence = dag::sequence_of(rendered, &members)?;
            for warning in &sequence.warnings {
                context.ui.warn(warning);
            }
            what.order(&sequence);
        }
        printer.print(context.ui, &what)
    }

    fn kube_version(&self) -> Result<Option<KubeVersion>, CliError> {
        let Some(text) = self.kube_version.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        KubeVersion::parse(text)
            .map(Some)
            .map_err(|error| CliError::input(format!("invalid kube version '{text}': {error}")))
    }

    /// Returns whether a cluster is asked.
    fn live(&self, context: &Context) -> Result<bool, CliError> {
        if self.validate {
            if self.dry_run.is_given() {
                return Err(CliError::usage(
                    "if any flags in the group [validate dry-run] are set none of the others can be; [dry-run validate] \
                     were all set",
                ));
            }
            context
                .ui
                .note("Flag --validate has been deprecated, use '--dry-run=server' instead\n");
            return Ok(true);
        }
        Ok(self.dry_run.mode_of_template(context.ui)? == DryRun::Server)
    }

    /// Returns release and chart out of one or two arguments. A name is never made up, since Helm has one already.
    fn name_and_chart(&self, context: &Context) -> Result<(String, String), CliError> {
        if self.first.is_none() {
            return Err(arity::too_few(USAGE, 1));
        }
        let naming = install::Naming {
            generate: self.generate_name,
            template: self.name_template.as_deref(),
            default: Some(NAME),
        };
        naming.name_and_chart([self.first.as_deref(), self.second.as_deref()], &self.extra, context)
    }

    fn options(&self, context: &Context, sources: Sources) -> DeployOptions {
        DeployOptions {
            values: sources.value().clone(),
            render: actions::RenderOptions {
                how: RenderOptions {
                    skip_schema: self.skip_schema_validation,
                    post_renderer: self.post_renderer.program(context),
                    sources,
                    ..RenderOptions::default()
                },
                api_versions: self.api_versions.clone(),
                dns: self.enable_dns,
                blind: false,
            },
            ..DeployOptions::default()
        }
    }

    fn printer(&self, name: &str) -> Printer {
        Printer {
            include_crds: self.include_crds,
            no_hooks: self.no_hooks,
            skip_tests: self.skip_tests,
            show_only: self.show_only.clone(),
            folder: self.output_dir.clone().filter(|folder| !folder.is_empty()),
            release: self.release_name.then(|| name.to_owned()),
        }
    }

    fn target(&self, name: &str, namespace: &str, version: Option<KubeVersion>) -> Target {
        let mut target = Target::install(name, namespace);
        target.is_upgrade = self.is_upgrade;
        if let Some(version) = version {
            target.capabilities.kube_version = version;
        }
        target
    }

    async fn render_live(
        &self,
        context: &Context,
        chart: &Chart,
        name: &str,
        options: &DeployOptions,
    ) -> Result<Rendered, Failed> {
        let cluster = context.connect().await.map_err(Failed::Connecting)?;
        let target = self.target(name, cluster.default_namespace(), None);
        let values = &options.values;
        let rendered =
            actions::render_chart(&cluster, chart, values, target, &options.render, &mut |_| {})
                .await;
        rendered.map_err(Failed::Live)
    }
}

/// Why nothing was rendered.
enum Failed {
    Connecting(CliError),
    Live(ActionError),
    Offline(RenderError),
}

impl Failed {
    fn told(self) -> CliError {
        match self {
            Self::Connecting(error) => error,
            Self::Live(error) => failure::of_action(&error),
            Self::Offline(error) => failure::of(&error),
        }
    }

    /// Returns the error if it came after values and schema were accepted: Helm has a release then, whatever is
    /// missing of it.
    fn rendering(&self) -> Option<&RenderError> {
        let error = match self {
            Self::Live(ActionError::Render(error)) | Self::Offline(error) => error,
            Self::Connecting(_) | Self::Live(_) => return None,
        };
        match error {
            RenderError::KubeVersion { .. }
            | RenderError::Template(_)
            | RenderError::PostRender(_)
            | RenderError::Manifest { .. } => Some(error),
            _ => None,
        }
    }
}

/// Writes what Helm logs. That the chart is deprecated was told when it was loaded.
fn tell(context: &Context, rendered: &Rendered) {
    for Warning { level, message, facts } in &rendered.warnings {
        let level = match level {
            render::Level::Info => Level::Info,
            render::Level::Warn => Level::Warn,
        };
        let facts: Vec<(&str, &str)> =
            facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
        context.ui.log(level, message, &facts);
    }
    for warning in &rendered.documents.warnings {
        match warning {
            manifest::Warning::UnknownHook { events, .. } => {
                context.ui.log(Level::Info, "skipping unknown hooks", &[("hookTypes", events)]);
            }
            other => context.ui.warn(&other.to_string()),
        }
    }
}

/// Reports a failure; with `--debug` after what was rendered so far.
fn refuse(context: &Context, printer: &Printer, failed: Failed) -> Result<(), CliError> {
    let Some(error) = failed.rendering() else {
        let told = failed.told();
        if let Some(text) = told.text().strip_prefix("chart dependencies processing failed: ") {
            let facts = [("error", text)];
            context.ui.log(Level::Error, "chart dependencies processing failed", &facts);
        }
        return Err(told);
    };
    if !context.debug {
        return Err(failed.told().suffixed(USE_DEBUG));
    }
    match printer.print(context.ui, &Printout::of_failed(error)) {
        Err(error) if error.kind() == Kind::ClosedPipe => Err(error),
        _ => Err(failed.told()),
    }
}

/// Returns what `--name-template` prints.
pub(super) fn name_of_template(template: &str, context: &Context) -> Result<String, CliError> {
    let name = render::name_of_template(template, &offline(false)?, &context.variables());
    name.map_err(|error| failure::of(&error))
}

/// Renders without a cluster, for an installation.
pub(super) fn render_offline(
    chart: &Chart,
    name: &str,
    namespace: &str,
    options: &DeployOptions,
) -> Result<Rendered, CliError> {
    render(chart, Target::install(name, namespace), options, &offline(options.render.dns)?)
        .map_err(|error| failure::of(&error))
}

fn render(
    chart: &Chart,
    mut target: Target,
    options: &DeployOptions,
    world: &Arc<dyn World>,
) -> Result<Rendered, RenderError> {
    target.capabilities.api_versions.extend(options.render.api_versions.iter().cloned());
    render::render(chart, &options.values, &target, &options.render.how, world)
}

/// Returns the world of a rendering without a cluster; `dns` lets templates resolve the names of hosts.
pub(super) fn offline(dns: bool) -> Result<Arc<dyn World>, CliError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| failure::of(&error))?;
    let world = OfflineWorld::new(Timestamp::now(), seed).in_time_zone(actions::local_zone);
    Ok(Arc::new(if dns { world.resolving(actions::resolve) } else { world }))
}

/// Returns the record of a client-side dry run.
pub(super) fn revision(
    name: &str,
    namespace: &str,
    options: &DeployOptions,
    rendered: &Rendered,
) -> Result<Revision, CliError> {
    let (bundle, _) = rendered.bundle().map_err(|error| failure::of(&error))?;
    // An order that cannot be kept would be refused.
    dag::sequence_of(rendered, &bundle.objects.iter().map(Member::of).collect::<Vec<_>>())?;
    let draft = Draft {
        name: ReleaseName::parse(name).map_err(|error| failure::of(&error))?,
        namespace: namespace.to_owned(),
        chart: StoredChart::new(&rendered.chart),
        config: options.values.clone(),
        manifest: bundle.manifest,
        hooks: bundle.hooks.iter().map(StoredHook::from).collect(),
        notes: rendered.notes.clone().unwrap_or_default(),
        apply_method: ApplyMethod::ServerSide,
    };
    let mut revision = Revision::pending_install(draft, 1, Timestamp::now());
    let description = options.plan.description.clone();
    revision.info.description =
        description.unwrap_or_else(|| release::describe::DRY_RUN.to_owned());
    Ok(revision)
}
