//! Hooks: objects that run at moments of a release instead of belonging to it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use value::Value;

use crate::Object;

/// Annotation that makes a hook of an object; a comma list of events.
pub const HOOK: &str = "helm.sh/hook";
/// Annotation with the place among the hooks of an event; an integer as text.
pub const WEIGHT: &str = "helm.sh/hook-weight";
/// Annotation saying when a hook's object is deleted; a comma list.
pub const DELETE_POLICY: &str = "helm.sh/hook-delete-policy";
/// Annotation saying when a hook's logs are shown; a comma list.
pub const LOG_POLICY: &str = "helm.sh/hook-output-log-policy";

/// A moment at which hooks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookEvent {
    /// Before the first object of an install is created.
    PreInstall,
    /// After an install's objects are there (and ready, where that is waited for).
    PostInstall,
    /// Before an uninstall deletes anything.
    PreDelete,
    /// After an uninstall deleted everything.
    PostDelete,
    /// Before an upgrade changes anything.
    PreUpgrade,
    /// After an upgrade.
    PostUpgrade,
    /// Before a rollback changes anything.
    PreRollback,
    /// After a rollback.
    PostRollback,
    /// When the release is tested.
    Test,
}

impl HookEvent {
    /// Every event, in the order of Helm's documentation.
    pub const ALL: [Self; 9] = [
        Self::PreInstall,
        Self::PostInstall,
        Self::PreDelete,
        Self::PostDelete,
        Self::PreUpgrade,
        Self::PostUpgrade,
        Self::PreRollback,
        Self::PostRollback,
        Self::Test,
    ];

    /// Returns the word that charts and records use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for HookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown hook event {word:?}")]
pub struct UnknownEvent {
    /// The word.
    pub word: String,
}

impl FromStr for HookEvent {
    type Err = UnknownEvent;

    /// Reads one word as charts write it; `test-success` is the old name of `test`.
    fn from_str(word: &str) -> Result<Self, UnknownEvent> {
        if word == "test-success" {
            return Ok(Self::Test);
        }
        let known = Self::ALL.into_iter().find(|event| event.as_str() == word);
        known.ok_or_else(|| UnknownEvent { word: word.to_owned() })
    }
}

/// When the object of a hook is deleted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DeletePolicy {
    /// Before it is created anew; what Helm does when a hook names no policy.
    BeforeHookCreation,
    /// After all hooks of its event succeeded.
    HookSucceeded,
    /// After it failed.
    HookFailed,
    /// A word without meaning, kept because records keep it.
    Other(String),
}

impl DeletePolicy {
    /// Returns the word that charts and records use.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::BeforeHookCreation => "before-hook-creation",
            Self::HookSucceeded => "hook-succeeded",
            Self::HookFailed => "hook-failed",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for DeletePolicy {
    fn from(word: String) -> Self {
        match word.as_str() {
            "before-hook-creation" => Self::BeforeHookCreation,
            "hook-succeeded" => Self::HookSucceeded,
            "hook-failed" => Self::HookFailed,
            _ => Self::Other(word),
        }
    }
}

impl From<DeletePolicy> for String {
    fn from(policy: DeletePolicy) -> Self {
        policy.as_str().to_owned()
    }
}

/// When the logs of a hook are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum LogPolicy {
    /// After it succeeded.
    HookSucceeded,
    /// After it failed.
    HookFailed,
    /// A word without meaning, kept because records keep it.
    Other(String),
}

impl LogPolicy {
    /// Returns the word that charts and records use.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::HookSucceeded => "hook-succeeded",
            Self::HookFailed => "hook-failed",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for LogPolicy {
    fn from(word: String) -> Self {
        match word.as_str() {
            "hook-succeeded" => Self::HookSucceeded,
            "hook-failed" => Self::HookFailed,
            _ => Self::Other(word),
        }
    }
}

impl From<LogPolicy> for String {
    fn from(policy: LogPolicy) -> Self {
        policy.as_str().to_owned()
    }
}

/// A hook: an object with the moments at which it runs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Hook {
    /// The object to create.
    pub object: Object,
    /// The document it was read from, as records store it.
    pub text: String,
    /// Its moments, at least one, in the chart's order.
    pub events: Vec<HookEvent>,
    /// Its place among the hooks of an event; lower ones run first.
    pub weight: i64,
    /// When the object is deleted; empty means [`DeletePolicy::BeforeHookCreation`].
    pub delete_policies: Vec<DeletePolicy>,
    /// When its logs are shown.
    pub log_policies: Vec<LogPolicy>,
}

