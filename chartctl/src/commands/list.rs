//! `chartctl list`.

use std::collections::BTreeMap;

use cluster::RecordMeta;
use cluster::storage::Glance;
use jiff::Timestamp;
use regex::Regex;
use release::Status;
use serde::Serialize;

use super::describe::{local, status_tone};
use super::history::{app_version, chart_name};
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::flags::OutputFlag;
use crate::output::{self, Cell, Format, Table};
use crate::selector::Selector;
use crate::{failure, gotime, pflag};

const USAGE: &str = "chartctl list [flags]";

/// List the releases of a namespace, or of all namespaces
///
/// Each release is shown with its newest revision, whatever its state, unless a state is asked for.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl list -A
  chartctl list -n prod --filter '^web' -o json
  chartctl list -A --failed --pending"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(crate) struct Args {
    /// List the releases of all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Only releases whose name matches this regular expression
    #[arg(short = 'f', long, value_name = "REGEX", default_value = "", hide_default_value = true)]
    filter: String,
    /// Only releases whose record has these labels, as in team=web,tier!=test
    #[arg(
        short = 'l',
        long,
        value_name = "SELECTOR",
        default_value = "",
        hide_default_value = true
    )]
    selector: Selector,
    /// Show nothing but the names
    #[arg(short = 'q', long)]
    short: bool,
    /// Leave out the line of heads
    #[arg(long)]
    no_headers: bool,
    /// Print times by this layout of Go, as in "2006-01-02 15:04:05"
    #[arg(long, value_name = "LAYOUT", default_value = "", hide_default_value = true)]
    time_format: String,
    /// Sort by date, oldest first
    #[arg(short, long)]
    date: bool,
    /// Reverse the order
    #[arg(short, long)]
    reverse: bool,
    /// Show at most this many releases; 0 is no limit
    #[arg(short, long, value_name = "COUNT", default_value = "256", value_parser = pflag::integer)]
    max: i64,
    /// Skip this many releases first
    #[arg(long, value_name = "COUNT", default_value = "0", value_parser = pflag::integer)]
    offset: i64,
    /// Show releases of every state, which is the default
    #[arg(short, long, hide_short_help = true)]
    all: bool,
    #[command(flatten)]
    states: States,
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    extra: Extra,
}

/// The states that are asked for; none of them means all.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[command(next_help_heading = "States")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
struct States {
    /// Releases that are deployed
    #[arg(long)]
    deployed: bool,
    /// Releases that failed
    #[arg(long)]
    failed: bool,
    /// Releases that are being installed, upgraded or rolled back
    #[arg(long)]
    pending: bool,
    /// Releases whose revisions are superseded
    #[arg(long)]
    superseded: bool,
    /// Releases that are uninstalled and kept in history
    #[arg(long)]
    uninstalled: bool,
    /// Releases that are being uninstalled
    #[arg(long)]
    uninstalling: bool,
}

impl States {
    fn any(self) -> bool {
        let Self { deployed, failed, pending, superseded, uninstalled, uninstalling } = self;
        deployed || failed || pending || superseded || uninstalled || uninstalling
    }

    fn only_superseded(self) -> bool {
        self.superseded && !Self { superseded: false, ..self }.any()
    }

    /// Returns whether a release in this state is shown. Helm never shows `unknown`.
    fn show(self, status: Status) -> bool {
        let all = !self.any();
        match status {
            Status::Unknown => false,
            Status::Deployed => all || self.deployed,
            Status::Failed => all || self.failed,
            Status::PendingInstall | Status::PendingUpgrade | Status::PendingRollback => {
                all || self.pending
            }
            Status::Superseded => all || self.superseded,
            Status::Uninstalled => all || self.uninstalled,
            Status::Uninstalling => all || self.uninstalling,
        }
    }
}

/// One release, with Helm's JSON keys.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    namespace: String,
    revision: String,
    updated: String,
    status: &'static str,
    chart: String,
    app_version: String,
    #[serde(skip)]
    state: Status,
}

