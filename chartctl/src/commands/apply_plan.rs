//! `chartctl apply-plan`.

use plan::Action;

use super::deploy;
use super::describe::{self, Parts};
use super::plan_file::PlanFile;
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::duration;
use crate::error::CliError;
use crate::failure;
use crate::flags::OutputFlag;
use crate::operate::Operation;
use crate::output::{self, Format};

const USAGE: &str = "chartctl apply-plan FILE [flags]";

/// Carry out a plan that install or upgrade has saved with --save-plan
///
/// What was planned is done and nothing else. The plan is refused if it was made for another cluster, if the release has
/// a revision since, or if an object that it touches has changed since. The file holds what Secrets hold.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl upgrade web ./web -n prod -f prod.yaml --save-plan web.plan
  chartctl apply-plan web.plan"
)]
pub(crate) struct Args {
    /// The file
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<String>,
    /// How long each wait may take, as in 90s, 5m or 1h30m
    #[arg(long, value_name = "DURATION", default_value = "5m0s", value_parser = duration::parse)]
    timeout: std::time::Duration,
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Carries the plan out.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let [path] = arity::exactly(USAGE, [self.file.clone()], &self.extra)?;
        let file = PlanFile::read(&path)?;
        let (name, namespace) = (file.plan.target.name.clone(), file.plan.target.namespace.clone());
        if let Some(asked) = context.namespace().filter(|asked| *asked != namespace) {
            return Err(CliError::input(format!(
                "the plan is for namespace {namespace:?}, not for {asked:?}"
            )));
        }
        let head = match file.plan.action {
            Action::Upgrade => format!("Release {name:?} has been upgraded. Happy Helming!\n"),
            _ => String::new(),
        };
        let revision = cli::block_on(async {
            let cluster = context.connect().await?;
            file.check(&cluster).await?;
            let operation = Operation::begin(context, &name, &namespace, self.timeout);
            let undo = file.undo;
            let done = deploy::carry_out(&operation, &cluster, file.into_prepared(), undo).await;
            operation.finish();
            done.map_err(|error| failure::of_action(&error))
        })?;
        let text = match self.output.output {
            Format::Table => {
                let block =
                    describe::block(&revision, &Parts::default(), context.ui.stdout_paint())?;
                format!("{head}{block}")
            }
            Format::Json => output::json(&revision)?,
            Format::Yaml => output::yaml(&revision)?,
        };
        context.ui.data(&text)
    }
}
