//! Writing objects by server-side apply, as Helm 4 does: manager `helm`, strict about unknown fields.

use std::time::Duration;

use http::{Method, StatusCode};
use manifest::Object;
use value::Value;

use crate::Cluster;
use crate::address;
use crate::call::{Call, Verb};
use crate::discovery::Resource;
use crate::error::ApiError;
use crate::send::{Ask, send};

pub use plan::FIELD_MANAGER;

/// Content type of an apply patch; JSON is YAML.
const APPLY_PATCH: &str = "application/apply-patch+yaml";
/// Helm's tries when a `ResourceQuota` changed under the server's hands, and its pause.
const QUOTA_TRIES: u32 = 5;
const QUOTA_PAUSE: Duration = Duration::from_millis(10);
/// Tries while a kind whose definition was just established is not served everywhere yet.
const NEW_KIND_TRIES: u32 = 6;

/// How to apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Take fields over that other managers own with another value.
    pub force: bool,
    /// Only let the server check and answer; nothing is stored.
    pub dry_run: bool,
    /// The `resourceVersion` that the object had before, if known: tells [`Change::Unchanged`] from
    /// [`Change::Configured`]. It is not sent.
    pub known_version: Option<String>,
}

/// What applying did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The object is new.
    Created,
    /// The object existed; without a known version this includes objects that were as wanted.
    Configured,
    /// The object was as wanted.
    Unchanged,
}

/// The outcome of applying an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The object as the server has it now.
    pub value: Value,
    /// What happened to it.
    pub change: Change,
}

impl Cluster {
    /// Applies an object. One that leaves its name to the server (`generateName`) is created instead.
    ///
    /// Running it twice with the same object changes nothing the second time.
    pub async fn apply(
        &self,
        object: &Object,
        options: &ApplyOptions,
    ) -> Result<Applied, ApiError> {
        let mut quota = 0;
        let mut new_kind = 0;
        loop {
            let error = match self.apply_once(object, options).await {
                Ok(applied) => return Ok(applied),
                Err(error) => error,
            };
            let pause = if is_quota_race(&error) && quota + 1 < QUOTA_TRIES {
                quota += 1;
                QUOTA_PAUSE
            } else if is_unserved(&error) && new_kind + 1 < NEW_KIND_TRIES {
                new_kind += 1;
                Duration::from_millis(50 << new_kind)
            } else {
                return Err(error);
            };
            tracing::debug!(object = %object.id, %error, "applying again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn apply_once(
        &self,
        object: &Object,
        options: &ApplyOptions,
    ) -> Result<Applied, ApiError> {
        let resource = self.resource_of(&object.id).await?;
        let ask = self.apply_request(&resource, object, options);
        let answer = send(&self.client, &ask).await?;
        let version = answer.value.str_at(&["metadata", "resourceVersion"]);
        let change = match (&options.known_version, version) {
            _ if answer.code == StatusCode::CREATED => Change::Created,
            (Some(known), Some(version)) if known == version => Change::Unchanged,
            _ => Change::Configured,
        };
        Ok(Applied { value: answer.value, change })
    }

    fn apply_request(&self, resource: &Resource, object: &Object, options: &ApplyOptions) -> Ask {
        let id = &object.id;
        let named = !id.name.is_empty();
        let query = [
            ("fieldManager", Some(FIELD_MANAGER)),
            ("fieldValidation", Some("Strict")),
            ("force", Some(if options.force { "true" } else { "false" }).filter(|_| named)),
            ("dryRun", options.dry_run.then_some("All")),
        ];
        let body = prepared(&object.value);
        if named {
            let path = address::object(resource, id, self.default_namespace());
            let call = Call::on(Verb::Apply, id, &resource.plural);
            Ask::new(call, Method::PATCH, address::with_query(&path, &query))
                .with_body(APPLY_PATCH, &body)
        } else {
            let namespace = id.namespace.as_deref().unwrap_or(self.default_namespace());
            let path = address::collection(resource, Some(namespace));
            let call = Call::on(Verb::Create, id, &resource.plural);
            Ask::new(call, Method::POST, address::with_query(&path, &query))
                .with_body("application/json", &body)
        }
    }
}

/// Takes off what only the server may set and what would turn the apply into a comparison.
pub(crate) fn prepared(value: &Value) -> Value {
    let mut body = value.clone();
    let metadata = body.as_map_mut().and_then(|map| map.get_mut("metadata"));
    if let Some(metadata) = metadata.and_then(Value::as_map_mut) {
        for key in ["managedFields", "resourceVersion", "uid", "creationTimestamp"] {
            metadata.remove(key);
        }
    }
    body
}

fn is_quota_race(error: &ApiError) -> bool {
    matches!(error, ApiError::Changed { message, .. } if message.contains("resourcequotas"))
}

/// Discovery and the handlers learn of a new kind a moment after its definition is established.
fn is_unserved(error: &ApiError) -> bool {
    match error {
        ApiError::KindUnknown { .. } => true,
        ApiError::NotFound { message, .. } => {
            message.contains("could not find the requested resource")
                || message.contains("404 page not found")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use manifest::ObjectId;

    use super::*;
    use crate::testing::{Server, object, status};

    const WEB: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"prod","uid":"x"}}"#;
    const ANSWER: &str = r#"{"metadata":{"name":"web","resourceVersion":"5"}}"#;

    async fn check(code: u16, options: ApplyOptions, query: &str, change: Change) {
        let server = Server::replying([(code, ANSWER)]);
        let applied = server.cluster().apply(&object(WEB), &options).await.unwrap();
        assert_eq!(applied.change, change);
        assert_eq!(applied.value.str_at(&["metadata", "resourceVersion"]), Some("5"));
        let asked = server.one();
        let path = "/apis/apps/v1/namespaces/prod/deployments/web";
        let line = format!("PATCH {path}?fieldManager=helm&fieldValidation=Strict{query}");
        assert_eq!(asked.line, line);
        assert_eq!(asked.content_type, "application/apply-patch+yaml");
        let body = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"prod"}}"#;
        assert_eq!(asked.body, body);
    }

