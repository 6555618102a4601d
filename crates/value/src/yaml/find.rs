//! Where in a text a value stands.

use super::parse::{Content, MAX_DEPTH, Tree};
use super::token::Mark;
use super::{key, tag};

/// How many aliases and merge keys are followed before the search gives up.
const MAX_ALIASES: usize = 1000;

/// Returns where the value at `path` is written: map keys, and positions of lists as decimal numbers. A value
/// that begins on a line below its key is where the key is.
pub(super) fn find(tree: &Tree<'_>, path: &[&str]) -> Option<Mark> {
    let mut search = Search { tree, left: MAX_ALIASES };
    let top = Found { key: None, value: 0 };
    let found = path.iter().try_fold(top, |found, step| search.child(found.value, step, 0))?;
    let mark = |id: usize| tree.nodes.get(id).map(|node| node.mark);
    let value = mark(found.value)?;
    Some(found.key.and_then(mark).filter(|key| key.line < value.line).unwrap_or(value))
}

/// A node below another one.
#[derive(Clone, Copy)]
struct Found {
    key: Option<usize>,
    value: usize,
}

struct Search<'t, 'a> {
    tree: &'t Tree<'a>,
    left: usize,
}

impl Search<'_, '_> {
    fn child(&mut self, id: usize, step: &str, depth: usize) -> Option<Found> {
        let tree = self.tree;
        match &tree.nodes.get(id)?.content {
            Content::Scalar(_) => None,
            Content::Alias(target, _) => {
                self.follow(depth)?;
                self.child(*target, step, depth + 1)
            }
            Content::List(items) => {
                let value = *items.get(step.parse::<usize>().ok()?)?;
                Some(Found { key: None, value })
            }
            Content::Map(entries) => entries.iter().rev().find_map(|&(key, value)| {
                if tag::is_merge(&tree.nodes.get(key)?.content) {
                    return self.merged(value, step, depth);
                }
                let is_it = name(tree, key).as_deref() == Some(step);
                is_it.then_some(Found { key: Some(key), value })
            }),
        }
    }

    /// Looks into what a merge key refers to.
    fn merged(&mut self, id: usize, step: &str, depth: usize) -> Option<Found> {
        self.follow(depth)?;
        let tree = self.tree;
        match &tree.nodes.get(id)?.content {
            Content::List(items) => {
                items.iter().find_map(|item| self.child(*item, step, depth + 1))
            }
            _ => self.child(id, step, depth + 1),
        }
    }

    fn follow(&mut self, depth: usize) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        (depth <= MAX_DEPTH).then_some(())
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
