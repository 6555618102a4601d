//! A version as constraints write it: parts may be missing or wild.

use semver::{BuildMetadata, Prerelease};

/// One of the three numbers of a version in a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Number(u64),
    Any,
    Missing,
}

impl Part {
    pub(crate) const fn number(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Any | Self::Missing => None,
        }
    }

    /// Reads the part at the start of `text`.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let end = text
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, 'x' | 'X' | '*')))
            .unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end)?;
        let part = match word {
            "x" | "X" | "*" => Self::Any,
            _ => Self::Number(word.parse().ok()?),
        };
        Some((part, rest))
    }
}

/// A version of which parts may be missing or wild.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) major: Part,
    pub(crate) minor: Part,
    pub(crate) patch: Part,
    pub(crate) pre: Prerelease,
    pub(crate) build: BuildMetadata,
}

impl Pattern {
    /// Reads the pattern at the start of `text`, and returns what stands behind it.
    pub(crate) fn parse(text: &str) -> Option<(Self, &str)> {
        let (major, mut rest) = Part::parse(text.strip_prefix('v').unwrap_or(text))?;
        let mut smaller = [Part::Missing; 2];
        for part in &mut smaller {
            if let Some(after) = rest.strip_prefix('.') {
                (*part, rest) = Part::parse(after)?;
            }
        }
        let [minor, patch] = smaller;
        let (pre, rest) = tail(rest, '-');
        let (build, rest) = tail(rest, '+');
        let pattern = Self {
            major,
            minor,
            patch,
            pre: Prerelease::new(pre?).ok()?,
            build: BuildMetadata::new(build?).ok()?,
        };
        Some((pattern, rest))
    }
}

/// Splits what follows `sign`, empty without one; `None` when the sign stands alone.
fn tail(text: &str, sign: char) -> (Option<&str>, &str) {
    let Some(after) = text.strip_prefix(sign) else { return (Some(""), text) };
    let end = after
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')))
        .unwrap_or(after.len());
    let (word, rest) = after.split_at(end);
    ((!word.is_empty()).then_some(word), rest)
}
