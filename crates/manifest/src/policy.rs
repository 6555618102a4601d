//! Marks on objects that decide whose they are and whether they may be deleted.

use value::{Value, quote};

use crate::{Object, ObjectId};

/// Annotation that keeps an object from being deleted.
pub const RESOURCE_POLICY: &str = "helm.sh/resource-policy";
/// Label naming the tool that manages an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`] that Helm demands, and hence we write.
pub const MANAGER: &str = "Helm";
/// Annotation naming the release an object belongs to.
pub const RELEASE_NAME: &str = "meta.helm.sh/release-name";
/// Annotation naming the namespace of that release.
pub const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// Annotation with the groups of objects that come before this one. The API server refuses a key with two slashes, so
/// that it is left out of what is applied.
pub const DEPENDS_ON_GROUPS: &str = "helm.sh/depends-on/resource-groups";

/// Whose a live object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// All three marks are this release's.
    Ours,
    /// It carries marks, and they differ.
    Other {
        /// The release its annotations name, as far as they do.
        release: Option<String>,
        /// The namespace of that release, as far as it is named.
        namespace: Option<String>,
        /// Helm's words for what differs, from `invalid ownership metadata; ` on.
        why: String,
    },
    /// It carries none of the marks.
    Unowned {
        /// Helm's words for what is missing, from `invalid ownership metadata; ` on.
        why: String,
    },
}

/// Returns whether uninstalling leaves this object of a stored manifest alone: the policy says `keep`, in any
/// case and with blanks around it.
#[must_use]
pub fn keep(object: &Object) -> bool {
    object
        .annotation(RESOURCE_POLICY)
        .is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
}

/// Returns whether an upgrade that no longer has this live object leaves it alone: the policy is exactly
/// `keep`, as Helm compares there.
#[must_use]
pub fn keep_live(live: &Value) -> bool {
    live.str_at(&["metadata", "annotations", RESOURCE_POLICY]) == Some("keep")
}

/// Returns the object without the annotation that only says when it is applied, and that no server takes.
#[must_use]
pub fn applicable(object: &Object) -> Object {
    let mut object = object.clone();
    if object.annotation(DEPENDS_ON_GROUPS).is_some() {
        let mut place = Some(&mut object.value);
        for key in ["metadata", "annotations"] {
            place = place.and_then(Value::as_map_mut).and_then(|map| map.get_mut(key));
        }
        if let Some(annotations) = place.and_then(Value::as_map_mut) {
            annotations.remove(DEPENDS_ON_GROUPS);
        }
    }
    object
}

/// Returns the object as it is applied: [`applicable`], and with the three ownership marks, whatever the chart wrote
/// there.
#[must_use]
pub fn with_ownership(object: &Object, release: &str, namespace: &str) -> Object {
    let mut object = applicable(object);
    let marks = [
        ("labels", MANAGED_BY, MANAGER),
        ("annotations", RELEASE_NAME, release),
        ("annotations", RELEASE_NAMESPACE, namespace),
    ];
    for (place, key, text) in marks {
        object.value.set(&["metadata", place, key], Value::from(text));
    }
    object
}

/// Compares the marks of a live object with those of a release.
#[must_use]
pub fn owner_of(live: &Value, release: &str, namespace: &str) -> Ownership {
    let manager = live.str_at(&["metadata", "labels", MANAGED_BY]);
    let named = live.str_at(&["metadata", "annotations", RELEASE_NAME]);
    let namespaced = live.str_at(&["metadata", "annotations", RELEASE_NAMESPACE]);
    let differences: Vec<String> = [
        ("label", MANAGED_BY, MANAGER, manager),
        ("annotation", RELEASE_NAME, release, named),
        ("annotation", RELEASE_NAMESPACE, namespace, namespaced),
    ]
    .into_iter()
    .filter_map(|(place, key, wanted, found)| {
        Some(format!("{place} validation error: {}", difference(key, wanted, found)?))
    })
    .collect();
    if differences.is_empty() {
        return Ownership::Ours;
    }
    let why = format!("invalid ownership metadata; {}", differences.join("; "));
    if manager.is_none() && named.is_none() && namespaced.is_none() {
        return Ownership::Unowned { why };
    }
    Ownership::Other {
        release: named.map(str::to_owned),
        namespace: namespaced.map(str::to_owned),
        why,
    }
}

