//! Reading stored releases, with Helm's errors.

use release::{Entry, History, Record, ReleaseName};

use crate::cli::Context;
use crate::error::{CliError, Kind};
use crate::failure;

/// Returns the records of a release; an error when there are none.
pub(crate) async fn history(context: &Context, name: &str) -> Result<History, CliError> {
    let cluster = context.connect().await?;
    let namespace = cluster.default_namespace().to_owned();
    let history =
        cluster.storage().history(&namespace, name).await.map_err(|error| failure::of(&error))?;
    if history.is_empty() { Err(not_found(name, &namespace)) } else { Ok(history) }
}

/// Returns one revision of a release: the newest when `revision` is 0.
pub(crate) async fn record(
    context: &Context,
    name: &str,
    revision: i64,
) -> Result<Record, CliError> {
    if ReleaseName::parse(name).is_err() {
        return Err(CliError::input(format!("releaseContent: Release name is invalid: {name}")));
    }
    let history = history(context, name).await?;
    if revision <= 0 {
        return newest(&history);
    }
    let number = u32::try_from(revision).unwrap_or(u32::MAX);
    match history.at(number) {
        Ok(record) => Ok(record.clone()),
        Err(release::HistoryError::NoRevision { .. }) => {
            Err(CliError::new(Kind::Cluster, "release: not found").hint(known_revisions(&history)))
        }
        Err(error) => Err(failure::of(&error)),
    }
}

fn newest(history: &History) -> Result<Record, CliError> {
    match history.last() {
        Some(Entry::Good(record)) => Ok(Record::clone(record)),
        Some(Entry::Damaged(damaged)) => Err(CliError::new(
            Kind::Cluster,
            format!("revision {} is damaged: {}", damaged.version, damaged.why),
        )
        .hint(known_revisions(history))),
        None => Err(CliError::new(Kind::Cluster, "release: not found")),
    }
}

/// Returns Helm's error for a release that is not there, and where it was looked for.
pub(crate) fn not_found(name: &str, namespace: &str) -> CliError {
    CliError::new(Kind::Cluster, "release: not found").hint(format!(
        "there is no release {name:?} in namespace {namespace:?}; 'chartctl list -A' shows all"
    ))
}

fn known_revisions(history: &History) -> String {
    let numbers: Vec<String> =
        history.records().map(|record| record.revision.version.to_string()).collect();
    if numbers.is_empty() {
        return "no revision of this release can be read".to_owned();
    }
    format!("revisions that can be read: {}", numbers.join(", "))
}
