//! `chartctl rollback`.

use actions::{ActionError, RollbackOptions};
use release::ReleaseName;

use super::deploy;
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::flags::{DryRun, DryRunFlag, ServerSideFlag, UpdateFlags, WaitFlags};
use crate::operate::Operation;
use crate::ui::Ui;
use crate::{failure, pflag};

const USAGE: &str = "chartctl rollback RELEASE [REVISION] [flags]";
/// How long a description may be, in characters, as in Helm.
const DESCRIPTION: usize = 256;

/// Go back to an earlier revision of a release
///
/// The objects of that revision are applied again, as a new revision. Without REVISION, or with 0, it is the one
/// before the newest.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl rollback web -n prod
  chartctl rollback web 3 -n prod --wait --timeout 2m"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(crate) struct Args {
    /// The release
    #[arg(value_name = "RELEASE")]
    name: Option<String>,
    /// The revision to go back to
    #[arg(value_name = "REVISION")]
    revision: Option<String>,
    #[command(flatten)]
    wait: WaitFlags,
    /// With --wait, also wait until every Job is complete
    #[arg(long)]
    wait_for_jobs: bool,
    #[command(flatten)]
    dry_run: DryRunFlag,
    /// Say this in the history instead of "Rollback to N"
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    update: UpdateFlags,
    #[command(flatten)]
    server_side: ServerSideFlag,
    /// When the rollback fails, delete what it created
    #[arg(long)]
    cleanup_on_fail: bool,
    #[arg(long, hide = true)]
    recreate_pods: bool,
    /// Do not run hooks
    #[arg(long)]
    no_hooks: bool,
    /// Keep at most this many revisions; 0 keeps all [default: 10] [env: HELM_MAX_HISTORY]
    #[arg(long, value_name = "COUNT", value_parser = pflag::integer)]
    history_max: Option<i64>,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Rolls the release back.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        arity::at_most(USAGE, 2, &self.extra)?;
        let Some(name) = self.name.clone() else { return Err(arity::too_few(USAGE, 1)) };
        let options = self.options(context)?;
        let dry_run = self.dry_run.mode(context.ui)? != DryRun::None;
        if ReleaseName::parse(&name).is_err() {
            return Err(CliError::input(format!(
                "prepareRollback: Release name is invalid: {name}"
            )));
        }
        cli::block_on(self.roll_back(context, &name, &options, dry_run))?;
        context.ui.data("Rollback was a success! Happy Helming!\n")
    }

    fn options(&self, context: &Context) -> Result<RollbackOptions, CliError> {
        let server_side = self.server_side.read()?;
        self.update.check(context.ui, server_side)?;
        self.wait.check()?;
        warn_of_pods(context.ui, self.recreate_pods);
        let revision = revision(self.revision.as_deref())?;
        let description = self.description.clone().filter(|text| !text.is_empty());
        let length = description.as_deref().map_or(0, |text| text.chars().count());
        if length > DESCRIPTION {
            return Err(CliError::input(format!(
                "description must be {DESCRIPTION} characters or less, got {length}"
            )));
        }
        let mut plan = plan::Options {
            wait: self.wait.what(false, self.wait_for_jobs, context.ui),
            readiness_timeout: self.wait.readiness_timeout(),
            hooks: !self.no_hooks,
            cleanup: self.cleanup_on_fail,
            description,
            ..plan::Options::default()
        };
        self.update.put(server_side, &mut plan);
        Ok(RollbackOptions {
            revision,
            plan,
            max_history: deploy::max_history(self.history_max, context),
            inputs: None,
            others: actions::Others::Watch,
        })
    }

    async fn roll_back(
        &self,
        context: &Context,
        name: &str,
        options: &RollbackOptions,
        dry_run: bool,
    ) -> Result<(), CliError> {
        let cluster = context.connect().await?;
        let namespace = cluster.default_namespace().to_owned();
        let operation = Operation::begin(context, name, &namespace, self.wait.timeout);
        let mut events = operation.events();
        let result: Result<(), ActionError> = async {
            let prepare =
                actions::prepare_rollback(&cluster, name, &namespace, options, &mut events);
            let prepared = operation.prepare(prepare).await?;
            operation.warn(&prepared.warnings);
            if !dry_run {
                operation.run(&cluster, prepared).await?;
            }
            Ok(())
        }
        .await;
        operation.finish();
        result.map_err(|error| failure::of_action(&error))
    }
}

/// Says that `--recreate-pods` of Helm 3 does nothing.
pub(super) fn warn_of_pods(ui: Ui, given: bool) {
    if given {
        ui.warn(
            "--recreate-pods: pods are not restarted for its own sake, only where their template changes; use 'kubectl \
             rollout restart' for that",
        );
    }
}

/// Reads the revision; `None` is the one before the newest.
pub(super) fn revision(text: Option<&str>) -> Result<Option<u32>, CliError> {
    let Some(text) = text else { return Ok(None) };
    let number: i64 = text.parse().map_err(|_| {
        CliError::input(format!(
            "could not convert revision to a number: strconv.Atoi: parsing {text:?}: invalid syntax"
        ))
    })?;
    match u32::try_from(number) {
        Ok(0) => Ok(None),
        Ok(number) => Ok(Some(number)),
        Err(_) if number < 0 => Err(CliError::input("invalid release revision")),
        Err(_) => Err(CliError::input(format!("release has no {number} version"))),
    }
}

#[cfg(test)]
mod tests {
    use super::revision;

    #[test]
    fn revisions_are_numbers_and_zero_is_the_one_before() {
        assert_eq!(revision(None).unwrap(), None);
        assert_eq!(revision(Some("0")).unwrap(), None);
        assert_eq!(revision(Some("12")).unwrap(), Some(12));
        assert_eq!(revision(Some("-1")).unwrap_err().text(), "invalid release revision");
        assert!(
            revision(Some("x"))
                .unwrap_err()
                .text()
                .starts_with("could not convert revision to a number: ")
        );
    }
}
