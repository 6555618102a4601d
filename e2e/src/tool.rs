//! The programs that install charts: ours, and those that it has to get along with.

use anyhow::Result;

use crate::cli::Cli;
use crate::cluster::Cluster;

/// A program with Helm's commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// `chartctl` of this workspace.
    Chartctl,
    /// Helm 4.
    Helm4,
    /// Helm 3.
    Helm3,
}

impl Tool {
    /// A word for messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chartctl => "chartctl",
            Self::Helm4 => "helm 4",
            Self::Helm3 => "helm 3",
        }
    }

    /// The program, built when first asked for, as the admin of `cluster`.
    pub async fn cli(self, cluster: &Cluster) -> Result<Cli> {
        match self {
            Self::Chartctl => cluster.chartctl().await,
            Self::Helm4 => cluster.helm().await,
            Self::Helm3 => cluster.helm3().await,
        }
    }
}
