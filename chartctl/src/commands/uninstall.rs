//! `chartctl uninstall`.

use std::fmt::Write as _;

use actions::ActionError;
use cluster::Cluster;
use manifest::ObjectId;
use plan::{Plan, Propagation, Skipped};
use release::ReleaseName;

use crate::arity;
use crate::cli::{self, Context};
use crate::error::{CliError, Kind};
use crate::failure;
use crate::flags::WaitFlags;
use crate::operate::Operation;

const USAGE: &str = "chartctl uninstall RELEASE_NAME [...] [flags]";

/// Uninstall releases: delete their objects and their history
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl uninstall web -n prod
  chartctl uninstall web db cache -n prod --ignore-not-found --wait
  chartctl uninstall web --keep-history"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(crate) struct Args {
    /// The releases
    #[arg(value_name = "RELEASE_NAME")]
    names: Vec<String>,
    /// What happens to what the deleted objects own: background, foreground or orphan
    #[arg(long, value_name = "POLICY", default_value = "background")]
    cascade: String,
    #[command(flatten)]
    wait: WaitFlags,
    /// Show what would happen and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Say this in the history that is kept
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Keep the history, so that the release can be rolled back
    #[arg(long)]
    keep_history: bool,
    /// A release that does not exist is no error
    #[arg(long)]
    ignore_not_found: bool,
    /// Do not run hooks
    #[arg(long)]
    no_hooks: bool,
}

fn cascade(text: &str) -> Result<Propagation, CliError> {
    match text {
        "background" => Ok(Propagation::Background),
        "foreground" => Ok(Propagation::Foreground),
        "orphan" => Ok(Propagation::Orphan),
        _ => Err(CliError::input(format!(
            "invalid cascade value ({text}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

impl Args {
    /// Uninstalls the releases, one after the other.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        if self.names.is_empty() {
            return Err(arity::too_few(USAGE, 1));
        }
        self.wait.check()?;
        let options = plan::Options {
            wait: self.wait.what(false, false, context.ui),
            readiness_timeout: self.wait.readiness_timeout(),
            hooks: !self.no_hooks,
            keep_history: self.keep_history,
            propagation: cascade(&self.cascade)?,
            description: self.description.clone().filter(|text| !text.is_empty()),
            ..plan::Options::default()
        };
        cli::block_on(async {
            let cluster = context.connect().await?;
            for name in &self.names {
                let kept = self.uninstall(context, &cluster, name, &options).await?;
                context.ui.data(&format!("{kept}release {name:?} uninstalled\n"))?;
            }
            Ok(())
        })
    }

    /// Uninstalls one release and returns what Helm prints about objects that stay.
    async fn uninstall(
        &self,
        context: &Context,
        cluster: &Cluster,
        name: &str,
        options: &plan::Options,
    ) -> Result<String, CliError> {
        if ReleaseName::parse(name).is_err() {
            return Err(CliError::input(format!("uninstall: Release name is invalid: {name}")));
        }
        let namespace = cluster.default_namespace().to_owned();
        let operation = Operation::begin(context, name, &namespace, self.wait.timeout);
        let mut events = operation.events();
        let result: Result<String, ActionError> = async {
            let others = actions::Others::Watch;
            let prepare =
                actions::prepare_uninstall(cluster, name, &namespace, options, others, &mut events);
            let prepared = operation.prepare(prepare).await?;
            let left = left(&prepared.plan);
            if !self.dry_run {
                operation.run(cluster, prepared).await?;
            }
            Ok(left)
        }
        .await;
        operation.finish();
        match result {
            Err(ActionError::NotFound) if self.ignore_not_found => Ok(String::new()),
            Err(ActionError::NotFound) => Err(CliError::new(
                Kind::Cluster,
                format!("uninstall: Release not loaded: {name}: release: not found"),
            )
            .hint(format!(
                "namespace {namespace:?} was searched; 'chartctl list -A' shows all releases"
            ))),
            result => result.map_err(|error| failure::of_action(&error)),
        }
    }
}

/// Returns Helm's text about objects that are not deleted.
fn left(plan: &Plan) -> String {
    let list = |wanted: fn(&Skipped) -> Option<&ObjectId>| {
        plan.skipped
            .iter()
            .filter_map(wanted)
            .map(|object| format!("[{}] {}\n", object.gvk.kind, object.name))
            .collect::<Vec<_>>()
    };
    let kept = list(|skipped| match skipped {
        Skipped::Kept { object } => Some(object),
        Skipped::Foreign { .. } | Skipped::Elsewhere { .. } => None,
    });
    let foreign = list(|skipped| match skipped {
        Skipped::Foreign { object } => Some(object),
        Skipped::Kept { .. } | Skipped::Elsewhere { .. } => None,
    });
    let mut out = String::new();
    // An empty line follows, as Helm prints its text with a newline of its own.
    let end = if kept.is_empty() && foreign.is_empty() { "" } else { "\n" };
    if !kept.is_empty() {
        out.push_str("These resources were kept due to the resource policy:\n");
        out.push_str(&kept.concat());
    }
    if !foreign.is_empty() {
        let _ok = write!(
            out,
            "{} resource(s) were not deleted because they are not owned by this release:\n{}",
            foreign.len(),
            foreign.concat()
        );
    }
    out + end
}