/// Shows all but the text, which may hold a Secret.
impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook")
            .field("object", &self.object)
            .field("events", &self.events)
            .field("weight", &self.weight)
            .field("delete_policies", &self.delete_policies)
            .field("log_policies", &self.log_policies)
            .finish_non_exhaustive()
    }
}

impl Hook {
    /// Returns whether the hook runs at `event`.
    #[must_use]
    pub fn runs_at(&self, event: HookEvent) -> bool {
        self.events.contains(&event)
    }

    /// Returns whether the object is deleted under `policy`. A hook that names no policy is deleted before
    /// it is created anew, and custom resource definitions are never deleted, as in Helm.
    #[must_use]
    pub fn deletes(&self, policy: &DeletePolicy) -> bool {
        if self.object.id.gvk.kind == "CustomResourceDefinition" {
            return false;
        }
        if self.delete_policies.is_empty() {
            return *policy == DeletePolicy::BeforeHookCreation;
        }
        self.delete_policies.contains(policy)
    }
}

/// Returns the places in `hooks` of those that run at `event`, in the order in which they run: by weight,
/// then by name, then as they stand.
#[must_use]
pub fn execution_order(hooks: &[Hook], event: HookEvent) -> Vec<usize> {
    let mut chosen: Vec<_> =
        hooks.iter().enumerate().filter(|(_, hook)| hook.runs_at(event)).collect();
    chosen.sort_by(|(_, a), (_, b)| {
        (a.weight, &a.object.id.name).cmp(&(b.weight, &b.object.id.name))
    });
    chosen.into_iter().map(|(place, _)| place).collect()
}

/// What the annotations of a document say about hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recognised {
    /// No hook.
    Object,
    /// A hook.
    Hook(Annotations),
    /// A hook of a word that is no event: Helm drops the whole document. Holds the annotation.
    Unknown(String),
}

/// A hook's annotations, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Annotations {
    pub(crate) events: Vec<HookEvent>,
    pub(crate) weight: i64,
    pub(crate) delete_policies: Vec<DeletePolicy>,
    pub(crate) log_policies: Vec<LogPolicy>,
}

/// Reads the hook annotations of a document.
pub(crate) fn recognise(document: &Value) -> Recognised {
    let annotation = |key| document.at(&["metadata", "annotations", key]).map(annotation_text);
    let Some(events) = annotation(HOOK) else {
        return Recognised::Object;
    };
    let words = words(&events);
    let Ok(known) = words.iter().map(|word| word.parse()).collect() else {
        return Recognised::Unknown(events);
    };
    let list = |key| annotation(key).map(|text| self::words(&text)).unwrap_or_default();
    Recognised::Hook(Annotations {
        events: known,
        weight: annotation(WEIGHT).and_then(|text| text.parse().ok()).unwrap_or_default(),
        delete_policies: list(DELETE_POLICY).into_iter().map(DeletePolicy::from).collect(),
        log_policies: list(LOG_POLICY).into_iter().map(LogPolicy::from).collect(),
    })
}

