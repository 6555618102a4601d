//! How a text may be written: plain, in quotes, or as a block.

use super::resolve::{LONGEST_WORD, Scalar, is_base_60, resolve};
use super::write::{Dialect, is_break};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What libyaml's emitter finds out about a text before it writes it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent findings about one text")]
pub(super) struct Analysis {
    /// Holds a line end of any kind.
    pub(super) multiline: bool,
    /// Holds nothing but printable ASCII and `\n`.
    pub(super) simple: bool,
    /// Holds `\n`.
    newline: bool,
    /// Would be read as something else than text.
    ambiguous: bool,
    plain_allowed: bool,
    single_allowed: bool,
    block_allowed: bool,
}

impl Analysis {
    pub(super) fn of(text: &str, dialect: Dialect) -> Self {
        if is_word(text) {
            return Self::PLAIN;
        }
        let (printable, newline) = ascii(text.as_bytes());
        match (printable, newline) {
            (true, false) => Self::of_line(text),
            (true, true) => Self::of_lines(text),
            (false, _) => Self::of_any(text, dialect),
        }
    }

    /// A line that needs nothing.
    const PLAIN: Self = Self {
        multiline: false,
        simple: true,
        newline: false,
        ambiguous: false,
        plain_allowed: true,
        single_allowed: true,
        block_allowed: true,
    };

    /// Looks at a line of printable ASCII, which is what nearly all texts are.
    fn of_line(text: &str) -> Self {
        let edges = text.starts_with(' ') || text.ends_with(' ');
        Self {
            ambiguous: is_ambiguous(text),
            plain_allowed: !(edges || has_indicators(text)),
            block_allowed: !(text.is_empty() || text.ends_with(' ')),
            ..Self::PLAIN
        }
    }

    /// Looks at lines of printable ASCII with `\n` between them. What is no line is written as a block or
    /// in double quotes.
    fn of_lines(text: &str) -> Self {
        let space_break = memchr::memmem::find(text.as_bytes(), b" \n").is_some();
        Self {
            multiline: true,
            newline: true,
            plain_allowed: false,
            single_allowed: false,
            block_allowed: !(space_break || text.ends_with(' ')),
            ..Self::PLAIN
        }
    }

    fn of_any(text: &str, dialect: Dialect) -> Self {
        let tabs = dialect == Dialect::V3;
        let special = !text.chars().all(|c| is_printable(c) || (tabs && c == '\t'));
        let quiet = !(special || text.contains('\t'));
        let multiline = text.contains(is_break);
        let edge = |c| c == ' ' || is_break(c);
        let edges = text.starts_with(edge) || text.ends_with(edge);
        let break_space = pair(text, is_break, |c| c == ' ');
        let space_break = pair(text, |c| c == ' ', is_break);
        Self {
            multiline,
            simple: false,
            newline: text.contains('\n'),
            ambiguous: is_ambiguous(text),
            plain_allowed: quiet && !(multiline || edges || has_indicators(text)),
            single_allowed: quiet && !(break_space || space_break),
            block_allowed: !(text.is_empty() || special || space_break || text.ends_with(' ')),
        }
    }

    /// Returns the style that go-yaml chooses, for a key that stands before its `:` or for anything else.
    pub(super) const fn style(self, key: bool) -> Style {
        if self.newline {
            return if self.block_allowed && !key { Style::Literal } else { Style::Double };
        }
        if self.ambiguous || (key && self.multiline) {
            return Style::Double;
        }
        if self.plain_allowed {
            Style::Plain
        } else if self.single_allowed {
            Style::Single
        } else {
            Style::Double
        }
    }
}

/// Returns whether a text is a word or a name that can only be text and needs no quotes: letters, digits and
/// a few signs, which begins with a letter that no number and no word with a meaning begins with, or is
/// longer than those.
fn is_word(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return false };
    first.is_ascii_alphabetic()
        && (text.len() > LONGEST_WORD || !b"nNyYtTfFoO".contains(&first))
        && text.bytes().all(|byte| IN_WORDS.get(usize::from(byte)) == Some(&true))
}

/// Whether a byte makes no difference to a word wherever it stands.
const IN_WORDS: [bool; 256] = {
    let mut table = [false; 256];
    let mut rest: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./";
    while let [byte, more @ ..] = rest {
        if let Some(entry) = table.as_mut_slice().split_at_mut(*byte as usize).1.first_mut() {
            *entry = true;
        }
        rest = more;
    }
    table
};

/// Returns whether there is nothing but printable ASCII and `\n`, and whether there is any `\n`.
fn ascii(text: &[u8]) -> (bool, bool) {
    // Without a way out of a chunk, each is a handful of vector instructions.
    let chunk = |chunk: &[u8]| {
        chunk.iter().fold((true, false), |(printable, newline), &byte| {
            let is_newline = byte == b'\n';
            (printable & (matches!(byte, b' '..=b'~') | is_newline), newline | is_newline)
        })
    };
    let mut newline = false;
    for part in text.chunks(32) {
        let (printable, has_newline) = chunk(part);
        newline |= has_newline;
        if !printable {
            return (false, newline);
        }
    }
    (true, newline)
}

/// Returns whether a plain `text` would be read as something else than text.
fn is_ambiguous(text: &str) -> bool {
    resolve(text) != Scalar::String || is_base_60(text)
}

/// Returns whether libyaml writes `c` as itself; of the printable characters, those of four bytes are left out.
pub(super) const fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn pair(text: &str, first: impl Fn(char) -> bool, second: impl Fn(char) -> bool) -> bool {
    let mut before = false;
    text.chars().any(|c| std::mem::replace(&mut before, first(c)) && second(c))
}

/// Returns whether a plain `text` would be taken for something of YAML's syntax.
fn has_indicators(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let bytes = text.as_bytes();
    let is_blank = |at: usize| bytes.get(at).is_none_or(|byte| matches!(byte, b' ' | b'\t'));
    match bytes.first() {
        None => return false,
        Some(
            b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
            | b'%' | b'@' | b'`' | b'#',
        ) => return true,
        Some(b'?' | b'-') if is_blank(1) => return true,
        Some(_) => {}
    }
    memchr::memchr2_iter(b':', b'#', bytes).any(|at| match bytes.get(at) {
        Some(b':') => is_blank(at + 1),
        _ => follows_blank(text, at),
    })
}

/// Returns whether a blank, a line end or NUL stands before the byte `at`.
fn follows_blank(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    before.is_none_or(|c| matches!(c, ' ' | '\t' | '\0') || is_break(c))
}
