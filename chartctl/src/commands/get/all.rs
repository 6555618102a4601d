//! `chartctl get all`.

use super::{Which, fields};
use crate::cli::Context;
use crate::commands::describe::{self, Parts};
use crate::error::CliError;
use crate::gotemplate;

const USAGE: &str = "chartctl get all RELEASE_NAME [flags]";

/// Show everything that is stored about a release
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl get all web -n prod
  chartctl get all web --template '{{.Release.Chart.Metadata.Version}} {{.Release.Info.Status}}'"
)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Print this Go template with the release filled in, as in '{{.Release.Info.Status}}'
    ///
    /// The fields have the names of Helm's Go types: Name, Namespace, Version, Info, Chart, Config, Manifest, Hooks.
    #[arg(long, value_name = "TEMPLATE")]
    template: Option<String>,
}

impl Args {
    /// Prints the release.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let record = self.which.read(USAGE, context)?;
        if let Some(template) = &self.template {
            return context.ui.data(&gotemplate::fill(template, fields::of(&record))?);
        }
        let parts = Parts { chart: true, everything: true, ..Parts::default() };
        context.ui.data(&describe::block(&record.revision, &parts, context.ui.stdout_paint())?)
    }
}
