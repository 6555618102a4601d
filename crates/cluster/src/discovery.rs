//! Which kinds the API server serves, and which version it is.
//!
//! Two requests ask for everything at once (aggregated discovery, Kubernetes 1.27 and later). The answer is
//! kept in the [`Cluster`](crate::Cluster) and asked for again when somebody misses a kind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::client::{APIGroupDiscovery, APIGroupDiscoveryList, APIResourceDiscovery};
use manifest::{Gvk, ObjectId, Scope, Scopes};
use tokio::sync::Mutex;

use crate::Cluster;
use crate::call::Call;
use crate::error::ApiError;
use crate::send::{Ask, send};

/// What to accept so that one answer holds all groups; the beta form is that of servers before 1.30.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                          application/json";

/// A kind that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Group, version and kind.
    pub gvk: Gvk,
    /// The plural in addresses and roles.
    pub plural: String,
    /// Whether objects of it live in a namespace.
    pub scope: Scope,
    /// What can be done with it: `get`, `list`, `watch`, `patch`, ….
    pub verbs: Vec<String>,
}

impl Resource {
    /// Returns whether objects of it live in a namespace.
    #[must_use]
    pub fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    /// Returns whether the server offers `verb` for it.
    #[must_use]
    pub fn offers(&self, verb: &str) -> bool {
        self.verbs.iter().any(|offered| offered == verb)
    }

    /// A kind that is there in every cluster.
    pub(crate) fn core(kind: &str, plural: &str, scope: Scope) -> Self {
        let verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];
        Self {
            gvk: Gvk::new("", "v1", kind),
            plural: plural.to_owned(),
            scope,
            verbs: verbs.map(str::to_owned).to_vec(),
        }
    }

    /// As the client library wants it.
    pub(crate) fn api_resource(&self) -> kube::api::ApiResource {
        kube::api::ApiResource {
            group: self.gvk.group.clone(),
            version: self.gvk.version.clone(),
            api_version: self.gvk.api_version(),
            kind: self.gvk.kind.clone(),
            plural: self.plural.clone(),
        }
    }

    #[cfg(test)]
    pub(crate) fn for_test(gvk: Gvk, plural: &str, namespaced: bool) -> Self {
        let scope = if namespaced { Scope::Namespaced } else { Scope::Cluster };
        Self { gvk, ..Self::core("", plural, scope) }
    }
}

/// All kinds that a server serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    resources: BTreeMap<Gvk, Resource>,
    api_versions: BTreeSet<String>,
    preferred: BTreeMap<(String, String), String>,
    stale: Vec<String>,
}

impl Served {
    /// Returns the kind, if it is served.
    #[must_use]
    pub fn resource(&self, gvk: &Gvk) -> Option<&Resource> {
        self.resources.get(gvk)
    }

    /// Returns the kind in the version that the server prefers.
    #[must_use]
    pub fn preferred(&self, group: &str, kind: &str) -> Option<&Resource> {
        let version = self.preferred.get(&(group.to_owned(), kind.to_owned()))?;
        self.resources.get(&Gvk::new(group, version.as_str(), kind))
    }

