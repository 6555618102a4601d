//! What the release no longer has: deleted, unless it is kept on purpose or belongs to somebody else by now.

use std::collections::{BTreeMap, BTreeSet};

use manifest::policy::{Ownership, keep, keep_live, owner_of};
use manifest::sequence::ChartOrder;
use manifest::{Object, ObjectId, Scopes};
use release::Revision;

use crate::{Doomed, Live, Skipped, Step, order};

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
    pub(crate) batches: Vec<Batch>,
    pub(crate) skipped: Vec<Skipped>,
}

/// What is deleted before anything else.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) steps: Vec<Step>,
    pub(crate) objects: Vec<ObjectId>,
}

/// Sorts the dropped objects that exist into those to delete and those to leave. What was applied last goes first.
///
/// There is a step for each kind that is dropped, even when nothing of it exists any more, so that a plan
/// that is made anew half-way has the same steps.
pub(crate) fn doomed(
    previous: &[Object],
    objects: &[Object],
    charts: &ChartOrder,
    live: &Live,
    target: &Revision,
) -> Pruned {
    let mut pruned = Pruned::default();
    let dropped: BTreeSet<_> = dropped(previous, objects).map(|object| &object.id).collect();
    let batches = order::deleted(previous, charts, |object| dropped.contains(&object.id));
    for (number, objects) in batches.into_iter().enumerate() {
        let mut batch = Batch::default();
        for objects in objects.chunk_by(|a, b| a.id.gvk.kind == b.id.gvk.kind) {
            let doomed: Vec<Doomed> = objects
                .iter()
                .filter_map(|object| one(object, live, target, &mut pruned.skipped))
                .collect();
            batch.objects.extend(doomed.iter().map(|doomed| doomed.id.clone()));
            if let Some(first) = objects.first() {
                let kind = first.id.gvk.kind.clone();
                batch.steps.push(Step::Delete { kind, objects: doomed, batch: number });
            }
        }
        pruned.batches.push(batch);
    }
    pruned
}

/// Returns what is deleted of an object that is dropped, if it is there and ours to delete.
fn one(
    object: &Object,
    live: &Live,
    target: &Revision,
    skipped: &mut Vec<Skipped>,
) -> Option<Doomed> {
    let existing = live.objects.get(&object.id)?;
    let id = object.id.clone();
    if keep_live(&existing.value) || keep(object) {
        skipped.push(Skipped::Kept { object: id });
    } else if owner_of(&existing.value, &target.name, &target.namespace) != Ownership::Ours {
        skipped.push(Skipped::Foreign { object: id });
    } else {
        return Some(Doomed { uid: existing.uid().map(str::to_owned), id });
    }
    None
}
