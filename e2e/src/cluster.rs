//! The cluster that tests and the demo work on: one of our own, or one that exists.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use k8s_openapi::api::rbac::v1::Subject;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::sync::OnceCell;

use crate::binaries::{Binaries, Program};
use crate::cli::Cli;
use crate::control_plane::ControlPlane;
use crate::existing::Existing;
use crate::kubeconfig::Writer;
use crate::namespace::Namespace;
use crate::settings::Settings;
use crate::user::{SignIn, User};
use crate::watchdog::Watchdog;
use crate::workspace;

static SHARED: OnceCell<Cluster> = OnceCell::const_new();

/// A cluster and the programs to use it with.
///
/// It holds processes and paths only; a [`Client`] belongs to the tokio runtime that made it, so
/// each test asks for its own.
pub struct Cluster {
    settings: Settings,
    binaries: Binaries,
    origin: Origin,
}

enum Origin {
    Started(Box<ControlPlane>),
    Existing(Existing),
}

impl Cluster {
    /// The one cluster of this process, started when it is first asked for.
    pub async fn shared() -> Result<&'static Self> {
        SHARED.get_or_try_init(Self::own).await
    }

    /// A cluster for the caller alone, which ends when it is dropped. With `E2E_KUBECONFIG` there is
    /// but one, and this is it: see [`Self::control_plane`].
    pub async fn own() -> Result<Self> {
        Self::with(Settings::from_env()?).await
    }

    /// A cluster as `settings` say.
    pub async fn with(settings: Settings) -> Result<Self> {
        let binaries = Binaries::new(settings.clone());
        let origin = match &settings.kubeconfig {
            Some(path) => Origin::Existing(Existing::connect(path).await?),
            None => Origin::Started(Box::new(ControlPlane::start(&binaries).await?)),
        };
        Ok(Self { settings, binaries, origin })
    }

    /// The control plane, unless the cluster was there before: then nothing can be stopped, pods are
    /// real, and [`BEHAVIOUR`](crate::BEHAVIOUR) is not heeded.
    #[must_use]
    pub fn control_plane(&self) -> Option<&ControlPlane> {
        match &self.origin {
            Origin::Started(control_plane) => Some(control_plane),
            Origin::Existing(_) => None,
        }
    }

    /// A new client that may do everything.
    pub async fn client(&self) -> Result<Client> {
        connect(&self.kubeconfig(User::Admin)).await
    }

    /// A new client that signs in by `kubeconfig`.
    pub async fn client_of(&self, kubeconfig: &Path) -> Result<Client> {
        connect(kubeconfig).await
    }

    /// The kubeconfig of `user`, signing in by certificate.
    #[must_use]
    pub fn kubeconfig(&self, user: User) -> PathBuf {
        self.kubeconfig_by(user, SignIn::Certificate)
    }

    /// The kubeconfig of `user`, signing in as `sign_in` says. On an existing cluster the limited
    /// user signs in by token where a certificate is asked for.
    #[must_use]
    pub fn kubeconfig_by(&self, user: User, sign_in: SignIn) -> PathBuf {
        match &self.origin {
            Origin::Started(control_plane) => control_plane.kubeconfig(user, sign_in),
            Origin::Existing(existing) => existing.kubeconfig(user, sign_in),
        }
    }

    /// What a role is bound to in order to give `user` rights.
    #[must_use]
    pub fn subject(&self, user: User) -> Subject {
        match &self.origin {
            Origin::Started(_) => Subject {
                kind: "User".to_owned(),
                name: user.name().to_owned(),
                api_group: Some("rbac.authorization.k8s.io".to_owned()),
                namespace: None,
            },
            Origin::Existing(_) => Existing::subject(user),
        }
    }

    /// Makes a namespace whose name begins with `prefix`; it is deleted when the value is dropped.
    pub async fn namespace(&self, prefix: &str) -> Result<Namespace> {
        Namespace::create(self, prefix).await
    }

    /// `chartctl` of this workspace, built when first asked for, as the admin.
    pub async fn chartctl(&self) -> Result<Cli> {
        Ok(self.cli(&workspace::programs(&self.settings).await?.chartctl))
    }

    /// The operator of this workspace, built when first asked for, as the admin.
    pub async fn operator(&self) -> Result<Cli> {
        Ok(self.cli(&workspace::programs(&self.settings).await?.operator))
    }

    /// Helm 4, built when first asked for, as the admin.
    pub async fn helm(&self) -> Result<Cli> {
        self.program(Program::Helm).await
    }

    /// Helm 3, built when first asked for, as the admin.
    pub async fn helm3(&self) -> Result<Cli> {
        self.program(Program::Helm3).await
    }

    /// `kubectl`, as the admin.
    pub async fn kubectl(&self) -> Result<Cli> {
        self.program(Program::Kubectl).await
    }

    /// Any program, with the admin's kubeconfig.
    pub fn cli(&self, program: &Path) -> Cli {
        let kubeconfig = self.kubeconfig(User::Admin);
        Cli::new(program, &kubeconfig, &self.settings.path, self.watchdog())
    }

    /// Lets everything that we started outlive this process: the control plane, unless it was there
    /// before, and programs that still run. Returns the shell command that ends it.
    pub fn keep(self) -> Result<String> {
        match self.origin {
            Origin::Started(control_plane) => control_plane.keep(),
            Origin::Existing(existing) => existing.keep(),
        }
    }

    /// The folder with what this cluster's programs write; it goes when the cluster does.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.watchdog().folder()
    }

    async fn program(&self, program: Program) -> Result<Cli> {
        let [path] = self.binaries.locate([program]).await?;
        Ok(self.cli(&path))
    }

    pub(crate) fn watchdog(&self) -> &Watchdog {
        match &self.origin {
            Origin::Started(control_plane) => control_plane.watchdog(),
            Origin::Existing(existing) => existing.watchdog(),
        }
    }

    pub(crate) fn kubeconfigs(&self) -> &Writer {
        match &self.origin {
            Origin::Started(control_plane) => control_plane.kubeconfigs(),
            Origin::Existing(existing) => existing.kubeconfigs(),
        }
    }
}

/// Makes a client of the current runtime.
pub(crate) async fn connect(kubeconfig: &Path) -> Result<Client> {
    let reading = || format!("reading the kubeconfig {}", kubeconfig.display());
    let file = Kubeconfig::read_from(kubeconfig).with_context(reading)?;
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .with_context(reading)?;
    Client::try_from(config).with_context(|| format!("signing in by {}", kubeconfig.display()))
}
