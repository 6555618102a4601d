//! The move of an object from client-side to server-side apply.
//!
//! Helm 3 and kubectl own fields by `Update`; to the server that is another owner than the `Apply` of the same
//! name, so fields dropped from a chart would stay for ever. Before the first apply the old entries of
//! `metadata.managedFields` become one `Apply` entry of ours, as `csaupgrade` of client-go does it, but for a
//! list of old names: objects come from more tools than one.

use http::Method;
use manifest::ObjectId;
use plan::FIELD_MANAGER;
use value::{Map, Value, add_all};

use crate::Cluster;
use crate::address;
use crate::call::{Call, Verb};
use crate::error::ApiError;
use crate::send::{Ask, send};

pub use plan::CLIENT_SIDE_MANAGERS;

/// Tries when the object changes under our hands.
const TRIES: u32 = 5;

/// Returns the JSON patch that hands the fields of client-side `managers` to our `Apply` entry; `None` when there
/// is nothing to hand over.
///
/// An entry of another API version than our `Apply` entry is dropped without taking its fields, as client-go
/// does. The patch names the `resourceVersion` it was made for, so that the server refuses it after a change.
#[must_use]
pub fn managed_fields_patch(live: &Value, managers: &[&str]) -> Option<Value> {
    let version = live.str_at(&["metadata", "resourceVersion"])?;
    let entries = live.list_at(&["metadata", "managedFields"]);
    let is_old = |entry: &Value| {
        text(entry, "operation") == "Update"
            && text(entry, "subresource").is_empty()
            && managers.contains(&text(entry, "manager"))
    };
    let is_ours = |entry: &Value| {
        text(entry, "operation") == "Apply"
            && text(entry, "subresource").is_empty()
            && text(entry, "manager") == FIELD_MANAGER
    };
    let first_old = entries.iter().position(is_old)?;
    let heir = entries.iter().position(is_ours).unwrap_or(first_old);
    let mut inherited = entries.get(heir)?.clone();
    inherited.set(&["manager"], FIELD_MANAGER.into());
    inherited.set(&["operation"], "Apply".into());
    for (place, entry) in entries.iter().enumerate() {
        let same_version = text(entry, "apiVersion") == text(&inherited, "apiVersion");
        if place != heir && is_old(entry) && same_version {
            let ours = inherited.get("fieldsV1").cloned().unwrap_or_else(Value::map);
            let theirs = entry.get("fieldsV1").cloned().unwrap_or_else(Value::map);
            inherited.set(&["fieldsV1"], union(ours, &theirs));
        }
    }
    let entries: Value = entries
        .iter()
        .enumerate()
        .filter_map(|(place, entry)| match place {
            place if place == heir => Some(inherited.clone()),
            _ if is_old(entry) => None,
            _ => Some(entry.clone()),
        })
        .collect();
    Some(Value::from(vec![
        replace("/metadata/managedFields", entries),
        replace("/metadata/resourceVersion", version.into()),
    ]))
}

impl Cluster {
    /// Hands the fields of client-side `managers` over to ours. Returns whether there was something to hand over;
    /// an object that does not exist has nothing.
    pub async fn migrate_field_managers(
        &self,
        id: &ObjectId,
        managers: &[&str],
    ) -> Result<bool, ApiError> {
        let resource = self.resource_of(id).await?;
        let path = address::object(&resource, id, self.default_namespace());
        let path = address::with_query(&path, &[("fieldManager", Some(FIELD_MANAGER))]);
        let call = Call::on(Verb::Patch, id, &resource.plural);
        let mut tries = 0;
        loop {
            tries += 1;
            let Some(live) = self.get(id).await? else { return Ok(false) };
            let Some(handover) = managed_fields_patch(&live, managers) else { return Ok(false) };
            let ask = Ask::new(call.clone(), Method::PATCH, path.clone())
                .with_body("application/json-patch+json", &handover);
            match send(&self.client, &ask).await {
                Ok(_) => return Ok(true),
                Err(ApiError::Changed { .. }) if tries < TRIES => {}
                Err(ApiError::NotFound { .. }) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }
}

fn text<'v>(entry: &'v Value, key: &str) -> &'v str {
    entry.str_at(&[key]).unwrap_or_default()
}

fn replace(path: &str, value: Value) -> Value {
    [("op", Value::from("replace")), ("path", Value::from(path)), ("value", value)]
        .into_iter()
        .collect()
}

