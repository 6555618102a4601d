//! The text being read, for messages that quote it.

use super::token::Mark;
use crate::error::Stage;
use crate::{Position, YamlError};

#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    text: &'a str,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: text.strip_prefix('\u{feff}').unwrap_or(text) }
    }

    pub(super) const fn text(self) -> &'a str {
        self.text
    }

    pub(super) fn error(self, at: Mark, problem: impl Into<String>, stage: Stage) -> YamlError {
        YamlError {
            problem: problem.into(),
            position: position(at),
            line: lines(self.text).nth(at.line).unwrap_or_default().to_owned(),
            stage,
        }
    }

    /// Refuses characters that no YAML text may hold.
    pub(super) fn check_characters(self) -> Result<(), YamlError> {
        let Some(index) = self.text.find(|c| !is_allowed(c)) else {
            return Ok(());
        };
        let before = self.text.get(..index).unwrap_or_default();
        let line = lines(before).count().saturating_sub(1);
        let column = lines(before).last().unwrap_or_default().chars().count();
        let at = Mark { index, line, column };
        Err(self.error(at, "control characters are not allowed", Stage::Yaml(None)))
    }
}

pub(super) const fn position(at: Mark) -> Position {
    Position { line: at.line + 1, column: at.column + 1 }
}

pub(super) const fn is_allowed(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..
    )
}

/// Splits at every line end that YAML 1.1 knows; the part behind the last one counts as a line.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((line, after)) = text.split_once(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
        else {
            return rest.take();
        };
        let crlf = text.get(line.len()..).is_some_and(|end| end.starts_with("\r\n"));
        rest = Some(if crlf { after.get(1..).unwrap_or_default() } else { after });
        Some(line)
    })
}
