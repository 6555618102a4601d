//! Everything a request can fail with, by meaning.
//!
//! The server's answer (`metav1.Status`) is sorted into [`ApiError`] in one place, [`ApiError::from_status`].
//! Messages about Secrets are cut to what cannot repeat their content, since errors end up in logs, events
//! and status.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use kube::core::Status;
use manifest::ObjectId;

use crate::call::{Call, Verb};

/// A request that failed.
///
/// The text names the call and the server's reason. There is no `source`: the reason is part of the text,
/// as Helm prints it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The server does not allow it: roles, quotas, admission, a namespace that is being deleted.
    #[error("could not {call}: {message}")]
    Forbidden {
        /// What was asked.
        call: Box<Call>,
        /// Why not.
        message: String,
    },
    /// Server-side apply found fields that other managers own with another value. The text is Helm 4's.
    #[error(
        "conflict occurred while applying object {namespace}/{name} {group}/{version}, Kind={kind}: {message}",
        namespace = call.namespace.as_deref().unwrap_or_default(),
        name = call.name,
        group = call.gvk.group,
        version = call.gvk.version,
        kind = call.gvk.kind
    )]
    Conflicts {
        /// What was asked.
        call: Box<Call>,
        /// The fields, by manager, sorted.
        conflicts: Vec<FieldConflict>,
        /// The server's summary.
        message: String,
    },
    /// The server refuses the object as it is.
    #[error("could not {call}: {message}")]
    Invalid {
        /// What was asked.
        call: Box<Call>,
        /// One entry per field at fault; may be empty.
        causes: Vec<Cause>,
        /// Whether the fault is only that a field cannot be changed once the object exists.
        immutable: bool,
        /// The server's summary.
        message: String,
    },
    /// The object, or the namespace it should be in, does not exist.
    #[error("could not {call}: {message}")]
    NotFound {
        /// What was asked.
        call: Box<Call>,
        /// What is missing, in the server's words.
        message: String,
    },
    /// An object of this name exists.
    #[error("could not {call}: {message}")]
    AlreadyExists {
        /// What was asked.
        call: Box<Call>,
        /// The server's words; they also tell an object that is on its way out.
        message: String,
    },
    /// The object has changed since it was read (resourceVersion), or is another one of the same name (uid).
    #[error("could not {call}: {message}")]
    Changed {
        /// What was asked.
        call: Box<Call>,
        /// The server's words.
        message: String,
    },
    /// No answer: the connection could not be made or broke. The text begins as Helm's.
    #[error("kubernetes cluster unreachable: could not {call}: {reason}")]
    Unreachable {
        /// What was asked.
        call: Box<Call>,
        /// The whole chain of causes, outermost first.
        reason: String,
    },
    /// No answer in time.
    #[error("kubernetes cluster unreachable: could not {call}: no answer within {} s", after.as_secs())]
    Timeout {
        /// What was asked.
        call: Box<Call>,
        /// How long was waited, retries included.
        after: Duration,
    },
    /// The server limits the rate of requests.
    #[error("could not {call}: the server asks to slow down: {message}")]
    TooManyRequests {
        /// What was asked.
        call: Box<Call>,
        /// When the server wants to be asked again.
        retry_after: Option<Duration>,
        /// The server's words.
        message: String,
    },
    /// The server cannot answer now: starting, overloaded, without a leader, or a webhook of it does not answer.
    #[error("could not {call}: {message} (HTTP {code})")]
    Unavailable {
        /// What was asked.
        call: Box<Call>,
        /// HTTP status.
        code: u16,
        /// The server's words.
        message: String,
    },
    /// The credentials are missing, wrong or expired, or the plugin that makes them failed.
    #[error("could not {call}: {message}")]
    Unauthorized {
        /// What was asked.
        call: Box<Call>,
        /// Why.
        message: String,
    },
    /// The server does not serve this kind. The text is Helm's.
    #[error(
        "resource mapping not found for name: \"{}\" namespace: \"{}\" from \"\": no matches for kind \"{}\" in version \"{}\"\nensure CRDs are installed first",
        id.name,
        id.namespace.as_deref().unwrap_or_default(),
        id.gvk.kind,
        id.gvk.api_version()
    )]
    KindUnknown {
        /// The object whose kind is unknown; only its kind counts when the name is empty.
        id: Box<ObjectId>,
    },
    /// The request or the answer is larger than a server takes.
    #[error("could not {call}: {message}")]
    TooLarge {
        /// What was asked.
        call: Box<Call>,
        /// The server's words.
        message: String,
    },
    /// Anything else, such as an answer that is no JSON.
    #[error("could not {call}: {message}")]
    Other {
        /// What was asked.
        call: Box<Call>,
        /// HTTP status; 0 when there was none.
        code: u16,
        /// What happened.
        message: String,
    },
}

