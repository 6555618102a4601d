//! The control plane itself: it starts, people sign in, controllers and fake pods do their work.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{BEHAVIOUR, Cluster, Namespace, SignIn, User, grant, rule, wait_for, wait_for_any};
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, ContainerState, Namespace as NamespaceObject, Pod};
use kube::api::{ListParams, PostParams};
use kube::core::NamespaceResourceScope;
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(30);

/// A namespace of the shared cluster, unless its pods are real: what these tests ask for is not.
async fn played(prefix: &str) -> Result<Option<Namespace>> {
    let cluster = Cluster::shared().await?;
    if cluster.control_plane().is_none() {
        return Ok(None);
    }
    cluster.namespace(prefix).await.map(Some)
}

/// Makes an object from JSON.
async fn create<K>(ns: &Namespace, object: Value) -> Result<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType: Default>,
    K: Clone + std::fmt::Debug + Serialize + DeserializeOwned,
{
    let object = serde_json::from_value(object)?;
    Ok(ns.api::<K>().create(&PostParams::default(), &object).await?)
}

/// A pod template whose pods behave as said.
fn template(behaviour: Option<&str>) -> Value {
    let annotations = match behaviour {
        Some(behaviour) => json!({BEHAVIOUR: behaviour}),
        None => json!({}),
    };
    json!({
        "metadata": {"labels": {"app": "web"}, "annotations": annotations},
        "spec": {"containers": [{"name": "web", "image": "example.com/web:1"}]},
    })
}

fn deployment(behaviour: Option<&str>) -> Value {
    json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template(behaviour),
        },
    })
}

fn job(behaviour: Option<&str>) -> Result<Value> {
    let mut template = template(behaviour);
    let spec = template.pointer_mut("/spec").and_then(Value::as_object_mut);
    spec.context("a template without a spec")?.insert("restartPolicy".into(), json!("Never"));
    Ok(json!({"metadata": {"name": "work"}, "spec": {"backoffLimit": 0, "template": template}}))
}

fn pod_is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|all| all.iter().any(|one| one.type_ == "Ready" && one.status == "True"))
}

fn container_state(pod: &Pod) -> Option<(ContainerState, i32)> {
    let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
    let first = statuses.first()?;
    Some((first.state.clone()?, first.restart_count))
}

fn waits_because(pod: &Pod, reason: &str) -> bool {
    let waiting = container_state(pod).and_then(|(state, _)| state.waiting);
    waiting.and_then(|waiting| waiting.reason).is_some_and(|found| found == reason)
}

fn job_has(job: &Job, condition: &str) -> bool {
    let conditions = job.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions
        .is_some_and(|all| all.iter().any(|one| one.type_ == condition && one.status == "True"))
}

#[tokio::test]
async fn it_says_its_version() -> Result<()> {
    let client = Cluster::shared().await?.client().await?;
    assert_eq!(client.apiserver_version().await?.major, "1");
    Ok(())
}

#[tokio::test]
async fn the_admin_signs_in_by_certificate_token_and_exec_plugin() -> Result<()> {
    let cluster = Cluster::shared().await?;
    for sign_in in SignIn::ALL {
        let kubeconfig = cluster.kubeconfig_by(User::Admin, sign_in);
        let client = cluster.client_of(&kubeconfig).await?;
        Api::<NamespaceObject>::all(client)
            .list(&ListParams::default())
            .await
            .with_context(|| format!("signing in by {}", sign_in.name()))?;
    }
    Ok(())
}

