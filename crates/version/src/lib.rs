//! Versions and constraints on them, as Helm 4.3.1 reads them: the grammar of Masterminds' semver 3.5.
//!
//! A version may have a leading `v`, leading zeros, and one or two numbers instead of three. Whatever
//! compares versions (dependencies, `kubeVersion`, the function `semverCompare`) does it here.

mod comparison;
mod constraint;
mod pattern;

use pattern::{Part, Pattern};

pub use semver::Version;

pub use crate::constraint::Constraint;

/// Longest version that is looked at, in bytes.
const MAX_VERSION_LENGTH: usize = 256;

/// A version or constraint that cannot be read; Masterminds' words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// Not a version.
    #[error("invalid semantic version")]
    Version,
    /// Too long for a version.
    #[error("version string is too long (max {MAX_VERSION_LENGTH} bytes)")]
    LongVersion,
    /// Not a constraint.
    #[error("improper constraint: {0:?}")]
    Constraint(String),
    /// Too long for a constraint.
    #[error("constraint string is too long (max {} bytes)", constraint::MAX_LENGTH)]
    LongConstraint,
    /// Too many alternatives.
    #[error("too many constraint groups (max {})", constraint::MAX_ALTERNATIVES)]
    ManyAlternatives,
}

/// Reads a version; `v1.2` is 1.2.0.
pub fn parse(text: &str) -> Result<Version, VersionError> {
    if text.len() > MAX_VERSION_LENGTH {
        return Err(VersionError::LongVersion);
    }
    let read = || {
        let (pattern, rest) = Pattern::parse(text)?;
        let number = |part: Part| match part {
            Part::Number(number) => Some(number),
            Part::Missing => Some(0),
            Part::Any => None,
        };
        rest.is_empty().then_some(Version {
            major: number(pattern.major)?,
            minor: number(pattern.minor)?,
            patch: number(pattern.patch)?,
            pre: pattern.pre,
            build: pattern.build,
        })
    };
    read().ok_or(VersionError::Version)
}

/// Returns whether `version` satisfies `constraint`; an unreadable constraint or version never does.
#[must_use]
pub fn is_compatible(constraint: &str, version: &str) -> bool {
    match (Constraint::parse(constraint), parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.matches(&version),
        _ => false,
    }
}

/// Whether a version is what a constraint asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is.
    Fits,
    /// It is not.
    Wrong,
    /// One of the two cannot be read.
    Unreadable,
}

/// Returns whether `version` satisfies `constraint`; texts that are the same always fit.
#[must_use]
pub fn fit(constraint: &str, version: &str) -> Fit {
    if constraint == version {
        return Fit::Fits;
    }
    match (Constraint::parse(constraint), parse(version)) {
        (Ok(constraint), Ok(version)) if constraint.matches(&version) => Fit::Fits,
        (Ok(_), Ok(_)) => Fit::Wrong,
        _ => Fit::Unreadable,
    }
}

/// Returns whether `text` is a version without any leniency, as semver.org has it.
#[must_use]
pub fn is_strict(text: &str) -> bool {
    Version::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_read_with_helms_leniency() {
        let check = |text: &str, want: &str| assert_eq!(parse(text).unwrap().to_string(), want);
        check("1.2.3", "1.2.3");
        check("v1", "1.0.0");
        check("v1.2-rc.1+b.2", "1.2.0-rc.1+b.2");
        check("01.002.3", "1.2.3");
    }

    #[test]
    fn versions_fit_or_do_not() {
        assert_eq!(fit("1.x", "1.2.3"), Fit::Fits);
        assert_eq!(fit("x!", "x!"), Fit::Fits);
        assert_eq!(fit(">2", "1.2.3"), Fit::Wrong);
        assert_eq!(fit("x!", "1.2.3"), Fit::Unreadable);
        assert!(is_strict("1.2.3-rc.1+b") && !is_strict("v1.2.3") && !is_strict("1.2"));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in
            ["", "x", "v", "1.2.3.4", "1.a", "1.x", "1.x.3", "*", "not", "1.2.3-", "1.2.3-01", " 1"]
        {
            assert_eq!(parse(text), Err(VersionError::Version), "{text:?}");
        }
        assert_eq!(parse(&"1".repeat(257)), Err(VersionError::LongVersion));
        assert_eq!(parse(&"1".repeat(99)), Err(VersionError::Version));
    }

    /// Versions of few numbers and words, so that they are often close to each other.
    fn any_version() -> impl Strategy<Value = Version> {
        let text = "[0-2]\\.[0-2]\\.[0-2](-(0|1|10|a|b1|rc)(\\.(0|2|x))?)?(\\+b[0-1])?";
        text.prop_map(|text| parse(&text).expect("it is a version"))
    }

    proptest! {
        #[test]
        fn versions_are_in_order(a in any_version(), b in any_version(), c in any_version()) {
            let order = |a: &Version, b: &Version| a.cmp_precedence(b);
            prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
            if order(&a, &b).is_le() && order(&b, &c).is_le() {
                prop_assert!(order(&a, &c).is_le());
            }
            // A release comes behind its prereleases.
            let release = Version { pre: semver::Prerelease::EMPTY, ..a.clone() };
            prop_assert_eq!(order(&a, &release).is_lt(), !a.pre.is_empty());
            prop_assert_eq!(parse(&a.to_string()), Ok(a));
        }

        #[test]
        fn constraints_agree_with_the_order(a in any_version(), b in any_version()) {
            let fits = |sign: &str| is_compatible(&format!("{sign}{b}"), &a.to_string());
            let order = a.cmp_precedence(&b);
            // One that names no prerelease takes none.
            if a.pre.is_empty() || !b.pre.is_empty() {
                prop_assert_eq!(fits("<"), order.is_lt());
                prop_assert_eq!(fits(">="), order.is_ge());
                prop_assert_eq!(fits(">") || fits("<="), true);
                prop_assert_eq!(fits("=") && fits("!="), false);
            }
        }
    }
}
