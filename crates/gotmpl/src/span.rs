//! Where something stands in the text of a template.

use std::sync::Arc;

/// A range of bytes in the text of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The offset of the first byte.
    pub start: u32,
    /// The offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// Returns the span as a range of indices.
    #[must_use]
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns this range of `text`.
    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.range()).unwrap_or_default()
    }
}

/// A node of a tree: its number in the order of parsing, and the offset that Go reports for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) id: u32,
    pub(crate) pos: u32,
}

/// The characters around actions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Delims {
    /// What opens an action; `{{` unless told.
    pub left: String,
    /// What closes an action; `}}` unless told.
    pub right: String,
}

impl Default for Delims {
    fn default() -> Self {
        Self { left: "{{".to_owned(), right: "}}".to_owned() }
    }
}

/// A file of templates: its name in messages, and its bytes.
#[derive(Debug)]
pub struct Source {
    /// The name that messages show.
    pub name: Arc<str>,
    /// The text, which need not be UTF-8.
    pub text: Arc<[u8]>,
    /// The delimiters it was written with.
    pub delims: Delims,
}

impl Source {
    /// Returns line and column of an offset as Go counts them: lines from 1, columns in bytes from 0.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let before = self.text.get(..offset as usize).unwrap_or(&self.text);
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let lines = newlines(before);
        (lines.saturating_add(1), small(before.len() - line_start))
    }
}

/// Returns how many lines end in `text`.
pub(crate) fn newlines(text: &[u8]) -> u32 {
    small(memchr::memchr_iter(b'\n', text).count())
}

/// Returns an offset as it is stored; texts are bounded far below its range.
pub(crate) fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
