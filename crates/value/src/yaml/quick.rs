//! The short way to a value: reads the YAML that charts are mostly made of in one pass over its bytes.
//!
//! Block maps and lists, plain and quoted scalars, block scalars, brackets of simple content: whatever else
//! YAML has (anchors, tags, directives, several documents, odd indentation, mistakes) is left alone, and
//! [`read`] says so by `None`. The long way of the scanner then finds out what it means, or what to say
//! about it. What is read here is what the long way would have read; a property test holds them together.

mod flow;
mod scalar;

use std::borrow::Cow;

use super::resolve::{LONGEST_WORD, Scalar, resolve};
use super::tree::{Nothing, Tree};
use super::{key, source};
use crate::Value;

/// How deep nodes may be; the long way goes a little deeper and then refuses.
const MAX_DEPTH: usize = 90;

/// How long a text may be, in bytes; the long way counts its values.
const MAX_LENGTH: usize = 16 << 20;

/// How long a key may be; the long way ends at 1024 characters.
const MAX_KEY: usize = 1000;

/// Reads the one document of `text`; `None` when that takes the long way.
pub(super) fn read<T: Tree>(text: &str) -> Option<T> {
    Reader::start(&simple(text)?)?.document()
}

/// As [`read`], but of a map only the entries of these keys are kept. The others are looked at for mistakes.
pub(super) fn read_entries(text: &str, keys: &[&str]) -> Option<Value> {
    let text = simple(text)?;
    let mut reader = Reader::start(&text)?;
    let value = match reader.column {
        Some(column) if !(reader.is_entry() || matches!(reader.byte(0), Some(b'{' | b'['))) => {
            let key = reader.key()?;
            let mut kept = Vec::new();
            reader.entries(column, key, |reader, name| {
                if keys.contains(&name) {
                    kept.push((Value::key(name), reader.value(column, 0)?));
                } else {
                    reader.value::<Nothing>(column, 0)?;
                }
                Some(())
            })?;
            <Value as Tree>::map(kept)
        }
        _ => {
            let mut value = reader.document::<Value>()?;
            if let Some(map) = value.as_map_mut() {
                map.retain(|name, _| keys.contains(&&**name));
            }
            return Some(value);
        }
    };
    reader.column.is_none().then_some(value)
}

/// Returns the text if every character of it needs no care, with line ends of one byte.
fn simple(text: &str) -> Option<Cow<'_, str>> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    if is_simple(text.as_bytes()) {
        return Some(Cow::Borrowed(text));
    }
    // Wherever they stand, both line ends mean the same.
    let text = text.contains("\r\n").then(|| text.replace("\r\n", "\n"))?;
    is_simple(text.as_bytes()).then_some(Cow::Owned(text))
}

/// A key as it is written.
struct Key<'t> {
    text: &'t str,
    plain: bool,
    /// The byte behind the colon.
    end: usize,
}

struct Reader<'t> {
    text: &'t str,
    /// The byte of the next token.
    at: usize,
    /// The column of that token; none at the end of the text.
    column: Option<usize>,
    /// There are tabs in the text.
    has_tabs: bool,
}

impl<'t> Reader<'t> {
    fn start(text: &'t str) -> Option<Self> {
        let has_tabs = memchr::memchr(b'\t', text.as_bytes()).is_some();
        let mut reader = Self { text, at: 0, column: None, has_tabs };
        reader.skip_start();
        reader.line()?;
        Some(reader)
    }

    fn document<T: Tree>(mut self) -> Option<T> {
        let value = match self.column {
            None => T::plain(Value::Null),
            Some(column) if self.is_entry() => self.list(column, 0)?,
            Some(column) => match self.byte(0)? {
                b'{' | b'[' => self.flow_line()?,
                _ => {
                    let key = self.key()?;
                    self.map(column, 0, key)?
                }
            },
        };
        self.column.is_none().then_some(value)
    }

