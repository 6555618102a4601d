//! The record of one attempt to bring a release into a state.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use manifest::{Bundle, Hook, ManifestError, Object};
use serde::{Deserialize, Serialize};
use value::Value;

use crate::{ReleaseName, Status, StoredChart, StoredHook, describe, tolerant};

/// A revision, field by field what Helm 4.3 stores as JSON.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// The release. Records of others may hold any text here; see [`ReleaseName`].
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub name: String,
    /// How it went.
    #[serde(default, deserialize_with = "tolerant::or_default")]
    pub info: Info,
    /// What it was made of.
    #[serde(default, deserialize_with = "tolerant::or_default")]
    pub chart: StoredChart,
    /// The values the user supplied, not the computed ones; null for none.
    #[serde(default, skip_serializing_if = "tolerant::is_empty")]
    pub config: Value,
    /// All documents that are no hooks, in apply order.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub manifest: String,
    /// The hooks.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub hooks: Vec<StoredHook>,
    /// The revision's number, from one.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "tolerant::is_zero_u32"
    )]
    pub version: u32,
    /// The release's namespace.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub namespace: String,
    /// How its objects were written; Helm 3 does not say, and means client-side.
    #[serde(
        default,
        deserialize_with = "ApplyMethod::read",
        skip_serializing_if = "Option::is_none"
    )]
    pub apply_method: Option<ApplyMethod>,
    /// Fields this version does not know.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

/// How a revision went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// When revision 1 began.
    #[serde(default, deserialize_with = "tolerant::time", skip_serializing_if = "Option::is_none")]
    pub first_deployed: Option<Timestamp>,
    /// When this revision began.
    #[serde(default, deserialize_with = "tolerant::time", skip_serializing_if = "Option::is_none")]
    pub last_deployed: Option<Timestamp>,
    /// When uninstalling began.
    #[serde(default, deserialize_with = "tolerant::time", skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Timestamp>,
    /// A sentence for people.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub description: String,
    /// The state.
    #[serde(default, deserialize_with = "tolerant::or_default")]
    pub status: Status,
    /// The revision that was gone back to; zero for none.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "tolerant::is_zero_u32"
    )]
    pub rollback_revision: u32,
    /// The rendered NOTES.txt.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub notes: String,
    /// Fields this version does not know.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

/// How the objects of a revision were written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ApplyMethod {
    /// Server-side apply.
    ServerSide,
    /// Three-way merges by the client.
    ClientSide,
    /// A word this version does not know.
    Other(String),
}

impl ApplyMethod {
    /// Returns the word that records use.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ServerSide => "ssa",
            Self::ClientSide => "csa",
            Self::Other(word) => word,
        }
    }

    /// Reads a word; empty is none.
    fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let word = Option::<String>::deserialize(deserializer)?;
        Ok(word.filter(|word| !word.is_empty()).map(Self::from))
    }
}

impl From<String> for ApplyMethod {
    fn from(word: String) -> Self {
        match word.as_str() {
            "ssa" => Self::ServerSide,
            "csa" => Self::ClientSide,
            _ => Self::Other(word),
        }
    }
}

impl From<ApplyMethod> for String {
    fn from(method: ApplyMethod) -> Self {
        method.as_str().to_owned()
    }
}

impl fmt::Display for ApplyMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What an install or an upgrade wants: a revision before it has a number and a state.
#[derive(Clone, PartialEq)]
pub struct Draft {
    /// The release.
    pub name: ReleaseName,
    /// Its namespace.
    pub namespace: String,
    /// The chart, as it is to be stored.
    pub chart: StoredChart,
    /// The values the user supplied.
    pub config: Value,
    /// The text of all documents that are no hooks.
    pub manifest: String,
    /// The hooks.
    pub hooks: Vec<StoredHook>,
    /// The rendered NOTES.txt.
    pub notes: String,
    /// How the objects will be written.
    pub apply_method: ApplyMethod,
}

