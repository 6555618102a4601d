//! `chartctl template`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as IoWrite;
use std::path::{Component, Path, PathBuf};

use actions::DeployOptions;
use chart::Chart;
use jiff::Timestamp;
use manifest::HookEvent;
use release::{ApplyMethod, Draft, ReleaseName, Revision, StoredChart, StoredHook};
use render::{KubeVersion, OfflineWorld, RenderOptions, Rendered, Target};

use super::{deploy, install, source};
use crate::arity::Extra;
use crate::cli::{self, Context};
use crate::error::{CliError, file_error};
use crate::failure;
use crate::flags::{DryRun, DryRunFlag};
use crate::glob;
use crate::values::ValueFlags;

const USAGE: &str = "chartctl template [NAME] CHART [flags]";
/// The name of a release that has none, as in Helm.
const NAME: &str = "release-name";

/// Render a chart and print its objects
///
/// No cluster is asked, unless with --dry-run=server: templates see a current Kubernetes version and its built-in
/// kinds, and look-ups find nothing.
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
    /// Make up a name out of the chart's and the time
    #[arg(short, long)]
    generate_name: bool,
    /// Print only the objects of this template; may be repeated, "*" stands for any part of a name
    #[arg(short, long, value_name = "TEMPLATE", value_delimiter = ',')]
    show_only: Vec<String>,
    /// Write each template's objects to a file below this folder instead of printing them
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    output_dir: Option<PathBuf>,
    /// With --output-dir, put the release's name in front of the files' paths
    #[arg(long)]
    release_name: bool,
    /// Print the definitions in the chart's crds/ folder first
    #[arg(long)]
    include_crds: bool,
    /// Leave out what is in the chart's crds/ folder, which is the default
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
    #[arg(long, value_name = "VERSION", value_parser = KubeVersion::parse)]
    kube_version: Option<KubeVersion>,
    /// Let templates see this API too, as in monitoring.coreos.com/v1; may be repeated
    #[arg(short, long, value_name = "API", value_delimiter = ',')]
    api_versions: Vec<String>,
    /// Do not check the values against the chart's schema
    #[arg(long)]
    skip_schema_validation: bool,
    #[command(flatten)]
    dry_run: DryRunFlag,
    #[command(flatten)]
    values: ValueFlags,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Renders the chart.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let names = match [self.first.clone(), self.second.clone()] {
            [Some(chart), None] if !self.generate_name => [Some(NAME.to_owned()), Some(chart)],
            names => names,
        };
        let (name, chart) = install::name_and_chart(USAGE, names, &self.extra, self.generate_name)?;
        install::release_name(&name)?;
        let server = self.dry_run.mode(context.ui)? == DryRun::Server;
        let values = self.values.load()?;
        let rendered = cli::block_on(async {
            let chart = source::load(&chart).await?;
            deploy::check_installable(&chart)?;
            let options = DeployOptions {
                values,
                render: actions::RenderOptions {
                    how: RenderOptions {
                        skip_schema: self.skip_schema_validation,
                        subchart_notes: false,
                    },
                    api_versions: self.api_versions.clone(),
                },
                ..DeployOptions::default()
            };
            if server {
                self.render_live(context, &chart, &name, &options).await
            } else {
                let target = self.target(&name, context.namespace().unwrap_or("default"));
                render(&chart, target, &options)
            }
        })?;
        for warning in &rendered.warnings {
            context.ui.warn(warning);
        }
        match &self.output_dir {
            Some(folder) => {
                let folder = if self.release_name { folder.join(&name) } else { folder.clone() };
                context.ui.data(&write(&folder, &self.documents(&rendered))?)
            }
            None if self.show_only.is_empty() => context.ui.data(&self.everything(&rendered)),
            None => context.ui.data(&self.shown(&self.documents(&rendered))?),
        }
    }

    fn target(&self, name: &str, namespace: &str) -> Target {
        let mut target = if self.is_upgrade {
            Target::upgrade(name, namespace, 1)
        } else {
            Target::install(name, namespace)
        };
        if let Some(version) = &self.kube_version {
            target.capabilities.kube_version = version.clone();
        }
        target
    }

    async fn render_live(
        &self,
        context: &Context,
        chart: &Chart,
        name: &str,
        options: &DeployOptions,
    ) -> Result<Rendered, CliError> {
        let cluster = context.connect().await?;
        let target = self.target(name, cluster.default_namespace());
        let rendered = actions::render_chart(
            &cluster,
            chart,
            &options.values,
            target,
            &options.render,
            &mut |_| {},
        )
        .await;
        rendered.map_err(|error| failure::of_action(&error))
    }

    /// Returns all that is printed: definitions, the manifest as it is stored, hooks.
    fn everything(&self, rendered: &Rendered) -> String {
        let text = |documents: Vec<Document>| {
            documents.iter().fold(String::new(), |mut out, document| {
                let _ok = writeln!(out, "---\n{}", document.text);
                out
            })
        };
        let objects = format!("{}{}", text(self.crds(rendered)), rendered.bundle.manifest);
        format!("{}\n{}", objects.trim(), text(self.hooks(rendered)))
    }

    /// Returns the same, document by document.
    fn documents(&self, rendered: &Rendered) -> Vec<Document> {
        let mut documents = self.crds(rendered);
        documents
            .extend(manifest::split(&rendered.bundle.manifest).into_iter().map(Document::sourced));
        documents.extend(self.hooks(rendered));
        documents
    }

    fn crds(&self, rendered: &Rendered) -> Vec<Document> {
        let crds = if self.include_crds { rendered.chart.crds() } else { Vec::new() };
        crds.iter()
            .map(|crd| Document::new(&crd.path, &String::from_utf8_lossy(&crd.data)))
            .collect()
    }

    fn hooks(&self, rendered: &Rendered) -> Vec<Document> {
        let hooks = rendered.bundle.hooks.iter().filter(|hook| {
            let test = hook.events.contains(&HookEvent::Test);
            !(self.no_hooks || (self.skip_tests && test))
        });
        hooks.map(|hook| Document::new(&hook.object.path, &hook.text)).collect()
    }

    /// Returns the documents of `--show-only`.
    fn shown(&self, documents: &[Document]) -> Result<String, CliError> {
        let mut out = String::new();
        for wanted in &self.show_only {
            let wanted = wanted.replace('\\', "/");
            let found: Vec<&Document> = documents
                .iter()
                .filter(|document| glob::matches(&wanted, document.in_chart()))
                .collect();
            if found.is_empty() {
                let paths: BTreeSet<&str> = documents.iter().map(Document::in_chart).collect();
                let paths: Vec<&str> = paths.into_iter().collect();
                return Err(CliError::input(format!("could not find template {wanted} in chart"))
                    .hint(format!("templates that rendered something: {}", paths.join(", "))));
            }
            for document in found {
                let _ok = writeln!(out, "---\n{}", document.text);
            }
        }
        Ok(out)
    }
}

