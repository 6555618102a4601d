//! One comparison of a constraint: an operator and a version, parts of which may be open.

use std::cmp::Ordering;

use semver::{BuildMetadata, Version};

use crate::pattern::Pattern;

/// How a version is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

impl Operator {
    /// Reads the operator at the start of `text`; none means `=`.
    pub(crate) fn parse(text: &str) -> (Self, &str) {
        const TABLE: [(&str, Operator); 11] = [
            ("!=", Operator::NotEqual),
            (">=", Operator::GreaterOrEqual),
            ("=>", Operator::GreaterOrEqual),
            ("<=", Operator::LessOrEqual),
            ("=<", Operator::LessOrEqual),
            ("~>", Operator::Tilde),
            ("=", Operator::Equal),
            (">", Operator::Greater),
            ("<", Operator::Less),
            ("~", Operator::Tilde),
            ("^", Operator::Caret),
        ];
        TABLE
            .iter()
            .find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)))
            .unwrap_or((Self::Equal, text))
    }
}

/// How much of a version in a constraint is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    All,
}

/// An operator and what it compares with.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    operator: Operator,
    version: Version,
    open: Open,
}

impl Comparison {
    pub(crate) fn new(operator: Operator, pattern: Pattern) -> Self {
        let (open, numbers) =
            match (pattern.major.number(), pattern.minor.number(), pattern.patch.number()) {
                (None, _, _) => (Open::All, (0, 0, 0)),
                (Some(major), None, _) => (Open::Minor, (major, 0, 0)),
                (Some(major), Some(minor), None) => (Open::Patch, (major, minor, 0)),
                (Some(major), Some(minor), Some(patch)) => (Open::Nothing, (major, minor, patch)),
            };
        let version = Version {
            major: numbers.0,
            minor: numbers.1,
            patch: numbers.2,
            pre: pattern.pre,
            build: BuildMetadata::EMPTY,
        };
        Self { operator, version, open }
    }

    pub(crate) fn holds(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => order == Ordering::Equal,
            Operator::Equal | Operator::Tilde => self.tilde(version, order),
            Operator::NotEqual => self.not_equal(version, order),
            Operator::Greater => self.greater(version, order),
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => self.less_or_equal(version, order),
            Operator::Caret => self.caret(version, order),
        }
    }

    /// Returns whether it names a prerelease.
    pub(crate) fn names_prerelease(&self) -> bool {
        !self.version.pre.is_empty()
    }

    fn tilde(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        let zero = own.major == 0 && own.minor == 0 && own.patch == 0;
        if order == Ordering::Less {
            return false;
        }
        // The library takes `~0.0.0` for "anything", along with `*`.
        (zero && matches!(self.open, Open::Nothing | Open::All))
            || (version.major == own.major
                && (self.open == Open::Minor || version.minor == own.minor))
    }

    fn not_equal(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        match self.open {
            Open::Nothing => order != Ordering::Equal,
            Open::Minor => version.major != own.major,
            Open::Patch => {
                (version.major, version.minor) != (own.major, own.minor) || version.pre != own.pre
            }
            Open::All => {
                (version.major, version.minor, version.patch) != (0, 0, 0)
                    || order != Ordering::Equal
            }
        }
    }

    fn greater(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        match self.open {
            Open::Minor => version.major > own.major,
            Open::Patch => (version.major, version.minor) > (own.major, own.minor),
            Open::Nothing | Open::All => order == Ordering::Greater,
        }
    }

    fn less_or_equal(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        match self.open {
            Open::Nothing => order != Ordering::Greater,
            Open::Minor => version.major <= own.major,
            Open::Patch | Open::All => (version.major, version.minor) <= (own.major, own.minor),
        }
    }

    fn caret(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if order == Ordering::Less {
            false
        } else if own.major > 0 || self.open == Open::Minor {
            version.major == own.major
        } else if version.major > 0 {
            false
        } else if own.minor > 0 || self.open == Open::Patch {
            version.minor == own.minor
        } else {
            version.minor == 0 && version.patch == own.patch
        }
    }
}
