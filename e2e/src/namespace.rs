//! A namespace for one test.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::{Namespace as NamespaceObject, ServiceAccount};
use kube::api::{DeleteParams, PostParams};
use kube::core::{NamespaceResourceScope, ObjectMeta};
use kube::{Api, Client, Resource, ResourceExt as _};

use crate::cluster::{Cluster, connect};
use crate::user::User;
use crate::wait::wait_for;

/// How long the controllers may take to set a namespace up, on a busy machine.
const READY: Duration = Duration::from_secs(30);
/// How long the request to delete a namespace may take.
const DELETE: Duration = Duration::from_secs(5);

/// A namespace that is deleted when this value is dropped. The drop sends the request and does not
/// wait until the namespace is gone.
pub struct Namespace {
    name: String,
    client: Client,
    kubeconfig: PathBuf,
}

impl Namespace {
    /// Makes it and waits until it has its default service account, without which no pod is taken.
    pub(crate) async fn create(cluster: &Cluster, prefix: &str) -> Result<Self> {
        let client = cluster.client().await?;
        let object = NamespaceObject {
            metadata: ObjectMeta {
                generate_name: Some(format!("{prefix}-")),
                ..ObjectMeta::default()
            },
            ..NamespaceObject::default()
        };
        let name = Api::<NamespaceObject>::all(client.clone())
            .create(&PostParams::default(), &object)
            .await
            .with_context(|| format!("making a namespace {prefix}-…"))?
            .name_any();
        let this = Self { name, client, kubeconfig: cluster.kubeconfig(User::Admin) };
        wait_for(&this.api::<ServiceAccount>(), "default", READY, |_| true).await?;
        Ok(this)
    }

    /// Its name: the prefix, a dash and something random.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The objects of one kind in it, as the admin.
    #[must_use]
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType: Default>,
    {
        Api::namespaced(self.client.clone(), &self.name)
    }

    /// The admin's client that the namespace was made with.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // A thread and a runtime of its own, since a drop cannot await, and the runtime of the test
        // may be about to end. That a namespace stays is no reason to fail a test that is over.
        let (name, kubeconfig) = (self.name.clone(), self.kubeconfig.clone());
        drop(thread::spawn(move || delete(&name, &kubeconfig)).join());
    }
}

fn delete(name: &str, kubeconfig: &std::path::Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("making a runtime")?;
    runtime.block_on(async {
        let request = async {
            let namespaces = Api::<NamespaceObject>::all(connect(kubeconfig).await?);
            namespaces.delete(name, &DeleteParams::default()).await.context("deleting a namespace")
        };
        tokio::time::timeout(DELETE, request).await.context("deleting a namespace")??;
        Ok(())
    })
}
