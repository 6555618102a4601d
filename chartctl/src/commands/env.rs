//! `chartctl env`.

use std::fmt::Write as _;

use crate::arity::{self, Extra};
use crate::cli::Context;
use crate::error::CliError;

const USAGE: &str = "chartctl env [VARIABLE] [flags]";

/// Print the environment that chartctl and Helm share, with what flags say about it
///
/// The variables are Helm's, with Helm's defaults, so that both programs find the same files. With VARIABLE only its
/// value is printed. HELM_KUBETOKEN is a secret.
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(crate) struct Args {
    /// The variable
    #[arg(value_name = "VARIABLE")]
    name: Option<String>,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Prints the variables.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        arity::at_most(USAGE, 1, &self.extra)?;
        let variables = context.helm_variables();
        let text = match &self.name {
            Some(name) => format!("{}\n", variables.get(name).map_or("", String::as_str)),
            None => variables.iter().fold(String::new(), |mut text, (name, value)| {
                let _ok = writeln!(text, "{name}=\"{value}\"");
                text
            }),
        };
        context.ui.data(&text)
    }
}