/// A field that another manager owns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldConflict {
    /// The manager in the server's words, such as `"kubectl" using apps/v1`.
    pub manager: String,
    /// Its fields, such as `.spec.replicas`.
    pub fields: Vec<String>,
}

/// One reason for which the server calls an object invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Path of the field, such as `spec.replicas`; empty when the server names none.
    pub field: String,
    /// What is wrong with it. For Secrets only the class of the fault, never the value.
    pub message: String,
}

impl ApiError {
    /// Sorts an answer of the server.
    #[must_use]
    pub fn from_status(call: &Call, status: &Status, retry_after: Option<Duration>) -> Self {
        let message = tell(call, status);
        let call = Box::new(call.clone());
        match (status.code, status.reason.as_str()) {
            (401, _) | (_, "Unauthorized") => Self::Unauthorized { call, message },
            (403, _) | (_, "Forbidden") => Self::Forbidden { call, message },
            (404, _) | (_, "NotFound") => Self::NotFound { call, message },
            (_, "AlreadyExists") => Self::AlreadyExists { call, message },
            (409, _) | (_, "Conflict") => conflict(call, status, message),
            (400 | 422, _) | (_, "BadRequest" | "Invalid") => invalid(call, status, message),
            (413, _) | (_, "RequestEntityTooLarge") => Self::TooLarge { call, message },
            (429, _) | (_, "TooManyRequests") => {
                let retry_after = retry_after.or_else(|| seconds_asked_for(status));
                Self::TooManyRequests { call, retry_after, message }
            }
            (code @ 500..=599, _) => server_fault(call, code, status, message),
            (code, _) => Self::Other { call, code, message },
        }
    }

    /// Returns the error for a connection that failed with `error`.
    #[must_use]
    pub fn unreachable(call: &Call, error: &(dyn StdError + 'static)) -> Self {
        Self::Unreachable { call: Box::new(call.clone()), reason: chain(error) }
    }

    /// Returns the call that failed; `None` where no request was sent.
    #[must_use]
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Forbidden { call, .. }
            | Self::Conflicts { call, .. }
            | Self::Invalid { call, .. }
            | Self::NotFound { call, .. }
            | Self::AlreadyExists { call, .. }
            | Self::Changed { call, .. }
            | Self::Unreachable { call, .. }
            | Self::Timeout { call, .. }
            | Self::TooManyRequests { call, .. }
            | Self::Unavailable { call, .. }
            | Self::Unauthorized { call, .. }
            | Self::TooLarge { call, .. }
            | Self::Other { call, .. } => Some(call),
            Self::KindUnknown { .. } => None,
        }
    }

    /// Returns whether the same request may succeed a little later without anybody doing anything.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Timeout { .. }
                | Self::TooManyRequests { .. }
                | Self::Unavailable { .. }
        )
    }

    /// Returns whether the object does not exist, or its kind is not served.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::KindUnknown { .. })
    }

    /// Returns what a person can do about it, one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Forbidden { call, message } => forbidden_hint(call, message),
            Self::Conflicts { .. } => Some(
                "another tool sets these fields: drop them from the chart, stop the other tool, or take \
                 them over with --force-conflicts"
                    .to_owned(),
            ),
            Self::Invalid { immutable: true, call, .. } => Some(format!(
                "this field is fixed once the object exists: delete {} {} and run the command again, or \
                 undo the change",
                call.gvk.kind, call.name
            )),
            Self::NotFound { call, message } if misses_namespace(message) => Some(format!(
                "create the namespace {} first, or pass --create-namespace",
                call.namespace.as_deref().unwrap_or_default()
            )),
            Self::AlreadyExists { message, .. } if message.contains("being deleted") => {
                Some("the old object is still being deleted: try again when it is gone".to_owned())
            }
            Self::Changed { .. } => {
                Some("somebody else changed it at the same moment: run the command again".to_owned())
            }
            Self::Unreachable { .. } | Self::Timeout { .. } => Some(
                "check that the cluster runs and that the current context of the kubeconfig is the right \
                 one"
                .to_owned(),
            ),
            Self::Unavailable { message, .. } if message.contains("calling webhook") => Some(
                "an admission webhook of the cluster does not answer: check the service it names"
                    .to_owned(),
            ),
            Self::TooManyRequests { .. } | Self::Unavailable { .. } => {
                Some("the server is busy: try again in a moment".to_owned())
            }
            Self::Unauthorized { .. } => Some(
                "log in again: the token or certificate is missing, wrong or expired".to_owned(),
            ),
            Self::KindUnknown { .. } => Some(
                "install what defines this kind first, or change the apiVersion if the cluster's version \
                 no longer serves it"
                    .to_owned(),
            ),
            Self::Invalid { .. }
            | Self::NotFound { .. }
            | Self::AlreadyExists { .. }
            | Self::TooLarge { .. }
            | Self::Other { .. } => None,
        }
    }
}

