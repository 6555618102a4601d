//! Flags that several commands share.

use actions::Reuse;
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

/// What becomes of the values of the previous revision.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ReuseFlags {
    /// Use only the values given now, even if there are none
    #[arg(long)]
    reset_values: bool,
    /// Merge the values given now over those of the previous revision, the old chart's defaults included
    #[arg(long)]
    reuse_values: bool,
    /// Merge the values given now over those of the previous revision, with the new chart's defaults
    #[arg(long)]
    reset_then_reuse_values: bool,
}

impl ReuseFlags {
    /// Returns what the flags come to; of several the first one of Helm's counts.
    pub(crate) const fn reuse(&self) -> Reuse {
        if self.reset_values {
            Reuse::Reset
        } else if self.reuse_values {
            Reuse::Reuse
        } else if self.reset_then_reuse_values {
            Reuse::ResetThenReuse
        } else {
            Reuse::Default
        }
    }
}

/// What `--wait` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitStrategy {
    /// Hooks only.
    HookOnly,
    /// Every object.
    Objects,
    /// Every object, judged as Helm 3 did.
    Legacy,
    /// Every object, with less time for each batch.
    Ordered,
    /// `--wait=true` or `--wait=false` of Helm 3.
    Old(bool),
}

impl FromStr for WaitStrategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "watcher" => Ok(Self::Objects),
            "legacy" => Ok(Self::Legacy),
            "ordered" => Ok(Self::Ordered),
            "hookOnly" => Ok(Self::HookOnly),
            "true" => Ok(Self::Old(true)),
            "false" => Ok(Self::Old(false)),
            _ => Err(format!(
                "invalid wait input {text:?}. Valid inputs are watcher, hookOnly, legacy, and ordered"
            )),
        }
    }
}

/// How long a batch may take to become ready with `--wait=ordered`, unless somebody says otherwise.
const READINESS: Duration = Duration::from_mins(1);

/// `--wait` and `--timeout`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct WaitFlags {
    /// Wait until every object is ready before the release counts as deployed
    ///
    /// Without this flag only hooks are waited for. "watcher" (what a bare --wait means) judges objects by the rules of
    /// Helm 4, "legacy" by those of Helm 3; "ordered" is "watcher" with less time for each batch of a chart that asks for
    /// an order, see --readiness-timeout; "hookOnly" is the same as leaving the flag out.
    #[arg(long, value_name = "STRATEGY", num_args = 0..=1, require_equals = true, default_missing_value = "watcher")]
    wait: Option<WaitStrategy>,
    /// How long each wait may take, as in 90s, 5m or 1h30m: for one hook, or for all objects
    #[arg(long, value_name = "DURATION", default_value = "5m0s", value_parser = duration::parse)]
    pub(crate) timeout: Duration,
    /// With --wait=ordered, how long each batch of objects may take to become ready [default: 1m0s]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    readiness_timeout: Option<Duration>,
}

impl WaitFlags {
    /// Refuses a batch that may take longer than any wait.
    pub(crate) fn check(&self) -> Result<(), CliError> {
        match self.readiness_timeout {
            Some(readiness) if readiness > self.timeout => Err(CliError::input(format!(
                "--readiness-timeout ({}) must not exceed --timeout ({})",
                duration::print(readiness),
                duration::print(self.timeout)
            ))),
            _ => Ok(()),
        }
    }

    /// Returns how long a batch may take to become ready, if that is not as long as any wait.
    pub(crate) fn readiness_timeout(&self) -> Option<Duration> {
        let ordered = self.wait == Some(WaitStrategy::Ordered);
        ordered.then(|| self.readiness_timeout.unwrap_or_else(|| READINESS.min(self.timeout)))
    }

    /// Returns what is waited for; with `anyway` also if nobody asks for it.
    pub(crate) fn what(&self, anyway: bool, jobs: bool, ui: Ui) -> plan::Wait {
        let objects = self.objects(ui) || anyway;
        let legacy = self.wait == Some(WaitStrategy::Legacy);
        match (objects, legacy, jobs) {
            (false, ..) => plan::Wait::None,
            (true, false, false) => plan::Wait::Ready,
            (true, false, true) => plan::Wait::ReadyAndJobs,
            (true, true, false) => plan::Wait::Legacy,
            (true, true, true) => plan::Wait::LegacyAndJobs,
        }
    }

