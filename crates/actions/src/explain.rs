//! Why an object is not ready: what its Pods, their containers and the events say.

use std::time::Duration;

use cluster::{ApiError, Cluster, LogPart};
use manifest::ready::{self, Related, Trouble, TroubleKind, trouble};
use manifest::{Gvk, ObjectId};
use plan::{Cause, Evidence, Failure};
use tokio::time::timeout;
use value::Value;

/// How long looking for one cause may take. A failure is told without it rather than late.
const LIMIT: Duration = Duration::from_secs(5);

/// How many objects are looked into; the causes are mostly the same.
const MOST: usize = 5;

/// How many Pods of an object are asked for their events.
const MOST_PODS: usize = 3;

/// How much of a container's log is shown.
const LOG: LogPart = LogPart { tail: Some(20), previous: false, limit: 64 << 10 };

/// How long a line of a log may get, in characters.
const LINE: usize = 400;

/// Returns the failure with the cause of each object that is not ready, as far as it can be seen, and the evidence:
/// the container's last log lines, the event that tells of it.
pub async fn explain(cluster: &Cluster, mut failure: Failure) -> Failure {
    for pending in failure.objects.iter_mut().take(MOST) {
        match timeout(LIMIT, cause(cluster, &pending.object)).await {
            Ok(Ok(Some(cause))) => pending.cause = Some(cause),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::debug!(object = %pending.object, %error, "no cause"),
            Err(_) => tracing::debug!(object = %pending.object, "no cause in time"),
        }
    }
    failure
}

async fn cause(cluster: &Cluster, object: &ObjectId) -> Result<Option<Cause>, ApiError> {
    let Some(live) = cluster.get(object).await? else { return Ok(None) };
    if live.at(&["metadata", "deletionTimestamp"]).is_some() {
        return Ok(None);
    }
    let namespace = object.namespace.as_deref().unwrap_or(cluster.default_namespace());
    let related = related(cluster, object, &live, namespace).await?;
    let Some(trouble) = trouble(&live, &related) else { return Ok(None) };
    let evidence = evidence(cluster, &trouble, &live, &related, namespace).await;
    Ok(Some(Cause { evidence: Some(Box::new(evidence)), ..Cause::from(trouble) }))
}

/// Reads what is to be seen beside an object.
async fn related(
    cluster: &Cluster,
    object: &ObjectId,
    live: &Value,
    namespace: &str,
) -> Result<Related, ApiError> {
    let mut related = Related { pods_seen: true, ..Related::default() };
    let beside = ready::beside(&object.gvk);
    if let Some(selector) = ready::pod_selector(live) {
        for kind in beside.iter().filter(|gvk| gvk.kind != "Event") {
            let found = cluster.list(kind, Some(namespace), Some(&selector)).await?;
            if kind.kind == "Pod" { related.pods = found } else { related.replica_sets = found }
        }
    } else if beside.contains(&Gvk::new("", "v1", "Pod")) {
        let pods = Gvk::new("", "v1", "Pod");
        related.pods = cluster.list(&pods, Some(namespace), None).await?;
    }
    if beside.is_empty() {
        return Ok(related);
    }
    let unready = |pod: &&&Value| !ready::pod_state(pod).1;
    let pods: Vec<String> = related
        .pods_of(live)
        .iter()
        .filter(unready)
        .take(MOST_PODS)
        .filter_map(|pod| uid(pod))
        .collect();
    for uid in uid(live).into_iter().chain(pods) {
        // Somebody who may not read events sees less.
        match cluster.events_of(namespace, &uid).await {
            Ok(events) => related.events.extend(events),
            Err(error) => tracing::debug!(%error, "no events"),
        }
    }
    Ok(related)
}

