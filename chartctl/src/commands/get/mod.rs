//! `chartctl get`: parts of a stored release.

mod all;
mod fields;
mod hooks;
mod manifest;
mod metadata;
mod notes;
mod values;

use release::Record;

use super::records;
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::pflag;

/// Show what is stored about a release: values, manifest, hooks, notes, metadata
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    override_usage = "chartctl get COMMAND RELEASE_NAME [flags]"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    All(all::Args),
    Hooks(hooks::Args),
    Manifest(manifest::Args),
    Metadata(metadata::Args),
    Notes(notes::Args),
    Values(values::Args),
}

impl Args {
    /// Prints the part.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        match self.part {
            Part::All(args) => args.run(context),
            Part::Hooks(args) => args.run(context),
            Part::Manifest(args) => args.run(context),
            Part::Metadata(args) => args.run(context),
            Part::Notes(args) => args.run(context),
            Part::Values(args) => args.run(context),
        }
    }
}

/// Which record is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// The release
    #[arg(value_name = "RELEASE_NAME")]
    name: Option<String>,
    /// Show this revision; 0 is the newest
    #[arg(long, value_name = "NUMBER", default_value = "0", value_parser = pflag::integer)]
    pub(crate) revision: i64,
    #[command(flatten)]
    extra: Extra,
}

impl Which {
    /// Returns the record.
    pub(crate) fn read(self, usage: &str, context: &Context) -> Result<Record, CliError> {
        let [name] = arity::exactly(usage, [self.name], &self.extra)?;
        cli::block_on(records::record(context, &name, self.revision))
    }
}
