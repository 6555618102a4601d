//! `chartctl get manifest`.

use super::Which;
use crate::cli::Context;
use crate::error::CliError;

const USAGE: &str = "chartctl get manifest RELEASE_NAME [flags]";

/// Show the objects of a release as they were rendered
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl get manifest web -n prod | kubectl diff -f -
  chartctl get manifest web --revision 3"
)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Prints the manifest.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let record = self.which.read(USAGE, context)?;
        context.ui.data(&format!("{}\n", record.revision.manifest))
    }
}
