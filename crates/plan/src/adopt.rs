//! May an object that exists already become part of the release?

use manifest::Object;
use manifest::policy::{Ownership, owner_of};
use release::Revision;

use crate::{Adoption, Live, PlanError};

/// Returns the objects that are not among the known ones. The version of the kind does not matter.
pub(crate) fn newcomers<'a>(
    objects: &'a [Object],
    known: &'a [Object],
) -> impl Iterator<Item = &'a Object> {
    let known: std::collections::BTreeSet<_> =
        known.iter().map(|object| object.id.without_version()).collect();
    objects.iter().filter(move |object| !known.contains(&object.id.without_version()))
}

/// Refuses objects that exist and are not for this release to take, all of them at once.
pub(crate) fn check(
    objects: &[Object],
    base: &[Object],
    live: &Live,
    target: &Revision,
    adoption: Adoption,
) -> Result<(), PlanError> {
    let refused: Vec<_> = newcomers(objects, base)
        .filter_map(|object| {
            let value = &live.objects.get(&object.id)?.value;
            let ownership = owner_of(value, &target.name, &target.namespace);
            Some((object.id.clone(), refusal(&ownership, adoption)?))
        })
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(PlanError::NotOwned { objects: refused }) }
}

fn refusal(ownership: &Ownership, adoption: Adoption) -> Option<String> {
    match (ownership, adoption) {
        (Ownership::Ours, _)
        | (_, Adoption::Any)
        | (Ownership::Unowned { .. }, Adoption::Unowned) => None,
        (Ownership::Unowned { why } | Ownership::Other { why, .. }, _) => Some(why.clone()),
    }
}
