//! Keys that a map has twice, which only strict readers mind.

use std::collections::HashSet;

use super::key;
use super::parse::{Content, MAX_DEPTH, Tree};
use super::tag;

/// Returns what go-yaml's strict reader says about keys that are there already, in its order: those of a
/// value before those of the map that it is in.
pub(super) fn keys(tree: &Tree<'_>) -> Vec<String> {
    let mut found = Vec::new();
    visit(tree, 0, 0, &mut found);
    found
}

fn visit(tree: &Tree<'_>, id: usize, depth: usize, found: &mut Vec<String>) {
    if depth > MAX_DEPTH {
        return;
    }
    match tree.nodes.get(id).map(|node| &node.content) {
        None | Some(Content::Scalar(_) | Content::Alias(..)) => {}
        Some(Content::List(items)) => {
            for item in items {
                visit(tree, *item, depth + 1, found);
            }
        }
        Some(Content::Map(entries)) => {
            let mut seen = HashSet::new();
            for &(key, value) in entries {
                visit(tree, value, depth + 1, found);
                let (Some(key_node), Some(value_node)) =
                    (tree.nodes.get(key), tree.nodes.get(value))
                else {
                    continue;
                };
                if tag::is_merge(&key_node.content) {
                    continue;
                }
                let name = key::go_syntax(tree, key);
                if !seen.insert(name.clone()) {
                    let line = value_node.mark.line + 1;
                    found.push(format!("line {line}: key {name} already set in map"));
                }
            }
        }
    }
}
