//! Errors that point into a text.

use std::fmt;

/// A place in a text: line and column, both counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from one.
    pub line: usize,
    /// Column in characters, from one.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// YAML that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {problem}")]
pub struct YamlError {
    /// What is wrong, in libyaml's words where libyaml found it.
    pub problem: String,
    /// Where.
    pub position: Position,
    /// The line at fault, without its end.
    pub line: String,
}

impl YamlError {
    /// Returns the line at fault with a caret under the column, for people; two lines without a final newline.
    #[must_use]
    pub fn excerpt(&self) -> String {
        let number = self.position.line.to_string();
        let blank = " ".repeat(number.len());
        let caret = " ".repeat(self.position.column.saturating_sub(1));
        format!("{number} | {}\n{blank} | {caret}^", self.line)
    }
}
