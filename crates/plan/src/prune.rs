//! What the release no longer has: deleted, unless it is kept on purpose or belongs to somebody else by now.

use std::collections::BTreeMap;

use manifest::policy::{Ownership, keep, keep_live, owner_of};
use manifest::{Object, ObjectId, Scopes};
use release::Revision;

use crate::{Doomed, Live, Skipped, Step};

/// Returns every object of some revisions once. Kinds that are no longer served are left out: nothing of them
/// can be looked at or deleted.
pub(crate) fn union<'a>(
    revisions: impl IntoIterator<Item = &'a Vec<Object>>,
    scopes: &Scopes,
    namespace: &str,
) -> Vec<Object> {
    let mut objects = BTreeMap::new();
    for object in revisions.into_iter().flatten() {
        if scopes.serves(&object.id.gvk) {
            let object = object.with_namespace(scopes, namespace);
            objects.insert(object.id.without_version(), object);
        }
    }
    let mut objects: Vec<_> = objects.into_values().collect();
    manifest::order::install_order(&mut objects);
    objects
}

/// Returns the previous objects that are not among the new ones.
pub(crate) fn dropped<'a>(
    previous: &'a [Object],
    objects: &'a [Object],
) -> impl Iterator<Item = &'a Object> {
    crate::adopt::newcomers(previous, objects)
}

/// What is deleted, and what stays.
#[derive(Default)]
pub(crate) struct Pruned {
    pub(crate) steps: Vec<Step>,
    pub(crate) objects: Vec<ObjectId>,
    pub(crate) skipped: Vec<Skipped>,
}

/// Sorts the dropped objects that exist into those to delete and those to leave.
///
/// There is a step for each kind that is dropped, even when nothing of it exists any more, so that a plan
/// that is made anew half-way has the same steps.
pub(crate) fn doomed(
    previous: &[Object],
    objects: &[Object],
    live: &Live,
    target: &Revision,
) -> Pruned {
    let mut pruned = Pruned::default();
    let mut dropped: Vec<_> = dropped(previous, objects).cloned().collect();
    manifest::order::uninstall_order(&mut dropped);
    for batch in dropped.chunk_by(|a, b| a.id.gvk.kind == b.id.gvk.kind) {
        let mut doomed = Vec::new();
        for object in batch {
            let Some(existing) = live.objects.get(&object.id) else {
                continue;
            };
            let object_id = object.id.clone();
            if keep_live(&existing.value) || keep(object) {
                pruned.skipped.push(Skipped::Kept { object: object_id });
            } else if owner_of(&existing.value, &target.name, &target.namespace) != Ownership::Ours
            {
                pruned.skipped.push(Skipped::Foreign { object: object_id });
            } else {
                pruned.objects.push(object_id.clone());
                doomed.push(Doomed { uid: existing.uid().map(str::to_owned), id: object_id });
            }
        }
        if let Some(first) = batch.first() {
            pruned.steps.push(Step::Delete { kind: first.id.gvk.kind.clone(), objects: doomed });
        }
    }
    pruned
}