    /// Returns all kinds with their scopes.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        self.resources.values().map(|resource| (resource.gvk.clone(), resource.scope)).collect()
    }

    /// Returns what templates see as `.Capabilities.APIVersions`, sorted: `apps/v1` and `apps/v1/Deployment`,
    /// kinds of subresources included, as Helm lists them.
    pub fn api_versions(&self) -> impl Iterator<Item = &str> {
        self.api_versions.iter().map(String::as_str)
    }

    /// Returns the group versions whose list is out of date, because the server behind them does not answer.
    #[must_use]
    pub fn stale(&self) -> &[String] {
        &self.stale
    }

    fn read(groups: Vec<APIGroupDiscovery>) -> Self {
        let mut served = Self::default();
        for group in groups {
            let name = group.metadata.and_then(|metadata| metadata.name).unwrap_or_default();
            // The first version is the preferred one.
            for version in group.versions {
                let place = Gvk::new(name.as_str(), version.version.unwrap_or_default(), "");
                if version.freshness.as_deref() == Some("Stale") {
                    served.stale.push(place.api_version());
                }
                served.api_versions.insert(place.api_version());
                for resource in version.resources {
                    served.add(&place, resource);
                }
            }
        }
        served
    }

    fn add(&mut self, place: &Gvk, found: APIResourceDiscovery) {
        let kind = found.response_kind.and_then(|kind| kind.kind).unwrap_or_default();
        let below = found.subresources.into_iter().filter_map(|sub| sub.response_kind?.kind);
        for kind in below.chain([kind.clone()]).filter(|kind| !kind.is_empty()) {
            self.api_versions.insert(format!("{}/{kind}", place.api_version()));
        }
        let Some(plural) = found.resource.filter(|_| !kind.is_empty()) else { return };
        let scope = match found.scope.as_deref() {
            Some("Cluster") => Scope::Cluster,
            _ => Scope::Namespaced,
        };
        let gvk = Gvk { kind: kind.clone(), ..place.clone() };
        self.preferred.entry((gvk.group.clone(), kind)).or_insert_with(|| gvk.version.clone());
        self.resources.entry(gvk.clone()).or_insert(Resource {
            gvk,
            plural,
            scope,
            verbs: found.verbs,
        });
    }
}

/// The version of an API server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubeVersion {
    /// Such as `v1.36.2`.
    pub version: String,
    /// Such as `1`.
    pub major: String,
    /// Such as `36`; some vendors write `36+`.
    pub minor: String,
}

/// The list of kinds, shared by all clones of a [`Cluster`](crate::Cluster).
#[derive(Default)]
pub(crate) struct Cache {
    served: Mutex<Option<Arc<Served>>>,
}

impl Cluster {
    /// Returns the version of the server.
    pub async fn version(&self) -> Result<KubeVersion, ApiError> {
        let ask = Ask::get(Call::discover("the server's version"), "/version".to_owned());
        let answer = send(&self.client, &ask).await?.value;
        let text = |key: &str| answer.str_at(&[key]).unwrap_or_default().to_owned();
        Ok(KubeVersion { version: text("gitVersion"), major: text("major"), minor: text("minor") })
    }

    /// Returns all kinds that are served; asks the server the first time only.
    pub async fn served(&self) -> Result<Arc<Served>, ApiError> {
        let mut cached = self.discovery.served.lock().await;
        if let Some(served) = cached.as_ref() {
            return Ok(Arc::clone(served));
        }
        let served = Arc::new(self.discover().await?);
        *cached = Some(Arc::clone(&served));
        Ok(served)
    }

    /// Asks the server again which kinds it serves.
    pub async fn refresh(&self) -> Result<Arc<Served>, ApiError> {
        let mut cached = self.discovery.served.lock().await;
        let served = Arc::new(self.discover().await?);
        *cached = Some(Arc::clone(&served));
        Ok(served)
    }

    /// Returns all kinds that are served with their scopes; see [`Cluster::served`].
    pub async fn scopes(&self) -> Result<Scopes, ApiError> {
        Ok(self.served().await?.scopes())
    }

    /// Returns a kind; asks the server again, once, when it is not on the list.
    pub async fn resource(&self, gvk: &Gvk) -> Result<Resource, ApiError> {
        self.resource_of(&ObjectId::new(gvk.clone(), None, "")).await
    }

    /// As [`Cluster::resource`], with an error that names the object.
    pub(crate) async fn resource_of(&self, id: &ObjectId) -> Result<Resource, ApiError> {
        let known = self.served().await?;
        if let Some(resource) = known.resource(&id.gvk) {
            return Ok(resource.clone());
        }
        let unknown = || ApiError::KindUnknown { id: Box::new(id.clone()) };
        let newer = self.newer_than(&known).await?;
        newer.resource(&id.gvk).cloned().ok_or_else(unknown)
    }

