//! Everything that is in a cluster, to be compared with what was in it before.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use kube::Client;
use serde::Deserialize;

/// How many kinds are listed at once.
const AT_ONCE: usize = 8;
const DISCOVERY: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
const METADATA: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// The objects of a cluster, by uid.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    objects: BTreeMap<String, Object>,
}

/// Kinds of objects, and where they are served.
#[derive(Debug, Clone)]
pub struct Kinds(Vec<(String, Collection)>);

impl Kinds {
    /// All that can be listed, each in the version that the server prefers.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn served(client: &Client) -> Result<Self> {
        let mut kinds = Vec::new();
        for root in ["/api", "/apis"] {
            let found: Discovery = read(client, root, DISCOVERY).await?;
            kinds.extend(found.items.into_iter().flat_map(Group::kinds));
        }
        Ok(Self(kinds))
    }

    /// Those of them that `names` has.
    #[must_use]
    pub fn only(self, names: &[&str]) -> Self {
        Self(self.0.into_iter().filter(|(kind, _)| names.contains(&kind.as_str())).collect())
    }
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its kind.
    pub kind: String,
    /// Where its kind is served: `/api/v1/pods`, without the namespace.
    collection: Collection,
    /// Its namespace; empty when it is in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its unique id.
    pub uid: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// The uids of what it goes along with.
    pub owners: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Collection {
    /// `/api/v1` or `/apis/GROUP/VERSION`.
    root: String,
    plural: String,
}

impl Inventory {
    /// Lists all kinds that the server serves, in all namespaces. Left aside are events, leases of the control plane
    /// and what is served by others than the API server.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn take(client: &Client) -> Result<Self> {
        Self::of(client, &Kinds::served(client).await?, "").await
    }

    /// Lists `kinds` in `namespace`; in all of them if that is empty.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn of(client: &Client, kinds: &Kinds, namespace: &str) -> Result<Self> {
        let lists: Vec<Vec<Object>> = stream::iter(&kinds.0)
            .map(|kind| list(client, kind, namespace))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let objects = lists.into_iter().flatten().filter(|object| !object.is_of_control_plane());
        Ok(Self { objects: objects.map(|object| (object.uid.clone(), object)).collect() })
    }

    /// What is here and not in `before`.
    #[must_use]
    pub fn beyond(&self, before: &Self) -> Vec<&Object> {
        let new = self.objects.iter().filter(|(uid, _)| !before.objects.contains_key(*uid));
        new.map(|(_, object)| object).collect()
    }

    /// All objects.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// The object with this uid.
    #[must_use]
    pub fn by_uid(&self, uid: &str) -> Option<&Object> {
        self.objects.get(uid)
    }
}

impl Object {
    /// The release that it belongs to by its marks.
    #[must_use]
    pub fn release(&self) -> Option<&str> {
        self.annotations.get("meta.helm.sh/release-name").map(String::as_str)
    }

    /// Deletes it, with what depends on it following.
    ///
    /// # Errors
    ///
    /// When the server refuses. That it is gone is none.
    pub async fn delete(&self, client: &Client) -> Result<()> {
        let request = http::Request::delete(self.path()).body(Vec::new())?;
        match client.request_text(request).await {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            outcome => outcome.map(drop).with_context(|| format!("deleting {self}")),
        }
    }

    fn path(&self) -> String {
        let Collection { root, plural } = &self.collection;
        match self.namespace.as_str() {
            "" => format!("{root}/{plural}/{}", self.name),
            namespace => format!("{root}/namespaces/{namespace}/{plural}/{}", self.name),
        }
    }

    /// What the servers keep for themselves and renew at any time.
    fn is_of_control_plane(&self) -> bool {
        let in_namespace = ["kube-system", "kube-node-lease"].contains(&self.namespace.as_str());
        (self.kind == "Lease" && in_namespace) || self.name == "kube-root-ca.crt"
    }
}

impl std::fmt::Display for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, namespace, name, .. } = self;
        if namespace.is_empty() {
            write!(f, "{kind}/{name}")
        } else {
            write!(f, "{kind} {namespace}/{name}")
        }
    }
}

async fn read<T: serde::de::DeserializeOwned>(
    client: &Client,
    path: &str,
    accept: &str,
) -> Result<T> {
    let request = http::Request::get(path).header("Accept", accept).body(Vec::new())?;
    client.request(request).await.with_context(|| format!("reading {path}"))
}

async fn list(
    client: &Client,
    (kind, collection): &(String, Collection),
    namespace: &str,
) -> Result<Vec<Object>> {
    let path = match (namespace, &collection.root, &collection.plural) {
        ("", root, plural) => format!("{root}/{plural}"),
        (namespace, root, plural) => format!("{root}/namespaces/{namespace}/{plural}"),
    };
    let found: Result<List> = read(client, &path, METADATA).await;
    let items = match found {
        Ok(list) => list.items.unwrap_or_default(),
        // A kind whose definition was deleted a moment ago, or whose own server does not answer.
        Err(error) if code(&error).is_some_and(|code| [404, 405, 503].contains(&code)) => {
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    Ok(items.into_iter().map(|item| item.metadata.of(kind, collection)).collect())
}

fn code(error: &anyhow::Error) -> Option<u16> {
    match error.downcast_ref()? {
        kube::Error::Api(status) => Some(status.code),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Discovery {
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: GroupName,
    /// The preferred one first.
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize, Default)]
struct GroupName {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    resources: Vec<Served>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Served {
    resource: String,
    #[serde(default)]
    response_kind: Option<Kind>,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

impl Group {
    /// Each kind that can be listed, where its preferred version is served.
    fn kinds(self) -> Vec<(String, Collection)> {
        let group = self.metadata.name;
        let mut found: BTreeMap<String, (String, Collection)> = BTreeMap::new();
        for version in self.versions {
            let root = match group.as_str() {
                "" => format!("/api/{}", version.version),
                group => format!("/apis/{group}/{}", version.version),
            };
            for served in version.resources {
                let Some(Kind { kind }) = served.response_kind else { continue };
                let wanted = served.verbs.iter().any(|verb| verb == "list")
                    && !["Event", "ComponentStatus"].contains(&kind.as_str());
                if wanted {
                    let collection =
                        Collection { root: root.clone(), plural: served.resource.clone() };
                    found.entry(served.resource).or_insert((kind, collection));
                }
            }
        }
        found.into_values().collect()
    }
}

#[derive(Deserialize)]
struct List {
    /// `null` when there are none.
    items: Option<Vec<Item>>,
}

#[derive(Deserialize)]
struct Item {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    uid: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(default)]
    owner_references: Vec<Owner>,
}

#[derive(Deserialize)]
struct Owner {
    uid: String,
}

impl Metadata {
    fn of(self, kind: &str, collection: &Collection) -> Object {
        Object {
            kind: kind.to_owned(),
            collection: collection.clone(),
            namespace: self.namespace,
            name: self.name,
            uid: self.uid,
            labels: self.labels,
            annotations: self.annotations,
            owners: self.owner_references.into_iter().map(|owner| owner.uid).collect(),
        }
    }
}
