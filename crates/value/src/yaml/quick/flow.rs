//! Lists and maps in brackets.

use std::borrow::Cow;

use super::{Key, MAX_DEPTH, MAX_KEY, Reader, plain_value};
use crate::Value;
use crate::yaml::tree::Tree;

impl<'t> Reader<'t> {
    /// Reads brackets and goes to the next token, which is on another line.
    pub(super) fn flow_line<T: Tree>(&mut self) -> Option<T> {
        let value = self.flow(0)?;
        self.end_line()?;
        Some(value)
    }

    fn flow<T: Tree>(&mut self, depth: usize) -> Option<T> {
        if depth >= MAX_DEPTH / 2 {
            return None;
        }
        let is_map = self.byte(0) == Some(b'{');
        self.at += 1;
        if is_map { self.flow_map(depth + 1) } else { self.flow_list(depth + 1) }
    }

    fn flow_list<T: Tree>(&mut self, depth: usize) -> Option<T> {
        let mut items = Vec::new();
        loop {
            self.flow_gap();
            if self.byte(0)? == b']' {
                self.at += 1;
                return Some(T::list(items));
            }
            items.push(self.flow_node(depth)?);
            self.flow_end(b']')?;
        }
    }

    fn flow_map<T: Tree>(&mut self, depth: usize) -> Option<T> {
        let mut entries = Vec::new();
        loop {
            self.flow_gap();
            if self.byte(0)? == b'}' {
                self.at += 1;
                return Some(T::map(entries));
            }
            let key = T::key(&self.flow_key()?);
            self.flow_gap();
            let value = match self.byte(0)? {
                b',' | b'}' => T::plain(Value::Null),
                _ => self.flow_node(depth)?,
            };
            entries.push((key, value));
            self.flow_end(b'}')?;
        }
    }

    /// Reads a key and its colon.
    fn flow_key(&mut self) -> Option<Cow<'t, str>> {
        let start = self.at;
        let first = self.byte(0)?;
        let name = if matches!(first, b'"' | b'\'') {
            self.quoted(first)?
        } else {
            let text = self.flow_plain()?;
            if text == "<<" {
                return None;
            }
            Key { text, plain: true, end: self.at }.name()?
        };
        if self.byte(0)? != b':' {
            return None;
        }
        self.at += 1;
        (self.at - start < MAX_KEY).then_some(name)
    }

    fn flow_node<T: Tree>(&mut self, depth: usize) -> Option<T> {
        match self.byte(0)? {
            b'[' | b'{' => self.flow(depth),
            quote @ (b'"' | b'\'') => Some(T::text(&self.quoted(quote)?)),
            _ => plain_value(self.flow_plain()?),
        }
    }

    /// Reads a plain text that ends on this line, at a comma, a bracket, or a colon with a blank behind it.
    fn flow_plain(&mut self) -> Option<&'t str> {
        let rest = self.text.get(self.at..)?;
        let bytes = rest.as_bytes();
        let starts = match bytes {
            [b'-' | b'+' | b'.', second, ..] => second.is_ascii_alphanumeric(),
            [first, ..] => {
                first.is_ascii_alphanumeric() || matches!(first, b'/' | b'_' | b'$' | b'<' | b'~')
            }
            [] => false,
        };
        if !starts {
            return None;
        }
        let mut end = None;
        for (length, byte) in bytes.iter().enumerate() {
            let next = bytes.get(length + 1).copied();
            match byte {
                b',' | b']' | b'}' | b'\n' => end = Some(length),
                b':' if next == Some(b' ') => end = Some(length),
                b':' if matches!(
                    next,
                    None | Some(b'\n' | b',' | b'[' | b']' | b'{' | b'}' | b'\t')
                ) =>
                {
                    return None;
                }
                b'#' | b'?' | b'[' | b'{' | b'\t' => return None,
                _ => {}
            }
            if end.is_some() {
                break;
            }
        }
        let text = rest.get(..end?)?;
        self.at += text.len();
        Some(text.trim_end_matches(' '))
    }

    /// Takes the comma behind an entry, or stays before the closing bracket.
    fn flow_end(&mut self, closing: u8) -> Option<()> {
        self.flow_gap();
        match self.byte(0)? {
            b',' => self.at += 1,
            byte if byte == closing => {}
            _ => return None,
        }
        Some(())
    }

    fn flow_gap(&mut self) {
        while matches!(self.byte(0), Some(b' ' | b'\n' | b'\t')) {
            self.at += 1;
        }
    }
}
