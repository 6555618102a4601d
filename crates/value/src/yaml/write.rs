//! YAML byte for byte as Helm's `toYaml` and `toYamlPretty` print it.
//!
//! The layout follows libyaml's emitter, whose state is small: the column, whether the last thing
//! written was white space, and whether the line so far is nothing but indentation. Scalars are judged
//! in [`scalar`](super::scalar).

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::scalar::{Analysis, Style};
use crate::Value;
use crate::number::{format_g, format_json};

/// Behind this column a line is folded at the next blank.
const WIDTH: usize = 80;

/// The longest key in bytes that stands on one line with its value.
const SIMPLE_KEY: usize = 128;

const INDENT: usize = 2;

/// Whose print is matched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// go-yaml v2 behind a JSON round trip: `toYaml`.
    V2,
    /// go-yaml v3 with two blanks of indentation: `toYamlPretty`. Lists below a key are indented, nothing
    /// is folded, tabs may stand in blocks, and floats are always printed as such.
    V3,
}

/// What `toYamlPretty` sees, which is more than plain data.
#[derive(Clone, Debug, PartialEq)]
pub enum Pretty {
    /// Plain data.
    Plain(Value),
    /// A word that stands without quotes, such as a time.
    Word(String),
    /// Bytes that are no text, as base64; several lines each with its line end.
    Binary(String),
    /// A list.
    List(Vec<Self>),
    /// A map.
    Map(BTreeMap<Arc<str>, Self>),
    /// A struct, whose fields keep their order.
    Fields(Vec<(Arc<str>, Self)>),
}

/// Returns `value` in block style, with one line end behind it.
pub(super) fn document(value: &Value, dialect: Dialect) -> String {
    let mut writer = Writer::new(dialect);
    writer.node(value, Place::Root);
    writer.finished()
}

/// Returns `value` as go-yaml v3 prints it, with one line end behind it.
pub(super) fn pretty_document(value: &Pretty) -> String {
    let mut writer = Writer::new(Dialect::V3);
    writer.pretty(value, Place::Root);
    writer.finished()
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Key,
    LongKey,
    Entry,
}

struct Writer {
    dialect: Dialect,
    out: String,
    column: usize,
    /// The last thing written was white space, or there is nothing yet.
    blank: bool,
    /// The line holds only indentation so far, `- ` and `? ` included.
    indention: bool,
    /// The column that lines begin at; none outside of every collection.
    indent: Option<usize>,
}

impl Writer {
    const fn new(dialect: Dialect) -> Self {
        let out = String::new();
        Self { dialect, out, column: 0, blank: true, indention: true, indent: None }
    }

    fn finished(mut self) -> String {
        self.indent = None;
        self.break_indent();
        self.out
    }

    fn pretty(&mut self, value: &Pretty, place: Place) {
        match value {
            Pretty::Plain(value) => self.node(value, place),
            Pretty::Word(word) => self.plain_text(word),
            Pretty::Binary(text) => self.binary(text),
            Pretty::List(items) if items.is_empty() => self.empty("[", "]"),
            Pretty::List(items) => self.list(items, place, Self::pretty),
            Pretty::Map(map) if map.is_empty() => self.empty("{", "}"),
            Pretty::Map(map) => self.map(in_natural_order(map, self.dialect), Self::pretty),
            Pretty::Fields(fields) if fields.is_empty() => self.empty("{", "}"),
            Pretty::Fields(fields) => {
                self.map(fields.iter().map(|(name, value)| (&**name, value)), Self::pretty);
            }
        }
    }

    fn binary(&mut self, text: &str) {
        self.indicator("!!binary", true, false, false);
        let outer = self.indent;
        self.indent = Some(outer.map_or(INDENT, |indent| indent + INDENT));
        if text.contains('\n') {
            self.literal(text);
        } else {
            self.plain_text(text);
        }
        self.indent = outer;
    }

