//! The watch of Releases. One that this version cannot read is put aside and told about; the others go on.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{Release, condition, reason};
use futures::{Stream, StreamExt as _};
use jiff::Timestamp;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams};
use kube::core::{DeserializeGuard, ObjectMeta};
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::{self, Config, Event, watcher};
use kube::runtime::{WatchStreamExt as _, reflector as reflect};
use serde_json::{Value, json};

use crate::context::Context;
use crate::index::Name;

type Guarded = DeserializeGuard<Release>;

/// Returns the cache of Releases in one namespace, or in all, and the watch that keeps it, as a controller takes
/// them. What is deleted is forgotten at once, and leaves its Helm release to others that want it.
pub fn watched(
    context: &Arc<Context>,
    namespace: Option<&str>,
) -> (Store<Release>, impl Stream<Item = Result<Release, watcher::Error>> + Send + 'static) {
    let client = context.cluster.client().clone();
    let api: Api<Guarded> = match namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let (reader, writer) = reflector::store();
    let (readable, gone) = (Arc::clone(context), Arc::clone(context));
    let mut aside = Aside::default();
    let events = watcher(api, Config::default())
        .filter_map(move |event| std::future::ready(aside.readable(&readable, event)));
    // The cache has changed before anybody is woken for it.
    let stream = reflect(writer, events)
        .inspect(move |event| match event {
            Ok(Event::Delete(release)) => forget(&gone, release),
            Ok(_) => {}
            Err(_) => gone.metrics.watch_restarted("Release"),
        })
        .applied_objects();
    (reader, stream)
}

fn forget(context: &Context, release: &Release) {
    let metadata = &release.metadata;
    let name = Name::new(
        metadata.namespace.clone().unwrap_or_default(),
        metadata.name.clone().unwrap_or_default(),
    );
    context.forget(&name, metadata.uid.as_deref().unwrap_or_default());
}

/// The Releases that cannot be read: the generation that was told about, by uid.
#[derive(Default)]
struct Aside(BTreeMap<String, Option<i64>>);

impl Aside {
    /// Lets through what can be read. Something that could be read before stays in the cache as it was, so that
    /// its Helm release is not taken for free.
    fn readable(
        &mut self,
        context: &Arc<Context>,
        event: Result<Event<Guarded>, watcher::Error>,
    ) -> Option<Result<Event<Release>, watcher::Error>> {
        let of =
            |wrap: fn(Release) -> Event<Release>, aside: &mut Self, object: Guarded| match object {
                DeserializeGuard(Ok(release)) => {
                    aside.0.remove(release.metadata.uid.as_deref().unwrap_or_default());
                    Some(Ok(wrap(release)))
                }
                DeserializeGuard(Err(invalid)) => {
                    aside.tell(context, &invalid.metadata, &invalid.error);
                    None
                }
            };
        match event {
            Err(error) => Some(Err(error)),
            Ok(Event::Init) => Some(Ok(Event::Init)),
            Ok(Event::InitDone) => Some(Ok(Event::InitDone)),
            Ok(Event::InitApply(object)) => of(Event::InitApply, self, object),
            Ok(Event::Apply(object)) => of(Event::Apply, self, object),
            Ok(Event::Delete(DeserializeGuard(Ok(release)))) => Some(Ok(Event::Delete(release))),
            Ok(Event::Delete(DeserializeGuard(Err(invalid)))) => {
                self.0.remove(invalid.metadata.uid.as_deref().unwrap_or_default());
                let release = named(invalid.metadata)?;
                Some(Ok(Event::Delete(release)))
            }
        }
    }

    /// Logs it and says so in its status, once for each generation.
    fn tell(&mut self, context: &Arc<Context>, metadata: &ObjectMeta, error: &str) {
        let uid = metadata.uid.clone().unwrap_or_default();
        if self.0.insert(uid, metadata.generation) == Some(metadata.generation) {
            return;
        }
        let namespace = metadata.namespace.clone().unwrap_or_default();
        let name = metadata.name.clone().unwrap_or_default();
        tracing::warn!(release = %format!("{namespace}/{name}"), error, "a Release cannot be read");
        let patch = unreadable(metadata, error, Timestamp::now());
        let context = Arc::clone(context);
        tokio::spawn(async move {
            let client = context.cluster.client().clone();
            let kind = ApiResource::erase::<Release>(&());
            let api: Api<DynamicObject> = Api::namespaced_with(client, &namespace, &kind);
            let patch = Patch::Merge(&patch);
            if let Err(error) = api.patch_status(&name, &PatchParams::default(), &patch).await {
                tracing::warn!(%error, "writing the status of a Release that cannot be read");
            }
        });
    }
}

/// The status of a Release that cannot be read: nothing is done about it.
fn unreadable(metadata: &ObjectMeta, error: &str, now: Timestamp) -> Value {
    let error: String = error.chars().take(500).collect();
    let message = format!("this version of the operator cannot read the Release: {error}");
    let condition = |type_: &str, status: &str| {
        json!({
            "type": type_,
            "status": status,
            "reason": reason::INVALID_SPEC,
            "message": message,
            "lastTransitionTime": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "observedGeneration": metadata.generation,
        })
    };
    json!({
        "metadata": {"uid": metadata.uid},
        "status": {
            "conditions": [condition(condition::READY, "False"), condition(condition::STALLED, "True")],
        },
    })
}

/// A Release of which nothing but the metadata is known.
fn named(metadata: ObjectMeta) -> Option<Release> {
    let spec = serde_json::from_value(json!({"chart": {}})).ok()?;
    let mut release = Release::new("", spec);
    release.metadata = metadata;
    Some(release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_release_is_stalled_for_its_generation() {
        let metadata =
            ObjectMeta { uid: Some("u".to_owned()), generation: Some(4), ..ObjectMeta::default() };
        let status = unreadable(&metadata, &"x".repeat(2000), Timestamp::UNIX_EPOCH);
        let conditions = status["status"]["conditions"].as_array().unwrap();
        for (condition, (type_, value)) in
            conditions.iter().zip([("Ready", "False"), ("Stalled", "True")])
        {
            assert_eq!(condition["type"], type_);
            assert_eq!(condition["status"], value);
            assert_eq!(condition["reason"], "InvalidSpec");
            assert_eq!(condition["observedGeneration"], 4);
            assert!(condition["message"].as_str().unwrap().len() <= 1024);
        }
        assert!(named(metadata).is_some());
    }
}
