//! Scalars: plain, in quotes, and as blocks.

use std::borrow::Cow;

use super::{Reader, plain_value};
use crate::yaml::tree::Tree;

/// What the last lines of a block come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Clip,
    Strip,
    Keep,
}

/// The first line of a block.
struct Head {
    folded: bool,
    chomp: Chomp,
    increment: Option<usize>,
}

impl<'t> Reader<'t> {
    /// Reads what stands behind a key or a dash, whose map or list is at `column`, and is neither.
    pub(super) fn inline<T: Tree>(&mut self, column: usize) -> Option<T> {
        match self.byte(0)? {
            quote @ (b'"' | b'\'') => {
                let text = T::text(&self.quoted(quote)?);
                self.end_line()?;
                Some(text)
            }
            b'[' | b'{' => self.flow_line(),
            b'|' | b'>' => self.block(column),
            _ => self.plain(column),
        }
    }

    /// Returns whether a plain text can start here, in a block.
    pub(super) fn starts_plain(&self) -> bool {
        match self.byte(0) {
            None => false,
            Some(b'-' | b'?' | b':') => !self.is_gap(1) && self.byte(1) != Some(b'\t'),
            Some(byte) => !matches!(
                byte,
                b',' | b'['
                    | b']'
                    | b'{'
                    | b'}'
                    | b'#'
                    | b'&'
                    | b'*'
                    | b'!'
                    | b'|'
                    | b'>'
                    | b'\''
                    | b'"'
                    | b'%'
                    | b'@'
                    | b'`'
                    | b' '
                    | b'\t'
                    | b'\n'
            ),
        }
    }

    fn plain<T: Tree>(&mut self, column: usize) -> Option<T> {
        if !self.starts_plain() {
            return None;
        }
        let (first, mut ended) = self.plain_line()?;
        let mut folded = String::new();
        loop {
            let (breaks, more) = if ended { (0, false) } else { self.continues(column)? };
            if !more {
                break;
            }
            if folded.is_empty() {
                folded.push_str(first);
            }
            folded.extend(std::iter::repeat_n('\n', breaks));
            if breaks == 0 {
                folded.push(' ');
            }
            let line;
            (line, ended) = self.plain_line()?;
            folded.push_str(line);
        }
        self.line()?;
        plain_value(if folded.is_empty() { first } else { &folded })
    }

