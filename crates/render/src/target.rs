//! What a chart is rendered for.

use crate::Capabilities;

/// The release that a chart is rendered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Name of the release.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The number of the revision that is being made, from one; 0 where none is made, as in linting, which is
    /// neither an installation nor an upgrade.
    pub revision: u32,
    /// Whether it is an upgrade (or a rollback) and no installation.
    pub is_upgrade: bool,
    /// What the cluster can do.
    pub capabilities: Capabilities,
}

impl Target {
    /// Returns whether it is an installation.
    pub(crate) const fn is_install(&self) -> bool {
        !self.is_upgrade && self.revision > 0
    }

    /// Returns the target of an installation, revision 1, for a cluster that Helm 4.3.1 assumes when it
    /// asks none.
    #[must_use]
    pub fn install(name: &str, namespace: &str) -> Self {
        Self {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            revision: 1,
            is_upgrade: false,
            capabilities: Capabilities::default(),
        }
    }

    /// Returns the target of an upgrade to `revision`, for a cluster as [`Target::install`] has it.
    #[must_use]
    pub fn upgrade(name: &str, namespace: &str, revision: u32) -> Self {
        Self { revision, is_upgrade: true, ..Self::install(name, namespace) }
    }
}
