//! One graph of all charts and groups, and how deep in it each is.

use std::collections::BTreeMap;

use super::Section;
use super::charts::{ChartOrder, ChartPath};
use super::groups::{Group, Groups};

/// What stands for a chart in the graph.
#[derive(Clone, Copy, Debug)]
struct Marks {
    /// Before anything of it and below it.
    begin: usize,
    /// Before its own objects.
    own: usize,
    /// After everything of it and below it.
    end: usize,
}

/// Nodes by number, with what comes after each.
#[derive(Debug, Default)]
struct Graph {
    after: Vec<Vec<usize>>,
    /// How much deeper it is behind a node: one level behind objects.
    weight: Vec<usize>,
}

impl Graph {
    fn node(&mut self, weight: usize) -> usize {
        self.after.push(Vec::new());
        self.weight.push(weight);
        self.after.len() - 1
    }

    fn edge(&mut self, first: usize, then: usize) {
        if let Some(after) = self.after.get_mut(first) {
            after.push(then);
        }
    }

    /// Returns how deep each node is; nothing when the graph goes round in a circle.
    fn depths(&self) -> Option<Vec<usize>> {
        let mut waits = vec![0_usize; self.after.len()];
        for then in self.after.iter().flatten() {
            *waits.get_mut(*then)? += 1;
        }
        let mut depths = vec![0; self.after.len()];
        let mut free: Vec<usize> =
            (0..waits.len()).filter(|node| waits.get(*node) == Some(&0)).collect();
        let mut done = 0;
        while let Some(node) = free.pop() {
            done += 1;
            let behind = depths.get(node)? + self.weight.get(node)?;
            for then in self.after.get(node)? {
                let depth = depths.get_mut(*then)?;
                *depth = behind.max(*depth);
                let waits = waits.get_mut(*then)?;
                *waits -= 1;
                if *waits == 0 {
                    free.push(*then);
                }
            }
        }
        (done == depths.len()).then_some(depths)
    }
}

/// Returns the parts of all charts with the batch that each is in; nothing when charts wait for each other.
pub(super) fn sections(
    divided: BTreeMap<ChartPath, Groups>,
    order: &ChartOrder,
) -> Option<Vec<(usize, Section)>> {
    let mut graph = Graph::default();
    let charts = charts(&mut graph, divided.keys(), order);
    let mut sections = Vec::new();
    for (path, Groups { ordered, rest }) in divided {
        let marks = *charts.get(&path)?;
        let nodes: BTreeMap<&String, usize> =
            ordered.keys().map(|name| (name, graph.node(1))).collect();
        let behind = (!rest.is_empty()).then(|| graph.node(1));
        for node in nodes.values().chain(&behind) {
            graph.edge(marks.own, *node);
            graph.edge(*node, marks.end);
        }
        for (name, group) in &ordered {
            let node = *nodes.get(name)?;
            for first in group.first.iter().filter_map(|first| nodes.get(first)) {
                graph.edge(*first, node);
            }
            if let Some(behind) = behind {
                graph.edge(node, behind);
            }
        }
        let numbers: Vec<usize> = nodes.values().copied().collect();
        let chart = path.shown();
        let groups = numbers.into_iter().zip(ordered);
        sections.extend(groups.map(|(node, (group, Group { members, .. }))| {
            (node, Section { chart: chart.clone(), group: Some(group), members })
        }));
        if let Some(node) = behind {
            sections.push((node, Section { chart, group: None, members: rest }));
        }
    }
    let depths = graph.depths()?;
    sections.into_iter().map(|(node, section)| Some((*depths.get(node)?, section))).collect()
}

/// Puts the charts in the graph: those that have objects, those that wait, and all that these are in.
fn charts<'p>(
    graph: &mut Graph,
    paths: impl Iterator<Item = &'p ChartPath>,
    order: &ChartOrder,
) -> BTreeMap<ChartPath, Marks> {
    let waiting = order.own.keys().chain(order.whole.keys()).map(|path| ChartPath::of(path));
    let mut charts = BTreeMap::new();
    for path in paths.cloned().chain(waiting) {
        let mut path = Some(path);
        while let Some(of) = path.filter(|path| !charts.contains_key(path)) {
            let marks = Marks { begin: graph.node(0), own: graph.node(0), end: graph.node(0) };
            graph.edge(marks.begin, marks.own);
            graph.edge(marks.own, marks.end);
            path = of.parent();
            charts.insert(of, marks);
        }
    }
    for (path, marks) in &charts {
        if let Some(parent) = path.parent().and_then(|parent| charts.get(&parent)) {
            graph.edge(parent.begin, marks.begin);
            graph.edge(marks.end, parent.end);
        }
    }
    for (path, names) in &order.own {
        let path = ChartPath::of(path);
        let Some(marks) = charts.get(&path) else { continue };
        for first in names.iter().filter_map(|name| charts.get(&path.sub(name))) {
            graph.edge(first.end, marks.own);
        }
    }
    for (path, names) in &order.whole {
        let path = ChartPath::of(path);
        let (Some(marks), Some(parent)) = (charts.get(&path), path.parent()) else { continue };
        for first in names.iter().filter_map(|name| charts.get(&parent.sub(name))) {
            graph.edge(first.end, marks.begin);
        }
    }
    charts
}
