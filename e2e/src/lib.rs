//! A real control plane, and what tests and the demo do with it.
//!
//! [`Cluster`] is the way in: [`Cluster::shared`] is the one cluster of a test process,
//! [`Cluster::own`] a private one, and with `E2E_KUBECONFIG` both are a cluster that exists
//! already. Otherwise etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok are
//! started on free loopback ports ([`ControlPlane`]), from programs that [`Binaries`] finds or
//! builds. There is no kubelet: kwok plays pods as the stages in `kwok/` say, and the annotation
//! [`BEHAVIOUR`] on a pod makes it misbehave.
//!
//! Nothing here outlives its process, however that ends: see [`Watchdog`].
//!
//! Runs on Linux and macOS.

#![cfg(unix)]

mod binaries;
mod certs;
pub mod charts;
mod cli;
mod cluster;
mod control_plane;
mod existing;
pub mod faults;
mod go_build;
mod inventory;
mod kubeconfig;
mod namespace;
mod ports;
mod proxy;
mod rights;
mod seed;
mod server;
mod settings;
mod tool;
mod user;
mod wait;
mod watchdog;
mod workspace;

pub use binaries::{Binaries, Program};
pub use cli::{Cli, Finished, Running, Signal};
pub use cluster::Cluster;
pub use control_plane::ControlPlane;
pub use inventory::{Inventory, Kinds, Object};
pub use namespace::Namespace;
pub use proxy::{Backend, Fate, Proxy};
pub use rights::{Account, grant, grant_everywhere, rule, service_account};
pub use settings::Settings;
pub use tool::Tool;
pub use user::{SignIn, User};
pub use wait::{wait_for, wait_for_any, wait_until_gone};
pub use watchdog::Watchdog;

/// The annotation by which a pod chooses how it misbehaves on a control plane of ours: one of
/// `image-pull-error` (waits with `ImagePullBackOff` for ever), `crash-loop` (waits with
/// `CrashLoopBackOff` for ever), `slow-start` (running at once, ready after five seconds) and
/// `job-failed` (runs, then fails with exit code 1). Without it containers start at once, and end
/// well where `restartPolicy` is not `Always`.
pub const BEHAVIOUR: &str = "e2e.chartctl.dev/behaviour";
