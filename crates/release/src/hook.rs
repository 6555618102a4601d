//! Hooks as records keep them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use manifest::{DeletePolicy, Hook, HookEvent, LogPolicy, ManifestError, Object};
use serde::{Deserialize, Serialize};
use value::Value;

use crate::tolerant;

/// A hook of a stored revision.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredHook {
    /// `metadata.name` of the object.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub name: String,
    /// Its kind.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub kind: String,
    /// Its template, with the chart's name in front.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub path: String,
    /// The document.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub manifest: String,
    /// The moments at which it runs; words of old records that are no events stay as they are.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub events: Vec<String>,
    /// Its last run.
    #[serde(default, deserialize_with = "tolerant::or_default")]
    pub last_run: HookRun,
    /// Its place among the hooks of an event.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "tolerant::is_zero"
    )]
    pub weight: i64,
    /// When its object is deleted. Helm writes `before-hook-creation` into an empty list when it runs it.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub delete_policies: Vec<DeletePolicy>,
    /// When its logs are shown.
    #[serde(
        default,
        deserialize_with = "tolerant::or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub output_log_policies: Vec<LogPolicy>,
    /// Fields this version does not know.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

/// Shows all but the document, which may hold a Secret.
impl fmt::Debug for StoredHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredHook")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("path", &self.path)
            .field("events", &self.events)
            .field("last_run", &self.last_run)
            .field("weight", &self.weight)
            .finish_non_exhaustive()
    }
}

impl StoredHook {
    /// Returns the hook to run: its object read from the stored document, everything else from the record.
    pub fn to_hook(&self) -> Result<Hook, ManifestError> {
        let objects = manifest::parse_stored(&self.path, &self.manifest)?;
        let object = match objects.into_iter().next() {
            Some(object) => object,
            None => Object::new(Value::Null, &self.path)?,
        };
        Ok(Hook {
            object,
            text: self.manifest.clone(),
            events: self.events.iter().filter_map(|word| word.parse().ok()).collect(),
            weight: self.weight,
            delete_policies: self.delete_policies.clone(),
            log_policies: self.output_log_policies.clone(),
        })
    }

    /// Returns whether the hook runs at `event`.
    #[must_use]
    pub fn runs_at(&self, event: HookEvent) -> bool {
        self.events.iter().any(|word| word.parse() == Ok(event))
    }

    /// Records that a run began. A hook without delete policy gets the one it runs under, as Helm does.
    pub fn begin(&mut self, now: Timestamp) {
        if self.delete_policies.is_empty() {
            self.delete_policies.push(DeletePolicy::BeforeHookCreation);
        }
        self.last_run = HookRun {
            started_at: Some(now),
            completed_at: None,
            phase: HookPhase::Running,
            extra: BTreeMap::new(),
        };
    }

    /// Records that the run ended.
    pub fn finish(&mut self, phase: HookPhase, now: Timestamp) {
        self.last_run.completed_at = Some(now);
        self.last_run.phase = phase;
    }
}

impl From<&Hook> for StoredHook {
    /// Returns the record of a hook that never ran.
    fn from(hook: &Hook) -> Self {
        Self {
            name: hook.object.id.name.clone(),
            kind: hook.object.id.gvk.kind.clone(),
            path: hook.object.path.clone(),
            manifest: hook.text.clone(),
            events: hook.events.iter().map(|event| event.as_str().to_owned()).collect(),
            last_run: HookRun::default(),
            weight: hook.weight,
            delete_policies: hook.delete_policies.clone(),
            output_log_policies: hook.log_policies.clone(),
            extra: BTreeMap::new(),
        }
    }
}

/// One run of a hook.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HookRun {
    /// When it began.
    #[serde(default, deserialize_with = "tolerant::time", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, deserialize_with = "tolerant::time", skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// How far it is.
    #[serde(default, deserialize_with = "tolerant::or_default")]
    pub phase: HookPhase,
    /// Fields this version does not know.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "&'static str")]
pub enum HookPhase {
    /// It never ran.
    #[default]
    Never,
    /// Nobody knows; also what any other word is read as.
    Unknown,
    /// It runs.
    Running,
    /// It ran well.
    Succeeded,
    /// It did not.
    Failed,
}

impl HookPhase {
    /// Returns the word that records use; empty for a hook that never ran.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "",
            Self::Unknown => "Unknown",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

impl From<String> for HookPhase {
    fn from(word: String) -> Self {
        match word.as_str() {
            "" => Self::Never,
            "Running" => Self::Running,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

impl From<HookPhase> for &'static str {
    fn from(phase: HookPhase) -> Self {
        phase.as_str()
    }
}

impl fmt::Display for HookPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: test}}\n";

    fn stored() -> StoredHook {
        let files = [("app/templates/j.yaml".to_owned(), TEXT.to_owned())];
        let (bundle, _) = manifest::bundle(&files).unwrap();
        StoredHook::from(&bundle.hooks[0])
    }

    #[test]
    fn a_stored_hook_runs_as_the_chart_had_it() {
        let files = [("app/templates/j.yaml".to_owned(), TEXT.to_owned())];
        let (bundle, _) = manifest::bundle(&files).unwrap();
        assert_eq!(stored().to_hook().unwrap(), bundle.hooks[0]);
    }

    #[test]
    fn words_of_old_records_are_kept_and_never_run() {
        let mut hook = stored();
        hook.events = vec!["crd-install".to_owned(), "test-success".to_owned()];
        assert!(hook.runs_at(HookEvent::Test));
        assert_eq!(hook.to_hook().unwrap().events, [HookEvent::Test]);
    }

    #[test]
    fn a_hook_without_object_is_an_error() {
        let hook = StoredHook { path: "a.yaml".to_owned(), ..StoredHook::default() };
        let why = hook.to_hook().unwrap_err().to_string();
        assert_eq!(why, "a.yaml, document 1: an object is expected, this is a null");
    }

    #[test]
    fn a_run_is_recorded() {
        let (begin, end) = (Timestamp::constant(1, 0), Timestamp::constant(2, 0));
        let mut hook = stored();
        hook.begin(begin);
        assert_eq!(hook.delete_policies, [DeletePolicy::BeforeHookCreation]);
        assert_eq!(hook.last_run.phase, HookPhase::Running);
        hook.finish(HookPhase::Failed, end);
        assert_eq!(hook.last_run.started_at, Some(begin));
        assert_eq!(hook.last_run.completed_at, Some(end));
        assert_eq!(hook.last_run.phase, HookPhase::Failed);
    }
}
