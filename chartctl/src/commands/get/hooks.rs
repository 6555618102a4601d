//! `chartctl get hooks`.

use super::Which;
use crate::cli::Context;
use crate::commands::describe;
use crate::error::CliError;

const USAGE: &str = "chartctl get hooks RELEASE_NAME [flags]";

/// Show the hooks of a release
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Prints the hooks.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let record = self.which.read(USAGE, context)?;
        context.ui.data(&describe::hooks(&record.revision.hooks))
    }
}
