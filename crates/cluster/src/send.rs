//! The one door to the API server: a request, bounded in time and tries, and its answer as a value.
//!
//! It speaks plain JSON instead of typed objects: what is applied is what the chart rendered, and what comes
//! back keeps fields that this program does not know.

use std::time::Duration;

use http::{Method, Request, Response, StatusCode, header};
use kube::client::Body;
use kube::core::Status;
use kube::core::response::StatusSummary;
use value::Value;

use crate::call::Call;
use crate::error::ApiError;
use crate::retry;

/// Time limit of a request with all its tries.
pub const LIMIT: Duration = Duration::from_secs(30);
/// Time limit of a request for a collection.
pub const LIST_LIMIT: Duration = Duration::from_mins(2);
/// Largest answer that is read, in bytes: far above a page of the largest records.
const LARGEST_ANSWER: usize = 256 << 20;

/// The media type of Kubernetes' binary form.
pub(crate) const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// A request before it is sent.
pub(crate) struct Ask {
    pub(crate) call: Call,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) uri: String,
    pub(crate) accept: &'static str,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Vec<u8>,
    pub(crate) limit: Duration,
}

impl Ask {
    pub(crate) fn new(call: Call, method: Method, uri: String) -> Self {
        let accept = "application/json";
        Self { call, method, uri, accept, content_type: None, body: Vec::new(), limit: LIMIT }
    }

    pub(crate) fn get(call: Call, uri: String) -> Self {
        Self::new(call, Method::GET, uri)
    }

    pub(crate) fn accepting(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn with_body(mut self, content_type: &'static str, body: &Value) -> Self {
        self.content_type = Some(content_type);
        self.body = value::json::to_string(body).into_bytes();
        self
    }

    fn request(&self) -> Result<Request<Body>, ApiError> {
        let mut builder = Request::builder()
            .method(self.method.clone())
            .uri(&self.uri)
            .header(header::ACCEPT, self.accept);
        if let Some(content_type) = self.content_type {
            builder = builder.header(header::CONTENT_TYPE, content_type);
        }
        builder
            .body(Body::from(self.body.clone()))
            .map_err(|error| other(&self.call, 0, error.to_string()))
    }
}

/// An answer with a 2xx status.
pub(crate) struct Answer {
    pub(crate) code: StatusCode,
    pub(crate) value: Value,
}

/// An answer with a 2xx status as it came.
pub(crate) struct Raw {
    pub(crate) code: StatusCode,
    pub(crate) body: Vec<u8>,
    /// Whether it is in Kubernetes' binary form, and not in JSON.
    pub(crate) protobuf: bool,
}

/// A failure, with the tries it took: after more than one, an earlier try may have been carried out.
pub(crate) struct Failed {
    pub(crate) error: ApiError,
    pub(crate) tries: u32,
}

/// Sends a request until there is a definite answer, a time limit or no try left.
pub(crate) async fn send(client: &kube::Client, ask: &Ask) -> Result<Answer, ApiError> {
    send_counted(client, ask).await.map_err(|failed| failed.error)
}

/// As [`send`], telling also of failures how many tries were made.
pub(crate) async fn send_counted(client: &kube::Client, ask: &Ask) -> Result<Answer, Failed> {
    repeat(ask, || once(client, ask)).await
}

/// As [`send`], for answers that are read by whoever asks.
pub(crate) async fn send_raw(client: &kube::Client, ask: &Ask) -> Result<Raw, ApiError> {
    repeat(ask, || raw(client, ask)).await.map_err(|failed| failed.error)
}

/// Tries until there is a definite answer, a time limit or no try left.
async fn repeat<T, F>(ask: &Ask, once: impl Fn() -> F) -> Result<T, Failed>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let mut tries = 0;
    let attempts = async {
        loop {
            tries += 1;
            let error = match once().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(pause) = retry::pause_after(tries, &error) else { return Err(error) };
            tracing::debug!(call = %ask.call, %error, tries, "trying again");
            tokio::time::sleep(pause).await;
        }
    };
    let outcome = tokio::time::timeout(ask.limit, attempts).await.unwrap_or_else(|_elapsed| {
        Err(ApiError::Timeout { call: Box::new(ask.call.clone()), after: ask.limit })
    });
    outcome.map_err(|error| Failed { error, tries })
}

async fn once(client: &kube::Client, ask: &Ask) -> Result<Answer, ApiError> {
    let Raw { code, body, .. } = raw(client, ask).await?;
    let value = serde_json::from_slice(&body).map_err(|_secret| no_json(&ask.call, code))?;
    Ok(Answer { code, value })
}

async fn raw(client: &kube::Client, ask: &Ask) -> Result<Raw, ApiError> {
    let response =
        client.send(ask.request()?).await.map_err(|error| of_client(&ask.call, &error))?;
    let code = response.status();
    let retry_after = retry_after(&response);
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let protobuf = kind.is_some_and(|kind| kind.starts_with(PROTOBUF));
    let body = read(&ask.call, response).await?;
    if !code.is_success() {
        return Err(ApiError::from_status(&ask.call, &status(code, &body), retry_after));
    }
    Ok(Raw { code, body, protobuf })
}

/// An answer that is not what was asked for.
pub(crate) fn no_json(call: &Call, code: StatusCode) -> ApiError {
    other(call, code.as_u16(), "the answer is not JSON".to_owned())
}

/// Reads the body up to [`LARGEST_ANSWER`].
async fn read(call: &Call, response: Response<Body>) -> Result<Vec<u8>, ApiError> {
    use futures::StreamExt as _;
    use http_body_util::BodyExt as _;

    let mut stream = response.into_body().into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| ApiError::unreachable(call, &error))?;
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            let message = format!("the answer is larger than {LARGEST_ANSWER} bytes");
            return Err(ApiError::TooLarge { call: Box::new(call.clone()), message });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads the server's status object; a proxy's page that is none becomes one.
fn status(code: StatusCode, body: &[u8]) -> Status {
    let mut status: Status = serde_json::from_slice(body)
        .ok()
        .filter(|status: &Status| status.status != Some(StatusSummary::Success))
        .filter(|status| !(status.message.is_empty() && status.reason.is_empty()))
        .unwrap_or_else(|| {
            let text = String::from_utf8_lossy(body);
            let first = text.lines().next().unwrap_or_default().trim();
            let words = if first.is_empty() || first.starts_with('<') {
                code.canonical_reason().unwrap_or("no reason given")
            } else {
                first
            };
            Status::failure(&words.chars().take(300).collect::<String>(), "")
        });
    if status.code == 0 {
        status.code = code.as_u16();
    }
    status
}

fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Sorts what the client library reports: a status, credentials that could not be made, or no connection.
pub(crate) fn of_client(call: &Call, error: &kube::Error) -> ApiError {
    match error {
        kube::Error::Api(status) => ApiError::from_status(call, status, None),
        kube::Error::Auth(error) => ApiError::Unauthorized {
            call: Box::new(call.clone()),
            message: crate::connect::auth_failure(error),
        },
        kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => {
            other(call, 0, "the answer is not what Kubernetes sends".to_owned())
        }
        error => ApiError::unreachable(call, error),
    }
}

fn other(call: &Call, code: u16, message: String) -> ApiError {
    ApiError::Other { call: Box::new(call.clone()), code, message }
}
