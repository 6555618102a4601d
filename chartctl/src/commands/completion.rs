//! `chartctl completion`.

use clap::{Command, CommandFactory as _, ValueEnum};
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
    /// Leave out what commands and flags are for
    #[arg(long)]
    no_descriptions: bool,
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
        context.ui.data(&script(shell, self.no_descriptions))
    }
}

fn script(shell: Shell, no_descriptions: bool) -> String {
    let command = Cli::command();
    let mut command = if no_descriptions { without_descriptions(command) } else { command };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "chartctl", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

fn without_descriptions(command: Command) -> Command {
    command.mut_args(|arg| arg.help("")).mut_subcommands(|sub| without_descriptions(sub.about("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_can_be_left_out() {
        let about = "Install a chart as a new release";
        assert!(script(Shell::Zsh, false).contains(about));
        let bare = script(Shell::Zsh, true);
        assert!(!bare.contains(about) && bare.contains("rollback-on-failure"));
    }
}
