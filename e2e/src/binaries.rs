//! Where the programs of the control plane, and those of the other side of interchange tests, come
//! from: a folder that the user names, else the Go modules under `go/`, built once and cached.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::go_build::{self, Module};
use crate::settings::Settings;

/// A program that this package starts but does not contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The store under the API server.
    Etcd,
    /// The API server.
    KubeApiserver,
    /// The built-in controllers.
    KubeControllerManager,
    /// The scheduler.
    KubeScheduler,
    /// Plays nodes and pods.
    Kwok,
    /// The Kubernetes command line.
    Kubectl,
    /// Helm 4.
    Helm,
    /// Helm 3.
    Helm3,
}

impl Program {
    /// The name of its file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeScheduler => "kube-scheduler",
            Self::Kwok => "kwok",
            Self::Kubectl => "kubectl",
            Self::Helm => "helm",
            Self::Helm3 => "helm3",
        }
    }

    /// The Go package that it is built from.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Etcd => "go.etcd.io/etcd/server/v3",
            Self::KubeApiserver => "k8s.io/kubernetes/cmd/kube-apiserver",
            Self::KubeControllerManager => "k8s.io/kubernetes/cmd/kube-controller-manager",
            Self::KubeScheduler => "k8s.io/kubernetes/cmd/kube-scheduler",
            Self::Kwok => "sigs.k8s.io/kwok/cmd/kwok",
            Self::Kubectl => "k8s.io/kubernetes/cmd/kubectl",
            Self::Helm => "helm.sh/helm/v4/cmd/helm",
            Self::Helm3 => "helm.sh/helm/v3/cmd/helm",
        }
    }

    fn module(self) -> Module {
        match self {
            Self::Etcd => Module::Etcd,
            Self::Kwok => Module::Kwok,
            Self::Helm => Module::Helm,
            Self::Helm3 => Module::Helm3,
            Self::KubeApiserver
            | Self::KubeControllerManager
            | Self::KubeScheduler
            | Self::Kubectl => Module::Kubernetes,
        }
    }
}

/// Finds programs, building what is missing.
///
/// A program is taken from `KUBEBUILDER_ASSETS` if it is there; `kubectl` also from `PATH`, since
/// any recent one will do; else from the cache, where it is built by the Go tool when it is first
/// needed. Several processes may ask at once: one builds, the others wait.
#[derive(Debug, Clone)]
pub struct Binaries {
    settings: Settings,
}

impl Binaries {
    /// Finds programs as `settings` say.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Returns the paths of `programs`, in their order. Programs of one module are built together,
    /// which is much cheaper than one after the other.
    ///
    /// # Errors
    ///
    /// When Go is missing or a build fails; the text says what to do.
    pub async fn locate<const N: usize>(&self, programs: [Program; N]) -> Result<[PathBuf; N]> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.locate_blocking(programs))
            .await
            .context("the search for programs was cut short")?
    }

    /// As [`locate`](Self::locate), for who has no runtime.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn locate_blocking<const N: usize>(&self, programs: [Program; N]) -> Result<[PathBuf; N]> {
        for module in Module::ALL {
            let missing: Vec<Program> = programs
                .iter()
                .copied()
                .filter(|program| program.module() == module && self.ready_made(*program).is_none())
                .collect();
            go_build::build(module, &missing, &self.settings.cache)?;
        }
        let mut paths = programs.map(|_| PathBuf::new());
        for (path, program) in paths.iter_mut().zip(programs) {
            *path = match self.ready_made(program) {
                Some(path) => path,
                None => go_build::cached(program.module(), program, &self.settings.cache)?,
            };
        }
        Ok(paths)
    }

    fn ready_made(&self, program: Program) -> Option<PathBuf> {
        let in_assets = self.settings.assets.as_ref().map(|folder| folder.join(program.name()));
        let on_path = (program == Program::Kubectl)
            .then(|| std::env::split_paths(&self.settings.path).map(|dir| dir.join("kubectl")))
            .into_iter()
            .flatten();
        in_assets.into_iter().chain(on_path).find(|path| path.is_file())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use super::*;

    #[test]
    fn what_the_assets_folder_has_is_not_built() {
        let assets = tempfile::tempdir().unwrap();
        let etcd = assets.path().join("etcd");
        fs::write(&etcd, "").unwrap();
        let cache = assets.path().join("cache");
        let settings = Settings {
            kubeconfig: None,
            assets: Some(assets.path().to_owned()),
            cache: cache.clone(),
            path: OsString::new(),
            cargo: OsString::new(),
        };
        let found = Binaries::new(settings).locate_blocking([Program::Etcd]).unwrap();
        assert_eq!(found, [etcd]);
        assert!(!cache.exists());
    }
}
