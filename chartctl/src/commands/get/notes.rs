//! `chartctl get notes`.

use super::Which;
use crate::cli::Context;
use crate::error::CliError;

const USAGE: &str = "chartctl get notes RELEASE_NAME [flags]";

/// Show the notes that a release came with
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Prints the notes; nothing when there are none.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let record = self.which.read(USAGE, context)?;
        let notes = &record.revision.info.notes;
        if notes.is_empty() { Ok(()) } else { context.ui.data(&format!("NOTES:\n{notes}\n")) }
    }
}