fn forbidden_hint(call: &Call, message: &str) -> Option<String> {
    if message.contains("being terminated") {
        return Some("the namespace is being deleted: wait until it is gone".to_owned());
    }
    if message.contains("exceeded quota") {
        return Some(
            "a ResourceQuota of the namespace is used up: raise it or ask for less".to_owned(),
        );
    }
    if !message.contains(" cannot ") {
        return None;
    }
    let verbs = if call.verb == Verb::Apply { "patch and create" } else { call.verb.rbac() };
    let place = match &call.namespace {
        Some(namespace) => format!("in namespace {namespace}"),
        None => "in the whole cluster".to_owned(),
    };
    Some(format!("ask for a role that allows {verbs} on {} {place}", call.group_resource()))
}

fn misses_namespace(message: &str) -> bool {
    message.starts_with("namespaces \"")
}

/// A 409: fields of others in server-side apply, or an object that changed.
fn conflict(call: Box<Call>, status: &Status, message: String) -> ApiError {
    let mut conflicts: Vec<FieldConflict> = Vec::new();
    for cause in causes_of(status).filter(|cause| cause.0 == "FieldManagerConflict") {
        let manager = cause.1.strip_prefix("conflict with ").unwrap_or(cause.1).to_owned();
        match conflicts.iter_mut().find(|known| known.manager == manager) {
            Some(known) => known.fields.push(cause.2.to_owned()),
            None => conflicts.push(FieldConflict { manager, fields: vec![cause.2.to_owned()] }),
        }
    }
    if conflicts.is_empty() {
        return ApiError::Changed { call, message };
    }
    conflicts.sort();
    ApiError::Conflicts { call, conflicts, message }
}

/// A 422 or 400.
fn invalid(call: Box<Call>, status: &Status, message: String) -> ApiError {
    let secret = call.is_secret();
    let causes: Vec<Cause> = causes_of(status)
        .map(|(_, text, field)| Cause {
            field: field.to_owned(),
            message: if secret { fault_class(text) } else { text.to_owned() },
        })
        .collect();
    let fixed = |text: &str| {
        text.contains("field is immutable")
            || text.contains("may not change once set")
            || text.contains("updates to statefulset spec")
            || text.contains("is immutable after creation")
    };
    let texts: Vec<&str> = causes_of(status).map(|(_, text, _)| text).collect();
    let immutable = match texts.as_slice() {
        [] => fixed(&status.message),
        texts => texts.iter().all(|text| fixed(text)),
    };
    ApiError::Invalid { call, causes, immutable, message }
}

