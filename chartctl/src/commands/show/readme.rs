//! `chartctl show readme`.

use super::part::{self, Which};
use crate::cli::Context;
use crate::error::CliError;

const USAGE: &str = "chartctl show readme CHART [flags]";

/// Show a chart's readme
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Prints the readme.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let chart = self.which.load(USAGE)?;
        context.ui.data(&part::readme(&chart).unwrap_or_default())
    }
}
