//! The short way to a value: reads the YAML that charts are mostly made of in one pass over its bytes.
//!
//! Block maps and lists, plain and quoted scalars, block scalars, brackets of simple content: whatever else
//! YAML has (anchors, tags, directives, several documents, odd indentation, mistakes) is left alone, and
//! [`read`] says so by `None`. The long way of the scanner then finds out what it means, or what to say
//! about it. What is read here is what the long way would have read; a property test holds them together.

mod flow;
mod scalar;

use std::sync::Arc;

use super::resolve::{Scalar, resolve};
use super::{key, source};
use crate::{Map, Value};

/// How deep nodes may be; the long way goes a little deeper and then refuses.
const MAX_DEPTH: usize = 90;

/// How long a text may be, in bytes; the long way counts its values.
const MAX_LENGTH: usize = 16 << 20;

/// How long a key may be; the long way ends at 1024 characters.
const MAX_KEY: usize = 1000;

/// Reads the one document of `text`; `None` when that takes the long way.
pub(super) fn read(text: &str) -> Option<Value> {
    keep(text, &Keep::All)
}

/// As [`read`], but of a map only the entries of these keys are kept. The others are looked at for mistakes.
pub(super) fn read_entries(text: &str, keys: &[&str]) -> Option<Value> {
    keep(text, &Keep::Entries(keys))
}

fn keep(text: &str, keep: &Keep<'_>) -> Option<Value> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    if is_simple(text.as_bytes()) {
        return Reader::start(text)?.document(keep);
    }
    // Wherever they stand, both line ends mean the same.
    let text = text.contains("\r\n").then(|| text.replace("\r\n", "\n"))?;
    if is_simple(text.as_bytes()) { Reader::start(&text)?.document(keep) } else { None }
}

/// Which part of a node is wanted.
enum Keep<'k> {
    All,
    /// Of a map these entries alone; of anything else all.
    Entries(&'k [&'k str]),
    Nothing,
}

impl Keep<'_> {
    const fn nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Returns what is wanted of a map's entry.
    fn entry(&self, name: &str) -> Keep<'static> {
        let wanted = match self {
            Self::All => true,
            Self::Entries(keys) => keys.contains(&name),
            Self::Nothing => false,
        };
        if wanted { Keep::All } else { Keep::Nothing }
    }
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
}

impl<'t> Reader<'t> {
    fn start(text: &'t str) -> Option<Self> {
        let mut reader = Self { text, at: 0, column: None };
        reader.skip_start();
        reader.line()?;
        Some(reader)
    }

