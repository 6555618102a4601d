//! The line at fault, with carets below what is meant.

use std::fmt::Write;

/// The most characters of a line that are shown.
const WIDTH: usize = 160;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// The line, from one.
    pub(crate) line: usize,
    /// The offset in the line in bytes, if known.
    pub(crate) column: Option<usize>,
}

impl Spot {
    /// Returns the place of a byte of `text`.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { line: before.matches('\n').count() + 1, column: Some(before.len() - start) }
    }
}

/// Returns `path:line:column`, the column in characters from one, and below it the line with its number and
/// carets; without the line if `text` has none of that number.
pub(crate) fn excerpt(path: &str, text: &str, spot: Spot) -> String {
    let line = text.split('\n').nth(spot.line.saturating_sub(1));
    let line = line.map(|line| line.trim_end_matches('\r'));
    let word = line.and_then(|line| word_at(line, spot.column?));
    let mut out = format!("--> {path}:{}", spot.line);
    if let (Some(line), Some(column)) = (line, spot.column) {
        let start = word.map_or(column, |(start, _)| start).min(line.len());
        let before = line.get(..start).unwrap_or(line);
        let _written = write!(out, ":{}", before.chars().count() + 1);
    }
    if let Some(line) = line.filter(|line| !line.trim().is_empty()) {
        out.push('\n');
        out.push_str(&marked(spot.line, line, word));
    }
    out
}

/// Returns a line with its number in front, cut to a width that can be read, and with carets below the bytes
/// from `word.0` to `word.1`.
fn marked(number: usize, line: &str, word: Option<(usize, usize)>) -> String {
    let number = number.to_string();
    let blank = " ".repeat(number.len());
    let chars: Vec<char> =
        line.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect();
    let count = |bytes: usize| line.get(..bytes).map_or(chars.len(), |text| text.chars().count());
    let (start, end) = word.map_or((0, 0), |(start, end)| (count(start), count(end)));
    let first = if chars.len() <= WIDTH { 0 } else { start.saturating_sub(WIDTH / 2) };
    let shown: String = chars.iter().skip(first).take(WIDTH).collect();
    let (cut_before, cut_after) = (first > 0, chars.len() > first + WIDTH);
    let dots = |cut: bool| if cut { "…" } else { "" };
    let mut out = format!("{number} | {}{shown}{}", dots(cut_before), dots(cut_after));
    if word.is_some() {
        let indent = chars.iter().skip(first).take(start - first);
        let indent: String = indent.map(|c| if *c == '\t' { '\t' } else { ' ' }).collect();
        let carets = "^".repeat((end - start).clamp(1, WIDTH));
        let indent = if cut_before { format!(" {indent}") } else { indent };
        let _written = write!(out, "\n{blank} | {indent}{carets}");
    }
    out
}

/// Returns the bytes of the word around a byte of a line: names and the fields behind them belong together. A
/// character that is no part of a word is one by itself.
fn word_at(line: &str, column: usize) -> Option<(usize, usize)> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '$');
    let (before, after) = (line.get(..column)?, line.get(column..)?);
    let Some(first) = after.chars().next() else {
        return Some((column, column + 1));
    };
    if !is_part(first) {
        return Some((column, column + first.len_utf8()));
    }
    let start = before.rfind(|c| !is_part(c)).map_or(0, |at| {
        at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let length = after.find(|c| !is_part(c)).unwrap_or(after.len());
    Some((start, column + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, line: usize, column: Option<usize>, expected: &str) {
        assert_eq!(excerpt("f", text, Spot { line, column }), expected);
    }

    #[test]
    fn the_word_is_marked() {
        check(
            "a\nb: {{ .Values.a.b }}\n",
            2,
            Some(13),
            "--> f:2:7\n2 | b: {{ .Values.a.b }}\n  |       ^^^^^^^^^^^",
        );
        check("{{ \u{e9} .x }}", 1, Some(6), "--> f:1:6\n1 | {{ \u{e9} .x }}\n  |      ^^");
        check("{{if}}", 1, Some(4), "--> f:1:5\n1 | {{if}}\n  |     ^");
        check("\tx y", 1, Some(3), "--> f:1:4\n1 | \tx y\n  | \t  ^");
        check("ab", 1, Some(2), "--> f:1:3\n1 | ab\n  |   ^");
    }

    #[test]
    fn places_without_columns_or_lines_are_told_as_far_as_known() {
        check("a\nb", 2, None, "--> f:2\n2 | b");
        check("a\n", 9, Some(3), "--> f:9");
        check("a\n\n", 2, Some(0), "--> f:2:1");
    }

    #[test]
    fn long_lines_are_cut() {
        let text = format!("{}word{}", " ".repeat(300), " ".repeat(300));
        let shown = excerpt("f", &text, Spot { line: 1, column: Some(301) });
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "--> f:1:301");
        assert_eq!(lines[1].chars().count(), 4 + WIDTH + 2);
        assert_eq!(lines[1].find("word").map(|at| at - '…'.len_utf8() + 1), lines[2].find('^'));
    }

    #[test]
    fn bytes_have_places() {
        assert_eq!(Spot::of("a\nbc", 3), Spot { line: 2, column: Some(1) });
        assert_eq!(Spot::of("a", 9), Spot { line: 1, column: Some(1) });
    }
}
