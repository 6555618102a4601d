//! Why a workload is not ready: what its pods say.

use std::time::Duration;

use cluster::{ApiError, Cluster};
use manifest::{Gvk, ObjectId, ready};
use plan::Failure;
use tokio::time::timeout;
use value::Value;

/// How long looking for one cause may take. A failure is told without it rather than late.
const LIMIT: Duration = Duration::from_secs(5);

/// How many objects are looked into; the causes are mostly the same.
const MOST: usize = 5;

/// Returns the failure with the cause of each object that is not ready, as far as its pods show one.
pub async fn explain(cluster: &Cluster, mut failure: Failure) -> Failure {
    for pending in failure.objects.iter_mut().take(MOST) {
        match timeout(LIMIT, cause(cluster, &pending.object)).await {
            Ok(Ok(cause)) => pending.cause = cause,
            Ok(Err(error)) => tracing::debug!(object = %pending.object, %error, "no cause"),
            Err(_) => tracing::debug!(object = %pending.object, "no cause in time"),
        }
    }
    failure
}

/// Returns what keeps the youngest pod in trouble from running.
async fn cause(cluster: &Cluster, object: &ObjectId) -> Result<Option<String>, ApiError> {
    let Some(workload) = cluster.get(object).await? else { return Ok(None) };
    let Some(selector) = ready::pod_selector(&workload) else { return Ok(None) };
    let pods = Gvk::new("", "v1", "Pod");
    let pods = cluster.list(&pods, object.namespace.as_deref(), Some(&selector)).await?;
    let troubled = pods.iter().filter_map(|pod| Some((pod, ready::pod_obstacle(pod)?)));
    let youngest = troubled.max_by_key(|(pod, _)| text(pod, "creationTimestamp"));
    Ok(youngest.map(|(pod, obstacle)| format!("Pod {}: {obstacle}", text(pod, "name"))))
}

fn text<'v>(pod: &'v Value, key: &str) -> &'v str {
    pod.str_at(&["metadata", key]).unwrap_or_default()
}
