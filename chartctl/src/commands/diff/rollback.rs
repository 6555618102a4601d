//! `chartctl diff rollback`.

use actions::RollbackOptions;

use super::flags::DiffFlags;
use super::{of_plan, report};
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::commands::rollback;
use crate::error::CliError;
use crate::failure;

const USAGE: &str = "chartctl diff rollback RELEASE [REVISION] [flags]";

/// Show what a rollback would change in the cluster
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl diff rollback web -n prod
  chartctl diff rollback web 3 -n prod --detailed-exitcode"
)]
pub(super) struct Args {
    /// The release
    #[arg(value_name = "RELEASE")]
    name: Option<String>,
    /// The revision to go back to [default: the one before the newest]
    #[arg(value_name = "REVISION")]
    revision: Option<String>,
    #[command(flatten)]
    flags: DiffFlags,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Prints the differences.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        arity::at_most(USAGE, 2, &self.extra)?;
        let Some(name) = self.name.as_deref() else { return Err(arity::too_few(USAGE, 1)) };
        let how = self.flags.how(context)?;
        let options = RollbackOptions {
            revision: rollback::revision(self.revision.as_deref())?,
            plan: plan::Options {
                conflicts: plan::Conflicts::AsBefore,
                ..plan::Options::default()
            },
            max_history: 0,
            inputs: None,
            others: actions::Others::Refuse,
        };
        let (found, namespace) = cli::block_on(async {
            let cluster = context.connect().await?;
            let namespace = cluster.default_namespace().to_owned();
            let mut events = |_| {};
            let prepared =
                actions::prepare_rollback(&cluster, name, &namespace, &options, &mut events);
            let plan = Box::pin(prepared).await.map_err(|error| failure::of_action(&error))?.plan;
            let history = cluster.storage().history(&namespace, name).await;
            let history = history.map_err(|error| failure::of(&error))?;
            let old = history.last_good().map(|record| record.revision.clone()).unwrap_or_default();
            let found = of_plan(&cluster, &plan, &old, self.flags.hooks(), how.secrets).await?;
            Ok((found, namespace))
        })?;
        report::print(context, &how, &namespace, found)
    }
}
