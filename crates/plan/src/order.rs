//! The batches that objects are applied in, and deleted in from the last to the first.

use manifest::ready::custom;
use manifest::sequence::{self, ChartOrder, Member, Sequence};
use manifest::{Object, order};

use crate::PlanError;

/// What is applied in which order.
pub(crate) struct Ordered<'o> {
    /// The batches, each in install order; at least one.
    pub(crate) batches: Vec<Vec<&'o Object>>,
    /// What of the objects' annotations is not heeded.
    pub(crate) warnings: Vec<String>,
}

/// Returns the batches in which objects, which are in install order, are applied.
pub(crate) fn applied<'o>(
    objects: &'o [Object],
    charts: &ChartOrder,
) -> Result<Ordered<'o>, PlanError> {
    let mut ordered = match batches(objects, charts)? {
        None => Ordered { batches: vec![objects.iter().collect()], warnings: Vec::new() },
        Some(Sequence { batches, warnings }) => {
            let of = |batch: &sequence::Batch| {
                batch.members().into_iter().filter_map(|place| objects.get(place)).collect()
            };
            Ordered { batches: batches.iter().map(of).collect(), warnings }
        }
    };
    if ordered.batches.is_empty() {
        ordered.batches.push(Vec::new());
    }
    ordered.warnings.extend(objects.iter().filter_map(half_a_rule));
    Ok(ordered)
}

/// Returns the batches in which some of the previous objects are deleted, each in uninstall order. There is at least
/// one.
///
/// An order that goes round in a circle, as several revisions together may have it, is none: it keeps nobody from
/// deleting.
pub(crate) fn deleted<'o>(
    previous: &'o [Object],
    charts: &ChartOrder,
    is_dropped: impl Fn(&Object) -> bool,
) -> Vec<Vec<&'o Object>> {
    let whole = || vec![(0..previous.len()).collect()];
    let places: Vec<Vec<usize>> = match batches(previous, charts) {
        Ok(Some(sequence)) => sequence.batches.iter().rev().map(sequence::Batch::members).collect(),
        Ok(None) | Err(_) => whole(),
    };
    let mut batches: Vec<Vec<&Object>> = places
        .into_iter()
        .map(|places| {
            let objects = places.into_iter().filter_map(|place| previous.get(place));
            let mut dropped: Vec<&Object> = objects.filter(|object| is_dropped(object)).collect();
            dropped.sort_by(|a, b| order::compare_uninstall(&a.id.gvk.kind, &b.id.gvk.kind));
            dropped
        })
        .filter(|dropped| !dropped.is_empty())
        .collect();
    if batches.is_empty() {
        batches.push(Vec::new());
    }
    batches
}

/// Returns the batches of objects that ask for an order.
fn batches(objects: &[Object], charts: &ChartOrder) -> Result<Option<Sequence>, PlanError> {
    if sequence::is_plain(objects.iter().map(Member::of), charts) {
        return Ok(None);
    }
    let members: Vec<Member<'_>> = objects.iter().map(Member::of).collect();
    Ok(Some(sequence::sequence(&members, charts)?))
}

/// Returns a warning about an object whose own rule of readiness will not do what its author meant.
fn half_a_rule(object: &Object) -> Option<String> {
    let complaint = custom::complaint(&object.value)?;
    let text = complaint.about(&format!("{}/{}", object.id.gvk.kind, object.id.name));
    Some(match complaint {
        custom::Complaint::OneSided => format!("{text}; the rule of its kind decides"),
        custom::Complaint::Unreadable { .. } => text,
    })
}
