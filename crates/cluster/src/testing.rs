//! A scripted API server: it answers requests with what a test prepared and writes down what was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response};
use http_body_util::BodyExt as _;
use kube::client::Body;
use manifest::{Gvk, Object, ObjectId};
use value::Value;

use crate::Cluster;

/// The discovery documents of a small cluster.
const CORE: &str = r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[
 {"metadata":{"name":""},"versions":[{"version":"v1","freshness":"Current","resources":[
  {"resource":"configmaps","responseKind":{"group":"","version":"v1","kind":"ConfigMap"},"scope":"Namespaced","verbs":["get","list","watch","patch"]},
  {"resource":"namespaces","responseKind":{"group":"","version":"v1","kind":"Namespace"},"scope":"Cluster","verbs":["get"]},
  {"resource":"pods","responseKind":{"group":"","version":"v1","kind":"Pod"},"scope":"Namespaced","verbs":["get"],
   "subresources":[{"subresource":"eviction","responseKind":{"group":"policy","version":"v1","kind":"Eviction"},"verbs":["create"]}]},
  {"resource":"secrets","responseKind":{"group":"","version":"v1","kind":"Secret"},"scope":"Namespaced","verbs":["get"]}]}]}]}"#;
const GROUPS: &str = r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[
 {"metadata":{"name":"apps"},"versions":[
  {"version":"v1","freshness":"Current","resources":[
   {"resource":"deployments","responseKind":{"group":"apps","version":"v1","kind":"Deployment"},"scope":"Namespaced","verbs":["get"]}]},
  {"version":"v1beta1","freshness":"Stale","resources":[
   {"resource":"deployments","responseKind":{"group":"apps","version":"v1beta1","kind":"Deployment"},"scope":"Namespaced","verbs":["get"]}]}]}]}"#;

/// One request as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Method, path and query.
    pub(crate) line: String,
    pub(crate) content_type: String,
    pub(crate) accept: String,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn json(&self) -> Value {
        value::json::from_str(&self.body).unwrap()
    }
}

/// What a test prepares: status and body. Status 0 breaks the connection.
pub(crate) type Reply = (u16, String);

/// The server, with its prepared answers and what it was asked. Discovery is answered by itself and not
/// written down.
#[derive(Clone, Default)]
pub(crate) struct Server {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    discoveries: Arc<Mutex<usize>>,
    groups: Arc<Mutex<Option<String>>>,
}

impl Server {
    pub(crate) fn replying<S: Into<String>>(replies: impl IntoIterator<Item = (u16, S)>) -> Self {
        let server = Self::default();
        let replies = replies.into_iter().map(|(code, body)| (code, body.into()));
        lock(&server.replies).extend(replies);
        server
    }

    pub(crate) fn cluster(&self) -> Cluster {
        let server = self.clone();
        let service = tower::service_fn(move |request| server.clone().answer(request));
        Cluster::from_client(kube::Client::new(service, "dflt"), "dflt")
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        lock(&self.asked).clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    /// The only request.
    pub(crate) fn one(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked[0].clone()
    }

    pub(crate) fn discoveries(&self) -> usize {
        *lock(&self.discoveries)
    }

    /// Changes what `/apis` says.
    pub(crate) fn serve_groups(&self, groups: &str) {
        *lock(&self.groups) = Some(groups.to_owned());
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, std::io::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let path = head.uri.path();
        let (code, body) = if path == "/api" {
            *lock(&self.discoveries) += 1;
            (200, CORE.to_owned())
        } else if path == "/apis" {
            (200, lock(&self.groups).clone().unwrap_or_else(|| GROUPS.to_owned()))
        } else {
            let header = |name: &str| {
                let text = head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
                text.unwrap_or_default()
            };
            lock(&self.asked).push(Asked {
                line: format!("{} {}", head.method, head.uri),
                content_type: header("content-type"),
                accept: header("accept"),
                body: String::from_utf8(body.to_vec()).unwrap(),
            });
            let next = lock(&self.replies).pop_front();
            match next {
                Some(reply) => reply,
                // Nothing more prepared: a server that does not answer.
                None => std::future::pending().await,
            }
        };
        if code == 0 {
            return Err(std::io::Error::new(std::io::ErrorKind::ConnectionRefused, body));
        }
        Ok(Response::builder().status(code).body(Body::from(body.into_bytes())).unwrap())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A `metav1.Status`.
pub(crate) fn status(code: u16, reason: &str, message: &str) -> Reply {
    let mut status = Value::map();
    status.set(&["kind"], "Status".into());
    status.set(&["status"], "Failure".into());
    status.set(&["code"], i64::from(code).into());
    status.set(&["reason"], reason.into());
    status.set(&["message"], message.into());
    (code, value::json::to_string(&status))
}

pub(crate) fn deployment() -> ObjectId {
    ObjectId::new(Gvk::new("apps", "v1", "Deployment"), Some("prod"), "web")
}

pub(crate) fn config_map(name: &str) -> ObjectId {
    ObjectId::new(Gvk::new("", "v1", "ConfigMap"), Some("prod"), name)
}

pub(crate) fn object(json: &str) -> Object {
    Object::new(value::json::from_str(json).unwrap(), "").unwrap()
}