    /// Takes the rest of a line of plain text; also returns whether a comment ends the text.
    fn plain_line(&mut self) -> Option<(&'t str, bool)> {
        let rest = self.text.get(self.at..)?;
        let bytes = rest.as_bytes();
        let mut end = 0;
        let comment = loop {
            let Some(at) = memchr::memchr3(b':', b'#', b'\n', bytes.get(end..)?) else {
                end = bytes.len();
                break false;
            };
            end += at;
            match bytes.get(end)? {
                b'\n' => break false,
                b'#' if end.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b' ') => {
                    break true;
                }
                b':' if self.is_gap(end + 1) => return None,
                _ => end += 1,
            }
        };
        let line = rest.get(..end)?;
        if self.has_tabs && line.contains('\t') {
            return None;
        }
        self.at += end;
        self.skip_line();
        Some((line.trim_end_matches(' '), comment))
    }

    /// Looks whether the plain text goes on below; if so, goes there and returns how many lines between
    /// are empty.
    fn continues(&mut self, column: usize) -> Option<(usize, bool)> {
        let start = self.at;
        let mut breaks = 0;
        loop {
            let spaces = self.spaces();
            self.at += spaces;
            match self.byte(0) {
                Some(b'\n') => {
                    breaks += 1;
                    self.at += 1;
                }
                Some(b'\t') => return None,
                Some(byte) if byte != b'#' && spaces > column => return Some((breaks, true)),
                _ => {
                    self.at = start;
                    return Some((0, false));
                }
            }
        }
    }

    /// Reads a quoted text, and stays behind it.
    pub(super) fn quoted(&mut self, quote: u8) -> Option<Cow<'t, str>> {
        self.at += 1;
        let start = self.text.get(self.at..)?;
        let mut rest = start;
        let mut text = String::new();
        loop {
            let backslash = if quote == b'"' { b'\\' } else { quote };
            let length = memchr::memchr3(quote, b'\n', backslash, rest.as_bytes())?;
            let (part, after) = rest.split_at_checked(length)?;
            let mut chars = after.chars();
            rest = match chars.next()? {
                '\n' => {
                    text.push_str(part.trim_end_matches([' ', '\t']));
                    fold(chars.as_str(), &mut text)?
                }
                '\\' => {
                    text.push_str(part);
                    escape(chars.as_str(), &mut text)?
                }
                '\'' if after.starts_with("''") => {
                    text.push_str(part);
                    text.push('\'');
                    after.get(2..)?
                }
                _ => {
                    self.at = self.text.len() - chars.as_str().len();
                    if length + after.len() == start.len() {
                        return Some(Cow::Borrowed(part));
                    }
                    text.push_str(part);
                    return Some(Cow::Owned(text));
                }
            };
        }
    }

    /// Reads a block, whose map or list is at `column`.
    fn block<T: Tree>(&mut self, column: usize) -> Option<T> {
        let head = self.block_head()?;
        let indent = match head.increment {
            Some(by) => column + by,
            None => self.block_indent(column)?,
        };
        let mut text = String::new();
        // The line end of the line before, and the empty lines behind it.
        let (mut ended, mut breaks) = (false, 0);
        let mut was_blank = false;
        loop {
            let spaces = self.spaces().min(indent);
            match self.byte(spaces) {
                Some(b'\n') => {
                    breaks += 1;
                    self.at += spaces + 1;
                    continue;
                }
                Some(b'\t') if spaces < indent => return None,
                None => {
                    self.at += spaces;
                    break;
                }
                Some(_) if spaces < indent => break,
                Some(_) => {}
            }
            self.at += spaces;
            let end = self.line_end();
            let line = self.text.get(self.at..end)?;
            self.at = end;
            if T::IS_KEPT {
                let blank = line.starts_with([' ', '\t']);
                if ended {
                    let folds = head.folded && !was_blank && !blank;
                    match (folds, breaks) {
                        (true, 0) => text.push(' '),
                        (true, _) => {}
                        (false, _) => text.push('\n'),
                    }
                }
                text.extend(std::iter::repeat_n('\n', breaks));
                text.push_str(line);
                was_blank = blank;
            }
            breaks = 0;
            ended = self.byte(0).is_some();
            self.at += usize::from(ended);
        }
        if ended && head.chomp != Chomp::Strip {
            text.push('\n');
        }
        if head.chomp == Chomp::Keep {
            text.extend(std::iter::repeat_n('\n', breaks));
        }
        self.line()?;
        Some(T::text(&text))
    }

    /// Reads `|` or `>` and what follows it on the line.
    fn block_head(&mut self) -> Option<Head> {
        let mut head =
            Head { folded: self.byte(0) == Some(b'>'), chomp: Chomp::Clip, increment: None };
        let end = self.line_end();
        let words = self.text.get(self.at + 1..end)?;
        let indicators = match words.split_once(" #") {
            Some((indicators, _)) => indicators,
            None => words,
        };
        match indicators.trim_end_matches(' ').as_bytes() {
            [] => {}
            [b'-'] => head.chomp = Chomp::Strip,
            [b'+'] => head.chomp = Chomp::Keep,
            [digit @ b'1'..=b'9'] => head.increment = Some(usize::from(digit - b'0')),
            [digit @ b'1'..=b'9', b'-'] | [b'-', digit @ b'1'..=b'9'] => {
                head.chomp = Chomp::Strip;
                head.increment = Some(usize::from(digit - b'0'));
            }
            _ => return None,
        }
        self.skip_line();
        Some(head)
    }

    /// Returns how deep a block is that does not say so.
    fn block_indent(&self, column: usize) -> Option<usize> {
        let mut deepest = 0;
        for line in self.text.get(self.at..)?.split('\n') {
            let content = line.trim_start_matches(' ');
            let spaces = line.len() - content.len();
            deepest = deepest.max(spaces);
            if content.starts_with('\t') || (spaces > column && !content.is_empty()) {
                // One whose first lines are deeper than its text goes the long way.
                let odd = spaces < deepest || content.starts_with('\t');
                return (!odd).then_some(spaces);
            }
            if !content.is_empty() {
                break;
            }
        }
        // There is nothing in it but empty lines.
        Some(deepest.max(column + 1))
    }
}

/// Goes over a line end in a quoted text, and over empty lines and blanks behind it: a single line end becomes
/// a space, and of several the first one is dropped.
fn fold<'t>(rest: &'t str, text: &mut String) -> Option<&'t str> {
    let (rest, breaks) = skip_empty(rest);
    if rest.starts_with("---") || rest.starts_with("...") {
        return None;
    }
    if breaks == 0 {
        text.push(' ');
    }
    text.extend(std::iter::repeat_n('\n', breaks));
    Some(rest)
}

/// Returns what is behind empty lines and blanks, and how many lines that were.
fn skip_empty(mut rest: &str) -> (&str, usize) {
    let mut breaks = 0;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        match rest.strip_prefix('\n') {
            Some(after) => {
                breaks += 1;
                rest = after;
            }
            None => return (rest, breaks),
        }
    }
}

/// Takes what is behind a backslash.
fn escape<'t>(rest: &'t str, text: &mut String) -> Option<&'t str> {
    let (c, length) = match rest.bytes().next()? {
        c @ (b'"' | b'\\' | b' ' | b'\'') => (char::from(c), 1),
        b'n' => ('\n', 1),
        b't' => ('\t', 1),
        b'r' => ('\r', 1),
        b'u' => {
            let digits = rest.get(1..5).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            (char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, 5)
        }
        b'\n' => {
            let (rest, breaks) = skip_empty(rest.get(1..)?);
            text.extend(std::iter::repeat_n('\n', breaks));
            return (!rest.starts_with("---") && !rest.starts_with("...")).then_some(rest);
        }
        _ => return None,
    };
    text.push(c);
    rest.get(length..)
}
