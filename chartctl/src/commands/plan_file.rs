//! A plan in a file: `--save-plan` writes it, `apply-plan` reads it.
//!
//! The file holds everything that is needed, what Secrets hold included, so that only its owner may read it. It also
//! holds what the plan was made for: another cluster, or one that has moved on, is refused.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::Path;

use actions::Prepared;
use cluster::Cluster;
use jiff::Timestamp;
use manifest::ObjectId;
use plan::{LiveObject, Plan, Step};
use serde::{Deserialize, Serialize};

use crate::error::{CliError, Kind, file_error};
use crate::failure;

/// What the file says it is.
const FORMAT: &str = "chartctl.dev/plan/v1";
/// How large a plan may be, in bytes.
const LIMIT: u64 = 256 << 20;

/// A plan with what it was made for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanFile {
    /// What this file is.
    format: String,
    /// When it was made.
    pub(super) made: Timestamp,
    /// The address of the API server.
    server: String,
    /// The plan.
    pub(super) plan: Plan,
    /// The user's labels for the record.
    labels: BTreeMap<String, String>,
    /// Whether a failure is undone.
    pub(super) undo: bool,
    /// The objects that the plan touches, as they were.
    seen: Vec<Seen>,
}

/// An object as it was: gone, or a certain one in a certain version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    object: ObjectId,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    /// The generation, which only what is asked of an object counts up, else the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl PlanFile {
    /// Looks at the cluster and puts a plan down with what is seen.
    pub(super) async fn make(
        cluster: &Cluster,
        prepared: Prepared,
        undo: bool,
    ) -> Result<Self, CliError> {
        let seen = look(cluster, &prepared.plan).await?;
        Ok(Self {
            format: FORMAT.to_owned(),
            made: Timestamp::now(),
            server: cluster.server().to_owned(),
            plan: prepared.plan,
            labels: prepared.labels,
            undo,
            seen,
        })
    }

    /// Writes the file, which only its owner may read.
    pub(super) fn write(&self, path: &str) -> Result<(), CliError> {
        let failed = |error: std::io::Error| file_error("open", path, &error);
        let text = serde_json::to_vec(self)
            .map_err(|error| CliError::input(format!("writing the plan: {error}")))?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        // The file may have been there, for everybody to read.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .map_err(failed)?;
        file.write_all(&text).and_then(|()| file.flush()).map_err(failed)
    }

    /// Reads a file.
    pub(super) fn read(path: &str) -> Result<Self, CliError> {
        let failed = |error: std::io::Error| file_error("open", path, &error);
        let file = std::fs::File::open(Path::new(path)).map_err(failed)?;
        let mut text = Vec::new();
        file.take(LIMIT).read_to_end(&mut text).map_err(failed)?;
        // The library's text may repeat what the file holds.
        let broken = || CliError::input(format!("{path} is no plan of chartctl's"));
        let value: serde_json::Value = serde_json::from_slice(&text).map_err(|_| broken())?;
        match value.get("format").and_then(serde_json::Value::as_str) {
            Some(FORMAT) => serde_json::from_value(value).map_err(|_| broken()),
            Some(other) => {
                Err(CliError::input(format!("{path} is a plan of another format: {other}"))
                    .hint("make it anew with --save-plan"))
            }
            None => Err(broken()),
        }
    }

    /// Refuses another cluster, and one that has moved on since the plan was made.
    pub(super) async fn check(&self, cluster: &Cluster) -> Result<(), CliError> {
        let target = &self.plan.target;
        if cluster.server() != self.server {
            return Err(refused("it was made for another cluster")
                .fact("made", self.server.clone())
                .fact("here", cluster.server().to_owned()));
        }
        let history = cluster.storage().history(&target.namespace, &target.name).await;
        let history = history.map_err(|error| failure::of(&error))?;
        let last = history.last().map(|entry| (entry.version(), entry.status()));
        if last != self.plan.last {
            let told = |last: Option<(u32, release::Status)>| match last {
                Some((version, status)) => format!("revision {version}, {}", status.as_str()),
                None => "no revision".to_owned(),
            };
            return Err(refused("the release has moved on")
                .fact("planned", told(self.plan.last))
                .fact("now", told(last)));
        }
        let now = look(cluster, &self.plan).await?;
        let moved = self.seen.iter().filter(|seen| !now.contains(seen));
        let moved: Vec<&Seen> = moved.collect();
        if moved.is_empty() {
            return Ok(());
        }
        let error = refused("objects have changed since");
        Err(moved.iter().fold(error, |error, seen| error.fact("object", seen.object.to_string())))
    }

    /// Returns what is carried out.
    pub(super) fn into_prepared(self) -> Prepared {
        let Self { mut plan, labels, .. } = self;
        plan.target.info.last_deployed = Some(Timestamp::now());
        Prepared { labels, saved: true, ..Prepared::from(plan) }
    }
}

fn refused(why: &str) -> CliError {
    CliError::new(Kind::Cluster, format!("the plan cannot be carried out: {why}"))
        .hint("make a new one with --save-plan and look at it again")
}

/// Looks at the objects that a plan touches.
async fn look(cluster: &Cluster, plan: &Plan) -> Result<Vec<Seen>, CliError> {
    let mut ids: Vec<ObjectId> = plan.steps.iter().flat_map(touched).cloned().collect();
    ids.sort();
    ids.dedup();
    let live = cluster.snapshot(&ids).await.map_err(|error| failure::of(&error))?;
    let seen = |id: ObjectId| {
        let object = live.get(&id);
        let generation = object.and_then(|object| object.value.i64_at(&["metadata", "generation"]));
        let version = generation
            .map(|generation| generation.to_string())
            .or_else(|| object.and_then(LiveObject::resource_version).map(str::to_owned));
        Seen { uid: object.and_then(LiveObject::uid).map(str::to_owned), version, object: id }
    };
    Ok(ids.into_iter().map(seen).collect())
}

fn touched(step: &Step) -> Vec<&ObjectId> {
    match step {
        Step::Apply { objects, .. } | Step::ApplyCrds { objects, .. } => {
            objects.iter().map(|object| &object.id).collect()
        }
        Step::Delete { objects, .. } => objects.iter().map(|doomed| &doomed.id).collect(),
        _ => Vec::new(),
    }
}
