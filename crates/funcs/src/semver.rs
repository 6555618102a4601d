//! Versions and constraints as Helm reads them (Masterminds semver 3): a leading `v` and missing parts
//! are forgiven; constraints know ranges, wildcards, `~`, `^`, blanks and commas for and, `||` for or.

use ::semver::{BuildMetadata, Prerelease, Version};
use value::Value;

use crate::args::text;
use crate::error::FuncError;
use crate::table::{Row, exact};

pub(crate) const ROWS: &[Row] = &[
    exact(
        "semverCompare",
        2,
        semver_compare,
        "Returns whether the version (second) fits the constraint (first).",
        r#"semverCompare "^1.2.0" "v1.3.0" => true"#,
    ),
    exact(
        "semver",
        1,
        semver,
        "Splits a version into `major`, `minor`, `patch`, `prerelease`, `metadata` and `original`.",
        r#"semver "1.2.3-rc.1+x" => {"major":1,"metadata":"x","minor":2,"original":"1.2.3-rc.1+x","patch":3,"prerelease":"rc.1"}"#,
    ),
];

/// A version or constraint that cannot be read; Masterminds' words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// Not a version.
    #[error("invalid semantic version")]
    Version,
    /// Not a constraint.
    #[error("improper constraint: {0}")]
    Constraint(String),
}

/// Reads a version; `v1.2` is 1.2.0.
pub fn parse_version(text: &str) -> Result<Version, VersionError> {
    let partial = Partial::parse(text).ok_or(VersionError::Version)?;
    if partial.wild { Err(VersionError::Version) } else { Ok(partial.low()) }
}

/// What versions are wanted.
#[derive(Clone, Debug)]
pub struct Constraint {
    any_of: Vec<Vec<Bound>>,
}

impl Constraint {
    /// Reads a constraint.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let improper = || VersionError::Constraint(text.to_owned());
        let any_of = text
            .split("||")
            .map(|part| all_of(part).filter(|bounds| !bounds.is_empty()).ok_or_else(improper))
            .collect::<Result<_, _>>()?;
        Ok(Self { any_of })
    }

    /// Returns whether `version` fits. A pre-release fits only where the constraint names one.
    #[must_use]
    pub fn matches(&self, version: &Version) -> bool {
        self.any_of.iter().any(|bounds| bounds.iter().all(|bound| bound.matches(version)))
    }
}

#[derive(Clone, Debug)]
struct Bound {
    operator: Operator,
    version: Partial,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    AtLeast,
    AtMost,
    Tilde,
    Caret,
}

/// A version of which parts may be missing or wild.
#[derive(Clone, Debug)]
struct Partial {
    major: Option<u64>,
    minor: Option<u64>,
    patch: Option<u64>,
    wild: bool,
    pre: Prerelease,
    build: BuildMetadata,
}

impl Partial {
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = text.split_once('+').map_or((text, ""), |(core, build)| (core, build));
        let (core, pre) = text.split_once('-').map_or((text, ""), |(core, pre)| (core, pre));
        let mut parts = [None; 3];
        let mut wild = false;
        let mut given = core.split('.');
        for part in &mut parts {
            match given.next() {
                None => break,
                Some("x" | "X" | "*") => wild = true,
                Some(digits) if wild || !digits.bytes().all(|b| b.is_ascii_digit()) => return None,
                Some(digits) => *part = Some(digits.parse().ok()?),
            }
        }
        if given.next().is_some() || (parts.first() == Some(&None) && !wild) {
            return None;
        }
        let [major, minor, patch] = parts;
        Some(Self {
            major,
            minor,
            patch,
            wild,
            pre: Prerelease::new(pre).ok()?,
            build: BuildMetadata::new(build).ok()?,
        })
    }

    /// The lowest version that this names.
    fn low(&self) -> Version {
        Version {
            major: self.major.unwrap_or(0),
            minor: self.minor.unwrap_or(0),
            patch: self.patch.unwrap_or(0),
            pre: self.pre.clone(),
            build: self.build.clone(),
        }
    }

    /// The first version above all that this names, `None` when it names them all.
    fn above(&self) -> Option<Version> {
        let major = self.major?;
        Some(match (self.minor, self.patch) {
            (None, _) => Version::new(major.saturating_add(1), 0, 0),
            (Some(minor), None) => Version::new(major, minor.saturating_add(1), 0),
            (Some(minor), Some(patch)) => Version::new(major, minor, patch.saturating_add(1)),
        })
    }

    const fn complete(&self) -> bool {
        self.patch.is_some()
    }
}

impl Bound {
    fn matches(&self, version: &Version) -> bool {
        if !version.pre.is_empty() && self.version.pre.is_empty() {
            return self.operator == Operator::NotEqual;
        }
        let low = self.version.low();
        let order = version.cmp_precedence(&low);
        let below = |limit: Option<Version>| {
            limit.is_none_or(|limit| version.cmp_precedence(&limit).is_lt())
        };
        let named = || order.is_ge() && below(self.version.above());
        let complete = self.version.complete();
        match self.operator {
            Operator::Equal if complete => order.is_eq(),
            Operator::Equal => named(),
            Operator::NotEqual if complete => order.is_ne(),
            Operator::NotEqual => !named(),
            Operator::Greater if complete => order.is_gt(),
            Operator::Greater => !below(self.version.above()),
            Operator::Less => order.is_lt(),
            Operator::AtLeast => order.is_ge(),
            Operator::AtMost if complete => order.is_le(),
            Operator::AtMost => below(self.version.above()),
            Operator::Tilde => order.is_ge() && below(self.tilde_limit()),
            Operator::Caret => order.is_ge() && below(self.caret_limit()),
        }
    }

