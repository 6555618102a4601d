//! `chartctl get all`.

use super::Which;
use crate::cli::Context;
use crate::commands::describe::{self, Parts};
use crate::error::CliError;

const USAGE: &str = "chartctl get all RELEASE_NAME [flags]";

/// Show everything that is stored about a release
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Prints the release.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let record = self.which.read(USAGE, context)?;
        let parts = Parts { chart: true, everything: true, ..Parts::default() };
        context.ui.data(&describe::block(&record.revision, &parts, context.ui.stdout_paint())?)
    }
}
