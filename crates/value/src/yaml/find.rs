//! Where in a text a value stands.

use super::parse::{Content, Tree};
use super::token::Mark;
use super::{key, tag};

/// How many aliases are followed before the search gives up.
const MAX_ALIASES: usize = 100;

/// Returns where the value at `path` is written: map keys, and positions of lists as decimal numbers.
pub(super) fn find(tree: &Tree<'_>, path: &[&str]) -> Option<Mark> {
    let mut id = 0;
    for step in path {
        id = child(tree, id, step, MAX_ALIASES)?;
    }
    tree.nodes.get(id).map(|node| node.mark)
}

fn child(tree: &Tree<'_>, id: usize, step: &str, aliases: usize) -> Option<usize> {
    match &tree.nodes.get(id)?.content {
        Content::Scalar(_) => None,
        Content::Alias(target, _) => child(tree, *target, step, aliases.checked_sub(1)?),
        Content::List(items) => items.get(step.parse::<usize>().ok()?).copied(),
        Content::Map(entries) => entries.iter().rev().find_map(|&(key, value)| {
            let content = &tree.nodes.get(key)?.content;
            if tag::is_merge(content) {
                return merged(tree, value, step, aliases.checked_sub(1)?);
            }
            (name(tree, key).as_deref() == Some(step)).then_some(value)
        }),
    }
}

/// Looks into what a merge key refers to.
fn merged(tree: &Tree<'_>, id: usize, step: &str, aliases: usize) -> Option<usize> {
    match &tree.nodes.get(id)?.content {
        Content::List(items) => items.iter().find_map(|item| child(tree, *item, step, aliases)),
        _ => child(tree, id, step, aliases),
    }
}

fn name(tree: &Tree<'_>, id: usize) -> Option<std::sync::Arc<str>> {
    match &tree.nodes.get(id)?.content {
        Content::Scalar(scalar) => key::text(&tag::value(scalar).ok()?),
        Content::Alias(target, _) => match &tree.nodes.get(*target)?.content {
            Content::Scalar(scalar) => key::text(&tag::value(scalar).ok()?),
            _ => None,
        },
        _ => None,
    }
}
