//! The groups of one chart: which of them have a place in the order, and what comes after them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use value::json;

use super::charts::ChartPath;
use super::{GROUP, Member, SequenceError};
use crate::policy::DEPENDS_ON_GROUPS;

/// The members of a chart, divided.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// The groups that have a place in the order, by name.
    pub(super) ordered: BTreeMap<String, Group>,
    /// The places of all others among all members.
    pub(super) rest: Vec<usize>,
}

/// A group.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The places of its members among all.
    pub(super) members: Vec<usize>,
    /// The groups that come before it.
    pub(super) first: BTreeSet<String>,
}

/// Divides the members of a chart, which are at `places`.
pub(super) fn divide(
    chart: &ChartPath,
    members: &[Member<'_>],
    places: &[usize],
    warnings: &mut Vec<String>,
) -> Result<Groups, SequenceError> {
    let mut division =
        Division { chart, groups: Groups::default(), wanted: BTreeSet::new(), warnings };
    for &place in places {
        if let Some(member) = members.get(place) {
            division.add(place, member);
        }
    }
    if let Some(groups) = cycle(&division.groups.ordered) {
        return Err(SequenceError::Groups { chart: chart.shown(), groups });
    }
    division.demote();
    division.take_isolated();
    let mut groups = division.groups;
    groups.rest.sort_unstable();
    Ok(groups)
}

struct Division<'d> {
    chart: &'d ChartPath,
    groups: Groups,
    /// The groups that something comes after, whatever became of that.
    wanted: BTreeSet<String>,
    warnings: &'d mut Vec<String>,
}

impl Division<'_> {
    fn warn(&mut self, text: &str) {
        let place = if self.chart.is_subchart() {
            format!(" (chart {})", self.chart.shown())
        } else {
            String::new()
        };
        self.warnings.push(format!("sequencing: {text}{place}"));
    }

    fn add(&mut self, place: usize, member: &Member<'_>) {
        let Member { kind, name, .. } = member;
        let first = match member.depends_on.map(json::texts) {
            None => Vec::new(),
            Some(Some(first)) => first,
            Some(None) => {
                self.warn(&format!(
                    "annotation {DEPENDS_ON_GROUPS:?} of {kind}/{name} is no JSON array of texts; moving the object to \
                     unsequenced batch"
                ));
                return self.groups.rest.push(place);
            }
        };
        self.wanted.extend(first.iter().cloned());
        if let Some(group) = member.group.filter(|group| !group.is_empty()) {
            let group = self.groups.ordered.entry(group.to_owned()).or_default();
            group.members.push(place);
            group.first.extend(first);
            return;
        }
        if member.depends_on.is_some() {
            self.warn(&format!(
                "{kind}/{name} has {DEPENDS_ON_GROUPS:?} and no {GROUP:?}; moving the object to unsequenced batch"
            ));
        }
        self.groups.rest.push(place);
    }

    /// Moves the groups to the rest that wait for what is not there, and those that wait for such groups.
    fn demote(&mut self) {
        let mut waiting: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut lost = VecDeque::new();
        for (name, group) in &self.groups.ordered {
            for first in &group.first {
                if self.groups.ordered.contains_key(first) {
                    waiting.entry(first.clone()).or_default().push(name.clone());
                } else {
                    lost.push_back((name.clone(), format!("non-existent group {first:?}")));
                }
            }
        }
        while let Some((name, why)) = lost.pop_front() {
            let Some(group) = self.groups.ordered.remove(&name) else { continue };
            self.groups.rest.extend(group.members);
            self.warn(&format!(
                "group {name:?} depends-on {why}; moving group to unsequenced batch"
            ));
            let why = format!("group {name:?}, which is not sequenced");
            let next = waiting.remove(&name).unwrap_or_default();
            lost.extend(next.into_iter().map(|next| (next, why.clone())));
        }
    }

    /// Moves the groups to the rest that wait for nothing and that nothing waits for.
    fn take_isolated(&mut self) {
        let isolated: Vec<String> = self
            .groups
            .ordered
            .iter()
            .filter(|(name, group)| group.first.is_empty() && !self.wanted.contains(*name))
            .map(|(name, _)| name.clone())
            .collect();
        for name in isolated {
            let group = self.groups.ordered.remove(&name).unwrap_or_default();
            self.groups.rest.extend(group.members);
            self.warn(&format!(
                "resource-group {name:?} is isolated (no depends-on edges and no dependents); deploying it in the \
                 unsequenced batch after sequenced groups"
            ));
        }
    }
}

/// Returns the groups that wait for each other, sorted.
fn cycle(groups: &BTreeMap<String, Group>) -> Option<Vec<String>> {
    let edges = |from: &str| groups.get(from).map(|group| &group.first).into_iter().flatten();
    let mut back: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, group) in groups {
        for first in group.first.iter().filter(|first| groups.contains_key(*first)) {
            back.entry(first).or_default().push(name);
        }
    }
    // What is no part of a cycle runs out of groups in one of the two directions.
    let forward = peel(groups.keys().map(String::as_str).collect(), |name| {
        edges(name).map(String::as_str).filter(|first| groups.contains_key(*first)).collect()
    });
    let both = peel(forward.clone(), |name| {
        let waiting = back.get(name).into_iter().flatten().copied();
        waiting.filter(|name| forward.contains(name)).collect()
    });
    (!both.is_empty()).then(|| both.into_iter().map(str::to_owned).collect())
}

/// Takes out what has no edge to anything that is left, until nothing changes.
fn peel<'n>(nodes: BTreeSet<&'n str>, edges: impl Fn(&str) -> Vec<&'n str>) -> BTreeSet<&'n str> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let mut back: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for &node in &nodes {
        let targets = edges(node);
        count.insert(node, targets.len());
        for target in targets {
            back.entry(target).or_default().push(node);
        }
    }
    let mut left = nodes;
    let mut free: Vec<&str> =
        left.iter().copied().filter(|node| count.get(node) == Some(&0)).collect();
    while let Some(node) = free.pop() {
        left.remove(node);
        for &waiting in back.get(node).into_iter().flatten() {
            if let Some(count) = count.get_mut(waiting) {
                *count -= 1;
                if *count == 0 {
                    free.push(waiting);
                }
            }
        }
    }
    left
}