    fn node(&mut self, value: &Value, place: Place) {
        match value {
            Value::Null => self.plain_text("null"),
            Value::Bool(b) => self.plain_text(if *b { "true" } else { "false" }),
            Value::Int(i) => self.plain_text(&i.to_string()),
            Value::Float(f) => self.plain_text(&float(*f, self.dialect)),
            Value::String(text) => self.scalar(text, place),
            Value::List(items) if items.is_empty() => self.empty("[", "]"),
            Value::List(items) => self.list(items, place, Self::node),
            Value::Map(map) if map.is_empty() => self.empty("{", "}"),
            Value::Map(map) => self.map(in_natural_order(map, self.dialect), Self::node),
        }
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    fn list<T>(&mut self, items: &[T], place: Place, node: fn(&mut Self, &T, Place)) {
        let outer = self.indent;
        let in_map = matches!(place, Place::Key | Place::LongKey | Place::Entry);
        // A list below a key starts at the column of the key.
        let flush = self.dialect == Dialect::V2 && in_map && !self.indention;
        self.indent = Some(outer.map_or(0, |indent| if flush { indent } else { indent + INDENT }));
        for item in items {
            self.break_indent();
            self.indicator("-", true, false, true);
            node(self, item, Place::Item);
        }
        self.indent = outer;
    }

    fn map<'a, T: 'a>(
        &mut self,
        entries: impl IntoIterator<Item = (&'a str, &'a T)>,
        node: fn(&mut Self, &T, Place),
    ) {
        let outer = self.indent;
        self.indent = Some(outer.map_or(0, |indent| indent + INDENT));
        for (key, value) in entries {
            self.break_indent();
            if key.len() <= SIMPLE_KEY && !Analysis::of(key, self.dialect).multiline {
                self.scalar(key, Place::Key);
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.scalar(key, Place::LongKey);
                self.break_indent();
                self.indicator(":", true, false, true);
            }
            node(self, value, Place::Entry);
        }
        self.indent = outer;
    }

    fn scalar(&mut self, text: &str, place: Place) {
        let outer = self.indent;
        self.indent = Some(outer.map_or(INDENT, |indent| indent + INDENT));
        let key = place == Place::Key;
        let fold = self.dialect == Dialect::V2 && !key;
        match Analysis::of(text, self.dialect).style(key) {
            Style::Plain => self.plain(text, fold),
            Style::Single => self.single(text, fold),
            Style::Double => self.double(text, fold),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    /// Writes a word that needs no quotes and holds no blanks.
    fn plain_text(&mut self, text: &str) {
        self.plain(text, false);
    }

    fn plain(&mut self, text: &str, fold: bool) {
        if !self.blank {
            self.put(' ');
        }
        self.folded(text, fold, false);
        self.blank = false;
        self.indention = false;
    }

    fn single(&mut self, text: &str, fold: bool) {
        self.indicator("'", true, false, false);
        self.folded(text, fold, true);
        self.indicator("'", false, false, false);
        self.blank = false;
        self.indention = false;
    }

    /// Writes the text of a plain or single-quoted scalar, broken at lone blanks behind the width.
    fn folded(&mut self, text: &str, fold: bool, quoted: bool) {
        if !(text.contains(is_break) || quoted && text.contains('\'')) {
            return self.folded_line(text, fold, quoted);
        }
        let (mut spaces, mut breaks) = (false, false);
        let mut chars = text.char_indices().peekable();
        while let Some((index, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if c == ' ' {
                let inside = !quoted || (index > 0 && next.is_some());
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
                if quoted && c == '\'' {
                    self.put(c);
                }
                self.put(c);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
    }

    /// Does the same for a text on one line, with nothing to be doubled.
    fn folded_line(&mut self, text: &str, fold: bool, quoted: bool) {
        let mut rest = text;
        while fold && self.column + rest.len() > WIDTH {
            let Some(at) = self.fold_at(text, text.len() - rest.len(), quoted) else {
                break;
            };
            let (line, more) = (rest.get(..at), rest.get(at + 1..));
            self.put_str(line.unwrap_or_default());
            self.indention = false;
            self.break_indent();
            rest = more.unwrap_or_default();
        }
        self.put_str(rest);
    }

    /// Returns at which blank behind `start`, counted from there, the line is to be broken: a lone one
    /// behind the width.
    fn fold_at(&self, text: &str, start: usize, quoted: bool) -> Option<usize> {
        let rest = text.get(start..)?;
        let (mut column, mut counted) = (self.column, 0);
        for (at, _) in rest.match_indices(' ') {
            column += rest.get(counted..at).map_or(0, |part| part.chars().count());
            counted = at;
            let here = start + at;
            let lone = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)) != Some(&b' ');
            let inside = !quoted || (here > 0 && here + 1 < text.len());
            if column > WIDTH && inside && lone(here.checked_sub(1)) && lone(here.checked_add(1)) {
                return Some(at);
            }
        }
        None
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

    fn literal(&mut self, text: &str) {
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
        for line in text.split_inclusive(is_break) {
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
            self.put(' ');
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
        self.column += text.chars().count();
    }

    fn line_end(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }
}

/// Returns a float by `%g`; behind a round trip, integers of 64 bits in digits.
fn float(f: f64, dialect: Dialect) -> String {
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

/// Returns the entries in go-yaml's order: digits count as numbers, letters come behind everything else.
///
/// The comparison contradicts itself for odd mixes of zeros, so the sorting is a merge sort of our own,
/// which any comparison leaves in one piece.
fn in_natural_order<T>(map: &BTreeMap<Arc<str>, T>, dialect: Dialect) -> Vec<(&str, &T)> {
    let entries: Vec<(&str, &T)> = map.iter().map(|(k, v)| (&**k, v)).collect();
    merge_sort(entries, dialect)
}

fn merge_sort<'a, T>(
    mut entries: Vec<(&'a str, &'a T)>,
    dialect: Dialect,
) -> Vec<(&'a str, &'a T)> {
    if entries.len() < 2 {
        return entries;
    }
    let right = merge_sort(entries.split_off(entries.len() / 2), dialect);
    let left = merge_sort(entries, dialect);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(l), Some(r)) = (left.peek(), right.peek()) {
        let smaller = if less(r.0, l.0, dialect) { right.next() } else { left.next() };
        merged.extend(smaller);
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

fn less(a: &str, b: &str, dialect: Dialect) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(x, y)| x != y) else {
        return a.len() < b.len();
    };
    let (Some(&x), Some(&y)) = (a.get(at), b.get(at)) else {
        return false;
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x < y,
        (false, false) => {}
        (_, letter) => {
            // v3 ends a number where the letters start, so that `1a` comes before `10`.
            let number =
                dialect == Dialect::V3 && at > 0 && a.get(at - 1).is_some_and(char::is_ascii_digit);
            return letter != number;
        }
    }
    // A zero behind other digits is one more place and not a leading zero.
    let start =
        i64::from((x == '0' || y == '0') && follows_digits(a.get(..at).unwrap_or_default()));
    let (x_number, x_end) = digits(&a, at, start);
    let (y_number, y_end) = digits(&b, at, start);
    match x_number.cmp(&y_number).then(x_end.cmp(&y_end)) {
        Ordering::Equal => x < y,
        order => order.is_lt(),
    }
}

/// Returns whether the digits at the end of `before` hold anything but zeros.
fn follows_digits(before: &[char]) -> bool {
    before.iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0')
}

/// Reads the digits from `at` on behind a number `start`; also returns where they end.
fn digits(text: &[char], at: usize, start: i64) -> (i64, usize) {
    let digits = text.iter().skip(at).map_while(|c| c.to_digit(10));
    digits.fold((start, at), |(number, end), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit)), end + 1)
    })
}
