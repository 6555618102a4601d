//! From nodes to values: tags, aliases, merge keys, and the way of keys through JSON.
//!
//! Values of aliases are shared, not copied; what they would expand to is counted all the same, because
//! whoever prints them expands them.

use std::collections::HashMap;
use std::sync::Arc;

use super::parse::{Content, MAX_DEPTH, Node, Scalar, Tree};
use super::tag::Tagged;
use super::token::Mark;
use super::{key, tag};
use crate::error::Stage;
use crate::number::format_g;
use crate::{Map, Value, YamlError};

/// How many nodes a document may expand to for each byte of its text…
const EXPANSION: usize = 10;
/// … and how many it always may.
const EXPANSION_FREE: usize = 10_000;

const MERGE_WANTS_MAP: &str = "map merge requires map or sequence of maps as the value";

/// Returns the value of a document.
pub(super) fn value(tree: &Tree<'_>) -> Result<Value, YamlError> {
    let limit = EXPANSION_FREE.max(tree.source.text().len().saturating_mul(EXPANSION));
    let mut decoder =
        Decoder { tree, done: HashMap::new(), open: Vec::new(), left: limit, refused: None };
    let value = decoder.value(0, 0)?.value;
    decoder.refused.map_or(Ok(value), Err)
}

impl Tree<'_> {
    /// Returns an error that go-yaml reports without a line.
    fn error(&self, mark: Mark, problem: impl Into<String>) -> YamlError {
        self.source.error(mark, problem, Stage::Yaml(None))
    }

    fn json_error(&self, mark: Mark, problem: impl Into<String>) -> YamlError {
        self.source.error(mark, problem, Stage::Json)
    }
}

/// A value with what it costs whoever walks it.
#[derive(Clone)]
struct Measured {
    value: Value,
    size: usize,
    height: usize,
}

struct Decoder<'t, 'a> {
    tree: &'t Tree<'a>,
    /// Values of nodes that an alias has asked for.
    done: HashMap<usize, Measured>,
    /// Aliases being followed.
    open: Vec<usize>,
    /// How many more nodes the document may expand to.
    left: usize,
    /// The first thing that JSON cannot have; said only when the YAML is without mistakes.
    refused: Option<YamlError>,
}

