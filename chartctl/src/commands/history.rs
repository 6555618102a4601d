//! `chartctl history`.

use jiff::Timestamp;
use release::{Entry, ReleaseName, Status};
use serde::Serialize;

use super::describe::{local, status_tone};
use super::records;
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::flags::OutputFlag;
use crate::output::{self, Cell, Format, Table};
use crate::{gotime, pflag};

const USAGE: &str = "chartctl history RELEASE_NAME [flags]";

/// Show the revisions of a release, oldest first
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl history web -n prod
  chartctl history web --max 5 -o json"
)]
pub(crate) struct Args {
    /// The release
    #[arg(value_name = "RELEASE_NAME")]
    name: Option<String>,
    /// Show at most this many revisions, the newest ones
    #[arg(long, value_name = "COUNT", default_value = "256", value_parser = pflag::integer)]
    max: i64,
    /// Add a column with the revision that a rollback went back to
    #[arg(long)]
    show_rollback_revision: bool,
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    extra: Extra,
}

impl Args {
    /// Prints the history.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let [name] = arity::exactly(USAGE, [self.name], &self.extra)?;
        if ReleaseName::parse(&name).is_err() {
            return Err(CliError::input(format!("release name is invalid: {name}")));
        }
        let history = cli::block_on(records::history(context, &name))?;
        let skip =
            usize::try_from(self.max).map_or(0, |max| history.entries().len().saturating_sub(max));
        let rows: Vec<Row> = history.entries().iter().skip(skip).map(Row::of).collect();
        context.ui.data(&match self.output.output {
            Format::Table => {
                table(&rows, self.show_rollback_revision).render(context.ui.stdout_paint())
            }
            Format::Json => output::json(&rows)?,
            Format::Yaml => output::yaml(&rows)?,
        })
    }
}

/// One revision, with Helm's JSON keys.
#[derive(Debug, Serialize)]
struct Row {
    revision: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
    status: &'static str,
    chart: String,
    app_version: String,
    #[serde(skip_serializing_if = "is_zero")]
    rollback_revision: u32,
    description: String,
    #[serde(skip)]
    time: Option<Timestamp>,
    #[serde(skip)]
    state: Status,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Row {
    fn of(entry: &Entry) -> Self {
        let state = entry.status();
        match entry {
            Entry::Good(record) => {
                let revision = &record.revision;
                let time = revision.info.last_deployed;
                Self {
                    revision: revision.version,
                    updated: time.map(|time| gotime::format(&local(time), gotime::RFC3339_NANO)),
                    status: state.as_str(),
                    chart: chart_name(&revision.chart),
                    app_version: app_version(&revision.chart),
                    rollback_revision: revision.info.rollback_revision,
                    description: revision.info.description.clone(),
                    time,
                    state,
                }
            }
            Entry::Damaged(damaged) => Self {
                description: format!("damaged: {}", damaged.why),
                ..Self::unread(damaged.version, state)
            },
            Entry::Closed(closed) => Self::unread(closed.version, state),
        }
    }

    /// What is known of a revision without its record.
    fn unread(revision: u32, state: Status) -> Self {
        Self {
            revision,
            updated: None,
            status: state.as_str(),
            chart: MISSING.to_owned(),
            app_version: MISSING.to_owned(),
            rollback_revision: 0,
            description: String::new(),
            time: None,
            state,
        }
    }
}

/// What Helm prints where a record has no chart.
const MISSING: &str = "MISSING";

/// Returns `name-version` of a stored chart.
pub(super) fn chart_name(chart: &release::StoredChart) -> String {
    if chart.metadata.is_null() {
        return MISSING.to_owned();
    }
    format!("{}-{}", chart.name(), chart.version())
}

/// Returns the application version of a stored chart.
pub(super) fn app_version(chart: &release::StoredChart) -> String {
    if chart.metadata.is_null() { MISSING.to_owned() } else { chart.app_version().to_owned() }
}

fn table(rows: &[Row], rollback: bool) -> Table {
    let mut heads = vec!["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
    if rollback {
        heads.push("ROLLBACK");
    }
    heads.push("DESCRIPTION");
    let mut table = Table::with_heads(&heads);
    for row in rows {
        let updated =
            row.time.map(|time| gotime::format(&local(time), gotime::ANSIC)).unwrap_or_default();
        let mut cells: Vec<Cell> = vec![
            row.revision.to_string().into(),
            updated.into(),
            Cell::toned(row.status, status_tone(row.state)),
            row.chart.as_str().into(),
            row.app_version.as_str().into(),
        ];
        if rollback {
            let revision = row.rollback_revision;
            cells.push(if revision == 0 { String::new() } else { revision.to_string() }.into());
        }
        cells.push(row.description.as_str().into());
        table.row(cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use release::{Damaged, Entry, Info, Record, Revision, Status};

    use super::{Row, table};
    use crate::output;
    use crate::ui::Paint;

    fn rows() -> Vec<Row> {
        let good = Record {
            revision: Revision {
                version: 1,
                info: Info {
                    last_deployed: "2026-11-21T03:12:53Z".parse().ok(),
                    description: "Rollback to 1".to_owned(),
                    rollback_revision: 1,
                    status: Status::Deployed,
                    ..Info::default()
                },
                chart: serde_json::from_str(
                    r#"{"metadata":{"name":"web","version":"1.0.0","appVersion":"2"}}"#,
                )
                .unwrap(),
                ..Revision::default()
            },
            ..Record::default()
        };
        let damaged = Damaged { version: 2, status: Status::Failed, why: "no base64".to_owned() };
        vec![Row::of(&good.into()), Row::of(&Entry::Damaged(damaged))]
    }

    #[test]
    fn the_table_has_helms_columns() {
        let text = table(&rows(), false).render(Paint::OFF);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with(
                "REVISION\tUPDATED                 \tSTATUS  \tCHART    \tAPP VERSION\t"
            ),
            "{text}"
        );
        assert!(lines[1].contains("\tdeployed\tweb-1.0.0\t2          \tRollback to 1"), "{text}");
        assert!(
            lines[2].contains("\tfailed  \tMISSING  \tMISSING    \tdamaged: no base64"),
            "{text}"
        );
        assert!(table(&rows(), true).render(Paint::OFF).contains("\tROLLBACK\t"));
    }

    #[test]
    fn json_has_helms_keys() {
        let text = output::json(&rows()).unwrap();
        assert!(text.starts_with(r#"[{"revision":1,"updated":"2026-"#), "{text}");
        assert!(text.contains(
            r#""status":"deployed","chart":"web-1.0.0","app_version":"2","rollback_revision":1,"#
        ));
        assert!(text.contains(r#"{"revision":2,"status":"failed","chart":"MISSING","#), "{text}");
    }
}
