//! Version constraints as Helm understands them: the grammar of Masterminds' semver library 3.5.
//!
//! Parts joined by `||` are alternatives; within one, comparisons are separated by blanks or commas and
//! must all hold. A part may be incomplete (`1`, `1.2`, `1.x`, `*`), which widens `=`, `~` and `^`.
//! Versions with a prerelease only satisfy alternatives that name a prerelease themselves.

use std::cmp::Ordering;

use semver::{BuildMetadata, Prerelease, Version};

/// Longest constraint that is looked at, in bytes.
const MAX_LENGTH: usize = 1024;

/// Reads a version with Helm's leniency: a leading `v`, one or two numbers instead of three.
#[must_use]
pub fn parse_version(text: &str) -> Option<Version> {
    let (pattern, rest) = Pattern::parse(text)?;
    let number = |part: Part| match part {
        Part::Number(number) => Some(number),
        Part::Missing => Some(0),
        Part::Any => None,
    };
    if !rest.is_empty() || pattern.major == Part::Missing {
        return None;
    }
    Some(Version {
        major: number(pattern.major)?,
        minor: number(pattern.minor)?,
        patch: number(pattern.patch)?,
        pre: pattern.pre,
        build: pattern.build,
    })
}

/// Returns whether `version` satisfies `constraint`; an unreadable constraint or version never does.
#[must_use]
pub fn is_compatible(constraint: &str, version: &str) -> bool {
    match (parse_constraint(constraint), parse_version(version)) {
        (Some(alternatives), Some(version)) => alternatives.iter().any(|all| holds(all, &version)),
        _ => false,
    }
}

fn holds(all: &[Comparison], version: &Version) -> bool {
    let prereleases = all.iter().any(|comparison| !comparison.version.pre.is_empty());
    if !version.pre.is_empty() && !prereleases {
        return false;
    }
    all.iter().all(|comparison| comparison.holds(version))
}

fn parse_constraint(text: &str) -> Option<Vec<Vec<Comparison>>> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    text.split("||").map(parse_all).collect()
}

/// Reads comparisons up to the end of `text`; there must be at least one.
fn parse_all(text: &str) -> Option<Vec<Comparison>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let (operator, after) = Operator::parse(rest);
        let (pattern, after) = Pattern::parse(after.trim_start())?;
        let blank = after.trim_start();
        rest = match (operator == Operator::Equal, blank.strip_prefix("- ")) {
            (true, Some(upper)) if blank.len() < after.len() => {
                let (upper, after) = Pattern::parse(upper.trim_start())?;
                found.push(Comparison::new(Operator::GreaterOrEqual, pattern));
                found.push(Comparison::new(Operator::LessOrEqual, upper));
                after
            }
            _ => {
                found.push(Comparison::new(operator, pattern));
                after
            }
        };
        let trimmed = rest.trim_start();
        if trimmed.is_empty() {
            return Some(found);
        }
        match trimmed.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if trimmed.len() < rest.len() => rest = trimmed,
            None => return None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
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
    fn parse(text: &str) -> (Self, &str) {
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

/// One of the three numbers of a version in a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Number(u64),
    Any,
    Missing,
}

impl Part {
    const fn number(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Any | Self::Missing => None,
        }
    }

    fn parse(text: &str) -> Option<(Self, &str)> {
        let end = text
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, 'x' | 'X' | '*')))
            .unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end)?;
        let part = match word {
            "x" | "X" | "*" => Self::Any,
            _ if word.len() > 1 && word.starts_with('0') => return None,
            _ => Self::Number(word.parse().ok()?),
        };
        Some((part, rest))
    }
}

#[derive(Clone, Debug)]
struct Pattern {
    major: Part,
    minor: Part,
    patch: Part,
    pre: Prerelease,
    build: BuildMetadata,
}

