//! Where the cluster is not as the record of a release says.

use manifest::mask::MASK;
use manifest::{Object, ObjectId};
use value::Value;

use crate::fields::{Difference, What, differences, differences_by_value};
use crate::planner::Resolved;
use crate::same::{Likeness, same};
use crate::{Live, PlanError, Request};

/// An object that is not as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Drifted {
    /// Which object.
    pub object: ObjectId,
    /// Its fields that differ; none when the object does not exist. What a Secret holds is masked.
    pub fields: Vec<Difference>,
}

impl Drifted {
    /// Returns whether the object does not exist.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        self.fields.is_empty()
    }
}

/// Returns the objects of a revision that are not as it recorded them, in install order. `request` is for that
/// revision, `live` the snapshot of what [`sought`](crate::sought()) names.
///
/// Only fields of ours count. One that somebody else owns by now with the same value is no drift.
pub fn drift(request: &Request, live: &Live) -> Result<Vec<Drifted>, PlanError> {
    let resolved = Resolved::new(request, &live.scopes)?;
    let target = &request.target;
    let drifted = |object: &Object| {
        let wanted = manifest::policy::with_ownership(object, &target.name, &target.namespace);
        let Some(existing) = live.objects.get(&object.id) else {
            return Some(Drifted { object: object.id.clone(), fields: Vec::new() });
        };
        let mut fields = changed(&wanted.value, &existing.value);
        if object.id.gvk.is("", "Secret") {
            fields.iter_mut().for_each(mask);
        }
        (!fields.is_empty()).then(|| Drifted { object: object.id.clone(), fields })
    };
    Ok(resolved.objects.iter().filter_map(drifted).collect())
}

fn changed(wanted: &Value, live: &Value) -> Vec<Difference> {
    let found = differences(wanted, live, Likeness::Written);
    // Nothing of it is ours: it was written by client-side apply, or taken over as a whole.
    if found.iter().any(|of| of.path.is_empty()) {
        return differences_by_value(wanted, live);
    }
    found.into_iter().filter(differs).collect()
}

fn differs(of: &Difference) -> bool {
    match (&of.what, &of.wanted) {
        (What::Lost | What::Unclear, Some(wanted)) => {
            !same(wanted, of.live.as_ref(), Likeness::Written)
        }
        _ => true,
    }
}

fn mask(of: &mut Difference) {
    if of.path.starts_with("data") || of.path.starts_with("stringData") {
        for value in [&mut of.wanted, &mut of.live].into_iter().flatten() {
            *value = Value::from(MASK);
        }
    }
}
