//! Waiting for the cluster, by watches and never longer than a limit.

use std::fmt::Debug;
use std::future::ready;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Config, watch_object, watcher};
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Waits until the object `name` is there and `wanted` holds for it, and returns it so.
///
/// # Errors
///
/// After `limit`; the text has the status in which the object was seen last.
pub async fn wait_for<K>(
    api: &Api<K>,
    name: &str,
    limit: Duration,
    mut wanted: impl FnMut(&K) -> bool,
) -> Result<K>
where
    K: Resource<DynamicType: Default>
        + Clone
        + Debug
        + Send
        + Serialize
        + DeserializeOwned
        + 'static,
{
    let what = format!("waiting for {} {name}", K::kind(&K::DynamicType::default()));
    let states = watch_object(api.clone(), name).default_backoff().boxed();
    let found = first(states, &what, limit, |state| state.as_ref().is_some_and(&mut wanted));
    found.await?.with_context(|| format!("{what}: it was there and is gone"))
}

/// Waits until there is no object `name`.
///
/// # Errors
///
/// After `limit`; the text has the status in which the object was seen last.
pub async fn wait_until_gone<K>(api: &Api<K>, name: &str, limit: Duration) -> Result<()>
where
    K: Resource<DynamicType: Default>
        + Clone
        + Debug
        + Send
        + Serialize
        + DeserializeOwned
        + 'static,
{
    let what = format!("waiting for the end of {} {name}", K::kind(&K::DynamicType::default()));
    let states = watch_object(api.clone(), name).default_backoff().boxed();
    first(states, &what, limit, Option::is_none).await.map(drop)
}

/// Waits until `wanted` holds for one of the objects that the label selector `labels` chooses, and
/// returns that one.
///
/// # Errors
///
/// After `limit`; the text has the status of the object that was seen last.
pub async fn wait_for_any<K>(
    api: &Api<K>,
    labels: &str,
    limit: Duration,
    mut wanted: impl FnMut(&K) -> bool,
) -> Result<K>
where
    K: Resource<DynamicType: Default>
        + Clone
        + Debug
        + Send
        + Serialize
        + DeserializeOwned
        + 'static,
{
    let what = format!("waiting for a {} with {labels}", K::kind(&K::DynamicType::default()));
    let states = watcher(api.clone(), Config::default().labels(labels))
        .default_backoff()
        .applied_objects()
        .map(|object| object.map(Some))
        .boxed();
    let found = first(states, &what, limit, |state| state.as_ref().is_some_and(&mut wanted));
    found.await?.with_context(|| format!("{what}: it was there and is gone"))
}

/// Returns the first wanted state. Errors of the watch are shown if the limit passes: the server
/// may be away for a while.
async fn first<K: Serialize>(
    states: BoxStream<'_, Result<Option<K>, watcher::Error>>,
    what: &str,
    limit: Duration,
    mut wanted: impl FnMut(&Option<K>) -> bool,
) -> Result<Option<K>> {
    let mut seen = "nothing was seen".to_owned();
    let outcome = {
        let mut states = pin!(states.filter_map(|state| {
            let chosen = match state {
                Ok(state) if wanted(&state) => Some(state),
                Ok(Some(object)) => {
                    seen = status_of(&object);
                    None
                }
                Ok(None) => {
                    "it is not there".clone_into(&mut seen);
                    None
                }
                Err(error) => {
                    seen = format!("the watch fails: {error:?}");
                    None
                }
            };
            ready(chosen)
        }));
        tokio::time::timeout(limit, states.next()).await
    };
    match outcome {
        Ok(Some(state)) => Ok(state),
        Ok(None) => bail!("{what}: the watch ended; {seen}"),
        Err(_) => bail!("{what}: not within {limit:?}; last seen: {seen}"),
    }
}

fn status_of(object: &impl Serialize) -> String {
    let value = serde_json::to_value(object).unwrap_or_default();
    value.get("status").map_or_else(|| "it is there".to_owned(), |status| format!("{status:#}"))
}