impl Pattern {
    fn parse(text: &str) -> Option<(Self, &str)> {
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

/// How much of a version in a constraint is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    All,
}

#[derive(Clone, Debug)]
struct Comparison {
    operator: Operator,
    version: Version,
    open: Open,
}

impl Comparison {
    fn new(operator: Operator, pattern: Pattern) -> Self {
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

    fn holds(&self, version: &Version) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(constraint: &str, yes: &[&str], no: &[&str]) {
        for version in yes {
            assert!(is_compatible(constraint, version), "{constraint} should take {version}");
        }
        for version in no {
            assert!(!is_compatible(constraint, version), "{constraint} should refuse {version}");
        }
    }

    #[test]
    fn comparisons_follow_the_library() {
        check("1.2.3", &["1.2.3", "v1.2.3", "1.2.3+b"], &["1.2.4", "1.2.3-a"]);
        check("=1.2", &["1.2.0", "1.2.9"], &["1.3.0"]);
        check("!=1.2.3", &["1.2.4"], &["1.2.3", "v1.2.3"]);
        check("!=1.x", &["2.0.0"], &["1.5.0"]);
        check("!=1.2.x", &["1.3.0"], &["1.2.7"]);
        check(">1.2.3", &["1.2.4"], &["1.2.3", "1.3.0-rc"]);
        check(">11", &["12.0.0"], &["11.1.0"]);
        check(">11.1", &["11.2.0"], &["11.1.1"]);
        check(">= 1.2", &["1.2.0", "3"], &["1.1.9"]);
        check("=>1.2 , =<1.4", &["1.2.0", "1.4.9"], &["1.5.0"]);
        check("<=1", &["1.9.9", "0.1"], &["2.0.0"]);
        check("<1.2.3", &["1.2.2"], &["1.2.3"]);
    }

    #[test]
    fn ranges_follow_the_library() {
        check("^1.2.3", &["1.2.3", "1.9.0"], &["1.2.2", "2.0.0"]);
        check("^0.2.3", &["0.2.9"], &["0.3.0", "1.0.0"]);
        check("^0.0.3", &["0.0.3"], &["0.0.4"]);
        check("^0.0", &["0.0.9"], &["0.1.0"]);
        check("^0", &["0.9.0"], &["1.0.0"]);
        check("~1.2.3", &["1.2.9"], &["1.3.0"]);
        check("~>1", &["1.9.0"], &["2.0.0"]);
        check("~0.0.0", &["5.0.0"], &[]);
        check("1.x", &["1.7.0"], &["2.0.0", "1.7.0-a"]);
        check("0.x", &["0.7.0"], &["1.0.0"]);
        check("*", &["0.0.1", "9.0.0"], &["1.0.0-a"]);
        check("1.2 - 1.4.5", &["1.2.0", "1.4.5"], &["1.4.6", "1.1.9"]);
        check(">=1.0.0 <2.0.0 || ^3", &["1.5.0", "3.1.0"], &["2.5.0"]);
    }

    #[test]
    fn prereleases_need_one_in_the_same_alternative() {
        check(">=1.0.0-0", &["1.5.0-rc.1", "1.0.0-alpha"], &["0.9.0"]);
        check(">=1.0.0-0 <2.0.0", &["1.5.0-rc.1"], &["2.0.0"]);
        check(">=1.0.0 || =9.9.9-a", &["9.9.9-a"], &["1.5.0-rc.1"]);
    }

    #[test]
    fn nonsense_matches_nothing() {
        for bad in ["", " ", "abc", ">= bar", "1.2.3.4", "1,,2", ">1<2", "01.2.3", "1.2.3-", "||"] {
            check(bad, &[], &["1.2.3", "0.0.0"]);
        }
        check("*", &[], &["", "x", "1.x", "1.2.3.4", "1.2.3-01", " 1.2.3"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(
            constraint in "[v0-9xX*.<>=!~^|, +a-z-]{0,24}|.*",
            version in "[v0-9.+a-z-]{0,16}|.*",
        ) {
            let _matches = is_compatible(&constraint, &version);
        }
    }
}