    fn document(mut self, keep: &Keep<'_>) -> Option<Value> {
        let value = match self.column {
            None => Value::Null,
            Some(column) if self.is_entry() => self.list(column, 0, keep)?,
            Some(column) => match self.byte(0)? {
                b'{' | b'[' => self.flow_line(keep)?,
                _ => {
                    let key = self.key()?;
                    self.map(column, 0, key, keep)?
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
        // Eight of them are one comparison.
        let (blocks, _) = rest.as_chunks::<8>();
        let spaces = 8 * blocks.iter().take_while(|block| **block == [b' '; 8]).count();
        let last = rest.get(spaces..).unwrap_or_default();
        spaces + last.iter().take_while(|byte| **byte == b' ').count()
    }

    /// Goes to the start of the next line.
    fn skip_line(&mut self) {
        self.at = self.line_end();
        self.at += usize::from(self.byte(0).is_some());
    }

    /// Returns the byte at which the line ends.
    fn line_end(&self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |length| self.at + length)
    }

    fn at_marker(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.starts_with("---") || rest.starts_with("...")
    }

    /// Reads a map at `column`, whose first key has been seen.
    fn map(
        &mut self,
        column: usize,
        depth: usize,
        mut key: Key<'t>,
        keep: &Keep<'_>,
    ) -> Option<Value> {
        let mut map = Map::new();
        loop {
            let name = key.name()?;
            let wanted = keep.entry(name.text());
            self.at = key.end;
            let value = self.value(column, depth, &wanted)?;
            if !wanted.nothing() {
                map.insert(name.into(), value);
            }
            match self.column {
                Some(next) if next == column => {}
                Some(next) if next > column => return None,
                _ if keep.nothing() => return Some(Value::Null),
                _ => return Some(Value::from(map)),
            }
            key = self.key()?;
        }
    }

    /// Reads what stands behind the colon of a key at `column`.
    fn value(&mut self, column: usize, depth: usize, keep: &Keep<'_>) -> Option<Value> {
        let spaces = self.spaces();
        self.at += spaces;
        match self.byte(0) {
            None | Some(b'\n') => {}
            Some(b'#') if spaces > 0 => {}
            Some(_) => return self.inline(column, keep),
        }
        self.skip_line();
        self.line()?;
        match self.column {
            Some(below) if below > column => self.below(column, below, depth, keep),
            Some(below) if below == column && self.is_entry() => self.list(column, depth, keep),
            _ => Some(Value::Null),
        }
    }

    /// Reads a list whose dashes are at `column`.
    fn list(&mut self, column: usize, depth: usize, keep: &Keep<'_>) -> Option<Value> {
        let keep = if keep.nothing() { &Keep::Nothing } else { &Keep::All };
        let mut items = Vec::new();
        while self.column == Some(column) && self.is_entry() {
            let item = self.item(column, depth, keep)?;
            if !keep.nothing() {
                items.push(item);
            }
        }
        match self.column {
            Some(next) if next > column => None,
            _ if keep.nothing() => Some(Value::Null),
            _ => Some(Value::from(items)),
        }
    }

    fn item(&mut self, column: usize, depth: usize, keep: &Keep<'_>) -> Option<Value> {
        self.at += 1;
        let spaces = self.spaces();
        self.at += spaces;
        match self.byte(0) {
            None | Some(b'\n') => {}
            Some(b'#') if spaces > 0 => {}
            Some(_) => return self.below(column, column + 1 + spaces, depth, keep),
        }
        self.skip_line();
        self.line()?;
        match self.column {
            Some(below) if below > column => self.below(column, below, depth, keep),
            _ => Some(Value::Null),
        }
    }

    /// Reads the node at the column `below`, inside of a map or list at `column`.
    fn below(
        &mut self,
        column: usize,
        below: usize,
        depth: usize,
        keep: &Keep<'_>,
    ) -> Option<Value> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.column = Some(below);
        if self.is_entry() {
            return self.list(below, depth + 1, keep);
        }
        match self.key() {
            Some(key) => self.map(below, depth + 1, key, keep),
            None => self.inline(column, keep),
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
        let mut before = 0;
        for (length, byte) in rest.iter().enumerate().take(MAX_KEY) {
            match byte {
                b'\n' | b'\t' => return None,
                b'#' if before == b' ' => return None,
                b':' if self.is_gap(length + 1) => {
                    let text = self.text.get(self.at..self.at + length)?.trim_end_matches(' ');
                    let end = self.at + length + 1;
                    // A merge key is none of this map.
                    return (text != "<<").then_some(Key { text, plain: true, end });
                }
                _ => {}
            }
            before = *byte;
        }
        None
    }

    fn quoted_key(&self, quote: u8) -> Option<Key<'t>> {
        let rest = self.text.get(self.at + 1..)?;
        let length = rest
            .bytes()
            .take(MAX_KEY)
            .position(|byte| byte == quote || matches!(byte, b'\n' | b'\\'))?;
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
    fn name(&self) -> Option<Name<'t>> {
        // No word or number that is no text begins with another letter.
        let is_text = |first: u8| first.is_ascii_alphabetic() && !b"nNyYtTfFoO".contains(&first);
        if !self.plain || self.text.bytes().next().is_some_and(is_text) {
            return Some(Name::Written(self.text));
        }
        match resolve(self.text) {
            Scalar::String => Some(Name::Written(self.text)),
            meaning => key::text(&super::tag::tagged(&meaning, self.text)).map(Name::Made),
        }
    }
}

/// The name of an entry.
enum Name<'t> {
    Written(&'t str),
    /// That of a number or a word with a meaning.
    Made(Arc<str>),
}

impl Name<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Written(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl From<Name<'_>> for Arc<str> {
    fn from(name: Name<'_>) -> Self {
        match name {
            Name::Written(text) => Self::from(text),
            Name::Made(text) => text,
        }
    }
}

/// Returns what a plain text stands for; `None` for numbers that JSON does not have.
fn plain_value(text: &str) -> Option<Value> {
    match resolve(text) {
        Scalar::Float(float) if !float.is_finite() => None,
        meaning => Some(super::tag::tagged(&meaning, text).into_value()),
    }
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
