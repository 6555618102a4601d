//! `chartctl version`.

use gotmpl::{Named, Type, Value};

use crate::arity::{self, Extra};
use crate::cli::Context;
use crate::error::CliError;
use crate::gotemplate::{self, Struct};

const USAGE: &str = "chartctl version [flags]";

/// The release of Helm whose behaviour is matched; plugins and scripts compare it.
pub(crate) const HELM: &str = "v4.3.1";
/// The Kubernetes release that is assumed where no cluster is asked.
const KUBERNETES: &str = "v1.37";
/// The version of this program.
const OWN: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// Print the version
///
/// The line has the form of Helm's, since plugins and scripts read it: Version is the release of Helm whose
/// behaviour is matched; this program's own version stands at the end.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl version
  chartctl version --short
  chartctl version --template 'chartctl {{.ChartctlVersion}} speaks Helm {{.Version}}'"
)]
pub(crate) struct Args {
    /// Print only the release of Helm that is matched
    #[arg(long)]
    short: bool,
    /// Print this Go template with the fields of the version filled in, as in {{.Version}}
    #[arg(long, value_name = "TEMPLATE")]
    template: Option<String>,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Prints the version.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        arity::at_most(USAGE, 0, &self.extra)?;
        let text = match &self.template {
            Some(template) => filled(template)?,
            None if self.short => format!("{HELM}\n"),
            None => format!("{}\n", line()),
        };
        context.ui.data(&text)
    }
}

/// What Helm calls the type in its messages.
const BUILD_INFO: &Named = &Named { name: "version.BuildInfo", under: Type::Struct };

/// What templates may name, with its value.
const FIELDS: [(&str, &str); 6] = [
    ("Version", HELM),
    ("GitCommit", ""),
    ("GitTreeState", "clean"),
    ("GoVersion", ""),
    ("KubeClientVersion", KUBERNETES),
    ("ChartctlVersion", OWN),
];

fn line() -> String {
    let fields: Vec<String> =
        FIELDS.iter().map(|(name, value)| format!("{name}:{value:?}")).collect();
    format!("version.BuildInfo{{{}}}", fields.join(", "))
}

/// Returns what a template prints of the fields.
fn filled(template: &str) -> Result<String, CliError> {
    let fields = FIELDS.map(|(name, value)| (name, Value::from(value)));
    gotemplate::fill(template, Struct::value(BUILD_INFO, fields))
}

#[cfg(test)]
mod tests {
    use super::{filled, line};

    #[test]
    fn the_line_has_helms_form() {
        assert!(
            line().starts_with("version.BuildInfo{Version:\"v4.3.1\", GitCommit:\"\", "),
            "{}",
            line()
        );
    }

    #[test]
    fn templates_name_fields() {
        assert_eq!(filled("a {{.Version}} {{ .GitTreeState }}!").unwrap(), "a v4.3.1 clean!");
        assert_eq!(
            filled("{{.Nope}}").unwrap_err().text(),
            "template: _:1:2: executing \"_\" at <.Nope>: can't evaluate field Nope in type version.BuildInfo"
        );
        assert_eq!(filled("{{.Version").unwrap_err().text(), "template: _:1: unclosed action");
    }
}
