//! `chartctl show chart`.

use super::part::{self, Which};
use crate::cli::Context;
use crate::error::CliError;

const USAGE: &str = "chartctl show chart CHART [flags]";

/// Show a chart's metadata: name, version, dependencies and so on
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Prints the metadata.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let chart = self.which.load(USAGE)?;
        context.ui.data(&part::metadata(&chart)?)
    }
}