async fn evidence(
    cluster: &Cluster,
    trouble: &Trouble,
    live: &Value,
    related: &Related,
    namespace: &str,
) -> Evidence {
    let pods = related.pods_of(live);
    let pod =
        pods.into_iter().find(|pod| pod.str_at(&["metadata", "name"]) == trouble.pod.as_deref());
    let container = trouble.container.clone().or_else(|| unready_container(pod?));
    let log = match (&trouble.pod, &container) {
        (Some(pod), Some(container)) if may_have_run(trouble.kind) => {
            last_lines(cluster, namespace, pod, container, trouble).await
        }
        _ => Vec::new(),
    };
    let subject = pod.unwrap_or(live);
    Evidence {
        pod: trouble.pod.clone(),
        image: trouble.image.clone().or_else(|| image(pod?, container.as_deref()?)),
        container,
        exit_code: trouble.exit_code,
        log,
        event: event(subject, related),
        hint: trouble.kind.hint().map(str::to_owned),
    }
}

/// Returns whether there may be a log: a container that was never made has none.
const fn may_have_run(kind: TroubleKind) -> bool {
    matches!(kind, TroubleKind::CrashLoop | TroubleKind::Passing)
}

/// Returns the last lines that a container printed: of its run before this one where it waits for the next one.
async fn last_lines(
    cluster: &Cluster,
    namespace: &str,
    pod: &str,
    container: &str,
    trouble: &Trouble,
) -> Vec<String> {
    let previous = trouble.kind == TroubleKind::CrashLoop;
    for previous in [previous, !previous] {
        match cluster.logs(namespace, pod, container, LogPart { previous, ..LOG }).await {
            Ok(text) if !text.trim().is_empty() => return lines(&text),
            Ok(_) => {}
            Err(error) => tracing::debug!(pod, container, %error, "no log"),
        }
        // A container that was never restarted has one run only.
        if trouble.restarts == 0 {
            break;
        }
    }
    Vec::new()
}

/// Returns the last lines of a log without what could play with a terminal, cut where they are long.
fn lines(text: &str) -> Vec<String> {
    let most = LOG.tail.map_or(usize::MAX, |lines| usize::try_from(lines).unwrap_or(usize::MAX));
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let shown = lines.len().saturating_sub(most);
    lines
        .into_iter()
        .skip(shown)
        .map(|line| {
            let plain = line.replace('\t', "    ");
            plain.chars().filter(|c| !c.is_control()).take(LINE).collect()
        })
        .collect()
}

/// Returns the latest warning about an object, in words.
fn event(subject: &Value, related: &Related) -> Option<String> {
    let event = related.latest_warning(subject)?;
    let text = |field| event.str_at(&[field]).unwrap_or_default();
    let times = match event.i64_at(&["count"]) {
        Some(count) if count > 1 => format!(" ({count} times)"),
        _ => String::new(),
    };
    let message: String = text("message").split_whitespace().collect::<Vec<_>>().join(" ");
    Some(format!("{}: {message}{times}", text("reason")))
}

fn unready_container(pod: &Value) -> Option<String> {
    let statuses = pod.list_at(&["status", "containerStatuses"]).iter();
    let ready = |status: &&Value| status.at(&["ready"]).and_then(Value::as_bool) == Some(true);
    statuses
        .filter(|status| !ready(status))
        .find_map(|status| Some(status.str_at(&["name"])?.to_owned()))
}

fn image(pod: &Value, container: &str) -> Option<String> {
    ["initContainers", "containers"].iter().find_map(|field| {
        let mut containers = pod.list_at(&["spec", field]).iter();
        let found = containers.find(|of| of.str_at(&["name"]) == Some(container))?;
        found.str_at(&["image"]).map(str::to_owned)
    })
}

fn uid(object: &Value) -> Option<String> {
    object.str_at(&["metadata", "uid"]).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn logs_cannot_play_with_the_terminal_and_stay_short() {
        let check = |text: &str, expected: &[&str]| assert_eq!(lines(text), expected);
        check("one\n\ntwo\n\n", &["one", "", "two"]);
        check("\u{1b}[31mred\u{7}\r\na\tb", &["[31mred", "a    b"]);
        let many = (0..30).map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
        assert_eq!(lines(&many).first().map(String::as_str), Some("10"));
        assert_eq!(lines(&"x".repeat(1000))[0].len(), super::LINE);
    }
}
