//! `chartctl show`: what a chart says about itself.

mod all;
mod chart;
mod crds;
mod part;
mod readme;
mod values;

use crate::cli::Context;
use crate::error::CliError;

/// Show what a chart says about itself: metadata, values, readme, crds
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    override_usage = "chartctl show COMMAND CHART [flags]"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    All(all::Args),
    Chart(chart::Args),
    Crds(crds::Args),
    Readme(readme::Args),
    Values(values::Args),
}

impl Args {
    /// Prints the part.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        match self.part {
            Part::All(args) => args.run(context),
            Part::Chart(args) => args.run(context),
            Part::Crds(args) => args.run(context),
            Part::Readme(args) => args.run(context),
            Part::Values(args) => args.run(context),
        }
    }
}
