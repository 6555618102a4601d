//! How an object of the release stands in the cluster: is there anything to do about it?

use std::collections::{BTreeMap, BTreeSet};

use manifest::policy::with_ownership;
use manifest::{Object, ObjectId};
use release::Revision;

use crate::fields::differences;
use crate::managers::has_stale_owner;
use crate::same::Likeness;
use crate::{LiveObject, Unchanged};

/// What earlier revisions made of each object.
pub(crate) struct Forms<'a> {
    /// By identity without version.
    of: BTreeMap<ObjectId, Vec<&'a Object>>,
    /// What the deployed revision has.
    deployed: BTreeSet<ObjectId>,
}

impl<'a> Forms<'a> {
    /// Takes the objects of the deployed revision, and those of each attempt since; namespaces are filled in.
    pub(crate) fn new(base: &'a [Object], attempts: &'a [Vec<Object>]) -> Self {
        let deployed = base.iter().map(|object| object.id.without_version()).collect();
        let mut forms = Self { of: BTreeMap::new(), deployed };
        for object in base.iter().chain(attempts.iter().flatten()) {
            forms.of.entry(object.id.without_version()).or_default().push(object);
        }
        forms
    }

    /// Returns every form an object has had.
    pub(crate) fn all(&self, id: &ObjectId) -> &[&'a Object] {
        self.of.get(&id.without_version()).map_or(&[], Vec::as_slice)
    }

    /// Returns whether an object has been applied just like this, and never otherwise since.
    fn is_known(&self, object: &Object) -> bool {
        let id = object.id.without_version();
        self.deployed.contains(&id)
            && self.all(&id).iter().all(|form| form.id == object.id && form.value == object.value)
    }
}

/// Returns the evidence that a live object is just what applying `object` would make of it; nothing when it is
/// not, or when that is not certain.
pub(crate) fn unchanged(
    object: &Object,
    forms: &Forms<'_>,
    live: &LiveObject,
    target: &Revision,
    takes_over: bool,
) -> Option<Unchanged> {
    let version = live.resource_version()?;
    let leaving = live.value.at(&["metadata", "deletionTimestamp"]).is_some();
    if leaving || has_stale_owner(&live.value, takes_over) {
        return None;
    }
    let likeness = if forms.is_known(object) { Likeness::Written } else { Likeness::Exact };
    let wanted = with_ownership(object, &target.name, &target.namespace);
    differences(&wanted.value, &live.value, likeness)
        .is_empty()
        .then(|| Unchanged { id: object.id.clone(), version: version.to_owned() })
}