/// Returns the text of an annotation; numbers and booleans become text as Helm's reader makes of them.
fn annotation_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// Splits a comma list into trimmed lower-case words.
fn words(list: &str) -> Vec<String> {
    list.split(',').map(|word| word.trim().to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use HookEvent::{PostUpgrade, PreInstall, Test};

    fn annotated(annotations: &str) -> Recognised {
        let text = format!("{{metadata: {{name: a, annotations: {annotations}}}}}");
        recognise(&value::yaml::from_str(&text).unwrap())
    }

    #[test]
    fn events_are_read_as_helm_reads_them() {
        let check = |annotation: &str, expected: Result<&[HookEvent], &str>| {
            let found = match annotated(&format!("{{helm.sh/hook: {annotation}}}")) {
                Recognised::Hook(hook) => Ok(hook.events),
                Recognised::Unknown(words) => Err(words),
                Recognised::Object => Err("no hook".to_owned()),
            };
            assert_eq!(found, expected.map(<[_]>::to_vec).map_err(str::to_owned), "{annotation}");
        };
        check("pre-install", Ok(&[PreInstall]));
        check("' Pre-Install ,post-upgrade'", Ok(&[PreInstall, PostUpgrade]));
        check("test-success", Ok(&[Test]));
        check("crd-install", Err("crd-install"));
        check("'pre-install,Pre-Foo'", Err("pre-install,Pre-Foo"));
        check("''", Err(""));
        check("null", Err(""));
        check("5", Err("5"));
    }

    #[test]
    fn other_annotations_make_no_hook() {
        assert_eq!(annotated("{helm.sh/hook-weight: '1'}"), Recognised::Object);
        assert_eq!(annotated("null"), Recognised::Object);
    }

    #[test]
    fn weight_and_policies_are_read_leniently() {
        let check = |annotations: &str, expected: Annotations| {
            let found = annotated(&format!("{{helm.sh/hook: test, {annotations}}}"));
            assert_eq!(found, Recognised::Hook(expected), "{annotations}");
        };
        let plain = Annotations { events: vec![Test], ..Annotations::default() };
        check("helm.sh/hook-weight: '-5'", Annotations { weight: -5, ..plain.clone() });
        check("helm.sh/hook-weight: 7", Annotations { weight: 7, ..plain.clone() });
        check("helm.sh/hook-weight: heavy", plain.clone());
        check(
            "helm.sh/hook-delete-policy: 'Hook-Failed, before-hook-creation,never'",
            Annotations {
                delete_policies: vec![
                    DeletePolicy::HookFailed,
                    DeletePolicy::BeforeHookCreation,
                    DeletePolicy::Other("never".to_owned()),
                ],
                ..plain.clone()
            },
        );
        check(
            "helm.sh/hook-output-log-policy: hook-succeeded",
            Annotations { log_policies: vec![LogPolicy::HookSucceeded], ..plain },
        );
    }

    fn hook(kind: &str, name: &str, weight: i64, policies: &[&str]) -> Hook {
        let text = format!("{{apiVersion: v1, kind: {kind}, metadata: {{name: {name}}}}}");
        Hook {
            object: Object::new(value::yaml::from_str(&text).unwrap(), "").unwrap(),
            text,
            events: vec![Test],
            weight,
            delete_policies: policies.iter().map(|&p| DeletePolicy::from(p.to_owned())).collect(),
            log_policies: Vec::new(),
        }
    }

    #[test]
    fn hooks_run_by_weight_then_name() {
        let hooks =
            [("c", 0), ("b", 0), ("z", -1), ("a", 2)].map(|(name, w)| hook("Pod", name, w, &[]));
        assert_eq!(execution_order(&hooks, Test), [2, 1, 0, 3]);
        assert!(execution_order(&hooks, PreInstall).is_empty());
    }

    #[test]
    fn a_hook_without_policy_is_deleted_before_it_is_created_anew() {
        let deletes = |hook: &Hook| {
            ["before-hook-creation", "hook-succeeded", "hook-failed"]
                .map(|policy| hook.deletes(&DeletePolicy::from(policy.to_owned())))
        };
        assert_eq!(deletes(&hook("Pod", "a", 0, &[])), [true, false, false]);
        assert_eq!(deletes(&hook("Pod", "a", 0, &["hook-failed"])), [false, false, true]);
        let definition = hook("CustomResourceDefinition", "a", 0, &["hook-succeeded"]);
        assert_eq!(deletes(&definition), [false, false, false]);
    }
}
