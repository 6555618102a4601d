//! What a fresh control plane needs before it takes work: nodes, and a class of volumes.

use std::time::Duration;

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::PostParams;
use kube::core::ObjectMeta;
use kube::{Api, Client};

use crate::wait::wait_for;

const NODES: [&str; 3] = ["node-1", "node-2", "node-3"];
/// How long the nodes may take to become ready, on a busy machine.
const READY: Duration = Duration::from_mins(1);

/// Makes three nodes and the default storage class, and waits until pods can be put on the nodes.
pub(crate) async fn plant(client: &Client) -> Result<()> {
    let class = StorageClass {
        metadata: ObjectMeta {
            name: Some("e2e".to_owned()),
            annotations: Some(
                [("storageclass.kubernetes.io/is-default-class".to_owned(), "true".to_owned())]
                    .into(),
            ),
            ..ObjectMeta::default()
        },
        provisioner: "e2e.chartctl.dev/volumes".to_owned(),
        volume_binding_mode: Some("Immediate".to_owned()),
        ..StorageClass::default()
    };
    Api::all(client.clone())
        .create(&PostParams::default(), &class)
        .await
        .context("making the storage class")?;
    let nodes: Api<Node> = Api::all(client.clone());
    for name in NODES {
        nodes
            .create(&PostParams::default(), &node(name))
            .await
            .with_context(|| format!("making the node {name}"))?;
    }
    for name in NODES {
        wait_for(&nodes, name, READY, takes_pods).await?;
    }
    Ok(())
}

fn node(name: &str) -> Node {
    let labels = [("kubernetes.io/os", "linux"), ("kubernetes.io/hostname", name)];
    Node {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(
                labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            ),
            ..ObjectMeta::default()
        },
        ..Node::default()
    }
}

/// Ready, and no longer marked as not ready by the node lifecycle controller.
fn takes_pods(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    let is_ready = conditions
        .is_some_and(|all| all.iter().any(|one| one.type_ == "Ready" && one.status == "True"));
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_ref());
    is_ready && taints.is_none_or(Vec::is_empty)
}
