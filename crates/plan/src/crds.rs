//! Custom resource definitions: applied first, served before they are used, never changed so that stored
//! objects would be lost.

use std::collections::BTreeSet;

use manifest::{Object, ObjectId};
use value::Value;

use crate::{Live, PlanError, Step};

const KIND: &str = "CustomResourceDefinition";
const GROUP: &str = "apiextensions.k8s.io";

fn is_crd(object: &Object) -> bool {
    object.id.gvk.kind == KIND && object.id.gvk.group == GROUP
}

/// Returns the ids of those objects that are definitions.
pub(crate) fn ids(objects: &[Object]) -> Vec<ObjectId> {
    objects.iter().filter(|object| is_crd(object)).map(|object| object.id.clone()).collect()
}

/// Returns the steps that install the definitions under `crds/`; other objects there are ignored, as in Helm's lint.
pub(crate) fn steps(crds: &[Object]) -> Vec<Step> {
    let definitions: Vec<_> = crds.iter().filter(|object| is_crd(object)).cloned().collect();
    if definitions.is_empty() {
        return Vec::new();
    }
    let objects = ids(&definitions);
    vec![Step::ApplyCrds { objects: definitions }, Step::AwaitEstablished { objects }]
}

/// Refuses a definition that would drop a version in which objects are stored, or change its scope or names.
pub(crate) fn check(crds: &[Object], live: &Live) -> Result<(), PlanError> {
    for crd in crds.iter().filter(|object| is_crd(object)) {
        let Some(existing) = live.objects.get(&crd.id) else {
            continue;
        };
        if let Some(why) = unsafe_change(&existing.value, &crd.value) {
            return Err(PlanError::UnsafeCrd { name: crd.id.name.clone(), why });
        }
    }
    Ok(())
}

fn unsafe_change(existing: &Value, wanted: &Value) -> Option<String> {
    for path in [&["spec", "scope"][..], &["spec", "names", "kind"], &["spec", "names", "plural"]] {
        let (old, new) = (existing.str_at(path)?, wanted.str_at(path).unwrap_or_default());
        if old != new {
            return Some(format!("{} would change from {old:?} to {new:?}", path.join(".")));
        }
    }
    let versions: BTreeSet<_> = wanted
        .list_at(&["spec", "versions"])
        .iter()
        .filter_map(|version| version.str_at(&["name"]))
        .collect();
    existing
        .list_at(&["status", "storedVersions"])
        .iter()
        .filter_map(Value::as_str)
        .find(|stored| !versions.contains(stored))
        .map(|lost| format!("version {lost:?} would go, in which objects are stored"))
}
