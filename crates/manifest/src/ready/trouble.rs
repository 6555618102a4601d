//! What keeps an object from becoming ready, judged by its Pods and events.
//!
//! A trouble is what is the matter at this moment; whether it has lasted too long is for whoever has a clock.

use value::Value;

use super::related::{self, Related};
use super::{Condition, condition, count, kind, parts, pod};

/// How long a text of the server may get, in characters.
const LONGEST: usize = 600;

/// Events that tell why a Pod's volumes are not there.
const VOLUME_EVENTS: [&str; 2] = ["FailedMount", "FailedAttachVolume"];
/// Words by which a registry says that asking again is no use.
const REFUSALS: [&str; 8] = [
    "not found",
    "manifest unknown",
    "does not exist",
    "access denied",
    "unauthorized",
    "authentication required",
    "no match for platform",
    "forbidden",
];
/// Words by which the API server says that it will not have an object.
const DENIALS: [&str; 4] = ["exceeded quota", "denied the request", "forbidden", "is invalid"];

/// What is the matter with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its kind.
    pub kind: TroubleKind,
    /// A sentence that names the Pod and the container, where it is theirs.
    pub text: String,
    /// The Pod, as `metadata.name`.
    pub pod: Option<String>,
    /// Its `metadata.uid`.
    pub uid: String,
    /// The container.
    pub container: Option<String>,
    /// The container's image.
    pub image: Option<String>,
    /// How often the container was restarted.
    pub restarts: i64,
    /// The exit code of its last run.
    pub exit_code: Option<i64>,
}

/// Kinds of trouble, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TroubleKind {
    /// What stands there is no name of an image, or one that must not be pulled and is not there.
    ImageName,
    /// The registry does not have the image, or not for us.
    ImageRefused,
    /// Pods are refused: by quota, admission or validation.
    Refused,
    /// A container cannot be made as the Pod describes it: a Secret, a `ConfigMap` or a key is missing.
    Config,
    /// A container ends again and again.
    CrashLoop,
    /// The image cannot be pulled; the registry may be away.
    ImagePull,
    /// A volume cannot be mounted.
    Volume,
    /// A claim gets no volume.
    Unbound,
    /// No node takes the Pod.
    Unschedulable,
    /// Something that passes, or of which nobody knows: a probe that fails, a webhook that does not answer.
    Passing,
}

impl TroubleKind {
    /// Returns what a person can do about it.
    #[must_use]
    pub const fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::ImageName => "correct the name of the image",
            Self::ImageRefused => {
                "check the image's name and tag, and imagePullSecrets if the registry is private"
            }
            Self::Refused => {
                "change what is refused, or ask whoever runs the cluster for more quota or another policy"
            }
            Self::Config | Self::Volume => {
                "create what is missing in this namespace, or correct its name in the values"
            }
            Self::CrashLoop => "correct what the container's last log lines complain about",
            Self::ImagePull => "check that the nodes reach the image's registry",
            Self::Unbound => "choose a storage class that there is: kubectl get storageclass",
            Self::Unschedulable => {
                "make room on the nodes, or lower requests, affinities and topology constraints"
            }
            Self::Passing => return None,
        })
    }
}

/// Returns the worst that can be seen of an object that is not ready.
#[must_use]
pub fn trouble(live: &Value, related: &Related) -> Option<Trouble> {
    let own = match kind(live) {
        ("", "PersistentVolumeClaim") => unbound(live, related),
        ("", "Pod") => None,
        _ => refused(live, related),
    };
    let pods = related.pods_of(live);
    let pods = pods.iter().flat_map(|pod| of_pod(pod, related));
    own.into_iter().chain(pods).min_by(|a, b| {
        a.kind.cmp(&b.kind).then(b.restarts.cmp(&a.restarts)).then_with(|| a.pod.cmp(&b.pod))
    })
}

/// Returns what is the matter with one Pod.
fn of_pod(pod: &Value, related: &Related) -> Vec<Trouble> {
    let here = |kind, words: &str| Trouble {
        kind,
        text: brief(&format!("Pod {}: {words}", name(pod))),
        pod: Some(name(pod).to_owned()),
        uid: related::uid(pod).unwrap_or_default().to_owned(),
        container: None,
        image: None,
        restarts: 0,
        exit_code: None,
    };
    if let Some(refused) = condition(pod, "PodScheduled").filter(Condition::is_false) {
        let kind = if refused.reason == "Unschedulable" {
            TroubleKind::Unschedulable
        } else {
            TroubleKind::Passing
        };
        return vec![here(kind, &refused.words("not scheduled"))];
    }
    let mut found: Vec<Trouble> = pod::statuses(pod)
        .filter_map(|status| {
            let (kind, words) = of_container(status)?;
            let text = |field| status.str_at(&[field]).map(str::to_owned);
            Some(Trouble {
                container: text("name"),
                image: text("image"),
                restarts: status.i64_at(&["restartCount"]).unwrap_or_default(),
                exit_code: ["lastState", "state"]
                    .iter()
                    .find_map(|state| status.i64_at(&[state, "terminated", "exitCode"])),
                ..here(kind, &words)
            })
        })
        .collect();
    let of_event = |reasons: &[&str], kind| {
        let event = related.latest_event(pod, reasons)?;
        Some(here(kind, &words_of(event)))
    };
    if found.is_empty() && pod.str_at(&["status", "phase"]) == Some("Pending") {
        found.extend(of_event(&VOLUME_EVENTS, TroubleKind::Volume));
    }
    if found.is_empty() && !condition(pod, "Ready").is_some_and(|ready| ready.is_true()) {
        found.extend(of_event(&["Unhealthy", "FailedCreatePodSandBox"], TroubleKind::Passing));
    }
    found
}

