//! Command line and environment.

use std::ffi::OsString;
use std::net::SocketAddr;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::failpoint::Failpoint;

/// Keeps Helm releases as Release objects ask for them.
///
/// Runs inside a cluster with the rights of its ServiceAccount, or anywhere with a kubeconfig.
#[derive(Debug, Parser)]
#[command(name = "chartctl-operator", version, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Exit codes: 0 stopped as asked, 1 failed (or leadership was lost), 2 wrong usage."
)]
pub struct Cli {
    /// What else to do than to run.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What else the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the custom resource definitions, for `kubectl apply -f -`.
    Crds,
    /// Run the operator (the default).
    Run(Box<RunArgs>),
}

/// How the operator runs.
#[derive(Clone, Debug, ClapArgs)]
pub struct RunArgs {
    /// The kubeconfig, or several as in the variable; without any the ServiceAccount of the pod is used.
    #[arg(long, env = "KUBECONFIG", value_name = "FILES")]
    pub kubeconfig: Option<OsString>,
    /// The context of the kubeconfig to use.
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Look after Releases in these namespaces only (repeat or separate by commas); all by default.
    #[arg(long, visible_alias = "namespace", value_name = "NAMES", value_delimiter = ',')]
    pub namespaces: Vec<String>,
    /// The namespace for the lease and the key of digests; the connection's own by default.
    #[arg(long, env = "POD_NAMESPACE", value_name = "NAME")]
    pub operator_namespace: Option<String>,
    /// How many Releases are worked on at once.
    #[arg(long, value_name = "COUNT", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: u16,
    /// Whether to work only while holding the lease; needed with more than one replica.
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub leader_elect: bool,
    /// The name of the lease.
    #[arg(long, value_name = "NAME", default_value = "chartctl-operator")]
    pub lease_name: String,
    /// The name to stand for election under; it gets a random end.
    #[arg(long, env = "POD_NAME", value_name = "NAME", default_value = "chartctl-operator")]
    pub identity: String,
    /// Where to serve /healthz, /readyz and /metrics.
    #[arg(long, value_name = "ADDRESS", default_value = ":8080", value_parser = address)]
    pub metrics_addr: SocketAddr,
    /// Fetch charts by plain HTTP too.
    #[arg(long)]
    pub allow_http: bool,
    /// Fetch charts from private, link-local and loopback addresses too.
    #[arg(long)]
    pub allow_private_addresses: bool,
    /// How log lines are written.
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub log_format: LogFormat,
    /// What is logged: a level, or levels by module.
    #[arg(long, env = "CHARTCTL_LOG", value_name = "FILTER", default_value = "info")]
    pub log_level: String,
    /// For tests: do something bad at a step, as `<step>:<before|after>:<exit|error|delay>`.
    #[arg(long, env = "CHARTCTL_FAILPOINT", hide = true)]
    pub failpoint: Option<Failpoint>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Text for people.
    Text,
}

/// Reads `host:port`, or `:port` for all addresses.
fn address(text: &str) -> Result<SocketAddr, String> {
    let full = if text.starts_with(':') { format!("[::]{text}") } else { text.to_owned() };
    full.parse().map_err(|_| "expected an address such as :8080 or 127.0.0.1:8080".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults_fit_a_pod() {
        let args = Cli::parse_from(["chartctl-operator"]).run;
        assert!(args.leader_elect && !args.allow_http && !args.allow_private_addresses);
        assert_eq!(args.metrics_addr.to_string(), "[::]:8080");
        assert_eq!(args.concurrency, 32);
        let args = Cli::parse_from(["x", "--leader-elect=false", "--namespaces", "a,b"]).run;
        assert_eq!((args.leader_elect, args.namespaces.len()), (false, 2));
    }
}
