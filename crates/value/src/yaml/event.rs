//! The pieces that a YAML text falls into.

use libyaml_safer::{Error, ErrorKind, EventData, Mark, Parser};

use super::source::Source;
use crate::YamlError;
use crate::error::Stage;

/// One piece of a text, with the offset in bytes where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) kind: Kind,
    pub(super) mark: Mark0,
}

/// A place as the scanner counts: line and column from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark0 {
    pub(super) line: usize,
    pub(super) column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(String),
    Scalar(ScalarEvent),
    ListStart { anchor: Option<String> },
    ListEnd,
    MapStart { anchor: Option<String> },
    MapEnd,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ScalarEvent {
    pub(super) anchor: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) text: String,
    /// Written without quotes and without a tag, so that its text decides what it is.
    pub(super) plain: bool,
    /// Not written at all: `a:` with nothing behind it.
    pub(super) absent: bool,
}

/// The pieces of one text, in order.
pub(super) struct Events<'a> {
    parser: Parser<&'a [u8]>,
    source: Source<'a>,
}

impl<'a> Events<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        let mut parser = Parser::new();
        parser.set_encoding(libyaml_safer::Encoding::Utf8);
        parser.set_input(source.text().as_bytes());
        Self { parser, source }
    }

    pub(super) fn next(&mut self) -> Result<Event, YamlError> {
        loop {
            let event = self.parser.parse().map_err(|error| self.error(&error))?;
            let mark = mark(event.start_mark);
            let absent = event.start_mark == event.end_mark;
            let kind = match event.data {
                EventData::StreamStart { .. } => continue,
                EventData::StreamEnd => Kind::StreamEnd,
                EventData::DocumentStart { .. } => Kind::DocumentStart,
                EventData::DocumentEnd { .. } => Kind::DocumentEnd,
                EventData::Alias { anchor } => Kind::Alias(anchor),
                EventData::Scalar {
                    anchor,
                    tag,
                    value,
                    plain_implicit,
                    ..
                } => Kind::Scalar(ScalarEvent {
                    absent: absent && plain_implicit && value.is_empty(),
                    anchor,
                    tag,
                    text: value,
                    plain: plain_implicit,
                }),
                EventData::SequenceStart { anchor, .. } => Kind::ListStart { anchor },
                EventData::SequenceEnd => Kind::ListEnd,
                EventData::MappingStart { anchor, .. } => Kind::MapStart { anchor },
                EventData::MappingEnd => Kind::MapEnd,
            };
            return Ok(Event { kind, mark });
        }
    }

    fn error(&self, error: &Error) -> YamlError {
        let at = mark(error.problem_mark().unwrap_or_default());
        let context = mark(error.context_mark().unwrap_or_default());
        let line = match (at.line, context.line) {
            (0, 0) => None,
            (0, line) => Some(line),
            (line, _) if error.kind() == ErrorKind::Scanner => Some(line + 1),
            (line, _) => Some(line),
        };
        self.source.error(at, error.problem(), Stage::Yaml(line))
    }
}

fn mark(mark: Mark) -> Mark0 {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    Mark0 {
        line: number(mark.line),
        column: number(mark.column),
    }
}
