//! Reading objects as they are.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use manifest::{Gvk, ObjectId};
use plan::LiveObject;
use value::Value;

use crate::Cluster;
use crate::address;
use crate::call::{Call, Verb};
use crate::discovery::Resource;
use crate::error::ApiError;
use crate::send::{Ask, LIST_LIMIT, send};

/// Requests in flight for one snapshot.
const CONCURRENCY: usize = 16;
/// Objects per page of a list.
const PAGE: &str = "500";

impl Cluster {
    /// Returns an object, or nothing when it does not exist or its kind is not served.
    pub async fn get(&self, id: &ObjectId) -> Result<Option<Value>, ApiError> {
        let resource = match self.resource_of(id).await {
            Err(ApiError::KindUnknown { .. }) => return Ok(None),
            found => found?,
        };
        let call = Call::on(Verb::Get, id, &resource.plural);
        let path = address::object(&resource, id, self.default_namespace());
        match send(&self.client, &Ask::get(call, path)).await {
            Ok(answer) => Ok(Some(answer.value)),
            Err(ApiError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns those of the objects that exist. Identities without a name are passed over.
    pub async fn snapshot(
        &self,
        ids: &[ObjectId],
    ) -> Result<BTreeMap<ObjectId, LiveObject>, ApiError> {
        // Collected first: a stream that holds the closure could not move between threads.
        let named: Vec<_> = ids.iter().filter(|id| !id.name.is_empty()).cloned().collect();
        let found: Vec<(ObjectId, Option<Value>)> = stream::iter(named)
            .map(|id| async move {
                let value = self.get(&id).await?;
                Ok::<_, ApiError>((id, value))
            })
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        let present = found.into_iter().filter_map(|(id, value)| Some((id, value?)));
        Ok(present.map(|(id, value)| (id, LiveObject { value })).collect())
    }

    /// Returns a collection, in one namespace or in all, filtered by a label selector if one is given.
    ///
    /// The items carry `apiVersion` and `kind`, which lists of built-in kinds leave out.
    pub async fn list(
        &self,
        gvk: &Gvk,
        namespace: Option<&str>,
        labels: Option<&str>,
    ) -> Result<Vec<Value>, ApiError> {
        let resource = self.resource(gvk).await?;
        self.list_resource(&resource, namespace, &[("labelSelector", labels)], "application/json")
            .await
    }

    /// Follows the pages of a list.
    pub(crate) async fn list_resource(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        selectors: &[(&str, Option<&str>)],
        accept: &'static str,
    ) -> Result<Vec<Value>, ApiError> {
        let namespace = namespace.filter(|_| resource.is_namespaced());
        let path = address::collection(resource, namespace);
        let call = Call::over(Verb::List, &resource.gvk, &resource.plural, namespace);
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let page = Some(next.as_str()).filter(|token| !token.is_empty());
            let paging = [("limit", Some(PAGE)), ("continue", page)];
            let query: Vec<_> = selectors.iter().copied().chain(paging).collect();
            let ask = Ask::get(call.clone(), address::with_query(&path, &query))
                .accepting(accept)
                .within(LIST_LIMIT);
            let answer = match send(&self.client, &ask).await {
                // The token of the next page has expired: everything from the start.
                Err(ApiError::Other { code: 410, .. }) if page.is_some() => {
                    items.clear();
                    next.clear();
                    continue;
                }
                answer => answer?.value,
            };
            items.extend(answer.list_at(&["items"]).iter().map(|item| typed(item, resource)));
            answer.str_at(&["metadata", "continue"]).unwrap_or_default().clone_into(&mut next);
            if next.is_empty() {
                return Ok(items);
            }
        }
    }
}

/// Adds what items of a list leave out.
fn typed(item: &Value, resource: &Resource) -> Value {
    let mut item = item.clone();
    if let Some(map) = item.as_map_mut() {
        map.insert("apiVersion".into(), resource.gvk.api_version().into());
        map.insert("kind".into(), resource.gvk.kind.as_str().into());
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Server, config_map, deployment, status};

    #[tokio::test]
    async fn a_snapshot_holds_what_exists() {
        let server = Server::replying([
            (200, r#"{"metadata":{"uid":"1"}}"#.to_owned()),
            status(404, "NotFound", "configmaps \"a\" not found"),
        ]);
        let missing_kind = ObjectId::new(Gvk::new("x.io", "v1", "Y"), None, "a");
        let unnamed = ObjectId::new(Gvk::new("", "v1", "Pod"), None, "");
        let ids = [deployment(), config_map("a"), missing_kind, unnamed];
        let found = server.cluster().snapshot(&ids).await.unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), [&deployment()]);
        assert_eq!(found[&deployment()].uid(), Some("1"));
        assert_eq!(server.asked().len(), 2);
    }

    #[tokio::test]
    async fn a_snapshot_that_is_not_allowed_is_an_error() {
        let server = Server::replying([status(403, "Forbidden", "no")]);
        let found = server.cluster().snapshot(&[deployment()]).await;
        assert!(matches!(found, Err(ApiError::Forbidden { .. })));
    }

    #[tokio::test]
    async fn a_list_follows_its_pages_and_starts_anew_when_they_expire() {
        let page = r#"{"metadata":{"continue":"c/1"},"items":[{"metadata":{"name":"a"}}]}"#;
        let last = r#"{"metadata":{},"items":[{"metadata":{"name":"b"}}]}"#;
        let server = Server::replying([
            (200, page.to_owned()),
            status(410, "Expired", "too old"),
            (200, page.to_owned()),
            (200, last.to_owned()),
        ]);
        let gvk = Gvk::new("", "v1", "ConfigMap");
        let found = server.cluster().list(&gvk, Some("prod"), Some("a=b")).await.unwrap();
        let expected = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#;
        assert_eq!(value::json::to_string(&found[0]), expected);
        assert_eq!(found.len(), 2);
        let first = "GET /api/v1/namespaces/prod/configmaps?labelSelector=a%3Db&limit=500";
        assert_eq!(server.lines()[0], first);
        assert_eq!(server.lines()[1], format!("{first}&continue=c%2F1"));
    }
}
