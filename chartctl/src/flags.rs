//! Flags that several commands share.

use std::str::FromStr;
use std::time::Duration;

use crate::duration;
use crate::error::CliError;
use crate::log::Level;
use crate::output::Format;
use crate::pflag;
use crate::ui::Ui;

/// `-o`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OutputFlag {
    /// How to print the result: table, json or yaml
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Format,
}

/// What `--wait` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitStrategy {
    /// Hooks only.
    HookOnly,
    /// Every object, by watching; `legacy` means the same, since our rules are stricter.
    Objects,
    /// `--wait=true` or `--wait=false` of Helm 3.
    Old(bool),
}

impl FromStr for WaitStrategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "watcher" | "legacy" => Ok(Self::Objects),
            "hookOnly" => Ok(Self::HookOnly),
            "true" => Ok(Self::Old(true)),
            "false" => Ok(Self::Old(false)),
            _ => Err(format!(
                "invalid wait input {text:?}. Valid inputs are watcher, hookOnly, and legacy"
            )),
        }
    }
}

/// `--wait` and `--timeout`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct WaitFlags {
    /// Wait until every object is ready before the release counts as deployed
    ///
    /// Without this flag only hooks are waited for. "watcher" (what a bare --wait means) and "legacy" watch
    /// all objects; "hookOnly" is the same as leaving the flag out.
    #[arg(long, value_name = "STRATEGY", num_args = 0..=1, require_equals = true, default_missing_value = "watcher")]
    wait: Option<WaitStrategy>,
    /// How long the whole operation may take, as in 90s, 5m or 1h30m
    #[arg(long, value_name = "DURATION", default_value = "5m0s", value_parser = duration::parse)]
    pub(crate) timeout: Duration,
}

impl WaitFlags {
    /// Returns whether objects are waited for.
    pub(crate) fn objects(&self, ui: Ui) -> bool {
        match self.wait {
            None | Some(WaitStrategy::HookOnly) => false,
            Some(WaitStrategy::Objects) => true,
            Some(WaitStrategy::Old(on)) => {
                let instead = if on { "watcher" } else { "hookOnly" };
                ui.warn(&format!("--wait={on} is deprecated, use --wait={instead}"));
                on
            }
        }
    }
}

/// What `--dry-run` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DryRun {
    /// Do it.
    #[default]
    None,
    /// Render only.
    Client,
    /// Render and ask the API server, changing nothing.
    Server,
}

/// `--dry-run`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DryRunFlag {
    /// Show what would happen and change nothing: none, client or server
    ///
    /// "client" renders without asking the API server for anything that templates look up; "server" also
    /// answers lookups and checks the objects against what is there. A bare --dry-run means "client".
    #[arg(long = "dry-run", value_name = "MODE", num_args = 0..=1, require_equals = true, default_missing_value = BARE)]
    mode: Option<String>,
}

impl DryRunFlag {
    /// Returns whether the flag is there.
    pub(crate) const fn is_given(&self) -> bool {
        self.mode.is_some()
    }

    /// Returns the mode of a command that changes nothing anyway: the cluster is asked or not. Helm 4.3.1 tells
    /// old forms as log lines here.
    pub(crate) fn mode_of_template(&self, ui: Ui) -> Result<DryRun, CliError> {
        let refused = |text: &str| {
            CliError::input(format!(
                "invalid dry-run value ({}). Must be \"server\" or \"client\"",
                value::quote(text)
            ))
        };
        match self.mode.as_deref() {
            None | Some("client") => Ok(DryRun::Client),
            Some("server") => Ok(DryRun::Server),
            Some(BARE) => {
                let text = "--dry-run is deprecated and should be replaced with '--dry-run=client'";
                ui.log(Level::Warn, text, &[]);
                Ok(DryRun::Client)
            }
            Some("none") => Err(refused("none")),
            Some(text) => match pflag::boolean(text) {
                Ok(true) => {
                    let text = format!(
                        "boolean '--dry-run={text}' flag is deprecated and must be replaced with '--dry-run=client'"
                    );
                    ui.log(Level::Warn, &text, &[]);
                    Ok(DryRun::Client)
                }
                Ok(false) => Err(refused(text)),
                Err(_) => Err(invalid_mode(text)),
            },
        }
    }

    /// Returns the mode, with a warning for deprecated forms. Helm checks it only now, with an error of its own.
    pub(crate) fn mode(&self, ui: Ui) -> Result<DryRun, CliError> {
        let Some(text) = self.mode.as_deref() else { return Ok(DryRun::None) };
        let (mode, given) = match text {
            "none" => return Ok(DryRun::None),
            "client" => return Ok(DryRun::Client),
            "server" => return Ok(DryRun::Server),
            BARE => (DryRun::Client, "--dry-run"),
            "true" => (DryRun::Client, "--dry-run=true"),
            "false" => (DryRun::None, "--dry-run=false"),
            _ => {
                return Err(invalid_mode(text));
            }
        };
        let instead = if mode == DryRun::Client { "client" } else { "none" };
        ui.warn(&format!(
            "{given} is deprecated and should be replaced with '--dry-run={instead}'"
        ));
        Ok(mode)
    }
}

fn invalid_mode(text: &str) -> CliError {
    CliError::input(format!(
        "invalid dry-run value ({}). Must be \"none\", \"server\", or \"client\"",
        value::quote(text)
    ))
}

/// What the bare flag stands for.
const BARE: &str = "unset";
