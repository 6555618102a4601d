//! A cluster that was there before (`E2E_KUBECONFIG`), given the same users as one of our own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{ClusterRoleBinding, RoleRef, Subject};
use kube::api::{Patch, PatchParams};
use kube::config::Kubeconfig;
use kube::core::ObjectMeta;
use kube::{Api, Client, ResourceExt as _};
use serde_json::json;

use crate::cluster::connect;
use crate::kubeconfig::{Endpoint, Writer};
use crate::rights::{account_token, service_account};
use crate::user::{SignIn, User};
use crate::watchdog::Watchdog;

/// Where the service accounts live that stand for the users.
const HOME: &str = "kube-system";
const OURS: &str = "chartctl-e2e";

/// The files with which its users sign in.
pub(crate) struct Existing {
    admin: PathBuf,
    kubeconfigs: Writer,
    watchdog: Watchdog,
}

impl Existing {
    /// Connects by `kubeconfig`, which must belong to a cluster admin, and makes a service account
    /// for each user.
    pub(crate) async fn connect(kubeconfig: &Path) -> Result<Self> {
        let client = connect(kubeconfig).await?;
        let watchdog = Watchdog::start()?;
        let kubeconfigs =
            Writer { endpoint: endpoint(kubeconfig)?, folder: watchdog.folder().to_owned() };
        for user in User::ALL {
            let name = account(user);
            make_account(&client, &name).await?;
            let token = account_token(&client, HOME, &name).await?;
            kubeconfigs.token(&config_name(user, SignIn::Token), &token)?;
            kubeconfigs.exec(&config_name(user, SignIn::Exec), &token)?;
        }
        make_admin(&client).await?;
        Ok(Self { admin: kubeconfig.to_owned(), kubeconfigs, watchdog })
    }

    pub(crate) fn kubeconfig(&self, user: User, sign_in: SignIn) -> PathBuf {
        let named = |sign_in| {
            self.kubeconfigs.folder.join(format!("{}.kubeconfig", config_name(user, sign_in)))
        };
        match (user, sign_in) {
            (User::Admin, SignIn::Certificate) => self.admin.clone(),
            (User::Limited, SignIn::Certificate) => named(SignIn::Token),
            (_, sign_in) => named(sign_in),
        }
    }

    pub(crate) fn subject(user: User) -> Subject {
        service_account(HOME, &account(user))
    }

    /// Lets programs that run outlive this process, and returns the shell command that ends them.
    pub(crate) fn keep(self) -> Result<String> {
        self.watchdog.keep()
    }

    pub(crate) fn watchdog(&self) -> &Watchdog {
        &self.watchdog
    }

    pub(crate) fn kubeconfigs(&self) -> &Writer {
        &self.kubeconfigs
    }
}

fn account(user: User) -> String {
    format!("{OURS}-{}", user.name())
}

fn config_name(user: User, sign_in: SignIn) -> String {
    format!("{}-{}", user.name(), sign_in.name())
}

/// The cluster that the current context of `kubeconfig` names.
fn endpoint(kubeconfig: &Path) -> Result<Endpoint> {
    let file = Kubeconfig::read_from(kubeconfig)
        .with_context(|| format!("reading the kubeconfig {}", kubeconfig.display()))?;
    let chosen = file.current_context.context("the kubeconfig has no current context")?;
    let context = file
        .contexts
        .into_iter()
        .find(|context| context.name == chosen)
        .and_then(|context| context.context)
        .with_context(|| format!("the kubeconfig has no context {chosen}"))?;
    let cluster = file
        .clusters
        .into_iter()
        .find(|cluster| cluster.name == context.cluster)
        .and_then(|cluster| cluster.cluster)
        .with_context(|| format!("the kubeconfig has no cluster {}", context.cluster))?;
    let server = cluster.server.clone().context("the kubeconfig's cluster has no server")?;
    let trust = serde_json::to_value(&cluster).context("copying the kubeconfig's cluster")?;
    Ok(Endpoint { server, trust })
}

async fn make_account(client: &Client, name: &str) -> Result<()> {
    let account = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": HOME},
    });
    Api::<ServiceAccount>::namespaced(client.clone(), HOME)
        .patch(name, &PatchParams::apply(OURS).force(), &Patch::Apply(&account))
        .await
        .with_context(|| format!("making the service account {name}"))?;
    Ok(())
}

async fn make_admin(client: &Client) -> Result<()> {
    let binding = ClusterRoleBinding {
        metadata: ObjectMeta { name: Some(account(User::Admin)), ..ObjectMeta::default() },
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "ClusterRole".to_owned(),
            name: "cluster-admin".to_owned(),
        },
        subjects: Some(vec![service_account(HOME, &account(User::Admin))]),
    };
    Api::<ClusterRoleBinding>::all(client.clone())
        .patch(&binding.name_any(), &PatchParams::apply(OURS).force(), &Patch::Apply(&binding))
        .await
        .context("making the admin's binding")?;
    Ok(())
}
