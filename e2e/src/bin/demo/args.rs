//! The command line.

use std::ffi::OsString;

use anyhow::{Result, bail};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Show what chartctl and the operator do, on a real Kubernetes API.

Usage: cargo demo [--keep]

Builds chartctl and the operator, starts a control plane (etcd, kube-apiserver, kube-controller-manager,
kube-scheduler, and kwok, which plays nodes and pods), and tells two stories on it: the life of a release
by chartctl, and the same by a Release object. Every command is printed as one would type it, with its
real output. The control plane's programs are built from Go modules when they are first needed, which
takes minutes, and kept.

Options:
  --keep      Leave everything running at the end, and say how to use it and how to stop it
  -h, --help  Print this

Environment:
  E2E_KUBECONFIG      The kubeconfig of a cluster to use instead of starting one, as its admin; the demo
                      works in namespaces of its own and removes them
  KUBEBUILDER_ASSETS  A folder with programs of the control plane to use instead of building them
  CHARTCTL_E2E_CACHE  Where built programs are kept [default: chartctl-e2e in the user's cache folder]
  NO_COLOR            No colours, even on a terminal

Exit codes: 0 all came about as it should, 1 something did not, 2 wrong usage, 130 interrupted.
";

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Args {
    /// The text above.
    Help,
    /// The demo.
    Run {
        /// Whether everything is left running.
        keep: bool,
    },
}

impl Args {
    /// Reads the arguments, the program's name left out.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let mut keep = false;
        for arg in args {
            match arg.to_str() {
                Some("--keep") => keep = true,
                Some("-h" | "--help") => return Ok(Self::Help),
                _ => bail!("unknown argument {}; try --help", arg.display()),
            }
        }
        Ok(Self::Run { keep })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(args: &[&str], expected: Option<&Args>) {
        assert_eq!(Args::parse(args.iter().map(Into::into)).ok().as_ref(), expected, "{args:?}");
    }

    #[test]
    fn arguments_are_few() {
        check(&[], Some(&Args::Run { keep: false }));
        check(&["--keep"], Some(&Args::Run { keep: true }));
        check(&["--keep", "--help"], Some(&Args::Help));
        check(&["-h"], Some(&Args::Help));
        check(&["keep"], None);
        check(&["--keep=yes"], None);
    }
}
