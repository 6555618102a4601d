//! What containers print, and the events of one object.

use manifest::{ObjectId, Scope};
use value::Value;

use crate::Cluster;
use crate::address;
use crate::call::{Call, Verb};
use crate::discovery::Resource;
use crate::error::ApiError;
use crate::send::{Ask, send_raw};

/// Most bytes of one container's log that are read.
pub const LARGEST_LOG: u64 = 10 << 20;

/// Which part of a log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPart {
    /// Only this many of the last lines.
    pub tail: Option<u32>,
    /// Of the container's run before this one.
    pub previous: bool,
    /// At most this many bytes.
    pub limit: u64,
}

impl LogPart {
    /// The whole log of the present run, up to [`LARGEST_LOG`].
    pub const ALL: Self = Self { tail: None, previous: false, limit: LARGEST_LOG };
}

impl Cluster {
    /// Returns what a container of a Pod printed; bytes that are no UTF-8 are replaced. What stands there is the
    /// container's business, and may be anything.
    pub async fn logs(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        part: LogPart,
    ) -> Result<String, ApiError> {
        let pods = Resource::core("Pod", "pods", Scope::Namespaced);
        let id = ObjectId::new(pods.gvk.clone(), Some(namespace), pod);
        let (tail, limit) = (part.tail.map(|lines| lines.to_string()), part.limit.to_string());
        let query = [
            ("container", Some(container)),
            ("previous", part.previous.then_some("true")),
            ("tailLines", tail.as_deref()),
            ("limitBytes", Some(limit.as_str())),
        ];
        let path = format!("{}/log", address::object(&pods, &id, namespace));
        let ask =
            Ask::get(Call::on(Verb::Get, &id, "pods/log"), address::with_query(&path, &query))
                .accepting("text/plain, */*");
        let mut bytes = send_raw(&self.client, &ask).await?.body;
        bytes.truncate(usize::try_from(part.limit).unwrap_or(usize::MAX));
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Returns the events of one object, by its `metadata.uid`.
    pub async fn events_of(&self, namespace: &str, uid: &str) -> Result<Vec<Value>, ApiError> {
        let events = Resource::core("Event", "events", Scope::Namespaced);
        let field = format!("involvedObject.uid={uid}");
        let selectors = [("fieldSelector", Some(field.as_str()))];
        self.list_resource(&events, Some(namespace), &selectors, "application/json").await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Server, status};

    #[tokio::test]
    async fn the_end_of_a_log_is_asked_for_and_read_as_it_is() {
        let server = Server::replying([(200, "one\ntwo\n")]);
        let part = LogPart { tail: Some(20), previous: true, limit: 6 };
        let text = server.cluster().logs("prod", "web-1", "app", part).await.unwrap();
        assert_eq!(text, "one\ntw");
        let asked = server.one();
        assert_eq!(
            asked.line,
            "GET /api/v1/namespaces/prod/pods/web-1/log?container=app&previous=true&tailLines=20&limitBytes=6"
        );
        assert_eq!(asked.accept, "text/plain, */*");
    }

    #[tokio::test]
    async fn a_log_that_is_not_there_is_an_error_that_names_the_call() {
        let server = Server::replying([status(400, "BadRequest", "container is waiting")]);
        let error = server.cluster().logs("prod", "web-1", "app", LogPart::ALL).await.unwrap_err();
        assert!(error.to_string().contains("container is waiting"), "{error}");
        assert_eq!(error.call().map(|call| call.resource.as_str()), Some("pods/log"));
    }
}
