//! The order among objects that annotations ask for: batches, each deployed after the one before it.
//!
//! The objects of a chart may be in groups ([`GROUP`]), which name the groups that come before them
//! ([`DEPENDS_ON_GROUPS`]); what is in no group comes after all of them. Charts may
//! wait for each other ([`ChartOrder`]). Everything is as early as it can be, so that what asks for nothing is in the
//! first batch. What the annotations say is looked at here alone; what is waited for between batches is for others.

mod charts;
mod groups;
mod layers;

use std::collections::BTreeMap;

pub use self::charts::ChartOrder;
use self::charts::ChartPath;
use self::groups::{Groups, divide};
use crate::policy::DEPENDS_ON_GROUPS;
use crate::{Document, Object};

/// Annotation with the group that an object is in.
pub const GROUP: &str = "helm.sh/resource-group";

/// What is looked at of an object.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The `# Source:` path of its template.
    pub path: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its annotation [`GROUP`].
    pub group: Option<&'a str>,
    /// Its annotation [`DEPENDS_ON_GROUPS`].
    pub depends_on: Option<&'a str>,
}

impl<'a> Member<'a> {
    /// Returns what is looked at of an object.
    #[must_use]
    pub fn of(object: &'a Object) -> Self {
        Self {
            path: &object.path,
            kind: &object.id.gvk.kind,
            name: &object.id.name,
            group: object.annotation(GROUP),
            depends_on: object.annotation(DEPENDS_ON_GROUPS),
        }
    }

    /// Returns what is looked at of a rendered document. A list counts as one object.
    #[must_use]
    pub fn of_document(document: &'a Document) -> Self {
        let annotation = |key| document.value.str_at(&["metadata", "annotations", key]);
        Self {
            path: &document.path,
            kind: document.kind(),
            name: document.value.str_at(&["metadata", "name"]).unwrap_or_default(),
            group: annotation(GROUP),
            depends_on: annotation(DEPENDS_ON_GROUPS),
        }
    }

    const fn is_plain(&self) -> bool {
        self.group.is_none() && self.depends_on.is_none()
    }
}

/// The batches, in the order of their deployment, none of them empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    /// The batches.
    pub batches: Vec<Batch>,
    /// What of the annotations could not be heeded, a sentence each.
    pub warnings: Vec<String>,
}

/// What is deployed together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Its parts, sorted by chart and group.
    pub sections: Vec<Section>,
}

impl Batch {
    /// Returns the places of its members among all, in their order.
    #[must_use]
    pub fn members(&self) -> Vec<usize> {
        let mut members: Vec<usize> =
            self.sections.iter().flat_map(|section| section.members.iter().copied()).collect();
        members.sort_unstable();
        members
    }
}

/// A group of a chart, or what is in none of its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The chart as people read it: `app/db`.
    pub chart: String,
    /// The group; `None` for the rest.
    pub group: Option<String>,
    /// The places of its members among all, in their order.
    pub members: Vec<usize>,
}

/// An order that goes round in a circle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SequenceError {
    /// Groups wait for each other.
    #[error("resource-group circular dependency detected in {chart}: cycle detected among nodes: {}", .groups.join(", "))]
    Groups {
        /// The chart as people read it.
        chart: String,
        /// The groups, sorted.
        groups: Vec<String>,
    },
    /// Charts wait for each other, as a record has it: nobody else is told of such an order.
    #[error("the recorded order of subcharts goes round in a circle")]
    Charts,
}

/// Returns whether nothing asks for an order: then there is one batch of everything.
pub fn is_plain<'a>(members: impl IntoIterator<Item = Member<'a>>, charts: &ChartOrder) -> bool {
    charts.is_empty() && members.into_iter().all(|member| member.is_plain())
}

/// Returns the batches that `members` are deployed in. Which one a member is in does not depend on their order.
pub fn sequence(members: &[Member<'_>], charts: &ChartOrder) -> Result<Sequence, SequenceError> {
    let mut of_chart: BTreeMap<ChartPath, Vec<usize>> = BTreeMap::new();
    for (place, member) in members.iter().enumerate() {
        of_chart.entry(ChartPath::of(member.path)).or_default().push(place);
    }
    let mut divided: BTreeMap<ChartPath, Groups> = BTreeMap::new();
    let mut warnings = Vec::new();
    for (chart, places) in of_chart {
        let groups = divide(&chart, members, &places, &mut warnings)?;
        divided.insert(chart, groups);
    }
    let sections = layers::sections(divided, charts).ok_or(SequenceError::Charts)?;
    let mut batches: BTreeMap<usize, Batch> = BTreeMap::new();
    for (layer, section) in sections {
        batches.entry(layer).or_default().sections.push(section);
    }
    Ok(Sequence { batches: batches.into_values().collect(), warnings })
}

#[cfg(test)]
mod tests;
