//! Splitting a rendered file into documents, as Helm 4 does it: on lines, without knowing YAML.

/// Returns the documents of a file: split at every line that begins with `---` (whatever follows on it),
/// leading white space cut, empty ones left out, everything else kept as it is.
#[must_use]
pub fn split(text: &str) -> Vec<&str> {
    pieces(text).into_iter().map(|piece| piece.text).collect()
}

/// A document with its place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'t> {
    pub(crate) text: &'t str,
    /// Where `text` begins in the file, in bytes.
    pub(crate) start: usize,
    /// The line of the file on which `text` begins, from one.
    pub(crate) line: usize,
    /// How many characters of that line stand before `text`.
    pub(crate) column: usize,
}

/// As [`split`], with places.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = Place::default();
    let mut line = Place::default();
    // Helm trims the file before it splits, so that a separator may be the first thing on an indented line.
    line.skip(text, text.len() - text.trim_start().len());
    start.clone_from(&line);
    while let Some(rest) = text.get(line.at..).filter(|rest| !rest.is_empty()) {
        if let Some(after) = rest.strip_prefix("---") {
            pieces.extend(start.piece(text, line.at));
            start.clone_from(&line);
            let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
            start.skip(text, 3 + blanks);
            line.skip(text, rest.find('\n').map_or(rest.len(), |end| end + 1));
        } else {
            let next = memchr::memmem::find(rest.as_bytes(), b"\n---");
            line.skip(text, next.map_or(rest.len(), |end| end + 1));
        }
    }
    pieces.extend(start.piece(text, text.len()));
    pieces
}

/// A place in a text.
#[derive(Clone, Default)]
struct Place {
    /// Bytes before it.
    at: usize,
    /// Lines before its line.
    lines: usize,
    /// Characters of its line before it.
    column: usize,
}

impl Place {
    /// Goes on by some bytes.
    fn skip(&mut self, text: &str, bytes: usize) {
        let skipped = text.get(self.at..self.at + bytes).unwrap_or_default();
        self.at += bytes;
        match skipped.rsplit_once('\n') {
            Some((_, last)) => {
                self.lines += memchr::memchr_iter(b'\n', skipped.as_bytes()).count();
                self.column = last.chars().count();
            }
            None => self.column += skipped.chars().count(),
        }
    }

    /// Returns what stands from here to the byte `end`, unless it is blank.
    fn piece<'t>(&self, text: &'t str, end: usize) -> Option<Piece<'t>> {
        let whole = text.get(self.at..end)?;
        let trimmed = whole.trim_start();
        let mut begin = self.clone();
        begin.skip(text, whole.len() - trimmed.len());
        (!trimmed.is_empty()).then_some(Piece {
            text: trimmed,
            start: begin.at,
            line: begin.lines + 1,
            column: begin.column,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn documents_are_split_on_lines_as_helm_4_does() {
        let check = |text, expected: &[&str]| assert_eq!(split(text), expected, "{text:?}");
        check("", &[]);
        check(" \n\t\n", &[]);
        check("a: 1\n", &["a: 1\n"]);
        check("---\na: 1\n---\nb: 2\n", &["a: 1\n", "b: 2\n"]);
        check("a: 1\n---\n\n---\nb: 2", &["a: 1\n", "b: 2"]);
        check("a: 1\n--- # x\nb: 2\n", &["a: 1\n", "# x\nb: 2\n"]);
        check("a: 1\n---b: 2\n", &["a: 1\n", "b: 2\n"]);
        check("a: 1\n ---\nb: 2\n", &["a: 1\n ---\nb: 2\n"]);
        check("a: |\n  x\n---\n  y\n", &["a: |\n  x\n", "y\n"]);
        check("a: 1\r\n---\r\nb: 2\r\n", &["a: 1\r\n", "b: 2\r\n"]);
        check("\n\n  a: 1\n\n\n", &["a: 1\n\n\n"]);
        check("# only\n", &["# only\n"]);
        check("------\na: 1", &["---\na: 1"]);
    }

    #[test]
    fn pieces_know_where_they_begin() {
        let check = |text, expected: &[(usize, usize)]| {
            let found: Vec<_> =
                pieces(text).iter().map(|piece| (piece.line, piece.column)).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("a: 1", &[(1, 0)]);
        check("\n  a: 1\n---\n\nb: 2", &[(2, 2), (5, 0)]);
        check("--- a: 1\n---b", &[(1, 4), (2, 3)]);
    }

    proptest! {
        #[test]
        fn every_piece_is_found_at_its_place(text in "([a-c:é -]{0,6}(\n|\r\n|---|\n---|\t)){0,12}") {
            for piece in pieces(&text) {
                let line = text.split('\n').nth(piece.line - 1).unwrap();
                let from: String = line.chars().skip(piece.column).collect();
                prop_assert_eq!(piece.text.split('\n').next(), Some(from.as_str()));
                prop_assert!(text.get(piece.start..).unwrap().starts_with(piece.text));
                prop_assert!(!piece.text.starts_with(char::is_whitespace));
            }
        }
    }
}
