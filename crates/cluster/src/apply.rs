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

/// The name under which fields are owned. Helm 4 has it wired in: another one would make two owners of each
/// field and every change of tools a conflict.
pub const FIELD_MANAGER: &str = "helm";

/// Content type of an apply patch; JSON is YAML.
const APPLY_PATCH: &str = "application/apply-patch+yaml";
/// Helm's tries when a ResourceQuota changed under the server's hands, and its pause.
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
fn prepared(value: &Value) -> Value {
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