/// Shows which revision it is and how it went; values and manifests may hold secrets.
impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revision")
            .field("name", &self.name)
            .field("namespace", &self.namespace)
            .field("version", &self.version)
            .field("status", &self.info.status)
            .field("description", &self.info.description)
            .finish_non_exhaustive()
    }
}

/// Shows whose revision it will be; values and manifests may hold secrets.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("name", &self.name)
            .field("namespace", &self.namespace)
            .field("chart", &format_args!("{} {}", self.chart.name(), self.chart.version()))
            .finish_non_exhaustive()
    }
}

impl Revision {
    /// Returns the record of an install that begins now. The number is 1, unless an uninstalled or failed
    /// release of the name is on record.
    #[must_use]
    pub fn pending_install(draft: Draft, version: u32, now: Timestamp) -> Self {
        let status = (Status::PendingInstall, describe::INSTALLING);
        Self::pending(draft, version, (now, now), status)
    }

    /// Returns the record of an upgrade that begins now, from `base`.
    #[must_use]
    pub fn pending_upgrade(draft: Draft, base: &Self, version: u32, now: Timestamp) -> Self {
        let first = base.info.first_deployed.unwrap_or(now);
        let status = (Status::PendingUpgrade, describe::UPGRADING);
        Self::pending(draft, version, (first, now), status)
    }

    /// Returns the record of a rollback that begins now: what `target` was, numbered after `last`. Only the
    /// time of the first revision and the namespace are those of `last`.
    #[must_use]
    pub fn pending_rollback(
        target: &Self,
        last: &Self,
        version: u32,
        apply_method: ApplyMethod,
        now: Timestamp,
    ) -> Self {
        Self {
            name: last.name.clone(),
            info: Info {
                first_deployed: last.info.first_deployed,
                last_deployed: Some(now),
                deleted: None,
                description: describe::rolling_back(target.version),
                status: Status::PendingRollback,
                rollback_revision: target.version,
                notes: target.info.notes.clone(),
                extra: BTreeMap::new(),
            },
            chart: target.chart.clone(),
            config: target.config.clone(),
            manifest: target.manifest.clone(),
            hooks: target.hooks.clone(),
            version,
            namespace: last.namespace.clone(),
            apply_method: Some(apply_method),
            extra: target.extra.clone(),
        }
    }

    /// Returns the record after everything worked. Nothing of the times changes: Helm counts from the start.
    #[must_use]
    pub fn deployed(self, description: impl Into<String>) -> Self {
        self.with(Status::Deployed, description)
    }

    /// Returns the record after something did not work; see [`describe`] for Helm's sentences.
    #[must_use]
    pub fn failed(self, description: impl Into<String>) -> Self {
        self.with(Status::Failed, description)
    }

    /// Returns the record after a later revision was deployed; the description stays.
    #[must_use]
    pub fn superseded(mut self) -> Self {
        self.info.status = Status::Superseded;
        self
    }

    /// Returns the record of a release that is being uninstalled since `now`.
    #[must_use]
    pub fn uninstalling(mut self, now: Timestamp) -> Self {
        self.info.deleted = Some(now);
        self.with(Status::Uninstalling, describe::UNINSTALLING)
    }

    /// Returns the record of a release that was uninstalled and is kept.
    #[must_use]
    pub fn uninstalled(self, description: impl Into<String>) -> Self {
        self.with(Status::Uninstalled, description)
    }

    /// Returns the objects of the stored manifest.
    pub fn objects(&self) -> Result<Vec<Object>, ManifestError> {
        manifest::parse_manifest(&self.manifest)
    }

    /// Returns the stored hooks, ready to run, in the order of the record.
    pub fn runnable_hooks(&self) -> Result<Vec<Hook>, ManifestError> {
        self.hooks.iter().map(StoredHook::to_hook).collect()
    }

    /// Returns what the release consisted of, in apply order. Records do not keep the objects of `crds/`.
    pub fn bundle(&self) -> Result<Bundle, ManifestError> {
        let mut objects = self.objects()?;
        manifest::order::install_order(&mut objects);
        let hooks = self.runnable_hooks()?;
        Ok(Bundle { manifest: self.manifest.clone(), objects, hooks, crds: Vec::new() })
    }