/// A 5xx: mostly for a while, but the server also answers so to an apply patch that fits no schema.
fn server_fault(call: Box<Call>, code: u16, status: &Status, message: String) -> ApiError {
    // How the server answers to bodies it cannot decode.
    let undecodable = [
        "failed to create typed patch object",
        "illegal base64 data",
        "cannot unmarshal",
        "unable to decode",
        "unrecognized type",
    ];
    if undecodable.iter().any(|words| status.message.contains(words)) {
        return invalid(call, status, message);
    }
    if status.message.contains("request is too large") {
        return ApiError::TooLarge { call, message };
    }
    if code == 501 || code == 505 {
        return ApiError::Other { call, code, message };
    }
    ApiError::Unavailable { call, code, message }
}

/// Reason, message and field of each cause.
fn causes_of(status: &Status) -> impl Iterator<Item = (&str, &str, &str)> {
    status
        .details
        .iter()
        .flat_map(|details| &details.causes)
        .map(|cause| (cause.reason.as_str(), cause.message.as_str(), cause.field.as_str()))
}

fn seconds_asked_for(status: &Status) -> Option<Duration> {
    let seconds = status.details.as_ref()?.retry_after_seconds;
    (seconds > 0).then(|| Duration::from_secs(seconds.into()))
}

/// The server's message, or what may be told of it.
fn tell(call: &Call, status: &Status) -> String {
    let text = if status.message.is_empty() { &status.reason } else { &status.message };
    if text.is_empty() {
        return format!("the server answered with HTTP {}", status.code);
    }
    if call.is_secret() { tell_of_secret(call, status, text) } else { text.clone() }
}

/// Shapes of messages about Secrets that hold names only; all others are cut.
fn tell_of_secret(call: &Call, status: &Status, text: &str) -> String {
    let safe = ["NotFound", "AlreadyExists", "Unauthorized", "TooManyRequests", "Expired"]
        .contains(&status.reason.as_str())
        || text.contains(": User \"")
        || text.contains("exceeded quota")
        || text.contains("being terminated")
        || text.contains("the object has been modified")
        || text.contains("Precondition failed")
        || text.starts_with("Apply failed with ")
        || text.contains("request is too large")
        || text.starts_with("Request entity too large")
        || matches!(status.code, 502..=504);
    if safe {
        return text.to_owned();
    }
    let faults: Vec<String> = causes_of(status)
        .map(|(_, text, field)| format!("{field}: {}", fault_class(text)))
        .collect();
    if !faults.is_empty() {
        return format!("Secret \"{}\" is invalid: {}", call.name, faults.join(", "));
    }
    if text.contains("illegal base64 data") {
        return "a value under data is not base64 (use stringData for plain text)".to_owned();
    }
    if let Some(faults) = schema_faults(text) {
        return faults;
    }
    let name = if status.reason.is_empty() { "InternalError" } else { &status.reason };
    format!("{name} (the server's message is not shown: it may repeat the Secret's content)")
}

/// The paths that do not fit the schema, without what stands there: `.datas: field not declared in schema`.
fn schema_faults(text: &str) -> Option<String> {
    let (_, faults) =
        text.split_once("failed to create typed patch object")?.1.split_once("): ")?;
    let told: Vec<String> = faults
        .lines()
        .filter_map(|line| {
            let (path, fault) = line.trim().split_once(": ")?;
            let fault = fault.split(", got").next().unwrap_or_default();
            let known = fault == "field not declared in schema" || fault.starts_with("expected ");
            (path.starts_with('.') && known).then(|| format!("{path}: {fault}"))
        })
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// The class of a field error (`Invalid value`, `Too long`, …) without the value, which follows the first
/// colon; limits and immutability are told since they hold no value.
fn fault_class(text: &str) -> String {
    let (class, rest) = text.split_once(':').unwrap_or((text, ""));
    let class = if class.len() > 40 { "invalid" } else { class };
    if rest.contains("field is immutable") {
        return format!("{class}: field is immutable");
    }
    if class == "Too long" {
        return format!("{class}:{rest}");
    }
    class.to_owned()
}

/// Prints an error and its causes, each once.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = tidy(&error.to_string());
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        // The connection layer's own summary says less than its cause.
        if text.starts_with("client error (") && !text.contains(':') {
            text = words;
        } else if !words.is_empty() && !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}