    #[tokio::test]
    async fn the_status_code_and_the_known_version_tell_what_happened() {
        let plain = ApplyOptions::default();
        check(201, plain.clone(), "&force=false", Change::Created).await;
        check(200, plain.clone(), "&force=false", Change::Configured).await;
        let known = |version: &str| ApplyOptions {
            known_version: Some(version.to_owned()),
            ..ApplyOptions::default()
        };
        check(200, known("5"), "&force=false", Change::Unchanged).await;
        check(200, known("4"), "&force=false", Change::Configured).await;
    }

    #[tokio::test]
    async fn force_and_dry_run_are_said_in_the_query() {
        let options = ApplyOptions { force: true, dry_run: true, known_version: None };
        check(200, options, "&force=true&dryRun=All", Change::Configured).await;
    }

    #[tokio::test]
    async fn an_object_without_a_name_is_created() {
        let server = Server::replying([(201, ANSWER)]);
        let object =
            object(r#"{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"job-"}}"#);
        let applied = server.cluster().apply(&object, &ApplyOptions::default()).await.unwrap();
        assert_eq!(applied.change, Change::Created);
        let line = "POST /api/v1/namespaces/dflt/pods?fieldManager=helm&fieldValidation=Strict";
        assert_eq!(server.one().line, line);
    }

    #[tokio::test(start_paused = true)]
    async fn a_race_for_a_quota_is_run_again_five_times_at_most() {
        let race =
            || status(409, "Conflict", "Operation cannot be fulfilled on resourcequotas \"q\": …");
        let server = Server::replying([race(), race(), (201, ANSWER.to_owned())]);
        let applied = server.cluster().apply(&object(WEB), &ApplyOptions::default()).await;
        assert_eq!(applied.unwrap().change, Change::Created);

        let server = Server::replying(std::iter::repeat_with(race).take(9));
        let applied = server.cluster().apply(&object(WEB), &ApplyOptions::default()).await;
        assert!(matches!(applied, Err(ApiError::Changed { .. })));
        assert_eq!(server.asked().len(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_kind_that_never_comes_is_helms_error() {
        let server = Server::default();
        let mut object = object(WEB);
        object.id.gvk.kind = "Nope".to_owned();
        let error = server.cluster().apply(&object, &ApplyOptions::default()).await.unwrap_err();
        let text = "resource mapping not found for name: \"web\" namespace: \"prod\" from \"\": no matches \
                    for kind \"Nope\" in version \"apps/v1\"\nensure CRDs are installed first";
        assert_eq!(error.to_string(), text);
        assert_eq!(server.asked(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_server_is_asked_four_times() {
        let busy = || status(503, "ServiceUnavailable", "starting");
        let server = Server::replying(std::iter::repeat_with(busy).take(9));
        let error = server.cluster().apply(&object(WEB), &ApplyOptions::default()).await;
        assert!(error.unwrap_err().is_transient());
        assert_eq!(server.asked().len(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_answer_is_a_timeout() {
        let server = Server::default();
        let error = server.cluster().apply(&object(WEB), &ApplyOptions::default()).await;
        let text = "kubernetes cluster unreachable: could not apply Deployment prod/web: no answer within \
                    30 s";
        assert_eq!(error.unwrap_err().to_string(), text);
    }

    #[tokio::test]
    async fn a_namespace_is_made_with_its_label() {
        let server = Server::replying([(201, "{}")]);
        let made = server.cluster().create_namespace("prod").await.unwrap();
        assert_eq!(made.change, Change::Created);
        let asked = server.one();
        assert!(asked.line.starts_with("PATCH /api/v1/namespaces/prod?"), "{}", asked.line);
        let body = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"labels":{"name":"prod"},"name":"prod"}}"#;
        assert_eq!(asked.body, body);
    }

    #[tokio::test]
    async fn field_managers_move_with_the_version_they_were_read_at() {
        let live = r#"{"metadata":{"resourceVersion":"3","managedFields":[{"manager":"helm","operation":"Update","apiVersion":"v1","fieldsV1":{}}]}}"#;
        let changed = status(409, "Conflict", "the object has been modified");
        let server = Server::replying([
            (200, live.to_owned()),
            changed,
            (200, live.to_owned()),
            (200, "{}".to_owned()),
        ]);
        let id = ObjectId::new(object(WEB).id.gvk, Some("prod"), "web");
        let cluster = server.cluster();
        assert!(cluster.migrate_field_managers(&id, &["helm"]).await.unwrap());
        let asked = server.asked();
        assert_eq!(asked.len(), 4);
        assert_eq!(asked[1].content_type, "application/json-patch+json");
        assert_eq!(asked[1].json().as_list().unwrap().len(), 2);
    }
}
