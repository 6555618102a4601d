//! The watches that wake Releases: ConfigMaps and Secrets that they name, and Helm's records. All of them ask for
//! metadata only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;

use api::SourceKind;
use futures::TryStreamExt as _;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{Api, PartialObjectMeta};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Client, Resource};
use release::codec;
use serde::de::DeserializeOwned;

use crate::index::{Index, Key, Name, Versions};
use crate::trigger::Trigger;

/// Selects everything but records, which are many and large.
const NO_RECORDS: &str = "type!=helm.sh/release.v1";
/// Selects records.
const RECORDS: &str = "owner=helm";

/// What the watches report to.
#[derive(Clone, Debug)]
pub struct Watches {
    client: Client_,
    index: Arc<Index>,
    trigger: Trigger,
}

/// A client that prints nothing.
#[derive(Clone)]
struct Client_(Client);

impl Debug for Client_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Watches {
    /// Watches through `client`.
    #[must_use]
    pub const fn new(client: Client, index: Arc<Index>, trigger: Trigger) -> Self {
        Self { client: Client_(client), index, trigger }
    }

    /// Watches ConfigMaps or Secrets in one namespace, or in all, for ever.
    pub async fn sources(&self, kind: SourceKind, namespace: Option<&str>) {
        match kind {
            SourceKind::ConfigMap => {
                self.follow_sources::<ConfigMap>(kind, namespace, Config::default()).await;
            }
            SourceKind::Secret => {
                let config = Config::default().fields(NO_RECORDS);
                self.follow_sources::<Secret>(kind, namespace, config).await;
            }
        }
    }

    async fn follow_sources<K>(&self, kind: SourceKind, namespace: Option<&str>, config: Config)
    where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
            + Clone
            + Debug
            + DeserializeOwned
            + Send
            + 'static,
    {
        let mut found = BTreeSet::new();
        let key = |meta: &PartialObjectMeta<K>| Key {
            kind,
            namespace: meta.metadata.namespace.clone().unwrap_or_default(),
            name: meta.metadata.name.clone().unwrap_or_default(),
        };
        let version = |meta: &PartialObjectMeta<K>| meta.metadata.resource_version.clone();
        self.follow::<K>(namespace, config, |event| {
            let woken = match event {
                Event::Init => {
                    found.clear();
                    Vec::new()
                }
                Event::InitApply(meta) => {
                    found.insert(key(&meta));
                    self.index.watched(&key(&meta), version(&meta))
                }
                Event::InitDone => self.index.listed(kind, namespace, &std::mem::take(&mut found)),
                Event::Apply(meta) => self.index.watched(&key(&meta), version(&meta)),
                Event::Delete(meta) => self.index.watched(&key(&meta), None),
            };
            self.trigger.all(woken);
        })
        .await;
    }

    /// Watches Helm's records in one namespace, or in all, for ever.
    pub async fn records(&self, namespace: Option<&str>) {
        let mut found: BTreeMap<Name, Versions> = BTreeMap::new();
        let config = Config::default().labels(RECORDS);
        self.follow::<Secret>(namespace, config, |event| {
            let woken = match event {
                Event::Init => {
                    found.clear();
                    Vec::new()
                }
                Event::InitApply(meta) => {
                    if let Some((target, secret, version)) = record(&meta) {
                        found.entry(target).or_default().insert(secret, version);
                    }
                    Vec::new()
                }
                Event::InitDone => {
                    self.index.records_listed(namespace, &std::mem::take(&mut found))
                }
                Event::Apply(meta) => record(&meta)
                    .map_or_else(Vec::new, |(target, secret, version)| {
                        self.index.record(&target, &secret, Some(&version))
                    }),
                Event::Delete(meta) => record(&meta)
                    .map_or_else(Vec::new, |(target, secret, _)| {
                        self.index.record(&target, &secret, None)
                    }),
            };
            self.trigger.all(woken);
        })
        .await;
    }

    /// Follows one kind; a broken watch begins again with growing pauses.
    async fn follow<K>(
        &self,
        namespace: Option<&str>,
        config: Config,
        mut on: impl FnMut(Event<PartialObjectMeta<K>>),
    ) where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
            + Clone
            + Debug
            + DeserializeOwned
            + Send
            + 'static,
    {
        let client = self.client.0.clone();
        let api: Api<PartialObjectMeta<K>> = match namespace {
            Some(namespace) => Api::namespaced(client, namespace),
            None => Api::all(client),
        };
        let mut events = pin!(watcher(api, config).default_backoff());
        loop {
            match events.try_next().await {
                Ok(Some(event)) => on(event),
                Ok(None) => return,
                Err(error) => {
                    let kind = K::kind(&());
                    tracing::warn!(%kind, namespace, %error, "a watch broke and begins again");
                }
            }
        }
    }
}

/// Reads which record this is.
fn record(meta: &PartialObjectMeta<Secret>) -> Option<(Name, String, String)> {
    let secret = meta.metadata.name.clone()?;
    let (name, _) = codec::parse_key(&secret)?;
    let target = Name::new(meta.metadata.namespace.clone()?, name);
    Some((target, secret, meta.metadata.resource_version.clone()?))
}