/// Takes the client library's own prefixes off.
fn tidy(text: &str) -> String {
    ["ServiceError: ", "HyperError: ", "ApiError: "]
        .iter()
        .fold(text, |text, prefix| text.strip_prefix(prefix).unwrap_or(text))
        .to_owned()
}

/// Prints as the server writes it: `"kubectl" using apps/v1: .spec.replicas, .spec.paused`.
impl fmt::Display for FieldConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.manager, self.fields.join(", "))
    }
}

/// Prints `spec.replicas: Invalid value: …`.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.field, self.message)
    }
}

#[cfg(test)]
mod tests {
    use manifest::Gvk;

    use super::*;

    fn call(verb: Verb, kind: &str) -> Call {
        let (group, resource) = match kind {
            "Secret" => ("", "secrets"),
            _ => ("apps", "deployments"),
        };
        Call::on(verb, &ObjectId::new(Gvk::new(group, "v1", kind), Some("prod"), "web"), resource)
    }

    fn status(code: u16, reason: &str, message: &str, causes: &[(&str, &str, &str)]) -> Status {
        let causes: Vec<_> = causes
            .iter()
            .map(|(reason, message, field)| {
                serde_json::json!({"reason": reason, "message": message, "field": field})
            })
            .collect();
        serde_json::from_value(serde_json::json!({
            "status": "Failure", "code": code, "reason": reason, "message": message,
            "details": {"causes": causes},
        }))
        .unwrap()
    }

    /// The variant's name and the text.
    fn sorted(kind: &str, status: &Status) -> (String, String) {
        let error = ApiError::from_status(&call(Verb::Apply, kind), status, None);
        let variant = format!("{error:?}");
        let variant = variant.split([' ', '(']).next().unwrap_or_default().to_owned();
        (variant, error.to_string())
    }

    fn check(status: &Status, variant: &str, text: &str) {
        assert_eq!(sorted("Deployment", status), (variant.to_owned(), text.to_owned()));
    }

    #[test]
    fn answers_are_sorted_by_meaning_and_name_the_call() {
        let plain = |code, reason, message| status(code, reason, message, &[]);
        let told = |message: &str| format!("could not apply Deployment prod/web: {message}");
        for (code, reason, variant) in [
            (401, "Unauthorized", "Unauthorized"),
            (403, "Forbidden", "Forbidden"),
            (404, "NotFound", "NotFound"),
            (409, "AlreadyExists", "AlreadyExists"),
            (409, "Conflict", "Changed"),
            (400, "BadRequest", "Invalid"),
            (422, "Invalid", "Invalid"),
            (413, "RequestEntityTooLarge", "TooLarge"),
            (418, "", "Other"),
        ] {
            check(&plain(code, reason, "why"), variant, &told("why"));
        }
        check(&plain(503, "", "why"), "Unavailable", &told("why (HTTP 503)"));
        let slow = told("the server asks to slow down: why");
        check(&plain(429, "TooManyRequests", "why"), "TooManyRequests", &slow);
    }

    #[test]
    fn an_apply_patch_without_schema_is_no_fault_of_the_server() {
        let message = "failed to create typed patch object (prod/web; apps/v1, Kind=Deployment): .spec.x: \
                       field not declared in schema";
        assert_eq!(sorted("Deployment", &status(500, "", message, &[])).0, "Invalid");
    }