#[tokio::test]
async fn the_limited_user_may_do_only_what_is_granted() -> Result<()> {
    let cluster = Cluster::shared().await?;
    let ns = cluster.namespace("limited").await?;
    let mut maps = Vec::new();
    for sign_in in SignIn::ALL {
        let client = cluster.client_of(&cluster.kubeconfig_by(User::Limited, sign_in)).await?;
        maps.push(Api::<ConfigMap>::namespaced(client, ns.name()));
    }
    for maps in &maps {
        let refused = maps.list(&ListParams::default()).await;
        assert!(matches!(refused, Err(kube::Error::Api(status)) if status.code == 403));
    }
    let rules = [rule(&[""], &["configmaps"], &["list"])];
    grant(&ns.client(), &cluster.subject(User::Limited), ns.name(), &rules).await?;
    for maps in &maps {
        maps.list(&ListParams::default()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_service_account_signs_in_by_its_token() -> Result<()> {
    let cluster = Cluster::shared().await?;
    let ns = cluster.namespace("account").await?;
    let account = cluster.service_account(ns.name(), "robot").await?;
    let rules = [rule(&[""], &["configmaps"], &["get"])];
    grant(&ns.client(), &account.subject, ns.name(), &rules).await?;
    let client = cluster.client_of(&account.kubeconfig).await?;
    let found = Api::<ConfigMap>::namespaced(client, ns.name()).get_opt("none").await?;
    assert_eq!(found, None);
    Ok(())
}

#[tokio::test]
async fn a_deployment_becomes_available() -> Result<()> {
    let Some(ns) = played("deployment").await? else { return Ok(()) };
    create::<Deployment>(&ns, deployment(None)).await?;
    wait_for(&ns.api(), "web", LIMIT, |web: &Deployment| {
        web.status.as_ref().and_then(|status| status.available_replicas) == Some(2)
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn stateful_sets_get_their_volumes_in_every_namespace() -> Result<()> {
    for _ in 0..2 {
        let Some(ns) = played("stateful").await? else { return Ok(()) };
        let set = json!({
            "metadata": {"name": "db"},
            "spec": {
                "serviceName": "db",
                "replicas": 2,
                "selector": {"matchLabels": {"app": "web"}},
                "template": template(None),
                "volumeClaimTemplates": [{
                    "metadata": {"name": "data"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "1Gi"}},
                    },
                }],
            },
        });
        create::<StatefulSet>(&ns, set).await?;
        wait_for(&ns.api(), "db", LIMIT, |db: &StatefulSet| {
            db.status.as_ref().and_then(|status| status.ready_replicas) == Some(2)
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_job_completes() -> Result<()> {
    let Some(ns) = played("job").await? else { return Ok(()) };
    create::<Job>(&ns, job(None)?).await?;
    wait_for(&ns.api(), "work", LIMIT, |work: &Job| job_has(work, "Complete")).await?;
    Ok(())
}

#[tokio::test]
async fn a_job_fails_where_its_annotation_says_so() -> Result<()> {
    let Some(ns) = played("job-failed").await? else { return Ok(()) };
    create::<Job>(&ns, job(Some("job-failed"))?).await?;
    wait_for(&ns.api(), "work", LIMIT, |work: &Job| job_has(work, "Failed")).await?;
    Ok(())
}

#[tokio::test]
async fn an_image_cannot_be_pulled_where_the_annotation_says_so() -> Result<()> {
    let Some(ns) = played("image").await? else { return Ok(()) };
    create::<Deployment>(&ns, deployment(Some("image-pull-error"))).await?;
    let pod = wait_for_any(&ns.api(), "app=web", LIMIT, |pod: &Pod| {
        waits_because(pod, "ImagePullBackOff")
    })
    .await?;
    assert_eq!(pod.status.context("no status")?.phase.as_deref(), Some("Pending"));
    Ok(())
}

#[tokio::test]
async fn a_container_crashes_again_and_again_where_the_annotation_says_so() -> Result<()> {
    let Some(ns) = played("crash").await? else { return Ok(()) };
    create::<Deployment>(&ns, deployment(Some("crash-loop"))).await?;
    let pod = wait_for_any(&ns.api(), "app=web", LIMIT, |pod: &Pod| {
        waits_because(pod, "CrashLoopBackOff")
    })
    .await?;
    let (_, restarts) = container_state(&pod).context("no container status")?;
    assert!(restarts > 0);
    Ok(())
}

#[tokio::test]
async fn a_slow_pod_runs_before_it_is_ready() -> Result<()> {
    let Some(ns) = played("slow").await? else { return Ok(()) };
    create::<Deployment>(&ns, deployment(Some("slow-start"))).await?;
    let pods = ns.api::<Pod>();
    wait_for_any(&pods, "app=web", LIMIT, |pod| {
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        phase == Some("Running") && !pod_is_ready(pod)
    })
    .await?;
    wait_for_any(&pods, "app=web", LIMIT, pod_is_ready).await?;
    Ok(())
}

#[tokio::test]
async fn the_api_server_comes_back_with_what_it_knew() -> Result<()> {
    let cluster = Cluster::own().await?;
    let Some(control_plane) = cluster.control_plane() else {
        // Somebody else's API server is not ours to stop.
        return Ok(());
    };
    let ns = cluster.namespace("restart").await?;
    create::<ConfigMap>(&ns, json!({"metadata": {"name": "kept"}})).await?;
    let maps = ns.api::<ConfigMap>();
    control_plane.stop_apiserver();
    assert!(maps.get("kept").await.is_err());
    control_plane.start_apiserver().await?;
    maps.get("kept").await?;
    create::<Deployment>(&ns, deployment(None)).await?;
    wait_for(&ns.api(), "web", LIMIT, |web: &Deployment| {
        web.status.as_ref().and_then(|status| status.available_replicas) == Some(2)
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn kubectl_runs_as_a_user_would_run_it() -> Result<()> {
    let cluster = Cluster::shared().await?;
    let ns = cluster.namespace("kubectl").await?;
    let kubectl = || async { anyhow::Ok(cluster.kubectl().await?.namespace(ns.name())) };
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "piped"}});
    kubectl().await?.args(["apply", "-f", "-"]).input(map.to_string()).run().await?.success()?;
    let found = kubectl().await?.args(["get", "configmap", "-o", "name"]).run().await?.success()?;
    assert!(found.stdout.contains("configmap/piped"), "{found}");
    let refused = kubectl()
        .await?
        .kubeconfig(&cluster.kubeconfig(User::Limited))
        .args(["get", "configmaps"])
        .run()
        .await?
        .failure()?;
    assert!(refused.stderr.contains("Forbidden"), "{refused}");
    Ok(())
}