/// Returns what is the matter with a container, in words.
fn of_container(status: &Value) -> Option<(TroubleKind, String)> {
    if let Some(words) = pod::container_obstacle(status) {
        let (reason, message) = pod::waiting(status)?;
        return Some((of_reason(reason, message), words));
    }
    Some((TroubleKind::Passing, pod::bad_end(status)?))
}

/// Returns the kind of trouble behind what a container waits for.
fn of_reason(reason: &str, message: &str) -> TroubleKind {
    match reason {
        "InvalidImageName" | "ErrImageNeverPull" => TroubleKind::ImageName,
        "ErrImagePull"
        | "ImagePullBackOff"
        | "RegistryUnavailable"
        | "ImageInspectError"
        | "SignatureValidationFailed" => {
            if has_any(message, &REFUSALS) {
                TroubleKind::ImageRefused
            } else {
                TroubleKind::ImagePull
            }
        }
        "CreateContainerConfigError" | "CreateContainerError" => TroubleKind::Config,
        "CrashLoopBackOff" => TroubleKind::CrashLoop,
        _ => TroubleKind::Passing,
    }
}

/// Returns why a controller cannot make its Pods: as its condition says, or else its latest event. An event that is
/// older than a Pod of it is history.
fn refused(live: &Value, related: &Related) -> Option<Trouble> {
    let told = condition(live, "ReplicaFailure").filter(Condition::is_true);
    let words = match told {
        Some(told) => told.words("Pods are refused"),
        None if is_short_of_pods(live) => {
            let event = related.latest_event(live, &["FailedCreate"])?;
            let own = related.pods.iter().filter(|pod| related::is_controlled_by(pod, live));
            let newest = own.filter_map(|pod| pod.str_at(&["metadata", "creationTimestamp"])).max();
            let newest = newest.map(|time| time.get(..19).unwrap_or(time));
            if newest.is_some_and(|newest| newest > related::time_of(event)) {
                return None;
            }
            words_of(event)
        }
        None => return None,
    };
    let away = words.contains("failed calling webhook");
    let kind = if !away && has_any(&words, &DENIALS) {
        TroubleKind::Refused
    } else {
        TroubleKind::Passing
    };
    Some(of_object(live, kind, &words))
}

/// Returns whether a controller without a condition for it could have Pods refused.
fn is_short_of_pods(live: &Value) -> bool {
    match kind(live) {
        ("apps", "StatefulSet") => {
            parts(live).is_some_and(|(_, all)| count(live, "replicas") < all)
        }
        ("apps" | "extensions", "DaemonSet") => {
            count(live, "currentNumberScheduled") < count(live, "desiredNumberScheduled")
        }
        ("batch", "Job") => count(live, "active") == 0,
        _ => false,
    }
}

/// Returns why a claim has no volume.
fn unbound(live: &Value, related: &Related) -> Option<Trouble> {
    if live.str_at(&["status", "phase"]) == Some("Bound") {
        return None;
    }
    if let Some(event) = related.latest_event(live, &["ProvisioningFailed", "FailedBinding"]) {
        return Some(of_object(live, TroubleKind::Unbound, &words_of(event)));
    }
    let text = |field| live.str_at(&["spec", field]).unwrap_or_default();
    (text("storageClassName").is_empty() && text("volumeName").is_empty()).then(|| {
        of_object(
            live,
            TroubleKind::Unbound,
            "no storage class is set, and there is no default one",
        )
    })
}

fn of_object(live: &Value, kind: TroubleKind, words: &str) -> Trouble {
    Trouble {
        kind,
        text: brief(words),
        pod: None,
        uid: related::uid(live).unwrap_or_default().to_owned(),
        container: None,
        image: None,
        restarts: 0,
        exit_code: None,
    }
}

/// Returns what an event says: `Reason: message`.
fn words_of(event: &Value) -> String {
    let text = |field| event.str_at(&[field]).unwrap_or_default();
    format!("{}: {}", text("reason"), text("message"))
}

fn name(object: &Value) -> &str {
    object.str_at(&["metadata", "name"]).unwrap_or_default()
}

fn has_any(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// Returns a text of the server on one line, cut where it is long.
fn brief(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}
