//! Which versions are wanted.
//!
//! Parts joined by `||` are alternatives; within one, comparisons are separated by blanks or commas and
//! must all hold. A part may be incomplete (`1`, `1.2`, `1.x`, `*`), which widens `=`, `~` and `^`.
//! Versions with a prerelease only satisfy alternatives that name a prerelease themselves.

use semver::Version;

use crate::VersionError;
use crate::comparison::{Comparison, Operator};
use crate::pattern::Pattern;

/// Longest constraint that is looked at, in bytes.
pub(crate) const MAX_LENGTH: usize = 512;

/// How many alternatives a constraint may have.
pub(crate) const MAX_ALTERNATIVES: usize = 32;

/// What versions are wanted.
#[derive(Clone, Debug)]
pub struct Constraint {
    any_of: Vec<Vec<Comparison>>,
}

impl Constraint {
    /// Reads a constraint.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_LENGTH {
            return Err(VersionError::LongConstraint);
        }
        let parts: Vec<&str> = text.split("||").collect();
        if parts.len() > MAX_ALTERNATIVES {
            return Err(VersionError::ManyAlternatives);
        }
        let read =
            |part: &str| parse_all(part).ok_or_else(|| VersionError::Constraint(part.to_owned()));
        Ok(Self { any_of: parts.into_iter().map(read).collect::<Result<_, _>>()? })
    }

    /// Returns whether `version` fits.
    #[must_use]
    pub fn matches(&self, version: &Version) -> bool {
        self.any_of.iter().any(|all| holds(all, version))
    }
}

fn holds(all: &[Comparison], version: &Version) -> bool {
    let prereleases = all.iter().any(Comparison::names_prerelease);
    if !version.pre.is_empty() && !prereleases {
        return false;
    }
    all.iter().all(|comparison| comparison.holds(version))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::is_compatible;

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
        check("<1.20", &["1.19.7"], &["1.20.0", "1.37.0"]);
        check("01.2", &["1.2.5"], &["1.3.0"]);
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
        check("1.2 - 1.4", &["1.4.9"], &["1.5.0"]);
        check(">= 1.0, < 2.0", &["1.5.0"], &["2.0.0"]);
        check("1.2 - 1.4.5", &["1.2.0", "1.4.5"], &["1.4.6", "1.1.9"]);
        check(">=1.0.0 <2.0.0 || ^3", &["1.5.0", "3.1.0"], &["2.5.0"]);
    }

    #[test]
    fn prereleases_need_one_in_the_same_alternative() {
        check(">=1.0.0-0", &["1.5.0-rc.1", "1.0.0-alpha"], &["0.9.0"]);
        check(">=1.0.0-0 <2.0.0", &["1.5.0-rc.1"], &["2.0.0"]);
        check("!=1.2.3", &["1.3.0"], &["1.3.0-beta"]);
        check(">=1.19.0-0", &["1.36.0", "v1.29.4-gke.100"], &["1.18.9"]);
        check(">=1.0.0 || =9.9.9-a", &["9.9.9-a"], &["1.5.0-rc.1"]);
    }

    #[test]
    fn nonsense_is_refused_with_the_part_at_fault() {
        let check = |text: &str, part: &str| {
            let error = Constraint::parse(text).unwrap_err();
            assert_eq!(error.to_string(), format!("improper constraint: {part:?}"), "{text:?}");
        };
        for bad in ["", " ", "abc", ">= bar", ">=", "1.2.3.4", "1,,2", ">1<2", "1.2.3-", "1 -2"] {
            check(bad, bad);
        }
        check("1.2 ||", "");
        check("1.2 || b", " b");
        assert_eq!(Constraint::parse(&"1".repeat(513)).err(), Some(VersionError::LongConstraint));
        assert_eq!(
            Constraint::parse(&["1"; 33].join("||")).err(),
            Some(VersionError::ManyAlternatives)
        );
    }

    #[test]
    fn what_cannot_be_read_is_compatible_with_nothing() {
        check("abc", &[], &["1.2.3", "0.0.0"]);
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
