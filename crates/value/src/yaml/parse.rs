//! From words to nodes.
//!
//! A document becomes a flat list of nodes, since anchors and merge keys refer to nodes and not to values.

use std::collections::HashMap;

use super::scan::Scanner;
use super::source::Source;
use super::token::{Kind, Mark, Token};
use crate::YamlError;
use crate::error::Stage;

/// How deep lists and maps may nest, aliases included.
pub(super) const MAX_DEPTH: usize = 100;

/// How many nodes a document may have; each takes some hundred bytes while it is read.
const MAX_NODES: usize = 4_000_000;

/// One document: its nodes, children after their parents, the outermost first.
pub(super) struct Tree<'a> {
    pub(super) nodes: Vec<Node>,
    pub(super) source: Source<'a>,
}

pub(super) struct Node {
    pub(super) mark: Mark,
    pub(super) content: Content,
}

pub(super) enum Content {
    Scalar(Scalar),
    List(Vec<usize>),
    /// Keys and values.
    Map(Vec<(usize, usize)>),
    /// Another node, by its number, under this name.
    Alias(usize, String),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scalar {
    pub(super) tag: Option<String>,
    pub(super) text: String,
    /// Written without quotes and without a tag, so that its text decides what it is.
    pub(super) plain: bool,
    /// Not written at all: `a:` with nothing behind it.
    pub(super) absent: bool,
}

impl Tree<'_> {
    /// Returns whether the document holds nothing, not even a written null.
    pub(super) fn is_absent(&self) -> bool {
        match self.nodes.first().map(|node| &node.content) {
            None => true,
            Some(Content::Scalar(scalar)) => scalar.absent,
            Some(_) => false,
        }
    }
}

