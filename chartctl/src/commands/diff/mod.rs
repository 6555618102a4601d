//! `chartctl diff`: what would change, or has changed.

mod flags;
mod records;
pub(super) mod report;
mod rollback;
mod upgrade;

use cluster::Cluster;
use manifest::Hook;
use plan::diff::{Difference, Secrets};
use release::Revision;

use self::flags::Hooks;
use crate::cli::Context;
use crate::error::CliError;
use crate::failure;

/// Show what an upgrade or a rollback would change, or what differs between revisions and releases
///
/// Flags, first lines and exit codes are those of the plugin helm-diff. What would change is asked of the API server,
/// which stores nothing: objects are shown as they are and as they would be. Behind each object stands what comes of
/// the change: no restart, rolling restart, recreate, data at risk, blocked, owned by another manager.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    override_usage = "chartctl diff COMMAND [flags]"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Release(records::OfReleases),
    Revision(records::OfRevisions),
    Rollback(rollback::Args),
    Upgrade(Box<upgrade::Args>),
}

impl Args {
    /// Runs the command below.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        match self.command {
            Command::Release(args) => args.run(context),
            Command::Revision(args) => args.run(context),
            Command::Rollback(args) => args.run(context),
            Command::Upgrade(args) => args.run(context),
        }
    }
}

/// Prints what a plan changes, for `--diff` of install and upgrade; `old` is the revision before.
pub(super) async fn show_plan(
    context: &Context,
    cluster: &Cluster,
    plan: &plan::Plan,
    old: &Revision,
    hooks: bool,
) -> Result<(), CliError> {
    let how = report::How::default();
    let hooks = if hooks { Hooks::NoTests } else { Hooks::None };
    let found = of_plan(cluster, plan, old, hooks, how.secrets).await?;
    report::print(context, &how, &plan.target.namespace, found)
}

/// Returns what a plan changes: its objects as the server has them and would have them, its hooks as `old` recorded
/// them and as they will be.
async fn of_plan(
    cluster: &Cluster,
    plan: &plan::Plan,
    old: &Revision,
    hooks: Hooks,
    secrets: Secrets,
) -> Result<Vec<Difference>, CliError> {
    let previews =
        actions::preview(cluster, plan).await.map_err(|error| failure::of_action(&error))?;
    let mut found: Vec<Difference> =
        previews.iter().filter_map(|one| one.difference(secrets)).collect();
    let read = |revision: &Revision| -> Result<Vec<Hook>, CliError> {
        revision.runnable_hooks().map_err(|error| failure::of(&error))
    };
    found.extend(records::of_hooks(&read(old)?, &read(&plan.target)?, hooks, secrets));
    Ok(found)
}