/// Returns Helm's sentence for an existing object that is not the release's; `why` is [`Ownership`]'s.
#[must_use]
pub fn not_importable(id: &ObjectId, why: &str) -> String {
    format!(
        "{} {} in namespace {} exists and cannot be imported into the current release: {why}",
        id.gvk.kind,
        quote(&id.name),
        quote(id.namespace.as_deref().unwrap_or_default()),
    )
}

/// Returns Helm's words for one mark, unless it is as wanted.
fn difference(key: &str, wanted: &str, found: Option<&str>) -> Option<String> {
    let (quoted, expected) = (quote(key), quote(wanted));
    match found.map(|found| (found == wanted, quote(found))) {
        None => Some(format!("missing key {quoted}: must be set to {expected}")),
        Some((true, _)) => None,
        Some((false, found)) => {
            Some(format!("key {quoted} must equal {expected}: current value is {found}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(metadata: &str) -> Object {
        let text = format!("{{apiVersion: v1, kind: Pod, metadata: {metadata}}}");
        Object::new(value::yaml::from_str(&text).unwrap(), "").unwrap()
    }

    #[test]
    fn kept_objects_are_told_as_helm_tells_them() {
        for (policy, stored, live) in [
            ("keep", true, true),
            ("' KEEP '", true, false),
            ("delete", false, false),
            ("''", false, false),
            ("null", false, false),
        ] {
            let object =
                object(&format!("{{name: a, annotations: {{helm.sh/resource-policy: {policy}}}}}"));
            assert_eq!((keep(&object), keep_live(&object.value)), (stored, live), "{policy}");
        }
        assert!(!keep(&object("{name: a}")));
    }

    #[test]
    fn marked_objects_are_ours_whatever_the_chart_wrote() {
        for metadata in [
            "{name: a}",
            "{name: a, labels: null, annotations: {}}",
            "{name: a, labels: {app.kubernetes.io/managed-by: me}}",
        ] {
            let marked = with_ownership(&object(metadata), "web", "prod");
            assert_eq!(owner_of(&marked.value, "web", "prod"), Ownership::Ours, "{metadata}");
        }
    }

    #[test]
    fn the_annotation_that_no_server_takes_is_left_out() {
        for groups in ["'[\"a\"]'", "text"] {
            let marked = with_ownership(
                &object(&format!(
                    "{{name: a, annotations: {{a: b, {DEPENDS_ON_GROUPS}: {groups}}}}}"
                )),
                "web",
                "prod",
            );
            assert_eq!(marked.annotation(DEPENDS_ON_GROUPS), None);
            assert_eq!(marked.annotation("a"), Some("b"));
        }
        let only =
            applicable(&object(&format!("{{name: a, annotations: {{{DEPENDS_ON_GROUPS}: x}}}}")));
        assert_eq!(only.value.at(&["metadata", "annotations"]), Some(&Value::map()));
    }

    #[test]
    fn foreign_objects_are_refused_in_helms_words() {
        let live = object("{name: a, namespace: prod}");
        let Ownership::Unowned { why } = owner_of(&live.value, "web", "prod") else { panic!() };
        assert_eq!(
            not_importable(&live.id, &why),
            "Pod \"a\" in namespace \"prod\" exists and cannot be imported into the current release: \
             invalid ownership metadata; label validation error: missing key \
             \"app.kubernetes.io/managed-by\": must be set to \"Helm\"; annotation validation error: missing \
             key \"meta.helm.sh/release-name\": must be set to \"web\"; annotation validation error: missing \
             key \"meta.helm.sh/release-namespace\": must be set to \"prod\""
        );
        let other = with_ownership(&live, "api", "prod");
        assert_eq!(
            owner_of(&other.value, "web", "prod"),
            Ownership::Other {
                release: Some("api".to_owned()),
                namespace: Some("prod".to_owned()),
                why: "invalid ownership metadata; annotation validation error: key \
                      \"meta.helm.sh/release-name\" must equal \"web\": current value is \"api\""
                    .to_owned(),
            }
        );
    }
}