    /// Goes over comments and one `---` in front of the document.
    fn skip_start(&mut self) {
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let content = line.trim_matches([' ', '\n']);
            at += line.len();
            if content == "---" && line.starts_with('-') {
                self.at = at;
                return;
            }
            if !content.is_empty() && !content.starts_with('#') {
                return;
            }
        }
    }

    /// Returns the byte so far behind the token.
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// Returns whether a blank, the end of the line or that of the text is so far behind the token.
    fn is_gap(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), None | Some(b' ' | b'\n'))
    }

    fn is_entry(&self) -> bool {
        self.byte(0) == Some(b'-') && self.is_gap(1)
    }

    /// Goes from the start of a line to the next token, over empty lines and comments.
    fn line(&mut self) -> Option<()> {
        loop {
            let column = self.spaces();
            self.at += column;
            match self.byte(0) {
                None => {
                    self.column = None;
                    return Some(());
                }
                Some(b'\n') => self.at += 1,
                Some(b'#') => self.skip_line(),
                Some(b'\t') => return None,
                Some(_) if column == 0 && self.at_marker() => return None,
                Some(_) => {
                    self.column = Some(column);
                    return Some(());
                }
            }
        }
    }

    /// Goes from behind a node to the next token; only a comment may still stand on the line.
    fn end_line(&mut self) -> Option<()> {
        let spaces = self.spaces();
        self.at += spaces;
        match self.byte(0) {
            None => {}
            Some(b'\n') => self.at += 1,
            Some(b'#') if spaces > 0 => self.skip_line(),
            Some(_) => return None,
        }
        self.line()
    }

    /// Returns how many spaces are here.
    fn spaces(&self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let (blocks, last) = rest.as_chunks::<8>();
        let mut spaces = 0;
        for block in blocks {
            // Eight of them are one comparison; of others, the lowest byte that is none tells how many.
            let others = u64::from_le_bytes(*block) ^ u64::from_le_bytes([b' '; 8]);
            if others != 0 {
                return spaces + others.trailing_zeros() as usize / 8;
            }
            spaces += 8;
        }
        spaces + last.iter().take_while(|byte| **byte == b' ').count()
    }

    /// Goes to the start of the next line.
    fn skip_line(&mut self) {
        self.at = self.line_end();
        self.at += usize::from(self.byte(0).is_some());
    }

    /// Returns the byte at which the line ends.
    fn line_end(&self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.text.len(), |length| self.at + length)
    }

    fn at_marker(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.starts_with("---") || rest.starts_with("...")
    }

    /// Reads a map at `column`, whose first key has been seen.
    fn map<T: Tree>(&mut self, column: usize, depth: usize, key: Key<'t>) -> Option<T> {
        let mut entries = Vec::new();
        self.entries(column, key, |reader, name| {
            let key = T::key(name);
            entries.push((key, reader.value(column, depth)?));
            Some(())
        })?;
        Some(T::map(entries))
    }

    /// Goes through a map; `entry` gets the key and reads what stands behind its colon.
    fn entries(
        &mut self,
        column: usize,
        mut key: Key<'t>,
        mut entry: impl FnMut(&mut Self, &str) -> Option<()>,
    ) -> Option<()> {
        loop {
            self.at = key.end;
            entry(self, &key.name()?)?;
            match self.column {
                Some(next) if next == column => key = self.key()?,
                Some(next) if next > column => return None,
                _ => return Some(()),
            }
        }
    }

    /// Reads what stands behind the colon of a key at `column`.
    fn value<T: Tree>(&mut self, column: usize, depth: usize) -> Option<T> {
        if self.goes_on_here()? {
            return self.inline(column);
        }
        match self.column {
            Some(below) if below > column => self.below(column, below, depth),
            Some(below) if below == column && self.is_entry() => self.list(column, depth),
            _ => Some(T::plain(Value::Null)),
        }
    }

    /// Goes from behind a colon or a dash to what stands there on the line; if there is nothing, to the next
    /// token.
    fn goes_on_here(&mut self) -> Option<bool> {
        let spaces = self.spaces();
        self.at += spaces;
        match self.byte(0) {
            None | Some(b'\n') => {}
            Some(b'#') if spaces > 0 => {}
            Some(_) => return Some(true),
        }
        self.skip_line();
        self.line()?;
        Some(false)
    }

    /// Reads a list whose dashes are at `column`.
    fn list<T: Tree>(&mut self, column: usize, depth: usize) -> Option<T> {
        let mut items = Vec::new();
        while self.column == Some(column) && self.is_entry() {
            items.push(self.item(column, depth)?);
        }
        match self.column {
            Some(next) if next > column => None,
            _ => Some(T::list(items)),
        }
    }

    fn item<T: Tree>(&mut self, column: usize, depth: usize) -> Option<T> {
        let dash = self.at;
        self.at += 1;
        if self.goes_on_here()? {
            return self.below(column, column + self.at - dash, depth);
        }
        match self.column {
            Some(below) if below > column => self.below(column, below, depth),
            _ => Some(T::plain(Value::Null)),
        }
    }

    /// Reads the node at the column `below`, inside of a map or list at `column`.
    fn below<T: Tree>(&mut self, column: usize, below: usize, depth: usize) -> Option<T> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.column = Some(below);
        if self.is_entry() {
            return self.list(below, depth + 1);
        }
        match self.key() {
            Some(key) => self.map(below, depth + 1, key),
            None => self.inline(column),
        }
    }

    /// Looks for a key at the token, with its colon on the same line.
    fn key(&self) -> Option<Key<'t>> {
        let first = self.byte(0)?;
        if matches!(first, b'"' | b'\'') {
            return self.quoted_key(first);
        }
        if !self.starts_plain() {
            return None;
        }
        let rest = self.text.as_bytes().get(self.at..)?;
        let mut length = 0;
        loop {
            length += next_mark(rest.get(length..)?)?;
            match rest.get(length)? {
                _ if length >= MAX_KEY => return None,
                b':' if self.is_gap(length + 1) => break,
                b':' => {}
                b'#' if length.checked_sub(1).and_then(|at| rest.get(at)) != Some(&b' ') => {}
                _ => return None,
            }
            length += 1;
        }
        let text = self.text.get(self.at..self.at + length)?.trim_end_matches(' ');
        if self.has_tabs && text.contains('\t') {
            return None;
        }
        // A merge key is none of this map.
        (text != "<<").then_some(Key { text, plain: true, end: self.at + length + 1 })
    }

    fn quoted_key(&self, quote: u8) -> Option<Key<'t>> {
        let rest = self.text.get(self.at + 1..)?;
        let length = memchr::memchr3(quote, b'\n', b'\\', rest.as_bytes())?;
        if length >= MAX_KEY {
            return None;
        }
        let closing = rest.as_bytes().get(length).copied()?;
        let colon = rest.as_bytes().get(length + 1).copied()?;
        if closing != quote || colon != b':' || !self.is_gap(length + 3) {
            return None;
        }
        Some(Key { text: rest.get(..length)?, plain: false, end: self.at + length + 3 })
    }
}

