//! `chartctl test`.

use std::fmt::Write as _;
use std::time::Duration;

use actions::{ActionError, HookLog, TestFilter};
use release::{ReleaseName, Revision};

use super::{describe, records};
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::operate::Operation;
use crate::{duration, failure};

const USAGE: &str = "chartctl test [RELEASE] [flags]";

/// Run the tests of a release
///
/// Tests are objects of the chart with the hook "test", mostly Pods and Jobs. They run one after the other, by weight
/// and name; the first one that fails ends the run.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl test web -n prod
  chartctl test web -n prod --filter name=web-connects --logs
  chartctl test web --filter '!name=web-is-slow' --timeout 1m"
)]
pub(crate) struct Args {
    /// The release
    #[arg(value_name = "RELEASE")]
    name: Option<String>,
    /// Run only these tests (name=TEST), or all but these (!name=TEST); repeat it or separate by commas
    #[arg(long, value_name = "FILTER", value_delimiter = ',')]
    filter: Vec<String>,
    /// Print what the containers of the test Pods printed
    #[arg(long)]
    logs: bool,
    /// Accepted, as in Helm 3: notes are never printed after tests
    #[arg(long)]
    hide_notes: bool,
    /// How long each test may take, as in 90s, 5m or 1h30m
    #[arg(long, value_name = "DURATION", default_value = "5m0s", value_parser = duration::parse)]
    timeout: Duration,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Runs the tests and prints how they went, whether they succeeded or not.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let [name] = arity::exactly(USAGE, [self.name.clone()], &self.extra)?;
        if ReleaseName::parse(&name).is_err() {
            return Err(CliError::input(format!("releaseTest: Release name is invalid: {name}")));
        }
        let (revision, logs, result) = cli::block_on(self.test(context, &name))?;
        let parts = describe::Parts {
            hide_notes: true,
            everything: context.debug,
            ..describe::Parts::default()
        };
        let mut text = describe::block(&revision, &parts, context.ui.stdout_paint())?;
        if self.logs {
            text.push_str(&pod_logs(&logs));
        }
        context.ui.data(&text)?;
        result.map_err(|error| failure::of_action(&error))
    }

    /// Returns the record as it is afterwards, what was printed, and how it ended.
    async fn test(
        &self,
        context: &Context,
        name: &str,
    ) -> Result<(Revision, Vec<HookLog>, Result<(), ActionError>), CliError> {
        let cluster = context.connect().await?;
        let namespace = cluster.default_namespace().to_owned();
        let prepared =
            match actions::prepare_test(&cluster, name, &namespace, &filter(&self.filter)).await {
                Err(ActionError::NotFound) => return Err(records::not_found(name, &namespace)),
                prepared => prepared.map_err(|error| failure::of_action(&error))?,
            };
        let version = prepared.plan.target.version;
        let operation =
            Operation::begin(context, name, &namespace, self.timeout).with_test_logs(self.logs);
        let result = operation.run(&cluster, prepared).await.map(drop);
        operation.finish();
        let revision = records::record(context, name, i64::from(version)).await?.revision;
        Ok((revision, operation.logs(), result))
    }
}

/// Reads the filters; what is none of them means nothing, as in Helm.
fn filter(words: &[String]) -> TestFilter {
    let mut filter = TestFilter::default();
    for word in words {
        if let Some(name) = word.strip_prefix("name=") {
            filter.include.push(name.to_owned());
        } else if let Some(rest) = word.strip_prefix('!') {
            let rest = rest.strip_prefix(|c: char| c.is_ascii_whitespace()).unwrap_or(rest);
            filter.exclude.extend(rest.strip_prefix("name=").map(str::to_owned));
        }
    }
    filter
}

/// Returns the logs as Helm prints them, an empty line in front.
fn pod_logs(logs: &[HookLog]) -> String {
    logs.iter().fold("\n".to_owned(), |mut out, log| {
        let _ok = writeln!(out, "POD LOGS: {} ({})\n{}", log.pod, log.container, log.text);
        out
    })
}

#[cfg(test)]
mod tests {
    use actions::{HookLog, LogReason};

    use super::{filter, pod_logs};

    #[test]
    fn filters_are_read_as_helm_reads_them() {
        let check = |words: &[&str], include: &[&str], exclude: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            let found = filter(&words);
            assert_eq!((found.include, found.exclude), {
                let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
                (own(include), own(exclude))
            });
        };
        check(&["name=a", "name=b"], &["a", "b"], &[]);
        check(&["!name=a", "! name=b"], &[], &["a", "b"]);
        check(&["a", "!a", "kind=Pod", "!  name=a"], &[], &[]);
    }

    #[test]
    fn logs_are_headed_by_pod_and_container() {
        let log = HookLog {
            reason: LogReason::Test,
            pod: "web-test".to_owned(),
            container: "curl".to_owned(),
            text: "200 OK\n".to_owned(),
        };
        assert_eq!(pod_logs(&[log]), "\nPOD LOGS: web-test (curl)\n200 OK\n\n");
    }
}
