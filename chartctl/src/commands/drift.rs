//! `chartctl drift`.

use std::fmt::Write as _;
use std::time::Duration;

use actions::Drift;
use plan::{Difference, Drifted, What};
use serde::Serialize;
use value::Value;

use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::duration;
use crate::error::{CliError, Kind};
use crate::failure;
use crate::flags::OutputFlag;
use crate::operate::Operation;
use crate::output::{self, Format};

const USAGE: &str = "chartctl drift RELEASE [flags]";

/// The longest value that is shown to people, in characters.
const LONGEST: usize = 60;

/// Show what others have changed in the objects of a release
///
/// Compares the objects of the deployed revision with the cluster: which are missing, and which of their fields have
/// another value, since when, and by whom. Fields that the chart does not set do not count. What Secrets hold is not
/// shown.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl drift web -n prod
  chartctl drift web -n prod --correct
  chartctl drift web -n prod -o json --exit-code"
)]
pub(crate) struct Args {
    /// The release
    #[arg(value_name = "RELEASE")]
    name: Option<String>,
    /// Put in order what has drifted; no revision is made, and no hook runs
    #[arg(long)]
    correct: bool,
    /// Exit with code 1 when something has drifted and is not corrected
    #[arg(long)]
    exit_code: bool,
    /// How long putting things in order may take, as in 90s, 5m or 1h30m
    #[arg(long, value_name = "DURATION", default_value = "5m0s", value_parser = duration::parse)]
    timeout: Duration,
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Prints what has drifted, and puts it in order if that is asked for.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let [name] = arity::exactly(USAGE, [self.name.clone()], &self.extra)?;
        let report = cli::block_on(self.look(context, &name))?;
        context.ui.data(&match self.output.output {
            Format::Table => report.text(),
            Format::Json => output::json(&report)?,
            Format::Yaml => output::yaml(&report)?,
        })?;
        if self.exit_code && !report.drifted.is_empty() && !report.corrected {
            let text = format!("release {name} has drifted from revision {}", report.revision);
            return Err(CliError::new(Kind::Cluster, text));
        }
        Ok(())
    }

    async fn look(&self, context: &Context, name: &str) -> Result<Report, CliError> {
        let cluster = context.connect().await?;
        let namespace = cluster.default_namespace().to_owned();
        let options = plan::Options::default();
        let mut quiet = |_| {};
        let drift = actions::drift(&cluster, name, &namespace, &options, &mut quiet);
        let drift = drift.await.map_err(|error| failure::of_action(&error))?;
        let mut report = Report::new(&drift);
        if self.correct && !drift.drifted.is_empty() {
            let operation = Operation::begin(context, name, &namespace, self.timeout)
                .telling(self.output.output);
            let result = operation.run(&cluster, drift.correction).await;
            operation.finish();
            result.map_err(|error| failure::of_action(&error))?;
            report.corrected = true;
        }
        Ok(report)
    }
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Report {
    name: String,
    namespace: String,
    revision: u32,
    objects: usize,
    corrected: bool,
    drifted: Vec<Object>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    api_version: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    name: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
}

#[derive(Debug, Serialize)]
struct Field {
    path: String,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

impl Report {
    fn new(drift: &Drift) -> Self {
        Self {
            name: drift.revision.name.clone(),
            namespace: drift.revision.namespace.clone(),
            revision: drift.revision.version,
            objects: drift.objects,
            corrected: false,
            drifted: drift.drifted.iter().map(Object::from).collect(),
        }
    }

    /// Returns the report for people.
    fn text(&self) -> String {
        let (count, all) = (self.drifted.len(), self.objects);
        let mut out = format!("{}, revision {}: ", self.name, self.revision);
        if count == 0 {
            let _ok = writeln!(out, "all {all} objects are as recorded");
            return out;
        }
        let done =
            if self.corrected { "had drifted and are in order again" } else { "have drifted" };
        let _ok = writeln!(out, "{count} of {all} objects {done}");
        for object in &self.drifted {
            let place = object.namespace.as_ref().map(|of| format!("{of}/")).unwrap_or_default();
            let missing = if object.fields.is_empty() { " does not exist" } else { "" };
            let _ok = writeln!(out, "{} {place}{}{missing}", object.kind, object.name);
            for field in &object.fields {
                let _ok = writeln!(out, "  {}", field.text());
            }
        }
        out
    }
}

impl From<&Drifted> for Object {
    fn from(of: &Drifted) -> Self {
        let id = &of.object;
        Self {
            api_version: id.gvk.api_version(),
            kind: id.gvk.kind.clone(),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
            state: if of.is_missing() { "missing" } else { "changed" },
            fields: of.fields.iter().map(Field::from).collect(),
        }
    }
}

impl From<&Difference> for Field {
    fn from(of: &Difference) -> Self {
        let by = of.by.as_ref();
        Self {
            path: of.path.clone(),
            change: match (of.what, &of.live) {
                (What::Extra, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            },
            recorded: of.wanted.clone(),
            live: of.live.clone(),
            manager: by.map(|by| by.name.clone()),
            since: by.map(|by| by.since.clone()).filter(|since| !since.is_empty()),
        }
    }
}

impl Field {
    fn text(&self) -> String {
        let shown = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), short);
        let mut text = format!("{}: {} -> {}", self.path, shown(&self.recorded), shown(&self.live));
        if let Some(manager) = &self.manager {
            let _ok = write!(text, "  by {manager}");
        }
        if let Some(since) = &self.since {
            let _ok = write!(text, " at {since}");
        }
        text
    }
}

/// Returns a value as JSON, cut off where it is long.
fn short(value: &Value) -> String {
    let text = value::json::to_string(value);
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let field = |path: &str, live: Option<&str>| Field {
            path: path.to_owned(),
            change: "changed",
            recorded: Some(Value::from("a")),
            live: live.map(Value::from),
            manager: live.map(|_| "kubectl-edit".to_owned()),
            since: live.map(|_| "2026-11-21T10:00:00Z".to_owned()),
        };
        let object = |name: &str, fields| Object {
            api_version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            namespace: Some("prod".to_owned()),
            name: name.to_owned(),
            state: "changed",
            fields,
        };
        let fields = vec![field("data.word", Some("b")), field("data.more", None)];
        Report {
            name: "web".to_owned(),
            namespace: "prod".to_owned(),
            revision: 3,
            objects: 300,
            corrected: false,
            drifted: vec![object("one", fields), object("two", Vec::new())],
        }
    }

    #[test]
    fn people_read_what_was_changed_by_whom() {
        assert_eq!(
            report().text(),
            "web, revision 3: 2 of 300 objects have drifted\n\
             ConfigMap prod/one\n\
             \x20 data.word: \"a\" -> \"b\"  by kubectl-edit at 2026-11-21T10:00:00Z\n\
             \x20 data.more: \"a\" -> nothing\n\
             ConfigMap prod/two does not exist\n"
        );
        let nothing = Report { drifted: Vec::new(), ..report() };
        assert_eq!(nothing.text(), "web, revision 3: all 300 objects are as recorded\n");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(short(&Value::from("x".repeat(100))).chars().count(), LONGEST);
        assert_eq!(short(&Value::from("x")), "\"x\"");
    }
}