    /// Asks the server again, unless somebody else did since `known` was read.
    async fn newer_than(&self, known: &Arc<Served>) -> Result<Arc<Served>, ApiError> {
        let mut cached = self.discovery.served.lock().await;
        if let Some(served) = cached.as_ref().filter(|served| !Arc::ptr_eq(served, known)) {
            return Ok(Arc::clone(served));
        }
        let served = Arc::new(self.discover().await?);
        *cached = Some(Arc::clone(&served));
        Ok(served)
    }

    async fn discover(&self) -> Result<Served, ApiError> {
        let (core, named) = tokio::try_join!(self.groups("/api"), self.groups("/apis"))?;
        Ok(Served::read(core.into_iter().chain(named).collect()))
    }

    async fn groups(&self, path: &str) -> Result<Vec<APIGroupDiscovery>, ApiError> {
        let call = Call::discover("the kinds that the cluster serves");
        let ask = Ask::get(call.clone(), path.to_owned()).accepting(AGGREGATED);
        let answer = send(&self.client, &ask).await?;
        let other = |message: &str| ApiError::Other {
            call: Box::new(call),
            code: answer.code.as_u16(),
            message: message.to_owned(),
        };
        if answer.value.str_at(&["kind"]) != Some("APIGroupDiscoveryList") {
            return Err(other(
                "the server is older than Kubernetes 1.27, which is the oldest supported",
            ));
        }
        let list: Result<APIGroupDiscoveryList, _> =
            serde_json::to_value(&answer.value).and_then(serde_json::from_value);
        Ok(list.map_err(|_unreadable| other("the answer is not what Kubernetes sends"))?.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Server;

    #[tokio::test]
    async fn discovery_is_asked_for_once_and_again_for_a_missing_kind() {
        let server = Server::default();
        let cluster = server.cluster();
        let deployment = Gvk::new("apps", "v1", "Deployment");
        assert_eq!(cluster.resource(&deployment).await.unwrap().plural, "deployments");
        let pod = Gvk::new("", "v1", "Pod");
        assert!(cluster.resource(&pod).await.unwrap().is_namespaced());
        assert_eq!(server.discoveries(), 1);
        let unknown = cluster.resource(&Gvk::new("x.io", "v1", "Y")).await;
        assert!(matches!(unknown, Err(ApiError::KindUnknown { .. })));
        assert_eq!(server.discoveries(), 2);
    }

    #[tokio::test]
    async fn templates_see_versions_kinds_and_kinds_of_subresources() {
        let served = Server::default().cluster().served().await.unwrap();
        let versions: Vec<_> = served.api_versions().collect();
        let expected = [
            "apps/v1",
            "apps/v1/Deployment",
            "apps/v1beta1",
            "apps/v1beta1/Deployment",
            "v1",
            "v1/ConfigMap",
            "v1/Eviction",
            "v1/Namespace",
            "v1/Pod",
            "v1/Secret",
        ];
        assert_eq!(versions, expected);
        assert_eq!(served.stale(), ["apps/v1beta1"]);
        assert_eq!(served.preferred("apps", "Deployment").unwrap().gvk.version, "v1");
        let scope = served.scopes().of(&Gvk::new("", "v1", "Namespace"));
        assert_eq!(scope, Some(Scope::Cluster));
    }

    #[tokio::test]
    async fn a_server_without_aggregated_discovery_is_too_old() {
        let server = Server::default();
        server.serve_groups(r#"{"kind":"APIGroupList","groups":[]}"#);
        let error = server.cluster().served().await.unwrap_err();
        assert!(error.to_string().contains("older than Kubernetes 1.27"), "{error}");
    }

    #[tokio::test]
    async fn the_version_is_read() {
        let server =
            Server::replying([(200, r#"{"gitVersion":"v1.36.2","major":"1","minor":"36"}"#)]);
        let version = server.cluster().version().await.unwrap();
        let expected =
            KubeVersion { version: "v1.36.2".into(), major: "1".into(), minor: "36".into() };
        assert_eq!(version, expected);
        assert_eq!(server.one().line, "GET /version");
    }
}
