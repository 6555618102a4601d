//! `chartctl explain values`.

use std::fmt::Write as _;

use chart::{Origin, Origins};
use serde::Serialize;
use value::origin::{at, dotted, parse_path};
use value::{Place, Value};

use super::super::source::DownloadFlags;
use crate::cli::Context;
use crate::error::CliError;
use crate::failure;
use crate::flags::OutputFlag;
use crate::output::{self, Cell, Format, Table};
use crate::ui::Tone;
use crate::values::ValueFlags;

/// How many characters of a value are shown in a table.
const WIDTH: usize = 40;

/// Say which file or flag sets each value that templates see, and what it overrides
///
/// Values of subcharts stand below their names. Without a PATH all values are listed with who sets them; of
/// the values at a PATH, or in the map there, everybody is named who sets them, the one that counts first.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "chartctl explain values CHART [PATH]... [flags]",
    after_long_help = "\
Examples:
  chartctl explain values ./web image.tag -f base.yaml -f prod.yaml --set image.tag=1.4.2
  chartctl explain values ./web -f prod.yaml -o json"
)]
pub(super) struct Args {
    /// The chart
    #[arg(value_name = "CHART", value_hint = clap::ValueHint::AnyPath)]
    chart: String,
    /// Paths of values, as in image.tag or hosts[0].name
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    values: ValueFlags,
    #[command(flatten)]
    download: DownloadFlags,
    #[command(flatten)]
    output: OutputFlag,
}

/// A value and who sets it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// Who sets it, the one that counts first.
    set_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_by: Option<String>,
}

impl Args {
    /// Prints the values.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let source = self.download.locate(&self.chart)?;
        let sources = self.values.sources()?;
        let chart = source.load()?;
        let resolved = chart::resolve(&chart, sources.value()).map_err(|e| failure::of(&e))?;
        let origins =
            Origins::new(&chart, sources.value(), &sources).map_err(|e| failure::of(&e))?;
        let in_full = !self.paths.is_empty();
        let values = Values { tree: &resolved.values, origins: &origins, in_full };
        let mut rows = Vec::new();
        if self.paths.is_empty() {
            values.leaves(&resolved.values, &mut Vec::new(), &mut rows);
        }
        for path in &self.paths {
            values.explain(path, &mut rows)?;
        }
        context.ui.data(&match self.output.output {
            Format::Json => output::json(&rows)?,
            Format::Yaml => output::yaml(&rows)?,
            Format::Table => match rows.as_slice() {
                [row] => block(row),
                rows => table(rows).render(context.ui.stdout_paint()),
            },
        })
    }
}

/// Values of which rows are made.
struct Values<'v> {
    tree: &'v Value,
    origins: &'v Origins,
    /// Whether overridden places are told too.
    in_full: bool,
}

impl Values<'_> {
    /// Adds a row for a value, or for all values of a map.
    fn explain(&self, path: &str, rows: &mut Vec<Row>) -> Result<(), CliError> {
        let keys = parse_path(path);
        let steps: Vec<&str> = keys.iter().map(String::as_str).collect();
        if let Some(value) = at(self.tree, &steps) {
            self.leaves(value, &mut keys.clone(), rows);
            return Ok(());
        }
        let origin = self.origins.of(&steps);
        if origin.deleted_by.is_none() {
            return Err(self.unknown(path, &steps));
        }
        rows.push(Row::new(path.to_owned(), None, &origin));
        Ok(())
    }

    fn unknown(&self, path: &str, steps: &[&str]) -> CliError {
        let error = CliError::input(format!("nothing sets the value {path}"));
        let near = steps.split_last().and_then(|(last, above)| {
            let keys = at(self.tree, above)?.as_map()?.keys().map(AsRef::as_ref);
            let near = funcs::nearest(last, keys)?;
            Some(above.iter().copied().chain([near]).collect::<Vec<_>>())
        });
        match near {
            Some(near) => error.hint(format!("did you mean {}?", dotted(&near, self.tree))),
            None => error.hint("without a path all values are listed"),
        }
    }

    fn leaves(&self, value: &Value, path: &mut Vec<String>, rows: &mut Vec<Row>) {
        if let Some(map) = value.as_map().filter(|map| !map.is_empty()) {
            for (key, value) in map {
                path.push(key.to_string());
                self.leaves(value, path, rows);
                path.pop();
            }
            return;
        }
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        let origin = if self.in_full {
            self.origins.of(&steps)
        } else {
            let places = self.origins.winner(&steps).into_iter().collect();
            Origin { places, deleted_by: None }
        };
        rows.push(Row::new(dotted(&steps, self.tree), Some(value.clone()), &origin));
    }
}

impl Row {
    fn new(path: String, value: Option<Value>, origin: &Origin) -> Self {
        Self {
            path,
            value,
            set_by: origin.places.iter().map(Place::to_string).collect(),
            deleted_by: origin.deleted_by.as_ref().map(Place::to_string),
        }
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::with_heads(&["PATH", "VALUE", "SET BY"]);
    for row in rows {
        let value = row.value.as_ref().map(short).unwrap_or_default();
        let by = match (&row.deleted_by, row.set_by.first()) {
            (Some(by), _) => format!("deleted by {by}"),
            (None, Some(by)) => by.clone(),
            (None, None) => "chartctl".to_owned(),
        };
        table.row([Cell::from(row.path.clone()), Cell::from(value), Cell::toned(by, Tone::Faint)]);
    }
    table
}

/// Returns a value as JSON, cut to a width that fits into a table.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Returns what is said about a single value.
fn block(row: &Row) -> String {
    let mut out = match (&row.value, &row.deleted_by) {
        (Some(value), _) => format!("{} = {value}\n", row.path),
        (None, by) => {
            let by = by.as_deref().unwrap_or("somebody");
            format!("{} is not set: the null in {by} deletes it\n", row.path)
        }
    };
    let width = row.set_by.iter().map(String::len).max().unwrap_or_default();
    for (number, by) in row.set_by.iter().enumerate() {
        let what = if number == 0 { "wins" } else { "overridden" };
        let _ok = writeln!(out, "  {}  {by:<width$}  {what}", number + 1);
    }
    out
}
