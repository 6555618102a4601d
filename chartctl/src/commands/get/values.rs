//! `chartctl get values`.

use super::Which;
use crate::cli::Context;
use crate::commands::describe;
use crate::error::CliError;
use crate::flags::OutputFlag;
use crate::output::{self, Format};

const USAGE: &str = "chartctl get values RELEASE_NAME [flags]";

/// Show the values of a release: those that were given, or all
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl get values web -n prod -o yaml > web.yaml
  chartctl get values web --all --revision 3"
)]
pub(crate) struct Args {
    /// Show the chart's defaults too
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    output: OutputFlag,
}

impl Args {
    /// Prints the values.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let record = self.which.read(USAGE, context)?;
        let (head, values) = if self.all {
            ("COMPUTED VALUES:", describe::computed(&record.revision)?)
        } else {
            ("USER-SUPPLIED VALUES:", describe::supplied(&record.revision))
        };
        context.ui.data(&match self.output.output {
            Format::Table => format!("{head}\n{}", value::yaml::to_string(&values)),
            Format::Json => output::json(&values)?,
            Format::Yaml => value::yaml::to_string(&values),
        })
    }
}
