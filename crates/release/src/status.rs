//! What state a revision is in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The state of a revision, in Helm's words.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(from = "String", into = "&'static str")]
pub enum Status {
    /// Nobody knows; also what any word that Helm does not have is read as.
    #[default]
    Unknown,
    /// What should be running now.
    Deployed,
    /// Deleted, and kept on record.
    Uninstalled,
    /// Replaced by a later revision.
    Superseded,
    /// Did not work.
    Failed,
    /// Being deleted, or deleting did not work.
    Uninstalling,
    /// An install is at work.
    PendingInstall,
    /// An upgrade is at work.
    PendingUpgrade,
    /// A rollback is at work.
    PendingRollback,
}

impl Status {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Deployed,
        Self::Uninstalled,
        Self::Superseded,
        Self::Failed,
        Self::Uninstalling,
        Self::PendingInstall,
        Self::PendingUpgrade,
        Self::PendingRollback,
    ];

    /// Returns the word that records and labels use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
        }
    }

    /// Returns whether an operation is at work, or died at it.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}

impl From<&str> for Status {
    fn from(word: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == word).unwrap_or_default()
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<Status> for &'static str {
    fn from(status: Status) -> Self {
        status.as_str()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::from(status.as_str()), status);
        }
        assert_eq!(Status::from("sleeping"), Status::Unknown);
    }
}