impl<'t> Decoder<'t, '_> {
    fn value(&mut self, id: usize, depth: usize) -> Result<Measured, YamlError> {
        let tree = self.tree;
        let Some(node) = tree.nodes.get(id) else {
            return Ok(leaf(Value::Null));
        };
        self.spend(node, 1)?;
        match &node.content {
            Content::Scalar(scalar) => Ok(leaf(self.scalar(node, scalar)?)),
            Content::Alias(target, name) => self.alias(node, *target, name, depth),
            Content::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                let (mut size, mut height) = (1, 0);
                for item in items {
                    let item = self.value(*item, depth + 1)?;
                    size += item.size;
                    height = height.max(item.height);
                    list.push(item.value);
                }
                Ok(Measured { value: Value::from(list), size, height: height + 1 })
            }
            Content::Map(entries) => {
                let mut found = Vec::with_capacity(entries.len());
                let mut measure = (1, 0);
                self.map(entries, depth, &mut found, &mut measure)?;
                let value = Value::from(Map::from_iter(found));
                Ok(Measured { value, size: measure.0, height: measure.1 + 1 })
            }
        }
    }

    /// Puts `entries` into `found` in the order they are written: a later key replaces an earlier one, and
    /// so does a merge key, whatever stands before it.
    fn map(
        &mut self,
        entries: &'t [(usize, usize)],
        depth: usize,
        found: &mut Vec<(Arc<str>, Value)>,
        measure: &mut (usize, usize),
    ) -> Result<(), YamlError> {
        let tree = self.tree;
        for &(key, value) in entries {
            let (Some(key_node), Some(value_node)) = (tree.nodes.get(key), tree.nodes.get(value))
            else {
                continue;
            };
            if tag::is_merge(&key_node.content) {
                self.merge(value_node, depth, found, measure)?;
                continue;
            }
            let name = self.key(key, value, depth + 1)?;
            let value = self.value(value, depth + 1)?;
            measure.0 += 1 + value.size;
            measure.1 = measure.1.max(value.height);
            found.push((name, value.value));
        }
        Ok(())
    }

    fn merge(
        &mut self,
        node: &'t Node,
        depth: usize,
        found: &mut Vec<(Arc<str>, Value)>,
        measure: &mut (usize, usize),
    ) -> Result<(), YamlError> {
        let tree = self.tree;
        let mut sources = Vec::new();
        match &node.content {
            Content::List(items) => {
                // The first of the list wins, so it comes last.
                sources.extend(items.iter().rev().filter_map(|item| tree.nodes.get(*item)));
            }
            _ => sources.push(node),
        }
        for source in sources {
            let (target, entries) = match &source.content {
                Content::Map(entries) => (None, entries),
                Content::Alias(target, name) => match tree.nodes.get(*target).map(|n| &n.content) {
                    Some(Content::Map(entries)) => (Some((*target, name)), entries),
                    _ => return Err(tree.error(source.mark, MERGE_WANTS_MAP)),
                },
                Content::Scalar(_) | Content::List(_) => {
                    return Err(tree.error(source.mark, MERGE_WANTS_MAP));
                }
            };
            self.spend(source, 1)?;
            if let Some((target, name)) = target {
                self.enter(source, target, name)?;
            }
            self.map(entries, depth, found, measure)?;
            if target.is_some() {
                self.open.pop();
            }
        }
        Ok(())
    }

    fn alias(
        &mut self,
        node: &Node,
        target: usize,
        name: &str,
        depth: usize,
    ) -> Result<Measured, YamlError> {
        if let Some(known) = self.done.get(&target).cloned() {
            self.spend(node, known.size)?;
            return self.fitting(node, known, depth);
        }
        self.enter(node, target, name)?;
        // Its height is checked where it is used: measured from here, it could only be too strict.
        let value = self.value(target, depth)?;
        self.open.pop();
        self.done.insert(target, value.clone());
        self.fitting(node, value, depth)
    }

    fn enter(&mut self, node: &Node, target: usize, name: &str) -> Result<(), YamlError> {
        if self.open.contains(&target) {
            let problem = format!("anchor '{name}' value contains itself");
            return Err(self.tree.error(node.mark, problem));
        }
        if self.open.len() >= MAX_DEPTH {
            let problem = format!("exceeded max depth of {MAX_DEPTH}");
            return Err(self.tree.error(node.mark, problem));
        }
        self.open.push(target);
        Ok(())
    }

    fn fitting(&self, node: &Node, value: Measured, depth: usize) -> Result<Measured, YamlError> {
        if depth + value.height > MAX_DEPTH {
            let problem = format!("exceeded max depth of {MAX_DEPTH}");
            return Err(self.tree.error(node.mark, problem));
        }
        Ok(value)
    }

    fn spend(&mut self, node: &Node, size: usize) -> Result<(), YamlError> {
        match self.left.checked_sub(size) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.tree.error(node.mark, "document contains excessive aliasing")),
        }
    }

    fn scalar(&mut self, node: &Node, scalar: &Scalar) -> Result<Value, YamlError> {
        let value = tag::value(scalar).map_err(|problem| self.tree.error(node.mark, problem))?;
        if let Tagged::Float(float) = value
            && !float.is_finite()
        {
            self.refuse(node.mark, format!("json: unsupported value: {}", format_g(float)));
        }
        Ok(value.into_value())
    }

    /// Returns the text that a key becomes in JSON.
    fn key(&mut self, key: usize, value: usize, depth: usize) -> Result<Arc<str>, YamlError> {
        let tree = self.tree;
        let resolved = self.followed(key);
        let Some(node) = tree.nodes.get(resolved) else { return Ok(Arc::from("")) };
        let Content::Scalar(scalar) = &node.content else {
            // Mistakes inside of the key come first.
            self.value(key, depth)?;
            let problem = format!("invalid map key: {}", key::go_syntax(tree, resolved));
            return Err(tree.error(node.mark, problem));
        };
        let name = tag::value(scalar).map_err(|problem| tree.error(node.mark, problem))?;
        Ok(key::text(&name).unwrap_or_else(|| {
            self.refuse(node.mark, key::unsupported(&name, &key::go_syntax(tree, value)));
            Arc::from("")
        }))
    }

    fn refuse(&mut self, mark: Mark, problem: String) {
        if self.refused.is_none() {
            self.refused = Some(self.tree.json_error(mark, problem));
        }
    }

    fn followed(&self, id: usize) -> usize {
        match self.tree.nodes.get(id).map(|node| &node.content) {
            Some(Content::Alias(target, _)) => *target,
            _ => id,
        }
    }
}

const fn leaf(value: Value) -> Measured {
    Measured { value, size: 1, height: 0 }
}