/// One printed document.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Document {
    /// The path behind `# Source: `.
    path: String,
    /// The text, beginning with the `# Source:` line.
    text: String,
}

impl Document {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: format!("# Source: {path}\n{text}") }
    }

    /// Takes a document of a manifest, which names its source on the first line.
    fn sourced(text: &str) -> Self {
        let source = text.lines().next().and_then(|line| line.strip_prefix("# Source: "));
        Self { path: source.unwrap_or_default().to_owned(), text: text.to_owned() }
    }

    /// Returns the path without the chart's name.
    fn in_chart(&self) -> &str {
        self.path.split_once('/').map_or(self.path.as_str(), |(_, path)| path)
    }
}

/// Writes the documents to files below `folder` and returns what is said about it.
fn write(folder: &Path, documents: &[Document]) -> Result<String, CliError> {
    let mut said = String::new();
    let mut written = BTreeSet::new();
    for document in documents {
        let path = folder.join(safe(&document.path)?);
        let shown = path.display().to_string();
        let first = written.insert(path.clone());
        let failed = |error: std::io::Error| file_error("open", &shown, &error);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(first)
            .append(!first)
            .open(&path)
            .map_err(failed)?;
        file.write_all(format!("---\n{}\n", document.text).as_bytes()).map_err(failed)?;
        let _ok = std::fmt::Write::write_fmt(&mut said, format_args!("wrote {shown}\n"));
    }
    Ok(said)
}

/// Returns a path that stays below the folder it is joined to; charts are not trusted.
fn safe(path: &str) -> Result<&Path, CliError> {
    let relative = Path::new(path);
    let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    if inside && !path.is_empty() {
        Ok(relative)
    } else {
        Err(CliError::input(format!(
            "the chart's template {path:?} would be written outside of the folder"
        )))
    }
}

/// Renders without a cluster, for an installation.
pub(super) fn render_offline(
    chart: &Chart,
    name: &str,
    namespace: &str,
    options: &DeployOptions,
) -> Result<Rendered, CliError> {
    render(chart, Target::install(name, namespace), options)
}

fn render(
    chart: &Chart,
    mut target: Target,
    options: &DeployOptions,
) -> Result<Rendered, CliError> {
    target.capabilities.api_versions.extend(options.render.api_versions.iter().cloned());
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| failure::of(&error))?;
    let world = OfflineWorld::new(Timestamp::now(), seed);
    let rendered = render::render(chart, &options.values, &target, &options.render.how, &world);
    rendered.map_err(|error| failure::of(&error))
}

/// Returns the record of a client-side dry run.
pub(super) fn revision(
    name: &str,
    namespace: &str,
    options: &DeployOptions,
    rendered: &Rendered,
) -> Result<Revision, CliError> {
    let draft = Draft {
        name: ReleaseName::parse(name).map_err(|error| failure::of(&error))?,
        namespace: namespace.to_owned(),
        chart: StoredChart::new(&rendered.chart),
        config: options.values.clone(),
        manifest: rendered.bundle.manifest.clone(),
        hooks: rendered.bundle.hooks.iter().map(StoredHook::from).collect(),
        notes: rendered.notes.clone().unwrap_or_default(),
        apply_method: ApplyMethod::ServerSide,
    };
    let mut revision = Revision::pending_install(draft, 1, Timestamp::now());
    let description = options.plan.description.clone();
    revision.info.description =
        description.unwrap_or_else(|| release::describe::DRY_RUN.to_owned());
    Ok(revision)
}
