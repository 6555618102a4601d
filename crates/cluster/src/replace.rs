//! Replacing objects as a whole, for `--force-replace`.
//!
//! Helm sends a PUT, which throws away what only others have set. So does this, but the fields end up owned by
//! our server-side apply all the same: an object with two owners of one name would keep fields that a later chart
//! drops. Where the server refuses because a field cannot change, the object is deleted and made anew, unless data
//! would go with it.

use std::time::Duration;

use http::Method;
use manifest::{Object, ObjectId};
use tokio::time::{Instant, sleep};
use value::Value;

use crate::Cluster;
use crate::address;
use crate::apply::{Applied, ApplyOptions, Change, FIELD_MANAGER, prepared};
use crate::call::{Call, Verb};
use crate::delete::Propagation;
use crate::error::ApiError;
use crate::send::{Ask, send};

/// Tries when the object changes under our hands.
const TRIES: u32 = 5;
/// How long the end of the old object may take before the new one is made.
const LEAVING: Duration = Duration::from_mins(1);
/// Pause between two looks at an object that is on its way out.
const PAUSE: Duration = Duration::from_millis(100);

/// Kinds whose deletion takes data or other people's objects along.
const IRREPLACEABLE: [(&str, &str); 4] = [
    ("", "Namespace"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
];

/// Returns whether an object of this kind may be deleted only to be made anew.
#[must_use]
pub fn is_replaceable(id: &ObjectId) -> bool {
    !IRREPLACEABLE.iter().any(|(group, kind)| id.gvk.is(group, kind))
}

impl Cluster {
    /// Replaces an object, or creates it if it does not exist. Fields that others own become ours.
    pub async fn replace(&self, object: &Object) -> Result<Applied, ApiError> {
        let force = ApplyOptions { force: true, ..ApplyOptions::default() };
        let Some(before) = self.put(object).await? else {
            return self.apply(object, &force).await;
        };
        self.migrate_field_managers(&object.id, &[FIELD_MANAGER]).await?;
        let mut applied = self.apply(object, &force).await?;
        let version =
            |object: &Value| object.str_at(&["metadata", "resourceVersion"]).map(str::to_owned);
        applied.change = if version(&before) == version(&applied.value) {
            Change::Unchanged
        } else {
            applied.change
        };
        Ok(applied)
    }

    /// Sends the object in place of the live one, which is returned; nothing when there is none, or none any more.
    async fn put(&self, object: &Object) -> Result<Option<Value>, ApiError> {
        let id = &object.id;
        let resource = self.resource_of(id).await?;
        let call = Call::on(Verb::Update, id, &resource.plural);
        let path = address::object(&resource, id, self.default_namespace());
        let query = [("fieldManager", Some(FIELD_MANAGER)), ("fieldValidation", Some("Strict"))];
        let path = address::with_query(&path, &query);
        let mut tries = 0;
        loop {
            tries += 1;
            let Some(live) = self.get(id).await? else { return Ok(None) };
            let mut body = prepared(&object.value);
            if let Some(version) = live.str_at(&["metadata", "resourceVersion"]) {
                body.set(&["metadata", "resourceVersion"], version.into());
            }
            let ask = Ask::new(call.clone(), Method::PUT, path.clone())
                .with_body("application/json", &body);
            match send(&self.client, &ask).await {
                Ok(_) => return Ok(Some(live)),
                Err(ApiError::Changed { .. } | ApiError::NotFound { .. }) if tries < TRIES => {}
                Err(ApiError::Invalid { immutable: true, .. }) if is_replaceable(id) => {
                    tracing::debug!(object = %id, "deleted to be made anew");
                    self.remove(id, &live).await?;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Deletes the object and waits for its end.
    async fn remove(&self, id: &ObjectId, live: &Value) -> Result<(), ApiError> {
        let uid = live.str_at(&["metadata", "uid"]);
        self.delete(id, uid, Propagation::Background).await?;
        let deadline = Instant::now() + LEAVING;
        while let Some(left) = self.get(id).await?
            && left.str_at(&["metadata", "uid"]) == uid
        {
            if Instant::now() >= deadline {
                let call = Call::on(Verb::Delete, id, "");
                return Err(ApiError::Timeout { call: Box::new(call), after: LEAVING });
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Server, object, status};

    const WEB: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"prod"}}"#;
    const LIVE: &str = r#"{"metadata":{"name":"web","uid":"u","resourceVersion":"5"}}"#;
    const NEW: &str = r#"{"metadata":{"name":"web","uid":"u","resourceVersion":"6"}}"#;
    const PATH: &str = "/apis/apps/v1/namespaces/prod/deployments/web";

    async fn check(replies: Vec<(u16, String)>, lines: &[&str], change: Option<Change>) {
        let server = Server::replying(replies);
        let replaced = server.cluster().replace(&object(WEB)).await;
        assert_eq!(replaced.ok().map(|applied| applied.change), change);
        let asked: Vec<_> = server
            .lines()
            .iter()
            .map(|line| line.replace(PATH, "").replace("fieldManager=helm", ""))
            .collect();
        assert_eq!(asked, lines);
    }

    const APPLY: &str = "PATCH ?&fieldValidation=Strict&force=true";
    const PUT: &str = "PUT ?&fieldValidation=Strict";

    fn ok(body: &str) -> (u16, String) {
        (200, body.to_owned())
    }

    #[tokio::test]
    async fn an_object_is_replaced_at_the_version_that_was_seen() {
        let server = Server::replying([ok(LIVE), ok(NEW), ok(NEW), ok(NEW)]);
        server.cluster().replace(&object(WEB)).await.unwrap();
        let put = server.asked().into_iter().find(|asked| asked.line.starts_with("PUT")).unwrap();
        assert_eq!(put.json().str_at(&["metadata", "resourceVersion"]), Some("5"));
    }

    #[tokio::test]
    async fn replacing_ends_with_fields_that_are_applied() {
        let replies = vec![ok(LIVE), ok(NEW), ok(NEW), ok(NEW)];
        check(replies, &["GET ", PUT, "GET ", APPLY], Some(Change::Configured)).await;
        let replies = vec![ok(LIVE), ok(LIVE), ok(LIVE), ok(LIVE)];
        check(replies, &["GET ", PUT, "GET ", APPLY], Some(Change::Unchanged)).await;
    }

    #[tokio::test]
    async fn what_does_not_exist_is_created() {
        let replies = vec![status(404, "NotFound", "gone"), (201, NEW.to_owned())];
        check(replies, &["GET ", APPLY], Some(Change::Created)).await;
    }

    #[tokio::test]
    async fn a_change_in_between_is_looked_at_again() {
        let changed = status(409, "Conflict", "the object has been modified");
        let replies = vec![ok(LIVE), changed, ok(LIVE), ok(NEW), ok(NEW), ok(NEW)];
        let lines = ["GET ", PUT, "GET ", PUT, "GET ", APPLY];
        check(replies, &lines, Some(Change::Configured)).await;
    }

    #[tokio::test]
    async fn what_cannot_change_is_deleted_and_made_anew() {
        let fixed = r#"{"reason":"FieldValueInvalid","message":"field is immutable","field":"spec.selector"}"#;
        let refused = format!(
            r#"{{"kind":"Status","code":422,"reason":"Invalid","message":"no","details":{{"causes":[{fixed}]}}}}"#
        );
        let refused = (422, refused);
        let gone = status(404, "NotFound", "gone");
        let replies = vec![ok(LIVE), refused, ok("{}"), ok(LIVE), gone, (201, NEW.to_owned())];
        let lines = ["GET ", PUT, "DELETE ", "GET ", "GET ", APPLY];
        check(replies, &lines, Some(Change::Created)).await;
    }

    #[test]
    fn what_holds_data_is_never_deleted_for_that() {
        use manifest::Gvk;
        let check = |group: &str, kind: &str, expected: bool| {
            let id = ObjectId::new(Gvk::new(group, "v1", kind), None, "x");
            assert_eq!(is_replaceable(&id), expected, "{kind}");
        };
        check("apps", "Deployment", true);
        check("", "PersistentVolumeClaim", false);
        check("", "Namespace", false);
        check("apiextensions.k8s.io", "CustomResourceDefinition", false);
    }
}