impl<'t> Key<'t> {
    /// Returns the name that the entry gets; fails for what JSON has no key for.
    fn name(&self) -> Option<Cow<'t, str>> {
        if !self.plain || is_text(self.text) {
            return Some(Cow::Borrowed(self.text));
        }
        match resolve(self.text) {
            Scalar::String => Some(Cow::Borrowed(self.text)),
            meaning => {
                let name = key::text(&super::tag::tagged(&meaning, self.text))?;
                Some(Cow::Owned(name.to_string()))
            }
        }
    }
}

/// Returns whether a plain text begins as no number and no word does that has a meaning, or is longer.
fn is_text(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| {
        first.is_ascii_alphabetic()
            && (text.len() > LONGEST_WORD || !b"nNyYtTfFoO".contains(&first))
    })
}

/// Returns what a plain text stands for; `None` for numbers that JSON does not have.
fn plain_value<T: Tree>(text: &str) -> Option<T> {
    if is_text(text) || !(T::IS_KEPT || text.starts_with(['.', '+', '-'])) {
        return Some(T::text(text));
    }
    match resolve(text) {
        Scalar::Float(float) if !float.is_finite() => None,
        Scalar::String | Scalar::Timestamp => Some(T::text(text)),
        meaning => Some(T::plain(super::tag::tagged(&meaning, text).into_value())),
    }
}

/// Returns where the first byte is that may end a key.
fn next_mark(text: &[u8]) -> Option<usize> {
    /// So long keys are at most, as a rule. For a longer text it is worth to get vectors ready.
    const SHORT: usize = 20;
    let (short, rest) = text.split_at(text.len().min(SHORT));
    let found = short.iter().position(|byte| matches!(byte, b':' | b'#' | b'\n'));
    found.or_else(|| memchr::memchr3(b':', b'#', b'\n', rest).map(|at| at + short.len()))
}

/// Returns whether every byte belongs to a character that needs no care.
fn is_simple(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some((chunk, after)) = rest.split_at_checked(64.min(rest.len())) {
        if chunk.is_empty() {
            return true;
        }
        let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
        // Without a way out of it this is a handful of vector instructions.
        if chunk.iter().fold(true, |all, byte| all & plain(byte)) {
            rest = after;
            continue;
        }
        match after_odd(rest, chunk.len()) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

/// Looks at a chunk character by character and returns what is behind it.
fn after_odd(text: &[u8], length: usize) -> Option<&[u8]> {
    let mut at = 0;
    while at < length {
        let byte = text.get(at).copied()?;
        if byte < 0x80 {
            if !matches!(byte, b' '..=b'~' | b'\n' | b'\t') {
                return None;
            }
            at += 1;
            continue;
        }
        let width = match byte {
            ..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0.. => 4,
        };
        let c = std::str::from_utf8(text.get(at..at + width)?).ok()?.chars().next()?;
        if matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}') || !source::is_allowed(c) {
            return None;
        }
        at += width;
    }
    text.get(at..)
}

#[cfg(test)]
mod tests;
