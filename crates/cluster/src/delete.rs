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
