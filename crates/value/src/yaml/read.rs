//! From pieces to values: tags, anchors, merge keys, and the way of keys through JSON.
//!
//! A document is first read into a flat list of nodes, since anchors and merge keys refer to nodes and
//! not to values, and then turned into a [`Value`]. Values of aliases are shared, not copied; what they
//! would expand to is counted all the same, because whoever prints them expands them.

use std::collections::HashMap;
use std::sync::Arc;

use super::event::{Event, Events, Kind, Mark0, ScalarEvent};
use super::source::Source;
use super::{key, tag};
use crate::error::Stage;
use crate::{Map, Value, YamlError};

/// How deep lists and maps may nest, aliases included.
pub(super) const MAX_DEPTH: usize = 100;

/// How many nodes a document may expand to for each byte of its text…
const EXPANSION: usize = 10;
/// … and how many it always may.
const EXPANSION_FREE: usize = 10_000;

const MERGE_WANTS_MAP: &str = "map merge requires map or sequence of maps as the value";

/// One document: its nodes, children after their parents, the first one on top.
pub(super) struct Tree<'a> {
    pub(super) nodes: Vec<Node>,
    source: Source<'a>,
    anchors: HashMap<String, usize>,
}

pub(super) struct Node {
    pub(super) mark: Mark0,
    pub(super) content: Content,
}

pub(super) enum Content {
    Scalar(ScalarEvent),
    List(Vec<usize>),
    /// Keys and values.
    Map(Vec<(usize, usize)>),
    /// Another node, by its number, under this name.
    Alias(usize, String),
}

/// Reads the next document; `None` at the end of the text.
pub(super) fn next_tree<'a>(
    events: &mut Events<'a>,
    source: Source<'a>,
) -> Result<Option<Tree<'a>>, YamlError> {
    let start = events.next()?;
    if start.kind == Kind::StreamEnd {
        return Ok(None);
    }
    let mut tree = Tree {
        nodes: Vec::new(),
        source,
        anchors: HashMap::new(),
    };
    let first = events.next()?;
    tree.read(events, first, 0)?;
    events.next()?;
    Ok(Some(tree))
}

impl<'a> Tree<'a> {
    /// Returns whether the document holds nothing, not even a written null.
    pub(super) fn is_absent(&self) -> bool {
        self.nodes.first().is_none_or(
            |node| matches!(&node.content, Content::Scalar(s) if s.absent && s.anchor.is_none()),
        )
    }

    /// Returns the value of the document.
    pub(super) fn value(&self) -> Result<Value, YamlError> {
        let limit = EXPANSION_FREE.max(self.source.text().len().saturating_mul(EXPANSION));
        let mut decoder = Decoder {
            tree: self,
            done: HashMap::new(),
            open: Vec::new(),
            left: limit,
        };
        Ok(decoder.value(0, 0)?.value)
    }

    fn read(
        &mut self,
        events: &mut Events<'a>,
        event: Event,
        depth: usize,
    ) -> Result<usize, YamlError> {
        let Event { kind, mark } = event;
        if depth > MAX_DEPTH {
            let problem = format!("exceeded max depth of {MAX_DEPTH}");
            return Err(self
                .source
                .error(mark, problem, Stage::Yaml(Some(mark.line + 1))));
        }
        match kind {
            Kind::ListStart { anchor } => {
                let id = self.add(mark, anchor, Content::List(Vec::new()));
                let mut items = Vec::new();
                loop {
                    let event = events.next()?;
                    if event.kind == Kind::ListEnd {
                        break;
                    }
                    items.push(self.read(events, event, depth + 1)?);
                }
                self.fill(id, Content::List(items))
            }
            Kind::MapStart { anchor } => {
                let id = self.add(mark, anchor, Content::Map(Vec::new()));
                let mut entries = Vec::new();
                loop {
                    let event = events.next()?;
                    if event.kind == Kind::MapEnd {
                        break;
                    }
                    let key = self.read(events, event, depth + 1)?;
                    let event = events.next()?;
                    entries.push((key, self.read(events, event, depth + 1)?));
                }
                self.fill(id, Content::Map(entries))
            }
            Kind::Alias(name) => {
                let Some(&target) = self.anchors.get(&name) else {
                    return Err(self.error(mark, format!("unknown anchor '{name}' referenced")));
                };
                Ok(self.add(mark, None, Content::Alias(target, name)))
            }
            Kind::Scalar(mut scalar) => {
                let anchor = scalar.anchor.clone();
                scalar.absent &= scalar.tag.is_none();
                Ok(self.add(mark, anchor, Content::Scalar(scalar)))
            }
            Kind::StreamEnd
            | Kind::DocumentStart
            | Kind::DocumentEnd
            | Kind::ListEnd
            | Kind::MapEnd => Err(self.error(mark, "did not find expected node content")),
        }
    }

