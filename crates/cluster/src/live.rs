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
pub(crate) const CONCURRENCY: usize = 16;
/// Objects per page of a list.
pub(crate) const PAGE: &str = "500";

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
        let limited: Vec<_> = selectors.iter().copied().chain([("limit", Some(PAGE))]).collect();
        let mut pages = Pages::new(self, resource, namespace, &limited, accept);
        let mut items = Vec::new();
        while let Some(page) = pages.next().await? {
            if page.restarted {
                items.clear();
            }
            items.extend(page.answer.list_at(&["items"]).iter().map(|item| typed(item, resource)));
        }
        Ok(items)
    }
}

/// The pages of a list, asked for one by one.
pub(crate) struct Pages<'a> {
    cluster: &'a Cluster,
    call: Call,
    path: String,
    query: &'a [(&'a str, Option<&'a str>)],
    accept: &'static str,
    /// The token of the next page; empty before the first.
    next: Option<String>,
}

/// A page of a list.
pub(crate) struct Page {
    pub(crate) answer: Value,
    /// Whether the pages before it do not count, as the list had to be begun anew.
    pub(crate) restarted: bool,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(
        cluster: &'a Cluster,
        resource: &Resource,
        namespace: Option<&str>,
        query: &'a [(&'a str, Option<&'a str>)],
        accept: &'static str,
    ) -> Self {
        let namespace = namespace.filter(|_| resource.is_namespaced());
        Self {
            cluster,
            call: Call::over(Verb::List, &resource.gvk, &resource.plural, namespace),
            path: address::collection(resource, namespace),
            query,
            accept,
            next: Some(String::new()),
        }
    }

    /// Returns whether there is no further page.
    pub(crate) const fn is_done(&self) -> bool {
        self.next.is_none()
    }

    /// Asks for the next page, if there is one.
    pub(crate) async fn next(&mut self) -> Result<Option<Page>, ApiError> {
        let mut restarted = false;
        let Some(mut token) = self.next.take() else { return Ok(None) };
        loop {
            let page = Some(token.as_str()).filter(|token| !token.is_empty());
            let query: Vec<_> = self.query.iter().copied().chain([("continue", page)]).collect();
            let ask = Ask::get(self.call.clone(), address::with_query(&self.path, &query))
                .accepting(self.accept)
                .within(LIST_LIMIT);
            let answer = match send(&self.cluster.client, &ask).await {
                // The token of the next page has expired: everything from the start.
                Err(ApiError::Other { code: 410, .. }) if page.is_some() => {
                    restarted = true;
                    token.clear();
                    continue;
                }
                answer => answer?.value,
            };
            let next = answer.str_at(&["metadata", "continue"]).unwrap_or_default();
            self.next = (!next.is_empty()).then(|| next.to_owned());
            return Ok(Some(Page { answer, restarted }));
        }
    }
}

/// Adds what items of a list leave out.
pub(crate) fn typed(item: &Value, resource: &Resource) -> Value {
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
