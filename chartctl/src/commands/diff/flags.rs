//! Flags that say what of a difference is shown, and how.

use std::str::FromStr;

use plan::diff::Secrets;
use regex::Regex;

use super::report::{How, Look};
use crate::cli::Context;
use crate::error::CliError;

/// Flags of every `diff` command.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of helm-diff's")]
pub(super) struct DiffFlags {
    /// How to print it: diff, simple or json
    #[arg(long, value_name = "FORMAT", default_value = "diff")]
    output: Output,
    /// Show only this many lines around each change; -1 shows all
    #[arg(
        short = 'C',
        long,
        value_name = "LINES",
        default_value = "-1",
        allow_hyphen_values = true
    )]
    context: i64,
    /// End with code 2 if anything differs
    #[arg(long)]
    detailed_exitcode: bool,
    /// Show what Secrets hold
    #[arg(long)]
    show_secrets: bool,
    /// Show what Secrets hold, decoded
    #[arg(long)]
    show_secrets_decoded: bool,
    /// Leave the lines of Secrets out
    #[arg(short = 'q', long)]
    suppress_secrets: bool,
    /// Leave the lines of objects of this kind out; may be repeated
    #[arg(long, value_name = "KIND")]
    suppress: Vec<String>,
    /// Leave out lines that match; may be repeated
    #[arg(long, value_name = "REGEX")]
    suppress_output_line_regex: Vec<String>,
    /// Leave hooks out
    #[arg(long)]
    no_hooks: bool,
    /// Compare hooks that are tests, too
    #[arg(long)]
    include_tests: bool,
    #[arg(long, hide = true)]
    normalize_manifests: bool,
    #[arg(long, hide = true)]
    strip_trailing_cr: bool,
    #[arg(long, hide = true)]
    no_color: bool,
    #[arg(short = 'D', long, hide = true, value_name = "FRACTION")]
    find_renames: Option<f32>,
}

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Diff,
    Simple,
    Json,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "diff" => Ok(Self::Diff),
            "simple" => Ok(Self::Simple),
            "json" => Ok(Self::Json),
            "template" | "dyff" | "structured" => {
                Err(format!("{text} is not supported; take diff, simple or json"))
            }
            _ => Err("must be diff, simple or json".to_owned()),
        }
    }
}

impl DiffFlags {
    /// Returns how differences are shown; what cannot be done is told.
    pub(super) fn how(&self, context: &Context) -> Result<How, CliError> {
        if self.find_renames.is_some_and(|fraction| fraction > 0.0) {
            context.ui.warn("--find-renames: objects are compared with those of their own name");
        }
        let patterns = self.suppress_output_line_regex.iter();
        let patterns = patterns
            .map(|text| Regex::new(text).map_err(|error| CliError::input(error.to_string())));
        let mut suppressed = self.suppress.clone();
        if self.suppress_secrets {
            suppressed.push("Secret".to_owned());
        }
        Ok(How {
            look: match self.output {
                Output::Diff => Look::Lines { context: usize::try_from(self.context).ok() },
                Output::Simple => Look::Simple,
                Output::Json => Look::Json,
            },
            secrets: self.secrets(),
            suppressed,
            patterns: patterns.collect::<Result<_, _>>()?,
            exit_code: self.detailed_exitcode,
        })
    }

    const fn secrets(&self) -> Secrets {
        if self.show_secrets_decoded {
            Secrets::Decoded
        } else if self.show_secrets {
            Secrets::Shown
        } else {
            Secrets::Redacted
        }
    }

    /// Returns which hooks are compared: none, all but tests, or all.
    pub(super) const fn hooks(&self) -> Hooks {
        match (self.no_hooks, self.include_tests) {
            (true, _) => Hooks::None,
            (false, false) => Hooks::NoTests,
            (false, true) => Hooks::All,
        }
    }
}

/// Which hooks are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hooks {
    /// None of them.
    None,
    /// Those that are more than tests.
    NoTests,
    /// All of them.
    All,
}