    /// Returns whether objects are waited for.
    fn objects(&self, ui: Ui) -> bool {
        match self.wait {
            None | Some(WaitStrategy::HookOnly) => false,
            Some(WaitStrategy::Objects | WaitStrategy::Legacy | WaitStrategy::Ordered) => true,
            Some(WaitStrategy::Old(on)) => {
                let instead = if on { "watcher" } else { "hookOnly" };
                let text = format!(
                    "--wait={on} is deprecated (boolean value) and can be replaced with --wait={instead}"
                );
                ui.log(Level::Warn, &text, &[]);
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

    /// Returns the mode of a command that changes nothing anyway: the cluster is asked or not.
    pub(crate) fn mode_of_template(&self, ui: Ui) -> Result<DryRun, CliError> {
        match self.mode.as_deref() {
            None => Ok(DryRun::Client),
            Some(text) if text == "none" || pflag::boolean(text) == Ok(false) => {
                Err(CliError::input(format!(
                    "invalid dry-run value ({}). Must be \"server\" or \"client\"",
                    value::quote(text)
                )))
            }
            Some(_) => self.mode(ui),
        }
    }

    /// Returns the mode. Helm 4.3.1 checks it only now, with an error of its own, and logs that old forms are old.
    pub(crate) fn mode(&self, ui: Ui) -> Result<DryRun, CliError> {
        match self.mode.as_deref() {
            None | Some("none") => Ok(DryRun::None),
            Some("client") => Ok(DryRun::Client),
            Some("server") => Ok(DryRun::Server),
            Some(BARE) => {
                let text = "--dry-run is deprecated and should be replaced with '--dry-run=client'";
                ui.log(Level::Warn, text, &[]);
                Ok(DryRun::Client)
            }
            Some(text) => {
                let on = pflag::boolean(text).map_err(|_| invalid_mode(text))?;
                let (mode, instead) =
                    if on { (DryRun::Client, "client") } else { (DryRun::None, "none") };
                let text = format!(
                    "boolean '--dry-run={text}' flag is deprecated and must be replaced with '--dry-run={instead}'"
                );
                ui.log(Level::Warn, &text, &[]);
                Ok(mode)
            }
        }
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

/// Old names of flags, which Helm 4 still takes: name, whether it is given, what to do instead. Says so on stderr as
/// pflag does.
pub(crate) fn deprecated(ui: Ui, flags: &[(&str, bool, &str)]) {
    for (flag, _, instead) in flags.iter().filter(|(_, given, _)| *given) {
        ui.note(&format!("Flag --{flag} has been deprecated, {instead}\n"));
    }
}

/// How objects that exist become what they should be: by which rules fields of others are treated.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct UpdateFlags {
    /// Set fields that another tool has set to another value, instead of failing
    #[arg(long)]
    pub(crate) force_conflicts: bool,
    /// Replace objects as a whole, and make them anew where a field cannot change
    ///
    /// Fields that others have set are lost. Namespaces, volumes and definitions of kinds are never deleted for
    /// that: for them a field that cannot change stays an error. In Helm 3 this was --force.
    #[arg(long)]
    pub(crate) force_replace: bool,
    #[arg(long, hide = true)]
    pub(crate) force: bool,
}

impl UpdateFlags {
    /// Refuses what contradicts each other. `server_side` is the flag of that name.
    pub(crate) fn check(&self, ui: Ui, server_side: ServerSide) -> Result<(), CliError> {
        self.say_deprecated(ui);
        self.check_group()?;
        match server_side {
            ServerSide::Never if self.force_conflicts => Err(CliError::input(
                "invalid client update option(s): forceConflicts enabled when serverSideApply disabled",
            )),
            ServerSide::Always if self.force || self.force_replace => Err(CliError::input(
                "invalid operation: cannot use server-side apply and force replace together",
            )),
            ServerSide::Never => {
                ui.warn(
                    "--server-side=false: objects are applied by the server all the same; fields that others have set are \
                     overwritten, as an update by the client does",
                );
                Ok(())
            }
            ServerSide::Always | ServerSide::Auto => Ok(()),
        }
    }

    /// Says that `--force` has another name by now.
    pub(crate) fn say_deprecated(&self, ui: Ui) {
        deprecated(ui, &[("force", self.force, "use --force-replace instead")]);
    }

    /// Refuses `--force-conflicts` with either form of `--force-replace`.
    pub(crate) fn check_group(&self) -> Result<(), CliError> {
        if !self.force_conflicts || !(self.force || self.force_replace) {
            return Ok(());
        }
        let (group, given) = if self.force {
            ("force force-conflicts", "force force-conflicts")
        } else {
            ("force-replace force-conflicts", "force-conflicts force-replace")
        };
        Err(CliError::usage(format!(
            "if any flags in the group [{group}] are set none of the others can be; [{given}] were all set"
        )))
    }

    /// Writes what the flags say into the options of a plan.
    pub(crate) fn put(&self, server_side: ServerSide, options: &mut plan::Options) {
        options.conflicts = match server_side {
            _ if self.force_conflicts => plan::Conflicts::Force,
            ServerSide::Never => plan::Conflicts::Force,
            ServerSide::Always => plan::Conflicts::Fail,
            ServerSide::Auto => plan::Conflicts::AsBefore,
        };
        if self.force || self.force_replace {
            options.update = plan::Update::Replace;
        }
    }
}

/// What `--server-side` says. Objects are applied by the server in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerSide {
    /// It says `true`.
    Always,
    /// It says `false`: nothing is a conflict then, in Helm either.
    Never,
    /// It says `auto`, or nothing.
    Auto,
}

/// `--server-side` of upgrade and rollback.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ServerSideFlag {
    /// Who merges objects with what is there: true, false or auto; always the server, see below
    ///
    /// Objects are applied by the server whatever this says, and fields are owned by "helm" as after Helm 4. With
    /// "false" fields that others have set are overwritten without a conflict, which is what an update by the
    /// client does.
    #[arg(long, value_name = "WHERE", default_value = "auto", hide_default_value = true)]
    server_side: String,
}

impl ServerSideFlag {
    /// Returns what it says.
    pub(crate) fn read(&self) -> Result<ServerSide, CliError> {
        match self.server_side.as_str() {
            "true" => Ok(ServerSide::Always),
            "false" => Ok(ServerSide::Never),
            "auto" => Ok(ServerSide::Auto),
            other => Err(CliError::input(format!(
                "invalid/unknown release server-side apply method: {other}"
            ))),
        }
    }
}
