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
    /// The line of the file on which `text` begins, from one.
    pub(crate) line: usize,
    /// How many characters of that line stand before `text`.
    pub(crate) column: usize,
}

/// As [`split`], with places.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = text.len() - text.trim_start().len();
    let mut at = start;
    while let Some(line) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(rest) = line.strip_prefix("---") {
            pieces.extend(piece(text, start, at));
            start = at + 3 + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
        }
        at = line.find('\n').map_or(text.len(), |end| at + end + 1);
    }
    pieces.extend(piece(text, start, text.len()));
    pieces
}

/// Returns what stands from `start` to `end`, unless it is blank.
fn piece(text: &str, start: usize, end: usize) -> Option<Piece<'_>> {
    let whole = text.get(start..end)?;
    let trimmed = whole.trim_start();
    if trimmed.is_empty() {
        return None;
    }
    let before = text.get(..end - trimmed.len())?;
    let (lines, last) = before.rsplit_once('\n').unwrap_or(("", before));
    let newlines = if before.contains('\n') { lines.matches('\n').count() + 1 } else { 0 };
    Some(Piece { text: trimmed, line: newlines + 1, column: last.chars().count() })
}

#[cfg(test)]
mod tests {
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
}
