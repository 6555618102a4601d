//! A cluster that outlives the process that started it, and one that was there before.

use std::process::Stdio;

use anyhow::Result;
use e2e::{Cluster, Settings, SignIn, User, grant, rule};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::ListParams;

#[tokio::test]
async fn a_kept_cluster_is_used_as_an_existing_one() -> Result<()> {
    let first = Cluster::own().await?;
    let Some(control_plane) = first.control_plane() else {
        // All other tests are run on an existing cluster then.
        return Ok(());
    };
    let folder = control_plane.folder().to_owned();
    let kubeconfig = first.kubeconfig(User::Admin);
    let end = first.keep()?;

    let used = use_existing(Settings { kubeconfig: Some(kubeconfig), ..Settings::from_env()? });
    let used = used.await;

    let shell =
        tokio::process::Command::new("sh").args(["-c", &end]).stdin(Stdio::null()).status().await?;
    assert!(shell.success());
    assert!(!folder.exists());
    used
}

async fn use_existing(settings: Settings) -> Result<()> {
    let cluster = Cluster::with(settings).await?;
    assert!(cluster.control_plane().is_none());
    let ns = cluster.namespace("existing").await?;
    let list = async |user, sign_in| -> Result<bool> {
        let client = cluster.client_of(&cluster.kubeconfig_by(user, sign_in)).await?;
        let maps = Api::<ConfigMap>::namespaced(client, ns.name());
        Ok(maps.list(&ListParams::default()).await.is_ok())
    };
    for sign_in in SignIn::ALL {
        assert!(list(User::Admin, sign_in).await?, "admin by {}", sign_in.name());
        assert!(!list(User::Limited, sign_in).await?, "limited by {}", sign_in.name());
    }
    let rules = [rule(&[""], &["configmaps"], &["list"])];
    grant(&ns.client(), &cluster.subject(User::Limited), ns.name(), &rules).await?;
    for sign_in in SignIn::ALL {
        assert!(list(User::Limited, sign_in).await?, "limited by {}", sign_in.name());
    }
    Ok(())
}
