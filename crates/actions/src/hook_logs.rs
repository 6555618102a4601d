//! What hooks print, where their log policies ask for it, or whoever runs the tests.

use cluster::{ApiError, Cluster, LogPart};
use manifest::{Gvk, HookEvent, LogPolicy, ObjectId};
use plan::{Plan, Step};
use value::Value;

use crate::event::{Event, Events, HookLog, LogReason};

/// Tells what the containers of a hook printed, if `step` says that the hook has ended and somebody wants to know.
pub(crate) async fn tell(
    cluster: &Cluster,
    plan: &Plan,
    step: &Step,
    test_logs: bool,
    events: Events<'_>,
) {
    let Step::FinishHook { event, hook, succeeded } = step else { return };
    let (Some(stored), Some(object)) = (plan.target.hooks.get(*hook), object(plan, *hook)) else {
        return;
    };
    let policy = if *succeeded { LogPolicy::HookSucceeded } else { LogPolicy::HookFailed };
    let by_policy = stored.output_log_policies.contains(&policy);
    // As in Helm, tests that are Jobs have no logs here.
    let by_test = test_logs && *event == HookEvent::Test && object.gvk.is("", "Pod");
    for (reason, wanted) in [(LogReason::Policy, by_policy), (LogReason::Test, by_test)] {
        if !wanted {
            continue;
        }
        if let Err(error) = print(cluster, object, reason, events).await {
            events(Event::Warning(format!("the logs of {object} cannot be had: {error}")));
        }
    }
}

/// Returns the object of a hook.
fn object(plan: &Plan, hook: usize) -> Option<&ObjectId> {
    plan.steps.iter().find_map(|step| match step {
        Step::RunHook { hook: of, object, .. } if *of == hook => Some(&object.id),
        _ => None,
    })
}

async fn print(
    cluster: &Cluster,
    object: &ObjectId,
    reason: LogReason,
    events: Events<'_>,
) -> Result<(), ApiError> {
    let namespace = object.namespace.as_deref().unwrap_or(cluster.default_namespace());
    for pod in pods(cluster, object, namespace).await? {
        let name = pod.str_at(&["metadata", "name"]).unwrap_or_default();
        for container in containers(&pod, reason) {
            let text = cluster.logs(namespace, name, container, LogPart::ALL).await?;
            let (pod, container) = (name.to_owned(), container.to_owned());
            events(Event::Log(HookLog { reason, pod, container, text }));
        }
    }
    Ok(())
}

async fn pods(
    cluster: &Cluster,
    object: &ObjectId,
    namespace: &str,
) -> Result<Vec<Value>, ApiError> {
    if object.gvk.is("", "Pod") {
        return Ok(cluster.get(object).await?.into_iter().collect());
    }
    if !object.gvk.is("batch", "Job") {
        return Ok(Vec::new());
    }
    let selector = format!("job-name={}", object.name);
    cluster.list(&Gvk::new("", "v1", "Pod"), Some(namespace), Some(&selector)).await
}

/// Returns the containers whose logs are told: for a policy those that do the work, for a test all, those of the
/// initialisation first.
fn containers(pod: &Value, reason: LogReason) -> Vec<&str> {
    let names = |field| {
        let containers = pod.list_at(&["spec", field]).iter();
        containers.filter_map(|container| container.str_at(&["name"]))
    };
    match reason {
        LogReason::Policy => names("containers").collect(),
        LogReason::Test => names("initContainers").chain(names("containers")).collect(),
    }
}
