//! `chartctl dependency`: the charts that a chart depends on.

mod list;
pub(in crate::commands) mod local;

use crate::cli::Context;
use crate::error::CliError;

/// Look after the charts that a chart depends on
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    override_usage = "chartctl dependency COMMAND CHART [flags]"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(visible_alias = "ls")]
    List(list::Args),
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        match self.command {
            Command::List(args) => args.run(context),
        }
    }
}
