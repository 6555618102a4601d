//! Reading stored releases, with Helm's errors.

use cluster::storage::RecordKey;
use cluster::{RecordMeta, Storage, StorageError};
use release::{History, Record, ReleaseName};

use crate::cli::Context;
use crate::error::{CliError, Kind};
use crate::failure;

/// Returns the records of a release as far as a history shows them; an error when there are none.
pub(crate) async fn history(context: &Context, name: &str) -> Result<History, CliError> {
    let cluster = context.connect().await?;
    let namespace = cluster.default_namespace().to_owned();
    let history =
        cluster.storage().heads(&namespace, name).await.map_err(|error| failure::of(&error))?;
    if history.is_empty() { Err(not_found(name, &namespace)) } else { Ok(history) }
}

/// Returns one revision of a release, the newest when `revision` is 0; no other is read.
pub(crate) async fn record(
    context: &Context,
    name: &str,
    revision: i64,
) -> Result<Record, CliError> {
    if ReleaseName::parse(name).is_err() {
        return Err(CliError::input(format!("releaseContent: Release name is invalid: {name}")));
    }
    let cluster = context.connect().await?;
    let (storage, namespace) = (cluster.storage(), cluster.default_namespace());
    if revision > 0 {
        let number = u32::try_from(revision).unwrap_or(u32::MAX);
        return match storage.read(&RecordKey::new(namespace, name, number)).await {
            Ok(stored) => Ok(stored.record()),
            Err(StorageError::NotFound { .. }) => {
                let known = revisions(&storage, namespace, name).await?;
                Err(if known.is_empty() { not_found(name, namespace) } else { no_revision(&known) })
            }
            Err(error) => Err(unreadable(&error, &[])),
        };
    }
    // A record that is gone by now was the newest of a release that somebody is uninstalling.
    let known = revisions(&storage, namespace, name).await?;
    let newest = known.last().ok_or_else(|| not_found(name, namespace))?;
    match storage.read(&newest.key).await {
        Ok(stored) => Ok(stored.record()),
        Err(StorageError::NotFound { .. }) => Err(not_found(name, namespace)),
        Err(error) => Err(unreadable(&error, &known)),
    }
}

/// Returns what there is of a release, oldest first.
async fn revisions(
    storage: &Storage,
    namespace: &str,
    name: &str,
) -> Result<Vec<RecordMeta>, CliError> {
    let selector = format!("name={name}");
    let found = storage.list(Some(namespace), Some(&selector)).await;
    let mut found = found.map_err(|error| failure::of(&error))?;
    found.retain(|record| record.key.name == name);
    found.sort_by_key(|record| record.key.version);
    Ok(found)
}

fn unreadable(error: &StorageError, known: &[RecordMeta]) -> CliError {
    let told = match error {
        StorageError::Damaged { key, why } => {
            CliError::new(Kind::Cluster, format!("revision {} is damaged: {why}", key.version))
        }
        error => return failure::of(error),
    };
    if known.len() > 1 { told.hint(others(known)) } else { told }
}

fn no_revision(known: &[RecordMeta]) -> CliError {
    CliError::new(Kind::Cluster, "release: not found").hint(others(known))
}

/// Returns Helm's error for a release that is not there, and where it was looked for.
pub(crate) fn not_found(name: &str, namespace: &str) -> CliError {
    CliError::new(Kind::Cluster, "release: not found").hint(format!(
        "there is no release {name:?} in namespace {namespace:?}; 'chartctl list -A' shows all"
    ))
}

fn others(known: &[RecordMeta]) -> String {
    let numbers: Vec<String> = known.iter().map(|record| record.key.version.to_string()).collect();
    format!("there are revisions {}", numbers.join(", "))
}