/// Reads one document after the other.
pub(super) struct Parser<'a> {
    source: Source<'a>,
    scanner: Scanner<'a>,
    /// Handles of tags and what they stand for.
    handles: Vec<(String, String)>,
    anchors: HashMap<String, usize>,
    nodes: Vec<Node>,
    /// How many nodes a document may have.
    most: usize,
    started: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self {
            source,
            scanner: Scanner::new(source),
            handles: Vec::new(),
            anchors: HashMap::new(),
            nodes: Vec::new(),
            most: MAX_NODES,
            started: false,
        }
    }

    /// Reads the next document; `None` at the end of the text.
    pub(super) fn document(&mut self) -> Result<Option<Tree<'a>>, YamlError> {
        let first = !std::mem::replace(&mut self.started, true);
        if !first {
            while self.scanner.peek()?.kind == Kind::DocumentEnd {
                self.scanner.skip_token();
            }
        }
        match self.scanner.peek()?.kind {
            Kind::StreamEnd => return Ok(None),
            Kind::Version(..) | Kind::TagDirective(..) | Kind::DocumentStart => self.head()?,
            _ if first => {
                self.directives()?;
                self.node(true, false, 0)?;
            }
            _ => self.head()?,
        }
        if self.scanner.peek()?.kind == Kind::DocumentEnd {
            self.scanner.skip_token();
        }
        self.handles.clear();
        self.anchors.clear();
        Ok(Some(Tree { nodes: std::mem::take(&mut self.nodes), source: self.source }))
    }

    /// Reads a document that starts with `---`.
    fn head(&mut self) -> Result<(), YamlError> {
        self.directives()?;
        let token = self.scanner.next()?;
        if token.kind != Kind::DocumentStart {
            return Err(self.error(token.start, "did not find expected <document start>"));
        }
        let token = self.scanner.peek()?;
        match token.kind {
            Kind::Version(..)
            | Kind::TagDirective(..)
            | Kind::DocumentStart
            | Kind::DocumentEnd
            | Kind::StreamEnd => {
                let mark = token.start;
                self.absent(mark);
            }
            _ => {
                self.node(true, false, 0)?;
            }
        }
        Ok(())
    }

    fn directives(&mut self) -> Result<(), YamlError> {
        let mut versioned = false;
        loop {
            let Token { kind, start, .. } = self.scanner.peek()?.clone();
            match kind {
                Kind::Version(..) if versioned => {
                    return Err(self.error(start, "found duplicate %YAML directive"));
                }
                Kind::Version(1, 1) => versioned = true,
                Kind::Version(..) => {
                    return Err(self.error(start, "found incompatible YAML document"));
                }
                Kind::TagDirective(handle, _) if self.handles.iter().any(|(h, _)| *h == handle) => {
                    return Err(self.error(start, "found duplicate %TAG directive"));
                }
                Kind::TagDirective(handle, prefix) => self.handles.push((handle, prefix)),
                _ => break,
            }
            self.scanner.skip_token();
        }
        for (handle, prefix) in [("!", "!"), ("!!", super::tag::PREFIX)] {
            if !self.handles.iter().any(|(h, _)| h == handle) {
                self.handles.push((handle.to_owned(), prefix.to_owned()));
            }
        }
        Ok(())
    }

    /// Reads a node and returns its number. Block collections may stand in a `block`, lists at the column
    /// of their key where `flush`.
    fn node(&mut self, block: bool, flush: bool, depth: usize) -> Result<usize, YamlError> {
        let start = self.scanner.peek()?.start;
        if self.nodes.len() >= self.most {
            return Err(self.error(start, format!("exceeded max size of {} values", self.most)));
        }
        if let Kind::Alias(name) = &self.scanner.peek()?.kind {
            let name = name.clone();
            let Some(&target) = self.anchors.get(&name) else {
                let problem = format!("unknown anchor '{name}' referenced");
                return Err(self.source.error(start, problem, Stage::Yaml(None)));
            };
            self.scanner.skip_token();
            return Ok(self.add(start, None, Content::Alias(target, name)));
        }
        let (anchor, tag) = self.properties(start)?;
        let token = self.scanner.peek()?;
        let mark = token.start;
        let collection = match &token.kind {
            Kind::BlockEntry => flush,
            Kind::FlowListStart | Kind::FlowMapStart => true,
            Kind::BlockListStart | Kind::BlockMapStart => block,
            Kind::Scalar { text, plain } => {
                let (text, plain) = (text.clone(), *plain);
                self.scanner.skip_token();
                let implicit = (plain && tag.is_none()) || tag.as_deref() == Some("!");
                let scalar = Scalar { tag, text, plain: implicit, absent: false };
                return Ok(self.add(start, anchor, Content::Scalar(scalar)));
            }
            _ => false,
        };
        if collection {
            return self.collection(start, anchor, depth);
        }
        if anchor.is_none() && tag.is_none() {
            return Err(self.error(mark, "did not find expected node content"));
        }
        let plain = tag.is_none();
        let scalar = Scalar { tag, text: String::new(), plain, absent: false };
        Ok(self.add(start, anchor, Content::Scalar(scalar)))
    }

    /// Reads an anchor and a tag, in either order.
    fn properties(&mut self, start: Mark) -> Result<(Option<String>, Option<String>), YamlError> {
        let (mut anchor, mut tag) = (None, None);
        for _ in 0..2 {
            match &self.scanner.peek()?.kind {
                Kind::Anchor(name) if anchor.is_none() => anchor = Some(name.clone()),
                Kind::Tag(handle, suffix) if tag.is_none() => {
                    tag = Some((handle.clone(), suffix.clone()));
                }
                _ => break,
            }
            self.scanner.skip_token();
        }
        let Some((handle, suffix)) = tag else { return Ok((anchor, None)) };
        if handle.is_empty() {
            return Ok((anchor, Some(suffix).filter(|tag| !tag.is_empty())));
        }
        match self.handles.iter().find(|(known, _)| *known == handle) {
            Some((_, prefix)) => Ok((anchor, Some(format!("{prefix}{suffix}")))),
            None => Err(self.error(start, "found undefined tag handle")),
        }
    }

    fn collection(
        &mut self,
        start: Mark,
        anchor: Option<String>,
        depth: usize,
    ) -> Result<usize, YamlError> {
        if depth >= MAX_DEPTH {
            return Err(self.error(start, format!("exceeded max depth of {MAX_DEPTH}")));
        }
        // The anchor is known inside of its own node already.
        let id = self.add(start, anchor, Content::List(Vec::new()));
        let opening = self.scanner.peek()?.kind.clone();
        if opening != Kind::BlockEntry {
            self.scanner.skip_token();
        }
        let content = match opening {
            Kind::BlockListStart => Content::List(self.block_list(depth + 1)?),
            Kind::BlockMapStart => Content::Map(self.block_map(depth + 1)?),
            Kind::FlowListStart => Content::List(self.flow_list(depth + 1)?),
            Kind::FlowMapStart => Content::Map(self.flow_map(depth + 1)?),
            _ => Content::List(self.flush_list(depth + 1)?),
        };
        if let Some(node) = self.nodes.get_mut(id) {
            node.content = content;
        }
        Ok(id)
    }

    fn block_list(&mut self, depth: usize) -> Result<Vec<usize>, YamlError> {
        let mut items = Vec::new();
        loop {
            let token = self.scanner.next()?;
            match token.kind {
                Kind::BlockEntry => items.push(match self.scanner.peek()?.kind {
                    Kind::BlockEntry | Kind::BlockEnd => self.absent(token.end),
                    _ => self.node(true, false, depth)?,
                }),
                Kind::BlockEnd => return Ok(items),
                _ => return Err(self.error(token.start, "did not find expected '-' indicator")),
            }
        }
    }

    /// Reads a list whose items stand at the column of the key before it.
    fn flush_list(&mut self, depth: usize) -> Result<Vec<usize>, YamlError> {
        let mut items = Vec::new();
        while self.scanner.peek()?.kind == Kind::BlockEntry {
            let end = self.scanner.next()?.end;
            items.push(match self.scanner.peek()?.kind {
                Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => self.absent(end),
                _ => self.node(true, false, depth)?,
            });
        }
        Ok(items)
    }

    fn block_map(&mut self, depth: usize) -> Result<Vec<(usize, usize)>, YamlError> {
        let mut entries = Vec::new();
        loop {
            let token = self.scanner.next()?;
            match token.kind {
                Kind::Key => {
                    let key = self.block_map_part(token.end, depth)?;
                    let token = self.scanner.peek()?.clone();
                    let value = if token.kind == Kind::Value {
                        self.scanner.skip_token();
                        self.block_map_part(token.end, depth)?
                    } else {
                        self.absent(token.start)
                    };
                    entries.push((key, value));
                }
                Kind::BlockEnd => return Ok(entries),
                _ => return Err(self.error(token.start, "did not find expected key")),
            }
        }
    }

    fn block_map_part(&mut self, end: Mark, depth: usize) -> Result<usize, YamlError> {
        match self.scanner.peek()?.kind {
            Kind::Key | Kind::Value | Kind::BlockEnd => Ok(self.absent(end)),
            _ => self.node(true, true, depth),
        }
    }

    fn flow_list(&mut self, depth: usize) -> Result<Vec<usize>, YamlError> {
        let mut items = Vec::new();
        loop {
            if self.flow_ends(
                &Kind::FlowListEnd,
                items.is_empty(),
                "did not find expected ',' or ']'",
            )? {
                return Ok(items);
            }
            let token = self.scanner.peek()?;
            let start = token.start;
            items.push(if token.kind == Kind::Key {
                self.scanner.skip_token();
                let id = self.add(start, None, Content::List(Vec::new()));
                let entry = self.flow_pair(depth + 1)?;
                if let Some(node) = self.nodes.get_mut(id) {
                    node.content = Content::Map(vec![entry]);
                }
                id
            } else {
                self.node(false, false, depth)?
            });
        }
    }

    /// Reads a pair that is an item of a list: `[a: b]`.
    fn flow_pair(&mut self, depth: usize) -> Result<(usize, usize), YamlError> {
        let token = self.scanner.peek()?.clone();
        let key = if matches!(token.kind, Kind::Value | Kind::FlowEntry | Kind::FlowListEnd) {
            // libyaml loses this word.
            self.scanner.skip_token();
            self.absent(token.end)
        } else {
            self.node(false, false, depth)?
        };
        let value = self.flow_value(&Kind::FlowListEnd, depth)?;
        Ok((key, value))
    }

    fn flow_map(&mut self, depth: usize) -> Result<Vec<(usize, usize)>, YamlError> {
        let mut entries = Vec::new();
        loop {
            if self.flow_ends(
                &Kind::FlowMapEnd,
                entries.is_empty(),
                "did not find expected ',' or '}'",
            )? {
                return Ok(entries);
            }
            if self.scanner.peek()?.kind != Kind::Key {
                let key = self.node(false, false, depth)?;
                let mark = self.scanner.peek()?.start;
                entries.push((key, self.absent(mark)));
                continue;
            }
            self.scanner.skip_token();
            let token = self.scanner.peek()?.clone();
            let key = match token.kind {
                Kind::Value | Kind::FlowEntry | Kind::FlowMapEnd => self.absent(token.start),
                _ => self.node(false, false, depth)?,
            };
            entries.push((key, self.flow_value(&Kind::FlowMapEnd, depth)?));
        }
    }

    /// Takes the comma before an item and the end of the collection; returns whether it was the end.
    fn flow_ends(&mut self, end: &Kind, first: bool, problem: &str) -> Result<bool, YamlError> {
        if !first && self.scanner.peek()?.kind != *end {
            let token = self.scanner.next()?;
            if token.kind != Kind::FlowEntry {
                return Err(self.error(token.start, problem));
            }
        }
        let ends = self.scanner.peek()?.kind == *end;
        if ends {
            self.scanner.skip_token();
        }
        Ok(ends)
    }

    fn flow_value(&mut self, end: &Kind, depth: usize) -> Result<usize, YamlError> {
        if self.scanner.peek()?.kind == Kind::Value {
            self.scanner.skip_token();
            let token = self.scanner.peek()?;
            if token.kind != Kind::FlowEntry && token.kind != *end {
                return self.node(false, false, depth);
            }
        }
        let mark = self.scanner.peek()?.start;
        Ok(self.absent(mark))
    }

    /// Adds a node that is not written.
    fn absent(&mut self, mark: Mark) -> usize {
        let scalar = Scalar { tag: None, text: String::new(), plain: true, absent: true };
        self.add(mark, None, Content::Scalar(scalar))
    }

    fn add(&mut self, mark: Mark, anchor: Option<String>, content: Content) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Node { mark, content });
        if let Some(name) = anchor {
            self.anchors.insert(name, id);
        }
        id
    }

    fn error(&self, mark: Mark, problem: impl Into<String>) -> YamlError {
        // go-yaml forgets to count its parser's lines from one.
        self.source.error(mark, problem, Stage::Yaml((mark.line != 0).then_some(mark.line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_only_so_many_nodes() {
        let mut parser = Parser::new(Source::new("[1, 2, {a: 3}, 4]"));
        parser.most = 5;
        let error = parser.document().err().map(|error| error.helm_text());
        assert_eq!(error.as_deref(), Some("yaml: exceeded max size of 5 values"));
    }
}
