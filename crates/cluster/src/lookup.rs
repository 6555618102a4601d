//! The backend of the template function `lookup`.
//!
//! Rendering is synchronous and runs on a blocking thread; the request runs on the runtime that was given.

use std::sync::mpsc;

use manifest::{Gvk, ObjectId};
use tokio::runtime::Handle;
use value::Value;

use crate::Cluster;
use crate::error::ApiError;
use crate::send::LIST_LIMIT;

/// Looks objects up for templates.
#[derive(Clone, Debug)]
pub struct Lookup {
    cluster: Cluster,
    handle: Handle,
}

impl Lookup {
    /// Looks up in `cluster`, with requests on the runtime of `handle`.
    #[must_use]
    pub const fn new(cluster: Cluster, handle: Handle) -> Self {
        Self { cluster, handle }
    }

    /// Returns an object, or a list when `name` is empty; over all namespaces when `namespace` is empty. What
    /// does not exist is an empty map. A kind that is not served is an error, as in Helm.
    ///
    /// Blocks the calling thread: call it from `spawn_blocking`, never from a task of a runtime with one
    /// thread.
    pub fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, ApiError> {
        let gvk = Gvk::from_api_version(api_version, kind);
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let id = ObjectId::new(gvk, namespace, name);
        let (reply, answer) = mpsc::sync_channel(1);
        let cluster = self.cluster.clone();
        let asked = id.clone();
        let task = self.handle.spawn(async move {
            let found = cluster.look_up(&asked).await;
            // The thread that asked may have given up.
            reply.send(found).ok();
        });
        let limit = LIST_LIMIT.saturating_mul(2);
        answer.recv_timeout(limit).unwrap_or_else(|_no_answer| {
            task.abort();
            let call = crate::Call::on(crate::Verb::Get, &id, "");
            Err(ApiError::Timeout { call: Box::new(call), after: limit })
        })
    }
}

impl Cluster {
    /// As [`Lookup::lookup`], for tasks.
    pub async fn look_up(&self, id: &ObjectId) -> Result<Value, ApiError> {
        let resource = self.resource_of(id).await?;
        if id.name.is_empty() {
            let namespace = id.namespace.as_deref();
            let items = self.list_resource(&resource, namespace, &[], "application/json").await?;
            return Ok([
                ("apiVersion", Value::from(resource.gvk.api_version())),
                ("kind", Value::from(format!("{}List", resource.gvk.kind))),
                ("metadata", Value::map()),
                ("items", Value::from(items)),
            ]
            .into_iter()
            .collect());
        }
        // Helm asks without a namespace then, and gets a 404.
        if resource.is_namespaced() && id.namespace.is_none() {
            return Ok(Value::map());
        }
        Ok(self.get(id).await?.unwrap_or_else(Value::map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Server, status};

    async fn check(
        replies: &[(u16, String)],
        (kind, namespace, name): (&str, &str, &str),
        expected: &str,
        lines: &[&str],
    ) {
        let server = Server::replying(replies.to_vec());
        let lookup = Lookup::new(server.cluster(), Handle::current());
        let asked = [kind, namespace, name].map(str::to_owned);
        let found = tokio::task::spawn_blocking(move || {
            lookup.lookup("v1", &asked[0], &asked[1], &asked[2])
        });
        assert_eq!(value::json::to_string(&found.await.unwrap().unwrap()), expected);
        assert_eq!(server.lines(), lines);
    }

    #[tokio::test]
    async fn one_object_is_looked_up() {
        let found = (200, r#"{"data":{"a":"b"}}"#.to_owned());
        let line = "GET /api/v1/namespaces/prod/configmaps/cm";
        check(&[found], ("ConfigMap", "prod", "cm"), r#"{"data":{"a":"b"}}"#, &[line]).await;
    }

    #[tokio::test]
    async fn what_does_not_exist_is_an_empty_map() {
        let line = "GET /api/v1/namespaces/prod/configmaps/cm";
        let missing = status(404, "NotFound", "not found");
        check(&[missing], ("ConfigMap", "prod", "cm"), "{}", &[line]).await;
        check(&[], ("ConfigMap", "", "cm"), "{}", &[]).await;
    }

    #[tokio::test]
    async fn no_name_makes_a_list() {
        let list = (200, r#"{"items":[{"metadata":{"name":"a"}}]}"#.to_owned());
        let expected = r#"{"apiVersion":"v1","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}],"kind":"ConfigMapList","metadata":{}}"#;
        check(&[list], ("ConfigMap", "", ""), expected, &["GET /api/v1/configmaps?limit=500"])
            .await;
    }
}
