//! `-o table|json|yaml`: how results look on stdout.

use serde::Serialize;

use crate::error::{CliError, Kind};
use crate::ui::{Paint, Tone};

/// What `-o` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// One line.
    Json,
    /// With sorted keys.
    Yaml,
}

impl std::str::FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            _ => Err("invalid format type"),
        }
    }
}

/// Returns `value` as Go's encoder writes it: one line with a newline, `<`, `>` and `&` escaped, fields in the order of the type.
pub(crate) fn json(value: &impl Serialize) -> Result<String, CliError> {
    let text =
        serde_json::to_string(value).map_err(|error| CliError::caused(Kind::Input, &error))?;
    // Outside strings none of these characters occurs in JSON.
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out.push('\n');
    Ok(out)
}

/// Returns `value` as YAML with sorted keys.
pub(crate) fn yaml(value: &impl Serialize) -> Result<String, CliError> {
    let text =
        serde_json::to_string(value).map_err(|error| CliError::caused(Kind::Input, &error))?;
    let value =
        value::json::from_str(&text).map_err(|error| CliError::caused(Kind::Input, &error))?;
    Ok(value::yaml::to_string(&value))
}

/// Rows of cells, the first row being the heads.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

/// A text and its colour.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// Returns a coloured cell.
    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl Table {
    /// Returns a table with its heads.
    pub(crate) fn with_heads(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(|head| Cell::toned(*head, Tone::Strong)).collect()] }
    }

    /// Returns a table without heads.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Returns the rows as Helm prints them: every cell filled up to the width of its column, a tab
    /// between cells, a newline at the end. A text of several lines takes several, and is cut to the width of the
    /// column as if they were one.
    pub(crate) fn render(&self, paint: Paint) -> String {
        self.render_within(usize::MAX, paint)
    }

    /// As [`Self::render`], with columns of at most `limit` characters.
    pub(crate) fn render_within(&self, limit: usize, paint: Paint) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(Cell::width).max().unwrap_or_default().min(limit)
            })
            .collect();
        let rows: Vec<String> =
            self.rows.iter().map(|row| render_row(row, &widths, paint)).collect();
        format!("{}\n", rows.join("\n"))
    }
}

impl Cell {
    fn width(&self) -> usize {
        self.text.split('\n').map(columns).max().unwrap_or_default()
    }

    /// Returns the text, cut to `width` columns all lines together, as Helm's table does.
    fn cut(&self, width: usize) -> String {
        if columns(&self.text) <= width || width < 3 {
            return self.text.clone();
        }
        let mut kept = String::new();
        let mut taken = 0;
        for c in self.text.chars() {
            kept.push(c);
            taken += column(c);
            if taken >= width - 3 {
                break;
            }
        }
        kept + "..."
    }
}

/// How many columns a terminal needs for `text`, in Helm's view.
fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// Tabs and other control characters take none.
fn column(c: char) -> usize {
    usize::from(!c.is_control())
}

fn render_row(row: &[Cell], widths: &[usize], paint: Paint) -> String {
    let cells: Vec<(Vec<String>, usize, Tone)> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| {
            (cell.cut(*width).split('\n').map(str::to_owned).collect(), *width, cell.tone)
        })
        .collect();
    let height = cells.iter().map(|(lines, ..)| lines.len()).max().unwrap_or_default();
    let line = |at: usize| {
        let cells = cells.iter().map(|(lines, width, tone)| {
            let text = lines.get(at).map_or("", String::as_str);
            let fill = " ".repeat(width.saturating_sub(columns(text)));
            let text = if text.is_empty() { String::new() } else { paint.tone(*tone, text) };
            format!("{text}{fill}")
        });
        cells.collect::<Vec<_>>().join("\t")
    };
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::{Table, json, yaml};
    use crate::ui::Paint;

    #[derive(Serialize)]
    struct Entry {
        name: &'static str,
        app_version: &'static str,
    }

    #[test]
    fn tables_are_filled_and_separated_by_tabs() {
        let mut table = Table::with_heads(&["NAME", "STATUS"]);
        table.row(["web".into(), "deployed".into()]);
        assert_eq!(table.render(Paint::OFF), "NAME\tSTATUS  \nweb \tdeployed\n");
        assert_eq!(Table::new().render(Paint::OFF), "\n");
    }

    #[test]
    fn texts_of_several_lines_are_cut_and_kept_in_their_column() {
        let mut table = Table::new();
        table.row(["a".into(), "x".repeat(300).into()]);
        assert_eq!(table.render(Paint::OFF), format!("a\t{}\n", "x".repeat(300)));
        let mut table = Table::new();
        table.row(["a".into(), "first line is longer\nand the next".into()]);
        assert_eq!(table.render(Paint::OFF), "a\tfirst line is lon...\n");
        let mut table = Table::new();
        table.row(["a".into(), "first line\nand the next".into()]);
        table.row(["b".into(), "x".repeat(16).into()]);
        assert_eq!(
            table.render(Paint::OFF),
            "a\tfirst line      \n \tand...          \nb\txxxxxxxxxxxxxxxx\n"
        );
        let mut table = Table::new();
        table.row(["a".into(), "ab\nc".into()]);
        table.row(["b".into(), "wider than it".into()]);
        assert_eq!(
            table.render(Paint::OFF),
            "a\tab           \n \tc            \nb\twider than it\n"
        );
        let mut table = Table::new();
        table.row(["a".into(), "\tafter a tab".into()]);
        table.row(["b".into(), "x".repeat(12).into()]);
        assert_eq!(table.render(Paint::OFF), "a\t\tafter a tab \nb\txxxxxxxxxxxx\n");
    }

    #[test]
    fn json_keeps_the_order_of_fields_and_escapes_as_go_does() {
        let entry = Entry { name: "<a> & b", app_version: "é\u{2028}" };
        assert_eq!(
            json(&entry).unwrap(),
            "{\"name\":\"\\u003ca\\u003e \\u0026 b\",\"app_version\":\"é\\u2028\"}\n"
        );
    }

    #[test]
    fn yaml_has_sorted_keys() {
        let entry = Entry { name: "web", app_version: "x" };
        assert_eq!(yaml(&entry).unwrap(), "app_version: x\nname: web\n");
    }
}
