//! `chartctl show values`.

use value::jsonpath::Template;

use super::part::{self, Which};
use crate::cli::Context;
use crate::error::CliError;

const USAGE: &str = "chartctl show values CHART [flags]";

/// Show a chart's default values, with their comments
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl show values ./web > prod.yaml
  chartctl show values ./web --jsonpath '{.image.name}:{.image.tag}'"
)]
pub(super) struct Args {
    /// Print this text with parts of the values filled in, as in {.image.tag}
    #[arg(long, value_name = "TEMPLATE")]
    jsonpath: Option<String>,
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Prints the values.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let chart = self.which.load(USAGE)?;
        let Some(template) = self.jsonpath.filter(|template| !template.is_empty()) else {
            return context.ui.data(&part::values(&chart).unwrap_or_default());
        };
        if chart.values_text.is_none() {
            return Ok(());
        }
        let read = Template::parse(&template).map_err(|why| {
            CliError::input(format!("error parsing jsonpath {template}: {why}")).hint(
                "write {.name} for the value of name, {.list[0]} for the first item of a list",
            )
        })?;
        match read.fill(&chart.values.to_floats()) {
            Ok(text) => context.ui.data(&text),
            // Helm prints nothing and is content.
            Err(why) => {
                context.ui.warn(&format!("nothing is printed for {template}: {why}"));
                Ok(())
            }
        }
    }
}