impl Args {
    /// Prints the releases.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        arity::at_most(USAGE, 0, &self.extra)?;
        let filter = Regex::new(&self.filter).map_err(|error| bad_filter(&self.filter, &error))?;
        let found = cli::block_on(self.found(context, &filter))?;
        let rows: Vec<Row> = found.iter().map(|found| self.row(found)).collect();
        context.ui.data(&self.print(&rows, context)?)
    }

    /// Lists records without their contents and then reads only those that are shown; sorting by date needs
    /// them all.
    async fn found(&self, context: &Context, filter: &Regex) -> Result<Vec<Glance>, CliError> {
        let cluster = context.connect().await?;
        let namespace = (!self.all_namespaces).then(|| cluster.default_namespace().to_owned());
        let storage = cluster.storage();
        let all =
            storage.list(namespace.as_deref(), None).await.map_err(|error| failure::of(&error))?;
        let mut known: BTreeMap<Status, usize> = BTreeMap::new();
        for record in &all {
            *known.entry(record.status).or_default() += 1;
        }
        let selected = self.select(all, filter);
        let read = async |records: Vec<RecordMeta>| {
            let found = storage.glance(namespace.as_deref(), &records, &known).await;
            found.map_err(|error| failure::of(&error))
        };
        if self.date {
            let mut found = read(selected).await?;
            found.sort_by(|a, b| {
                time(a).cmp(&time(b)).then_with(|| a.0.key.name.cmp(&b.0.key.name))
            });
            return Ok(self.page(found));
        }
        read(self.page(selected)).await
    }

    /// Applies the filters in Helm's order; the result is sorted by name.
    fn select(&self, mut records: Vec<RecordMeta>, filter: &Regex) -> Vec<RecordMeta> {
        records.retain(|record| filter.is_match(&record.key.name));
        if !self.states.only_superseded() {
            records = cluster::storage::newest(records);
        }
        records.retain(|record| {
            self.states.show(record.status) && self.selector.matches(&record.labels)
        });
        records.sort_by(|a, b| {
            let key = |record: &RecordMeta| {
                (record.key.name.clone(), record.key.namespace.clone(), record.key.version)
            };
            key(a).cmp(&key(b))
        });
        records
    }

    /// Applies order and limits.
    fn page<T>(&self, mut sorted: Vec<T>) -> Vec<T> {
        if self.reverse {
            sorted.reverse();
        }
        let offset = usize::try_from(self.offset).unwrap_or(0);
        let max = usize::try_from(self.max).ok().filter(|max| *max > 0).unwrap_or(usize::MAX);
        sorted.into_iter().skip(offset).take(max).collect()
    }

    fn row(&self, found: &Glance) -> Row {
        let (record, seen) = found;
        let layout = if self.time_format.is_empty() { gotime::DEFAULT } else { &self.time_format };
        let chart = seen.as_ref().ok().map(|skimmed| &skimmed.chart);
        let missing = || "MISSING".to_owned();
        Row {
            name: record.key.name.clone(),
            namespace: record.key.namespace.clone(),
            revision: record.key.version.to_string(),
            updated: time(found)
                .map_or_else(|| "-".to_owned(), |time| gotime::format(&local(time), layout)),
            status: record.status.as_str(),
            chart: chart.map_or_else(missing, chart_name),
            app_version: chart.map_or_else(missing, app_version),
            state: record.status,
        }
    }

    fn print(&self, rows: &[Row], context: &Context) -> Result<String, CliError> {
        let names = || rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>();
        Ok(match (self.output.output, self.short) {
            (Format::Table, true) => names().iter().flat_map(|name| [name, "\n"]).collect(),
            (Format::Table, false) => self.table(rows).render(context.ui.stdout_paint()),
            (Format::Json, true) => output::json(&names())?,
            (Format::Json, false) => output::json(&rows)?,
            (Format::Yaml, true) => output::yaml(&names())?,
            (Format::Yaml, false) => output::yaml(&rows)?,
        })
    }

    fn table(&self, rows: &[Row]) -> Table {
        let heads = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
        let mut table = if self.no_headers { Table::new() } else { Table::with_heads(&heads) };
        for row in rows {
            table.row([
                row.name.as_str().into(),
                row.namespace.as_str().into(),
                row.revision.as_str().into(),
                row.updated.as_str().into(),
                Cell::toned(row.status, status_tone(row.state)),
                row.chart.as_str().into(),
                row.app_version.as_str().into(),
            ]);
        }
        table
    }
}

