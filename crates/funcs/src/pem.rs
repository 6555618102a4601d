//! PEM as Go's `encoding/pem` writes and reads it. Reading is lenient: text before a block, headers,
//! blanks and line ends of any kind do no harm, a broken block is passed over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// How many characters of base64 stand on a line.
const WIDTH: usize = 64;

/// What stands between two lines of dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// What it is, such as `CERTIFICATE`.
    pub(crate) label: Vec<u8>,
    /// The content, decoded.
    pub(crate) bytes: Vec<u8>,
}

/// Returns `bytes` as a block with line ends of Unix.
pub(crate) fn encode(label: &str, bytes: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(bytes).as_bytes().chunks(WIDTH) {
        out.extend(line.iter().copied().map(char::from));
        out.push('\n');
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}

/// Returns the first whole block in `text`.
pub(crate) fn decode(text: &[u8]) -> Option<Block> {
    let mut rest = text;
    // Each round goes on behind the end that it looked at.
    while let Some(end) = find(rest, END) {
        let (before, behind) = (rest.get(..end)?, rest.get(end + END.len()..)?);
        if let Some(block) = block(before, behind) {
            return Some(block);
        }
        rest = behind;
    }
    None
}

/// Reads the block that begins last in `before` and whose end line goes on with `behind`.
fn block(before: &[u8], behind: &[u8]) -> Option<Block> {
    let begin = before.windows(BEGIN.len()).rposition(|at| at == BEGIN)?;
    if begin > 0 && before.get(begin - 1) != Some(&b'\n') {
        return None;
    }
    let (first, body) = line(before.get(begin + BEGIN.len()..)?);
    let label = first.strip_suffix(DASHES)?;
    let trailer = behind.strip_prefix(label)?.strip_prefix(DASHES)?;
    if !line(trailer).0.is_empty() {
        return None;
    }
    let body = behind_headers(body)?;
    let digits: Vec<u8> = body.iter().copied().filter(|b| !matches!(b, b' ' | b'\t')).collect();
    let bytes = crate::encoding::decode64(&digits).ok()?;
    Some(Block { label: label.to_vec(), bytes })
}

/// Returns what follows the lines of the form `key: value`.
fn behind_headers(body: &[u8]) -> Option<&[u8]> {
    let mut rest = body;
    loop {
        let (first, next) = line(rest);
        if !first.contains(&b':') {
            return Some(rest);
        }
        if next.is_empty() {
            return None;
        }
        rest = next;
    }
}

/// Returns the first line without blanks at its end, and what follows it.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let at = text.iter().position(|b| *b == b'\n');
    let (line, rest) = at.and_then(|at| text.split_at_checked(at)).unwrap_or((text, &[]));
    let end = line.iter().rposition(|b| !matches!(b, b' ' | b'\t' | b'\r')).map_or(0, |at| at + 1);
    (line.get(..end).unwrap_or_default(), rest.strip_prefix(b"\n").unwrap_or_default())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for length in [0, 1, 47, 48, 49, 200] {
            let bytes = vec![7; length];
            let text = encode("THING", &bytes);
            assert_eq!(decode(text.as_bytes()), Some(Block { label: b"THING".to_vec(), bytes }));
        }
        assert_eq!(encode("A", b"abc"), "-----BEGIN A-----\nYWJj\n-----END A-----\n");
    }

    #[test]
    fn reading_passes_over_what_is_no_block() {
        fn check(text: &str, want: Option<&str>) {
            let got = decode(text.as_bytes()).map(|block| block.bytes);
            assert_eq!(got.as_deref(), want.map(str::as_bytes), "{text:?}");
        }
        check("", None);
        check("-----BEGIN A-----\n", None);
        check("text\n-----BEGIN A-----\r\nYW\r\n Jj\r\n-----END A-----\r\nmore", Some("abc"));
        check("x-----BEGIN A-----\nYWJj\n-----END A-----\n", None);
        check("-----BEGIN A-----\nYWJj\n-----END B-----\n", None);
        check("-----BEGIN A-----\nYWJj\n-----END A----- x\n", None);
        check("-----BEGIN A-----\nYWJ\n-----END A-----\n", None);
        check("-----BEGIN A-----\nK: v\nL: w\n\nYWJj\n-----END A-----\n", Some("abc"));
        check("-----BEGIN A-----\n-----END A-----", Some(""));
        check("-----BEGIN A-----\n-----BEGIN B-----\nYWJj\n-----END B-----", Some("abc"));
        check(
            "-----BEGIN A-----\n?\n-----END A-----\n-----BEGIN B-----\nYWJj\n-----END B-----",
            Some("abc"),
        );
    }
}
