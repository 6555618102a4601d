//! Who can sign in to a cluster, and how.

/// A user of a control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// May do everything.
    Admin,
    /// May do only what a test grants. The same user in all tests of a process: grant in the test's
    /// own namespace, and use [`Cluster::service_account`](crate::Cluster::service_account) for
    /// rights beyond it.
    Limited,
}

impl User {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Admin, Self::Limited];

    /// The name that the API server knows the user by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Limited => "limited",
        }
    }

    pub(crate) fn groups(self) -> &'static [&'static str] {
        match self {
            Self::Admin => &["system:masters"],
            Self::Limited => &[],
        }
    }
}

/// How a kubeconfig signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// With a client certificate.
    Certificate,
    /// With a bearer token.
    Token,
    /// With an exec plugin that prints an `ExecCredential`.
    Exec,
}

impl SignIn {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Certificate, Self::Token, Self::Exec];

    /// A word for file names and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Token => "token",
            Self::Exec => "exec",
        }
    }
}