fn bad_filter(filter: &str, error: &regex::Error) -> CliError {
    let why = error.to_string();
    let last = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    CliError::input(format!("error parsing regexp: {last}: `{filter}`"))
}

fn time((_, seen): &Glance) -> Option<Timestamp> {
    seen.as_ref().ok()?.info.last_deployed
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use cluster::RecordMeta;
    use cluster::storage::RecordKey;
    use regex::Regex;
    use release::{Revision, Skimmed, Status};

    use super::Args;
    use crate::ui::Paint;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(line: &str) -> Args {
        Line::parse_from(format!("list {line}").split_whitespace()).args
    }

    fn record(name: &str, version: u32, status: Status) -> RecordMeta {
        let labels = [("name", name), ("team", if name == "db" { "blue" } else { "red" })];
        RecordMeta {
            key: RecordKey::new("prod", name, version),
            status,
            labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            annotations: [].into(),
            resource_version: String::new(),
            uid: String::new(),
        }
    }

    fn check(line: &str, expected: &str) {
        let records = vec![
            record("web", 9, Status::Superseded),
            record("web", 10, Status::Deployed),
            record("db", 1, Status::Failed),
            record("cache", 2, Status::PendingUpgrade),
            record("odd", 1, Status::Unknown),
            record("app", 3, Status::Uninstalled),
        ];
        let args = args(line);
        let filter = Regex::new(&args.filter).unwrap();
        let shown = args.page(args.select(records, &filter));
        let shown: Vec<String> = shown
            .iter()
            .map(|record| format!("{}{}", record.key.name, record.key.version))
            .collect();
        assert_eq!(shown.join(" "), expected, "{line}");
    }

    #[test]
    fn releases_are_selected_as_helm_selects_them() {
        check("", "app3 cache2 db1 web10");
        check("-r", "web10 db1 cache2 app3");
        check("-m 2 --offset 1", "cache2 db1");
        check("-m 0", "app3 cache2 db1 web10");
        check("-f ^(web|db)$", "db1 web10");
        check("--failed --pending", "cache2 db1");
        check("--superseded", "web9");
        check("--superseded --deployed", "web10");
        check("--uninstalled", "app3");
        check("-l team=blue", "db1");
        check("-l team!=blue,name", "app3 cache2 web10");
    }

    #[test]
    fn the_table_has_helms_columns_and_damaged_records() {
        let args = args("");
        let revision: Revision = serde_json::from_str(
            r#"{"name":"web","version":10,"info":{"status":"deployed"},
                "chart":{"metadata":{"name":"web","version":"1.0.0","appVersion":"2"}}}"#,
        )
        .unwrap();
        let good = Ok(Skimmed { info: revision.info, chart: revision.chart });
        let bad = Err("x".to_owned());
        let rows = [
            args.row(&(record("web", 10, Status::Deployed), good)),
            args.row(&(record("db", 1, Status::Failed), bad)),
        ];
        assert_eq!(
            args.table(&rows).render(Paint::OFF),
            "NAME\tNAMESPACE\tREVISION\tUPDATED\tSTATUS  \tCHART    \tAPP VERSION\n\
             web \tprod     \t10      \t-      \tdeployed\tweb-1.0.0\t2          \n\
             db  \tprod     \t1       \t-      \tfailed  \tMISSING  \tMISSING    \n"
        );
    }
}
