//! Charts of a release: where objects come from, and which chart waits for which.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// How deep charts may be in each other, as far as it counts here; paths come from stored texts.
const MAX_DEPTH: usize = 64;

/// Which charts wait for which. Charts are keyed by path, such as `app/charts/db`, and named as their parent names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChartOrder {
    /// The subcharts of a chart that are complete before its own objects are deployed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub own: BTreeMap<String, BTreeSet<String>>,
    /// The siblings of a chart that are complete before anything of it, or below it, is deployed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub whole: BTreeMap<String, BTreeSet<String>>,
}

impl ChartOrder {
    /// Returns whether no chart waits for another one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.whole.is_empty()
    }

    /// Adds what another revision of the release says.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in [(&mut self.own, other.own), (&mut self.whole, other.whole)] {
            for (chart, names) in theirs {
                mine.entry(chart).or_default().extend(names);
            }
        }
    }
}

/// A chart by the names that lead to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChartPath(Vec<String>);

impl ChartPath {
    /// Returns the chart that a template is of, or that a path names: `app/charts/db` of
    /// `app/charts/db/templates/a.yaml`.
    pub(super) fn of(path: &str) -> Self {
        let mut parts = path.split('/');
        let mut names: Vec<String> = parts.next().map(str::to_owned).into_iter().collect();
        while names.len() < MAX_DEPTH
            && parts.next() == Some("charts")
            && let Some(name) = parts.next()
        {
            names.push(name.to_owned());
        }
        Self(names)
    }

    /// Returns the subchart of this name.
    pub(super) fn sub(&self, name: &str) -> Self {
        let mut names = self.0.clone();
        names.push(name.to_owned());
        Self(names)
    }

    /// Returns the chart that it is in.
    pub(super) fn parent(&self) -> Option<Self> {
        let (_, names) = self.0.split_last()?;
        (!names.is_empty()).then(|| Self(names.to_vec()))
    }

    /// Returns it as people read it.
    pub(super) fn shown(&self) -> String {
        self.0.join("/")
    }

    /// Returns whether it is in another chart.
    pub(super) fn is_subchart(&self) -> bool {
        self.0.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_are_found_in_paths() {
        let check = |path: &str, shown: &str| assert_eq!(ChartPath::of(path).shown(), shown);
        check("app/templates/a.yaml", "app");
        check("app/templates/charts/b/a.yaml", "app");
        check("app/charts/db/templates/a.yaml", "app/db");
        check("app/charts/charts/charts/db/templates/a.yaml", "app/charts/db");
        check("app", "app");
        check("", "");
        let deep = format!("app{}/templates/a.yaml", "/charts/x".repeat(1000));
        assert_eq!(ChartPath::of(&deep).0.len(), MAX_DEPTH);
        assert_eq!(ChartPath::of("app/charts/db").parent(), Some(ChartPath::of("app")));
        assert_eq!(ChartPath::of("app").parent(), None);
    }
}