/// The union of two sets of fields: maps whose leaves are empty maps.
fn union(mut ours: Value, theirs: &Value) -> Value {
    let empty = Map::new();
    let Some(own) = ours.as_map_mut() else { return theirs.clone() };
    let mut missing = Vec::new();
    for (key, below) in theirs.as_map().unwrap_or(&empty) {
        match own.get_mut(key) {
            Some(mine) => *mine = union(std::mem::take(mine), below),
            None => missing.push((key.clone(), below.clone())),
        }
    }
    add_all(own, missing);
    ours
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries as `manager operation version fields`, the fields as JSON.
    fn live(entries: &[(&str, &str, &str, &str)]) -> Value {
        let entries: Vec<String> = entries
            .iter()
            .map(|(manager, operation, version, fields)| {
                format!(
                    r#"{{"manager":"{manager}","operation":"{operation}","apiVersion":"{version}","fieldsType":"FieldsV1","fieldsV1":{fields}}}"#
                )
            })
            .collect();
        value::json::from_str(&format!(
            r#"{{"metadata":{{"resourceVersion":"7","managedFields":[{}]}}}}"#,
            entries.join(",")
        ))
        .unwrap()
    }

    /// Compares the entries after the patch, as `manager operation fields`.
    fn check(entries: &[(&str, &str, &str, &str)], managers: &[&str], expected: Option<&[&str]>) {
        let patch = managed_fields_patch(&live(entries), managers);
        let after = patch.as_ref().map(|patch| {
            let [fields, version] = patch.as_list().unwrap() else { panic!("two operations") };
            assert_eq!(version.str_at(&["value"]), Some("7"));
            assert_eq!(version.str_at(&["path"]), Some("/metadata/resourceVersion"));
            assert_eq!(fields.str_at(&["path"]), Some("/metadata/managedFields"));
            fields
                .list_at(&["value"])
                .iter()
                .map(|entry| {
                    let fields = value::json::to_string(entry.get("fieldsV1").unwrap());
                    format!("{} {} {fields}", text(entry, "manager"), text(entry, "operation"))
                })
                .collect::<Vec<_>>()
        });
        let expected = expected.map(|lines| lines.iter().map(ToString::to_string).collect());
        assert_eq!(after, expected);
    }

    const A: &str = r#"{"f:spec":{"f:a":{}}}"#;
    const B: &str = r#"{"f:spec":{"f:b":{}}}"#;
    const AB: &str = r#"{"f:spec":{"f:a":{},"f:b":{}}}"#;

    #[test]
    fn an_update_entry_becomes_an_apply_entry() {
        check(&[("helm", "Update", "v1", A)], &["helm"], Some(&[&format!("helm Apply {A}")]));
    }

    #[test]
    fn nothing_is_done_without_update_entries_of_the_managers() {
        check(&[("helm", "Apply", "v1", A)], &["helm"], None);
        check(&[("kubectl", "Update", "v1", A)], &["helm"], None);
        check(&[], &["helm"], None);
    }

    #[test]
    fn fields_join_an_apply_entry_that_exists() {
        check(
            &[("helm", "Update", "v1", B), ("x", "Update", "v1", B), ("helm", "Apply", "v1", A)],
            &["helm"],
            Some(&[&format!("x Update {B}"), &format!("helm Apply {AB}")]),
        );
    }

    #[test]
    fn several_old_managers_become_one() {
        check(
            &[("Helm", "Update", "v1", A), ("helm-controller", "Update", "v1", B)],
            &CLIENT_SIDE_MANAGERS,
            Some(&[&format!("helm Apply {AB}")]),
        );
    }

    #[test]
    fn fields_of_another_version_are_dropped_with_their_entry() {
        check(
            &[("helm", "Apply", "v2", A), ("helm", "Update", "v1", B)],
            &["helm"],
            Some(&[&format!("helm Apply {A}")]),
        );
    }

    #[test]
    fn entries_of_subresources_stay() {
        let mut live = live(&[("helm", "Update", "v1", A)]);
        let entry = live.list_at(&["metadata", "managedFields"]).first().cloned().unwrap();
        let mut status = entry;
        status.set(&["subresource"], "status".into());
        live.set(&["metadata", "managedFields"], Value::from(vec![status]));
        assert_eq!(managed_fields_patch(&live, &["helm"]), None);
    }
}