    /// Returns whether its objects were written by server-side apply.
    #[must_use]
    pub fn is_server_side(&self) -> bool {
        self.apply_method == Some(ApplyMethod::ServerSide)
    }

    fn with(mut self, status: Status, description: impl Into<String>) -> Self {
        self.info.status = status;
        self.info.description = description.into();
        self
    }

    fn pending(
        draft: Draft,
        version: u32,
        (first, now): (Timestamp, Timestamp),
        (status, description): (Status, &str),
    ) -> Self {
        Self {
            name: draft.name.into(),
            info: Info {
                first_deployed: Some(first),
                last_deployed: Some(now),
                description: description.to_owned(),
                status,
                notes: draft.notes,
                ..Info::default()
            },
            chart: draft.chart,
            config: draft.config,
            manifest: draft.manifest,
            hooks: draft.hooks,
            version,
            namespace: draft.namespace,
            apply_method: Some(draft.apply_method),
            extra: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEN: Timestamp = Timestamp::constant(1_000, 0);
    const NOW: Timestamp = Timestamp::constant(2_000, 0);

    fn draft(manifest: &str) -> Draft {
        Draft {
            name: ReleaseName::parse("web").unwrap(),
            namespace: "prod".to_owned(),
            chart: StoredChart::default(),
            config: Value::map(),
            manifest: manifest.to_owned(),
            hooks: Vec::new(),
            notes: format!("notes of {manifest}"),
            apply_method: ApplyMethod::ServerSide,
        }
    }

    /// Returns `number status description first/last/deleted`.
    fn summary(revision: &Revision) -> String {
        let info = &revision.info;
        let time = |time: Option<Timestamp>| {
            time.map_or("-".to_owned(), |time| time.as_second().to_string())
        };
        format!(
            "{} {} {:?} {}/{}/{}",
            revision.version,
            info.status,
            info.description,
            time(info.first_deployed),
            time(info.last_deployed),
            time(info.deleted),
        )
    }

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let mut draft = draft("password");
        draft.config.set(&["db"], Value::from("password"));
        let revision = Revision::pending_install(draft.clone(), 1, NOW);
        let shown = format!("{draft:?} {revision:?}");
        assert!(!shown.contains("password"), "{shown}");
    }

    #[test]
    fn revisions_go_through_helms_states() {
        let first = Revision::pending_install(draft("one"), 1, THEN);
        assert_eq!(summary(&first), r#"1 pending-install "Initial install underway" 1000/1000/-"#);
        let first = first.deployed(describe::INSTALLED);
        assert_eq!(summary(&first), r#"1 deployed "Install complete" 1000/1000/-"#);

        let second = Revision::pending_upgrade(draft("two"), &first, 2, NOW);
        assert_eq!(summary(&second), r#"2 pending-upgrade "Preparing upgrade" 1000/2000/-"#);
        let failed = second.clone().failed(describe::upgrade_failed("web", "no"));
        assert_eq!(summary(&failed), r#"2 failed "Upgrade \"web\" failed: no" 1000/2000/-"#);
        let first = first.superseded();
        assert_eq!(summary(&first), r#"1 superseded "Install complete" 1000/1000/-"#);

        let third = Revision::pending_rollback(&first, &failed, 3, ApplyMethod::ClientSide, NOW);
        assert_eq!(summary(&third), r#"3 pending-rollback "Rollback to 1" 1000/2000/-"#);
        assert_eq!((third.info.rollback_revision, third.manifest.as_str()), (1, "one"));
        assert_eq!(third.info.notes, "notes of one");
        assert!(!third.is_server_side());

        let gone = third.uninstalling(NOW);
        let text = r#"3 uninstalling "Deletion in progress (or silently failed)" 1000/2000/2000"#;
        assert_eq!(summary(&gone), text);
        let gone = gone.uninstalled(describe::UNINSTALLED);
        assert_eq!(summary(&gone), r#"3 uninstalled "Uninstallation complete" 1000/2000/2000"#);
    }
}