    #[test]
    fn conflicts_are_grouped_by_manager_and_told_as_helm_does() {
        let message = "Apply failed with 2 conflicts: conflicts with \"kubectl\" using apps/v1: …";
        let clash =
            |field| ("FieldManagerConflict", "conflict with \"kubectl\" using apps/v1", field);
        let causes = [clash(".spec.replicas"), clash(".spec.paused")];
        let status = status(409, "Conflict", message, &causes);
        let error = ApiError::from_status(&call(Verb::Apply, "Deployment"), &status, None);
        let text = format!(
            "conflict occurred while applying object prod/web apps/v1, Kind=Deployment: {message}"
        );
        assert_eq!(error.to_string(), text);
        let ApiError::Conflicts { conflicts, .. } = &error else { panic!("{error:?}") };
        let lines: Vec<_> = conflicts.iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["\"kubectl\" using apps/v1: .spec.replicas, .spec.paused"]);
        assert!(error.hint().unwrap().contains("--force-conflicts"));
    }

    #[test]
    fn only_a_fixed_field_makes_an_error_immutable() {
        let immutable = |causes: &[(&str, &str, &str)]| {
            let status = status(422, "Invalid", "…", causes);
            let error = ApiError::from_status(&call(Verb::Apply, "Deployment"), &status, None);
            matches!(error, ApiError::Invalid { immutable: true, .. })
        };
        let fixed = ("FieldValueInvalid", "Invalid value: {}: field is immutable", "spec.selector");
        let wrong = ("FieldValueInvalid", "Invalid value: -1: must be positive", "spec.replicas");
        assert!(immutable(&[fixed]));
        assert!(!immutable(&[fixed, wrong]));
        assert!(!immutable(&[wrong]));
        assert!(!immutable(&[]));
    }

    #[test]
    fn messages_about_secrets_do_not_repeat_their_content() {
        let value = "hunter2";
        for message in [
            format!("Secret in version \"v1\" cannot be handled: error found near |{value}|"),
            format!("Secret \"web\" is invalid: data[x]: Invalid value: \"{value}\": no"),
            format!("admission webhook \"w\" denied the request: {value} is weak"),
        ] {
            for (code, reason) in
                [(400, "BadRequest"), (422, "Invalid"), (403, "Forbidden"), (500, "")]
            {
                let cause = format!("Invalid value: \"{value}\": no");
                for causes in [&[][..], &[("FieldValueInvalid", cause.as_str(), "data[x]")]] {
                    let status = status(code, reason, &message, causes);
                    let error = ApiError::from_status(&call(Verb::Apply, "Secret"), &status, None);
                    assert!(!format!("{error} {error:?}").contains(value), "{error:?}");
                }
            }
        }
    }

    #[test]
    fn harmless_messages_about_secrets_are_told() {
        let told = |status: &Status| sorted("Secret", status).1;
        let message = "secrets is forbidden: User \"jane\" cannot create resource \"secrets\"";
        assert!(told(&status(403, "Forbidden", message, &[])).ends_with(message));
        let cause = ("FieldValueTooLong", "Too long: may not be more than 1048576 bytes", "data");
        let text = told(&status(422, "Invalid", "…", &[cause]));
        let expected = "could not apply Secret prod/web: Secret \"web\" is invalid: data: Too long: may not \
                        be more than 1048576 bytes";
        assert_eq!(text, expected);
        let cause = (
            "FieldValueForbidden",
            "Forbidden: field is immutable when `immutable` is set",
            "data",
        );
        let text = told(&status(422, "Invalid", "…", &[cause]));
        assert!(text.ends_with("data: Forbidden: field is immutable"), "{text}");
    }

    #[test]
    fn what_does_not_fit_the_schema_of_secrets_is_told_by_path() {
        let told = |fault: &str| {
            let message = format!(
                "failed to create typed patch object (prod/web; /v1, Kind=Secret): {fault}"
            );
            sorted("Secret", &status(500, "", &message, &[]))
        };
        let (variant, text) = told(".datas: field not declared in schema");
        assert_eq!(variant, "Invalid");
        assert!(text.ends_with(".datas: field not declared in schema"), "{text}");
        let (_, text) = told(".data.k: expected string, got &value.valueUnstructured{Value:4711}");
        assert!(text.ends_with(".data.k: expected string"), "{text}");
    }

    #[test]
    fn hints_name_the_missing_right() {
        let message =
            "deployments.apps \"web\" is forbidden: User \"jane\" cannot patch resource …";
        let status = status(403, "Forbidden", message, &[]);
        let error = ApiError::from_status(&call(Verb::Apply, "Deployment"), &status, None);
        let hint =
            "ask for a role that allows patch and create on deployments.apps in namespace prod";
        assert_eq!(error.hint().as_deref(), Some(hint));
    }

    #[test]
    fn hints_name_the_missing_namespace() {
        let status = status(404, "NotFound", "namespaces \"prod\" not found", &[]);
        let error = ApiError::from_status(&call(Verb::Apply, "Deployment"), &status, None);
        assert!(error.hint().unwrap().contains("--create-namespace"));
    }
}
