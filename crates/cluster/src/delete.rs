//! Deleting objects: only the one that was meant, with a say in what happens to its dependents.

use http::Method;
use manifest::ObjectId;
use value::Value;

use crate::Cluster;
use crate::address;
use crate::call::{Call, Verb};
use crate::error::ApiError;
use crate::send::{Ask, send};

pub use plan::Propagation;

/// What deleting found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deleted {
    /// It is deleted, or on its way: finalizers and foreground deletion take their time.
    Accepted,
    /// It did not exist.
    Gone,
    /// Another object has taken its name since; that one was left alone.
    Replaced,
}

impl Cluster {
    /// Deletes an object; with a `uid`, only if it is still that one. An object that does not exist, or
    /// whose kind is not served any more, is no error.
    pub async fn delete(
        &self,
        id: &ObjectId,
        uid: Option<&str>,
        propagation: Propagation,
    ) -> Result<Deleted, ApiError> {
        let resource = match self.resource_of(id).await {
            Err(ApiError::KindUnknown { .. }) => return Ok(Deleted::Gone),
            found => found?,
        };
        let call = Call::on(Verb::Delete, id, &resource.plural);
        let path = address::object(&resource, id, self.default_namespace());
        let ask = Ask::new(call, Method::DELETE, path)
            .with_body("application/json", &options(uid, propagation));
        match send(&self.client, &ask).await {
            Ok(_) => Ok(Deleted::Accepted),
            Err(ApiError::NotFound { .. }) => Ok(Deleted::Gone),
            Err(ApiError::Changed { .. }) if uid.is_some() => Ok(Deleted::Replaced),
            Err(error) => Err(error),
        }
    }
}

fn options(uid: Option<&str>, propagation: Propagation) -> Value {
    let policy = match propagation {
        Propagation::Background => "Background",
        Propagation::Foreground => "Foreground",
        Propagation::Orphan => "Orphan",
    };
    let mut options: Value = [
        ("apiVersion", Value::from("v1")),
        ("kind", Value::from("DeleteOptions")),
        ("propagationPolicy", Value::from(policy)),
    ]
    .into_iter()
    .collect();
    if let Some(uid) = uid {
        options.set(&["preconditions", "uid"], Value::from(uid));
    }
    options
}

#[cfg(test)]
mod tests {
    use manifest::Gvk;

    use super::*;
    use crate::testing::{Server, deployment, status};

    async fn check(reply: (u16, String), uid: Option<&str>, expected: Option<Deleted>) {
        let server = Server::replying([reply]);
        let cluster = server.cluster();
        let deleted = cluster.delete(&deployment(), uid, Propagation::Foreground).await;
        assert_eq!(deleted.ok(), expected);
        let line = "DELETE /apis/apps/v1/namespaces/prod/deployments/web";
        assert_eq!(server.one().line, line);
    }

    #[tokio::test]
    async fn what_is_gone_or_replaced_is_no_error() {
        check((200, "{}".to_owned()), None, Some(Deleted::Accepted)).await;
        check(status(404, "NotFound", "not found"), None, Some(Deleted::Gone)).await;
        let other = status(409, "Conflict", "Precondition failed: UID in precondition: a");
        check(other.clone(), Some("a"), Some(Deleted::Replaced)).await;
        check(other, None, None).await;
        check(status(403, "Forbidden", "no"), None, None).await;
    }

    #[tokio::test]
    async fn the_body_names_policy_and_uid() {
        let server = Server::replying([(200, "{}"), (200, "{}")]);
        let cluster = server.cluster();
        cluster.delete(&deployment(), Some("u1"), Propagation::Background).await.unwrap();
        cluster.delete(&deployment(), None, Propagation::Orphan).await.unwrap();
        let asked = server.asked();
        let body = r#"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u1"},"propagationPolicy":"Background"}"#;
        assert_eq!(asked[0].body, body);
        let body = r#"{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Orphan"}"#;
        assert_eq!(asked[1].body, body);
    }

    #[tokio::test]
    async fn an_object_of_a_kind_that_is_not_served_is_gone() {
        let id = ObjectId::new(Gvk::new("x.io", "v1", "Nope"), None, "a");
        let server = Server::default();
        let deleted = server.cluster().delete(&id, None, Propagation::Background).await;
        assert_eq!(deleted.unwrap(), Deleted::Gone);
        assert_eq!(server.asked(), []);
    }
}
