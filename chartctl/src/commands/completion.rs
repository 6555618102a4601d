//! `chartctl completion`.

use clap::{CommandFactory as _, ValueEnum};
use clap_complete::Shell;

use crate::arity::{self, Extra};
use crate::cli::{Cli, Context};
use crate::error::CliError;

const USAGE: &str = "chartctl completion SHELL [flags]";

/// Print a script that completes chartctl's commands and flags in a shell
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  source <(chartctl completion bash)
  chartctl completion zsh > \"${fpath[1]}/_chartctl\"
  chartctl completion fish | source
  chartctl completion powershell | Out-String | Invoke-Expression"
)]
pub(crate) struct Args {
    /// The shell: bash, zsh, fish or powershell
    #[arg(value_name = "SHELL")]
    shell: Option<String>,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Prints the script.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let [name] = arity::exactly(USAGE, [self.shell], &self.extra)?;
        let shell = Shell::from_str(&name, false)
            .ok()
            .filter(|shell| *shell != Shell::Elvish)
            .ok_or_else(|| {
                CliError::usage(format!("unknown command {name:?} for \"chartctl completion\""))
                    .hint("choose one of bash, zsh, fish and powershell")
            })?;
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "chartctl", &mut script);
        context.ui.data(&String::from_utf8_lossy(&script))
    }
}
