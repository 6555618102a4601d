//! What an execution prints, and where each part of it comes from.

use std::sync::Arc;

use crate::error::Limit;
use crate::span::Span;
use crate::value::Value;

/// What an execution has printed.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The bytes; UTF-8 unless templates or values contain something else.
    pub bytes: Vec<u8>,
    /// Where they come from, in order; empty unless [`crate::Options::source_map`] asked for it.
    pub segments: Vec<Segment>,
}

/// A part of the output that comes from one node of a template.
///
/// It ends where the next one begins. What a function returns comes from the action that prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The offset of the first byte in the output.
    pub start: usize,
    /// The name of the file.
    pub file: Arc<str>,
    /// The text, or for an action an empty span at its beginning.
    pub span: Span,
}

impl Output {
    /// Returns the output as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn into_text(self) -> String {
        String::from_utf8(self.bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// Returns the segment that the byte at `offset` belongs to.
    #[must_use]
    pub fn segment_at(&self, offset: usize) -> Option<&Segment> {
        let after = self.segments.partition_point(|segment| segment.start <= offset);
        self.segments.get(after.checked_sub(1)?)
    }
}

/// Collects output up to a limit.
pub(crate) struct Writer {
    pub(crate) output: Output,
    pub(crate) limit: usize,
    pub(crate) source_map: bool,
}

impl Writer {
    pub(crate) fn text(&mut self, text: &[u8]) -> Result<(), Limit> {
        self.output.bytes.extend_from_slice(text);
        self.check()
    }

    pub(crate) fn check(&self) -> Result<(), Limit> {
        if self.output.bytes.len() > self.limit { Err(Limit::Output) } else { Ok(()) }
    }

    /// Notes that what is printed from here on comes from `span`.
    pub(crate) fn mark(&mut self, file: &Arc<str>, span: Span) {
        if self.source_map {
            let start = self.output.bytes.len();
            self.output.segments.push(Segment { start, file: file.clone(), span });
        }
    }

    /// Takes away what was printed since the output was `start` bytes long.
    pub(crate) fn cut(&mut self, start: usize) -> Value {
        let before = self.output.segments.partition_point(|segment| segment.start < start);
        self.output.segments.truncate(before);
        let text = Value::text(self.output.bytes.get(start..).unwrap_or_default());
        self.output.bytes.truncate(start);
        text
    }
}
