//! The records of a release, read without the programs that are tried.

use std::io::Read as _;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::core::v1::Secret;
use kube::api::ListParams;
use serde_json::Value;

use crate::namespace::Namespace;

/// What a test asks of a revision.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) revision: u64,
    pub(super) status: String,
    pub(super) description: String,
    pub(super) manifest: String,
}

/// All revisions in a namespace, which has one release at most, oldest first.
pub(super) async fn records(namespace: &Namespace) -> Result<Vec<Record>> {
    let helms = ListParams::default().labels("owner=helm");
    let secrets = namespace.api::<Secret>().list(&helms).await.context("listing records")?;
    let mut records = secrets.items.iter().map(read).collect::<Result<Vec<_>>>()?;
    records.sort_unstable_by_key(|record| record.revision);
    Ok(records)
}

fn read(secret: &Secret) -> Result<Record> {
    let data = secret.data.as_ref().and_then(|data| data.get("release")).context("a release")?;
    let packed = STANDARD.decode(&data.0).context("unpacking a record")?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text)?;
    let release: Value = serde_json::from_str(&text).context("reading a record")?;
    let word = |pointer: &str| {
        release.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let record = Record {
        revision: release.get("version").and_then(Value::as_u64).context("a revision")?,
        status: word("/info/status"),
        description: word("/info/description"),
        manifest: word("/manifest"),
    };
    let label = secret.metadata.labels.as_ref().and_then(|labels| labels.get("status"));
    ensure!(label == Some(&record.status), "the label says {label:?} of {record:?}");
    Ok(record)
}

impl Record {
    /// The objects of the manifest, as `Kind/name`, in order.
    pub(super) fn objects(&self) -> Vec<String> {
        let mut objects: Vec<String> = self.manifest.split("\n---").filter_map(identity).collect();
        objects.sort_unstable();
        objects
    }
}

/// Of a document written as `kubectl get -o yaml` would: kind at the margin, the name first under `metadata`.
fn identity(document: &str) -> Option<String> {
    let after = |start: &str| document.lines().find_map(|line| line.strip_prefix(start));
    let name = document.split_once("\nmetadata:\n")?.1;
    let name = name.lines().find_map(|line| line.strip_prefix("  name: "))?;
    Some(format!("{}/{}", after("kind: ")?.trim(), name.trim().trim_matches('"')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_objects_of_a_manifest_are_found() {
        let manifest = "---\n# Source: a\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    name: no\n  name: one\n---\n# Source: b\nkind: Service\nmetadata:\n  name: \"two\"\nspec:\n  kind: no\n";
        let record = Record {
            revision: 1,
            status: String::new(),
            description: String::new(),
            manifest: manifest.to_owned(),
        };
        assert_eq!(record.objects(), ["ConfigMap/one", "Service/two"]);
    }
}
