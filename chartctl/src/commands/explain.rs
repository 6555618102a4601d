//! `chartctl explain`: where things come from.

mod values;

use crate::cli::Context;
use crate::error::CliError;

/// Say where the values of a chart come from
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    override_usage = "chartctl explain COMMAND CHART [flags]"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Values(Box<values::Args>),
}

impl Args {
    /// Prints the answer.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        match self.what {
            What::Values(args) => args.run(context),
        }
    }
}
