//! Namespaces, and who we are.

use http::Method;
use manifest::{Gvk, Object, ObjectId, Scope};
use value::Value;

use crate::Cluster;
use crate::address;
use crate::apply::{Applied, ApplyOptions};
use crate::call::{Call, Verb};
use crate::discovery::Resource;
use crate::error::ApiError;
use crate::send::{Ask, send};

impl Cluster {
    /// Returns whether a namespace exists.
    pub async fn namespace_exists(&self, name: &str) -> Result<bool, ApiError> {
        let resource = Resource::core("Namespace", "namespaces", Scope::Cluster);
        let id = ObjectId::new(resource.gvk.clone(), None, name);
        let call = Call::on(Verb::Get, &id, &resource.plural);
        let ask = Ask::get(call, address::object(&resource, &id, ""));
        match send(&self.client, &ask).await {
            Ok(_) => Ok(true),
            Err(ApiError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a namespace as Helm's `--create-namespace` does: server-side apply of one with the label
    /// `name`. One that exists only gets the label.
    pub async fn create_namespace(&self, name: &str) -> Result<Applied, ApiError> {
        let id = ObjectId::new(Gvk::new("", "v1", "Namespace"), None, name);
        let mut value = Value::map();
        value.set(&["apiVersion"], "v1".into());
        value.set(&["kind"], "Namespace".into());
        value.set(&["metadata", "name"], name.into());
        value.set(&["metadata", "labels", "name"], name.into());
        let object = Object { id, path: String::new(), value };
        self.apply(&object, &ApplyOptions::default()).await
    }

    /// Returns the name the server knows us by, such as `system:serviceaccount:ci:deployer`; nothing when it
    /// does not tell.
    pub async fn user(&self) -> Result<Option<String>, ApiError> {
        let gvk = Gvk::new("authentication.k8s.io", "v1", "SelfSubjectReview");
        let call = Call::over(Verb::Create, &gvk, "selfsubjectreviews", None);
        let body: Value = [
            ("apiVersion", Value::from(gvk.api_version())),
            ("kind", Value::from(gvk.kind.as_str())),
        ]
        .into_iter()
        .collect();
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews".to_owned();
        let ask = Ask::new(call, Method::POST, path).with_body("application/json", &body);
        match send(&self.client, &ask).await {
            Ok(answer) => {
                let name = answer.value.str_at(&["status", "userInfo", "username"]);
                Ok(name.map(str::to_owned))
            }
            Err(ApiError::NotFound { .. } | ApiError::Forbidden { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Server, status};

    #[tokio::test]
    async fn a_namespace_is_looked_for_without_discovery() {
        let server = Server::replying([(200, "{}".to_owned()), status(404, "NotFound", "")]);
        let cluster = server.cluster();
        assert!(cluster.namespace_exists("a").await.unwrap());
        assert!(!cluster.namespace_exists("b").await.unwrap());
        assert_eq!(server.lines(), ["GET /api/v1/namespaces/a", "GET /api/v1/namespaces/b"]);
        assert_eq!(server.discoveries(), 0);
    }

    #[tokio::test]
    async fn the_server_tells_who_we_are() {
        let answer = r#"{"status":{"userInfo":{"username":"jane"}}}"#;
        let server = Server::replying([(201, answer)]);
        assert_eq!(server.cluster().user().await.unwrap().as_deref(), Some("jane"));
    }
}
