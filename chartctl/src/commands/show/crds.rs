//! `chartctl show crds`.

use super::part::{self, Which};
use crate::cli::Context;
use crate::error::CliError;

const USAGE: &str = "chartctl show crds CHART [flags]";

/// Show the definitions of resources that a chart brings along
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Prints the definitions.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let chart = self.which.load(USAGE)?;
        context.ui.data(&part::crds(&chart))
    }
}
