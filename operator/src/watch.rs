//! The watches that wake Releases: ConfigMaps and Secrets that they name, Helm's records, and the namespaces and
//! kinds that they miss. All of them ask for
//! metadata only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;

use api::SourceKind;
use futures::TryStreamExt as _;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, PartialObjectMeta};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Client, Resource};
use release::codec;
use serde::de::DeserializeOwned;

use crate::index::{Index, Key, Name, Need, Versions};
use crate::metrics::Metrics;
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
    metrics: Arc<Metrics>,
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
    pub const fn new(
        client: Client,
        index: Arc<Index>,
        trigger: Trigger,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { client: Client_(client), index, trigger, metrics }
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
        self.follow::<K>(self.api(namespace), config, |event| {
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
        self.follow::<Secret>(self.api(namespace), config, |event| {
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

    /// Watches namespaces for ever: one that is missing may come.
    pub async fn namespaces(&self) {
        let api: Api<PartialObjectMeta<Namespace>> = Api::all(self.client.0.clone());
        self.follow(api, Config::default(), |event| {
            if let Event::InitApply(meta) | Event::Apply(meta) = event
                && meta.metadata.deletion_timestamp.is_none()
                && let Some(name) = meta.metadata.name
            {
                self.trigger.all(self.index.arrived(&Need::Namespace(name)));
            }
        })
        .await;
    }

    /// Watches the definitions of kinds for ever: one that is missing may come.
    pub async fn definitions(&self) {
        let api: Api<PartialObjectMeta<CustomResourceDefinition>> = Api::all(self.client.0.clone());
        self.follow(api, Config::default(), |event| {
            // What is listed may have come while the watch was broken; that it is established is a change too.
            if let Event::InitDone | Event::Apply(_) = event {
                self.trigger.all(self.index.arrived(&Need::Kind));
            }
        })
        .await;
    }

    fn api<K>(&self, namespace: Option<&str>) -> Api<PartialObjectMeta<K>>
    where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        let client = self.client.0.clone();
        match namespace {
            Some(namespace) => Api::namespaced(client, namespace),
            None => Api::all(client),
        }
    }

    /// Follows one kind; a broken watch begins again with growing pauses.
    async fn follow<K>(
        &self,
        api: Api<PartialObjectMeta<K>>,
        config: Config,
        mut on: impl FnMut(Event<PartialObjectMeta<K>>),
    ) where
        K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
    {
        let mut events = pin!(watcher(api, config).default_backoff());
        loop {
            match events.try_next().await {
                Ok(Some(event)) => on(event),
                Ok(None) => return,
                Err(error) => {
                    let kind = K::kind(&());
                    self.metrics.watch_restarted(&kind);
                    tracing::warn!(%kind, %error, "a watch broke and begins again");
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