    fn add(&mut self, mark: Mark0, anchor: Option<String>, content: Content) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Node { mark, content });
        if let Some(name) = anchor {
            self.anchors.insert(name, id);
        }
        id
    }

    fn fill(&mut self, id: usize, content: Content) -> Result<usize, YamlError> {
        if let Some(node) = self.nodes.get_mut(id) {
            node.content = content;
        }
        Ok(id)
    }

    /// Returns an error that go-yaml reports without a line.
    fn error(&self, mark: Mark0, problem: impl Into<String>) -> YamlError {
        self.source.error(mark, problem, Stage::Yaml(None))
    }

    fn json_error(&self, mark: Mark0, problem: impl Into<String>) -> YamlError {
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
                Ok(Measured {
                    value: Value::from(list),
                    size,
                    height: height + 1,
                })
            }
            Content::Map(entries) => {
                let mut map = Map::new();
                let mut measure = (1, 0);
                self.map(entries, depth, &mut map, &mut measure)?;
                Ok(Measured {
                    value: Value::from(map),
                    size: measure.0,
                    height: measure.1 + 1,
                })
            }
        }
    }

    /// Puts `entries` into `map` in the order they are written: a later key replaces an earlier one, and
    /// so does a merge key, whatever stands before it.
    fn map(
        &mut self,
        entries: &'t [(usize, usize)],
        depth: usize,
        map: &mut Map,
        measure: &mut (usize, usize),
    ) -> Result<(), YamlError> {
        let tree = self.tree;
        for &(key, value) in entries {
            let (Some(key_node), Some(value_node)) = (tree.nodes.get(key), tree.nodes.get(value))
            else {
                continue;
            };
            if tag::is_merge(&key_node.content) {
                self.merge(value_node, depth, map, measure)?;
                continue;
            }
            let name = self.key(key, value)?;
            let value = self.value(value, depth + 1)?;
            measure.0 += 1 + value.size;
            measure.1 = measure.1.max(value.height);
            map.insert(name, value.value);
        }
        Ok(())
    }

    fn merge(
        &mut self,
        node: &'t Node,
        depth: usize,
        map: &mut Map,
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
            self.map(entries, depth, map, measure)?;
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
            None => Err(self
                .tree
                .error(node.mark, "document contains excessive aliasing")),
        }
    }

    fn scalar(&self, node: &Node, scalar: &ScalarEvent) -> Result<Value, YamlError> {
        let value = tag::value(scalar).map_err(|problem| self.tree.error(node.mark, problem))?;
        match value {
            tag::Tagged::Float(float) if !float.is_finite() => {
                let problem = format!(
                    "json: unsupported value: {}",
                    crate::number::format_g(float)
                );
                Err(self.tree.json_error(node.mark, problem))
            }
            value => Ok(value.into_value()),
        }
    }

    /// Returns the text that a key becomes in JSON.
    fn key(&self, key: usize, value: usize) -> Result<Arc<str>, YamlError> {
        let tree = self.tree;
        let resolved = self.followed(key);
        let Some(node) = tree.nodes.get(resolved) else {
            return Ok(Arc::from(""));
        };
        let Content::Scalar(scalar) = &node.content else {
            let problem = format!("invalid map key: {}", key::go_syntax(tree, resolved));
            return Err(tree.error(node.mark, problem));
        };
        let name = tag::value(scalar).map_err(|problem| tree.error(node.mark, problem))?;
        key::text(&name).ok_or_else(|| {
            let problem = key::unsupported(&name, &key::go_syntax(tree, value));
            tree.json_error(node.mark, problem)
        })
    }

    fn followed(&self, id: usize) -> usize {
        match self.tree.nodes.get(id).map(|node| &node.content) {
            Some(Content::Alias(target, _)) => *target,
            _ => id,
        }
    }
}

const fn leaf(value: Value) -> Measured {
    Measured {
        value,
        size: 1,
        height: 0,
    }
}
