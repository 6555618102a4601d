//! Release names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidName;

/// The rule in Helm's words.
pub(crate) const PATTERN: &str =
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// How many bytes a name may have: the longest names Kubernetes allows must have room for a suffix.
pub(crate) const MAX_LENGTH: usize = 53;

/// The name of a release: lower-case letters, digits, `-` and `.`, as DNS-1123 has it, at most 53 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseName(String);

impl ReleaseName {
    /// Checks a name.
    pub fn parse(name: &str) -> Result<Self, InvalidName> {
        if name.len() <= MAX_LENGTH && name.split('.').all(is_label) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidName { name: name.to_owned() })
        }
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a part between dots is one: not empty, no `-` at its ends.
fn is_label(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('-')
        && !part.ends_with('-')
        && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ReleaseName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for ReleaseName {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        Self::parse(name)
    }
}

impl TryFrom<String> for ReleaseName {
    type Error = InvalidName;

    fn try_from(name: String) -> Result<Self, InvalidName> {
        Self::parse(&name)
    }
}

impl From<ReleaseName> for String {
    fn from(name: ReleaseName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        for good in ["a", "web", "web-1", "0", "a.b-c.d", &"x".repeat(53)] {
            assert!(ReleaseName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "Web", "-a", "a-", "a..b", ".a", "a.", "a_b", "a.-b", "ä", &"x".repeat(54)]
        {
            assert!(ReleaseName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_error_is_helms() {
        assert_eq!(
            ReleaseName::parse("Bad_Name").unwrap_err().to_string(),
            r#"release name "Bad_Name": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"#
        );
    }
}
