//! YAML byte for byte as Helm's `toYaml` and `toYamlPretty` print it.
//!
//! The layout follows libyaml's emitter, whose state is small: the column, whether the last thing
//! written was white space, and whether the line so far is nothing but indentation. Scalars are judged
//! in [`scalar`](super::scalar).

use std::convert::Infallible;

use super::order::{is_sorted, sorted};
use super::scalar::{Analysis, Style};
use super::source::is_allowed;
use crate::Value;
use crate::number::{format_g, format_json};

/// Behind this column a line is folded at the next blank.
const WIDTH: usize = 80;

/// The longest key in bytes that stands on one line with its value.
const SIMPLE_KEY: usize = 128;

const INDENT: usize = 2;

const BLANKS: &str = "                                                                ";

/// Whose print is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// go-yaml v2 behind a JSON round trip: `toYaml`.
    V2,
    /// go-yaml v3 with two blanks of indentation: `toYamlPretty`. Lists below a key are indented, nothing
    /// is folded, tabs may stand in blocks, and floats are always printed as such.
    V3,
}

/// Returns `value` in block style, with one line end behind it.
pub(super) fn document(value: &Value, dialect: Dialect) -> String {
    let mut writer = Writer::new(dialect);
    let Ok(()) = node(&mut writer, value);
    writer.finish()
}

fn node(writer: &mut Writer, value: &Value) -> Result<(), Infallible> {
    match value {
        Value::Null => writer.null(),
        Value::Bool(b) => writer.bool(*b),
        Value::Int(i) => writer.int(*i),
        Value::Float(f) => writer.float(*f),
        Value::String(text) => writer.text(text),
        Value::List(items) => return writer.list(items.iter(), node),
        Value::Map(map) => {
            return writer.map(map.iter().map(|(key, value)| (&**key, value)), node);
        }
    }
    Ok(())
}

/// Writes one document in block style, node by node as it is told, so that whoever has a tree of another
/// kind needs none of [`Value`]s.
///
/// Between [`Writer::new`] and [`Writer::finish`] there is to be exactly one node, and exactly one for each
/// item of a list and each entry of a map.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the state of libyaml's emitter, which is independent"
)]
pub struct Writer {
    dialect: Dialect,
    out: String,
    column: usize,
    /// The last thing written was white space, or there is nothing yet.
    blank: bool,
    /// The line holds only indentation so far, `- ` and `? ` included.
    indention: bool,
    /// The column that lines begin at; none outside of every collection.
    indent: Option<usize>,
    /// The next node stands behind a key.
    behind_key: bool,
    survives_json: bool,
}

