//! Errors that point into a text.

use std::fmt;

/// A place in a text: line and column, both counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from one.
    pub line: usize,
    /// Column in characters, from one.
    pub column: usize,
}

impl Position {
    /// Returns `line`, the one of this place, with its number in front and a caret under the column, for
    /// people; two lines without a final newline.
    #[must_use]
    pub fn excerpt(self, line: &str) -> String {
        let number = self.line.to_string();
        let blank = " ".repeat(number.len());
        let caret: String = line
            .chars()
            .take(self.column.saturating_sub(1))
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        format!("{number} | {line}\n{blank} | {caret}^")
    }
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
    /// Who complains in Helm, and with which line number.
    pub(crate) stage: Stage,
}

/// The step of Helm's reading that finds a problem; it decides how Helm words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The YAML library, which names this line, if any.
    Yaml(Option<usize>),
    /// The conversion to JSON, which knows no lines.
    Json,
}

impl YamlError {
    /// Returns the line at fault with a caret under the column, for people; two lines without a final newline.
    ///
    /// Where a [`masked`](Self::masked) line ends before the column, the caret stands at its end.
    #[must_use]
    pub fn excerpt(&self) -> String {
        self.position.excerpt(&self.line)
    }

    /// Returns the message that Helm 4.3.1 prints behind `error converting YAML to JSON: `, for scripts
    /// that match it: `yaml: line 3: did not find expected key`.
    ///
    /// The line is go-yaml's: exact for some problems, one too small for others, left out on the first
    /// line. [`position`](Self::position) is exact.
    #[must_use]
    pub fn helm_text(&self) -> String {
        match self.stage {
            Stage::Yaml(Some(line)) => format!("yaml: line {line}: {}", self.problem),
            Stage::Yaml(None) => format!("yaml: {}", self.problem),
            Stage::Json => self.problem.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_the_column_even_behind_tabs() {
        let error = YamlError {
            problem: "found a thing".to_owned(),
            position: Position { line: 12, column: 3 },
            line: "\ta: b".to_owned(),
            stage: Stage::Yaml(Some(11)),
        };
        assert_eq!(error.excerpt(), "12 | \ta: b\n   | \t ^");
        assert_eq!(error.to_string(), "12:3: found a thing");
        assert_eq!(error.helm_text(), "yaml: line 11: found a thing");
    }
}