    fn tilde_limit(&self) -> Option<Version> {
        let major = self.version.major?;
        Some(match self.version.minor {
            None => Version::new(major.saturating_add(1), 0, 0),
            Some(minor) => Version::new(major, minor.saturating_add(1), 0),
        })
    }

    fn caret_limit(&self) -> Option<Version> {
        let major = self.version.major?;
        Some(match (major, self.version.minor, self.version.patch) {
            (0, Some(0), Some(patch)) => Version::new(0, 0, patch.saturating_add(1)),
            (0, Some(0), None) => Version::new(0, 1, 0),
            (0, Some(minor), _) => Version::new(0, minor.saturating_add(1), 0),
            _ => Version::new(major.saturating_add(1), 0, 0),
        })
    }
}

/// Reads `a - b`, or bounds separated by blanks and commas; blanks may follow an operator.
fn all_of(text: &str) -> Option<Vec<Bound>> {
    if let Some((from, to)) = text.split_once(" - ") {
        let bound =
            |operator, text: &str| Some(Bound { operator, version: Partial::parse(text.trim())? });
        return Some(vec![bound(Operator::AtLeast, from)?, bound(Operator::AtMost, to)?]);
    }
    let mut bounds = Vec::new();
    let mut rest = text.trim_start_matches([' ', ',', '\t']);
    while !rest.is_empty() {
        let (operator, after) = operator(rest);
        let after = after.trim_start();
        let end = after.find([' ', ',', '\t', '<', '>', '=', '!', '~', '^']).unwrap_or(after.len());
        let (version, next) = after.split_at(end);
        bounds.push(Bound { operator, version: Partial::parse(version)? });
        rest = next.trim_start_matches([' ', ',', '\t']);
    }
    Some(bounds)
}

fn operator(text: &str) -> (Operator, &str) {
    const OPERATORS: [(&str, Operator); 12] = [
        ("!=", Operator::NotEqual),
        (">=", Operator::AtLeast),
        ("=>", Operator::AtLeast),
        ("<=", Operator::AtMost),
        ("=<", Operator::AtMost),
        ("~>", Operator::Tilde),
        ("=", Operator::Equal),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("~", Operator::Tilde),
        ("^", Operator::Caret),
        ("", Operator::Equal),
    ];
    OPERATORS
        .iter()
        .find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (*operator, rest)))
        .unwrap_or((Operator::Equal, text))
}

fn semver_compare(args: &[Value]) -> Result<Value, FuncError> {
    let failed = |error: VersionError| FuncError::failed(error.to_string());
    let constraint = Constraint::parse(text(args, 0)?).map_err(failed)?;
    let version = parse_version(text(args, 1)?).map_err(failed)?;
    Ok(Value::from(constraint.matches(&version)))
}

fn semver(args: &[Value]) -> Result<Value, FuncError> {
    let original = text(args, 0)?;
    let version = parse_version(original).map_err(|error| FuncError::failed(error.to_string()))?;
    let number = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    Ok([
        ("major", number(version.major)),
        ("minor", number(version.minor)),
        ("patch", number(version.patch)),
        ("prerelease", Value::from(version.pre.as_str())),
        ("metadata", Value::from(version.build.as_str())),
        ("original", Value::from(original)),
    ]
    .into_iter()
    .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(constraint: &str, version: &str, want: bool) {
        let parsed = Constraint::parse(constraint).expect(constraint);
        let version = parse_version(version).expect(version);
        assert_eq!(parsed.matches(&version), want, "{version} in {constraint:?}");
    }

    #[test]
    fn constraints_match_as_masterminds_says() {
        check(">=1.19.0-0", "1.36.0", true);
        check(">=1.19", "v1.29.4", true);
        check("<1.20", "1.37.0", false);
        check(">1.2", "1.2.9", false);
        check(">1.2", "1.3.0", true);
        check(">3", "4.0.0", true);
        check("<=1.2", "1.2.9", true);
        check("~1.2.3", "1.2.9", true);
        check("~1.2.3", "1.3.0", false);
        check("~1", "1.9.0", true);
        check("^1.2", "1.9.0", true);
        check("^0.2.3", "0.3.0", false);
        check("^0.0.3", "0.0.4", false);
        check("1.2.x", "1.2.7", true);
        check("*", "9.9.9", true);
        check("!=1.2", "1.2.5", false);
        check("1.2 - 1.4", "1.4.9", true);
        check(">= 1.0, < 2.0", "1.5.0", true);
        check(">=1.0 <2.0", "2.0.0", false);
        check("<1 || >=2", "2.1.0", true);
    }

    #[test]
    fn pre_releases_match_only_where_the_constraint_names_one() {
        check(">=1.2.3", "1.3.0-beta", false);
        check(">=1.2.3-0", "1.3.0-beta", true);
        check("!=1.2.3", "1.3.0-beta", true);
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "x", "1.2.3.4", "1.a", "1.x.3", "not"] {
            assert_eq!(parse_version(text).err(), Some(VersionError::Version), "{text:?}");
        }
        for text in ["", "bad", ">=", "1.2 ||"] {
            assert!(Constraint::parse(text).is_err(), "{text:?}");
        }
    }
}