impl Writer {
    /// Returns a writer for one document.
    #[must_use]
    pub const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            out: String::new(),
            column: 0,
            blank: true,
            indention: true,
            indent: None,
            behind_key: false,
            survives_json: true,
        }
    }

    /// Returns what was written, with one line end behind it.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.indent = None;
        self.break_indent();
        self.out
    }

    /// Returns whether all texts so far come out of JSON that is read as YAML as they go in.
    ///
    /// Helm's `toYaml` goes that way, and JSON leaves some characters as they are which YAML does not allow
    /// (DEL and the control characters behind it) or takes for a line end (U+0085).
    #[must_use]
    pub const fn survives_json(&self) -> bool {
        self.survives_json
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.word("null");
    }

    /// Writes a boolean.
    pub fn bool(&mut self, b: bool) {
        self.word(if b { "true" } else { "false" });
    }

    /// Writes an integer.
    pub fn int(&mut self, int: i64) {
        self.word(&int.to_string());
    }

    /// Writes a float, of which v2 sees what JSON makes of it; infinities and not-a-number, which Helm
    /// refuses, as YAML has them.
    pub fn float(&mut self, float: f64) {
        self.word(&float_text(float, self.dialect));
    }

    /// Writes a text, plain if that reads back as the same text, otherwise in quotes or as a block.
    pub fn text(&mut self, text: &str) {
        self.scalar(text, Analysis::of(text, self.dialect), false);
    }

    /// Writes something printable that stands without quotes whatever it means, such as a time.
    pub fn word(&mut self, word: &str) {
        self.plain(word, false);
    }

    /// Writes base64 of what is no text; several lines each with their line end.
    pub fn binary(&mut self, base64: &str) {
        self.indicator("!!binary", true, false, false);
        let outer = self.indent;
        self.indent = Some(outer.unwrap_or(0) + INDENT);
        if base64.contains('\n') {
            self.literal(base64, true);
        } else {
            self.word(base64);
        }
        self.indent = outer;
    }

    /// Writes a list, of each item what `node` writes.
    pub fn list<T, E>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        mut node: impl FnMut(&mut Self, T) -> Result<(), E>,
    ) -> Result<(), E> {
        if items.len() == 0 {
            self.empty("[", "]");
            return Ok(());
        }
        // A list below a key starts at the column of the key.
        let flush = self.dialect == Dialect::V2 && self.behind_key && !self.indention;
        let outer = self.deeper(if flush { 0 } else { INDENT });
        for item in items {
            self.break_indent();
            self.indicator("-", true, false, true);
            self.behind_key = false;
            node(self, item)?;
        }
        self.indent = outer;
        Ok(())
    }

    /// Writes a map in go-yaml's order of keys, of each entry what `node` writes behind the key.
    pub fn map<'k, T, E>(
        &mut self,
        entries: impl ExactSizeIterator<Item = (&'k str, T)> + Clone,
        node: impl FnMut(&mut Self, T) -> Result<(), E>,
    ) -> Result<(), E> {
        if is_sorted(entries.clone(), self.dialect) {
            self.fields(entries, node)
        } else {
            self.fields(sorted(entries.collect(), self.dialect).into_iter(), node)
        }
    }

    /// Writes a struct, whose fields keep their order; of each what `node` writes behind its name.
    pub fn fields<'k, T, E>(
        &mut self,
        fields: impl ExactSizeIterator<Item = (&'k str, T)>,
        mut node: impl FnMut(&mut Self, T) -> Result<(), E>,
    ) -> Result<(), E> {
        if fields.len() == 0 {
            self.empty("{", "}");
            return Ok(());
        }
        let outer = self.deeper(INDENT);
        for (name, value) in fields {
            self.break_indent();
            self.key(name);
            self.behind_key = true;
            node(self, value)?;
        }
        self.indent = outer;
        Ok(())
    }

    /// Lets the lines of a collection begin so far behind those around it, and returns where those begin.
    fn deeper(&mut self, by: usize) -> Option<usize> {
        let inside = self.indent.map_or(0, |indent| indent + by);
        self.indent.replace(inside)
    }

    fn key(&mut self, key: &str) {
        let analysis = Analysis::of(key, self.dialect);
        if key.len() <= SIMPLE_KEY && !analysis.multiline {
            self.scalar(key, analysis, true);
            self.indicator(":", false, false, false);
        } else {
            self.indicator("?", true, false, true);
            self.scalar(key, analysis, false);
            self.break_indent();
            self.indicator(":", true, false, true);
        }
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    fn scalar(&mut self, text: &str, analysis: Analysis, simple_key: bool) {
        if !analysis.simple {
            self.survives_json &= text.chars().all(|c| c != '\u{85}' && (c < ' ' || is_allowed(c)));
        }
        let outer = self.indent;
        self.indent = Some(outer.unwrap_or(0) + INDENT);
        let fold = self.dialect == Dialect::V2 && !simple_key;
        match analysis.style(simple_key) {
            Style::Plain => self.plain(text, fold),
            Style::Single => self.single(text, fold, analysis.simple),
            Style::Double => self.double(text, fold),
            Style::Literal => self.literal(text, analysis.simple),
        }
        self.indent = outer;
    }

    fn plain(&mut self, text: &str, fold: bool) {
        if !self.blank {
            self.put(' ');
        }
        self.folded_line(text, fold, false);
        self.blank = false;
        self.indention = false;
    }

    fn single(&mut self, text: &str, fold: bool, simple: bool) {
        self.indicator("'", true, false, false);
        if simple && !text.contains('\'') {
            self.folded_line(text, fold, true);
        } else {
            self.folded(text, fold);
        }
        self.indicator("'", false, false, false);
        self.blank = false;
        self.indention = false;
    }

    /// Writes the text of a single-quoted scalar, broken at lone blanks behind the width.
    fn folded(&mut self, text: &str, fold: bool) {
        let (mut spaces, mut breaks) = (false, false);
        let mut chars = text.char_indices().peekable();
        while let Some((index, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if c == ' ' {
                let inside = index > 0 && next.is_some();
                if fold && !spaces && self.column > WIDTH && inside && next != Some(' ') {
                    self.break_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.line_end('\n');
                }
                self.line_end(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.break_indent();
                }
                if c == '\'' {
                    self.put(c);
                }
                self.put(c);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
    }

    /// Writes a text on one line, plain or with nothing to be doubled, broken at lone blanks behind the
    /// width.
    fn folded_line(&mut self, text: &str, fold: bool, quoted: bool) {
        let mut rest = text;
        while fold && self.column + rest.len() > WIDTH {
            let Some(at) = self.fold_at(text, text.len() - rest.len(), quoted) else {
                break;
            };
            self.put_str(rest.get(..at).unwrap_or_default());
            self.indention = false;
            self.break_indent();
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        self.put_str(rest);
    }

    /// Returns at which blank behind `start`, counted from there, the line is to be broken: a lone one
    /// behind the width.
    fn fold_at(&self, text: &str, start: usize, quoted: bool) -> Option<usize> {
        let rest = text.get(start..)?;
        let needed = (WIDTH + 1).saturating_sub(self.column);
        let blank = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)) == Some(&b' ');
        let fits = |at: &usize| {
            let here = start + at;
            let lone = !blank(here.checked_sub(1)) && !blank(Some(here + 1));
            let inside = !quoted || (here > 0 && here + 1 < text.len());
            lone && inside && rest.get(..*at).is_some_and(|before| before.chars().count() >= needed)
        };
        // There are no more characters than bytes.
        let blanks = memchr::memchr_iter(b' ', rest.as_bytes().get(needed..)?);
        blanks.map(|at| needed + at).find(fits)
    }

    fn double(&mut self, text: &str, fold: bool) {
        self.indicator("\"", true, false, false);
        // libyaml looks for the mark at the start of the text instead of at the character.
        let marked = text.starts_with('\u{feff}');
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((index, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if marked || !super::scalar::is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                if fold && !spaces && self.column > WIDTH && index > 0 && next.is_some() {
                    self.break_indent();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.blank = false;
        self.indention = false;
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => "\\0",
            '\u{7}' => "\\a",
            '\u{8}' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\u{b}' => "\\v",
            '\u{c}' => "\\f",
            '\r' => "\\r",
            '\u{1b}' => "\\e",
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{85}' => "\\N",
            '\u{a0}' => "\\_",
            '\u{2028}' => "\\L",
            '\u{2029}' => "\\P",
            _ => {
                return self.put_str(&match u32::from(c) {
                    code @ 0..=0xff => format!("\\x{code:02X}"),
                    code @ 0x100..=0xffff => format!("\\u{code:04X}"),
                    code => format!("\\U{code:08X}"),
                });
            }
        };
        self.put_str(short);
    }

    fn literal(&mut self, text: &str, simple: bool) {
        self.indicator("|", true, false, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator("2", false, false, false);
        }
        let mut ends = text.chars().rev().map(is_break);
        match (ends.next(), ends.next()) {
            (Some(true), Some(false)) => {}
            (Some(true), _) => self.indicator("+", false, false, false),
            _ => self.indicator("-", false, false, false),
        }
        self.line_end('\n');
        self.indention = true;
        self.blank = true;
        if simple {
            text.split_inclusive('\n').for_each(|line| self.literal_line(line));
        } else {
            text.split_inclusive(is_break).for_each(|line| self.literal_line(line));
        }
    }

    fn literal_line(&mut self, line: &str) {
        let end = line.chars().next_back().filter(|c| is_break(*c));
        let content = line.strip_suffix(is_break).unwrap_or(line);
        if !content.is_empty() {
            self.break_indent();
            self.put_str(content);
            self.indention = false;
        }
        if let Some(end) = end {
            self.line_end(end);
            self.indention = true;
        }
    }

    fn indicator(&mut self, text: &str, wants_blank: bool, is_blank: bool, is_indention: bool) {
        if wants_blank && !self.blank {
            self.put(' ');
        }
        self.put_str(text);
        self.blank = is_blank;
        self.indention &= is_indention;
    }

    /// Goes to the column of the current indentation, on a new line unless the line is still empty.
    fn break_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.blank) {
            self.line_end('\n');
        }
        while self.column < indent {
            let blanks = BLANKS.get(..indent - self.column).unwrap_or(BLANKS);
            self.out.push_str(blanks);
            self.column += blanks.len();
        }
        self.blank = true;
        self.indention = true;
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn put_str(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += if text.is_ascii() { text.len() } else { text.chars().count() };
    }

    fn line_end(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }
}

/// Returns a float by `%g`; behind a round trip, integers of 64 bits in digits.
fn float_text(f: f64, dialect: Dialect) -> String {
    let Some(json) = format_json(f) else {
        return if f.is_nan() {
            ".nan"
        } else if f > 0.0 {
            ".inf"
        } else {
            "-.inf"
        }
        .to_owned();
    };
    if dialect == Dialect::V3 {
        return format_g(f);
    }
    if f == 0.0 {
        return "0".to_owned();
    }
    if json.parse::<i64>().is_ok() || json.parse::<u64>().is_ok() { json } else { format_g(f) }
}

pub(super) const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
