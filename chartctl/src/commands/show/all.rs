//! `chartctl show all`.

use super::part::{self, Which};
use crate::cli::Context;
use crate::error::CliError;

const USAGE: &str = "chartctl show all CHART [flags]";

/// Show a chart's metadata, values, readme and definitions
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Prints the parts.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let chart = self.which.load(USAGE)?;
        let mut out = part::metadata(&chart)?;
        for part in [part::values(&chart), part::readme(&chart)].into_iter().flatten() {
            out.push_str("---\n");
            out.push_str(&part);
        }
        out.push_str(&part::crds(&chart));
        context.ui.data(&out)
    }
}
