//! Tokens to trees. Follows Go's parser step by step, three tokens of look-ahead included, because its
//! messages name the line of the token that was read last.
//!
//! Here are templates and actions; what stands in an action is in [`pipeline`](crate::pipeline).

use std::sync::Arc;

use crate::ast::{Block, Branch, Command, Node, Operand, Pipe, Tree, is_empty};
use crate::error::{Error, ErrorKind, Limit, Place};
use crate::func::Funcs;
use crate::lexer::Lexer;
use crate::quote::{quote, unquote};
use crate::span::{At, Source, Span, newlines};
use crate::stack::StackGuard;
use crate::token::{Kind, Token};

/// How deeply control structures and parentheses may be nested together.
const MAX_NESTING: u32 = 1000;
/// How much of the native stack parsing may use, in bytes.
const MAX_STACK: usize = 1 << 20;
/// How large a text may be, in bytes.
const MAX_TEXT: usize = 1 << 30;
/// How many nodes a file may have; each takes some hundred bytes.
const MAX_NODES: u32 = 1_000_000;

/// A file of templates.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The templates that it defines, and as the last one the file itself.
    pub(crate) trees: Vec<Tree>,
    /// Whether that is the last one: not where the file defines a template of its own name.
    pub(crate) has_main: bool,
    /// How many nodes there are.
    pub(crate) nodes: u32,
}

/// Parses a file into the templates that it defines; the last one is the file itself.
pub(crate) fn parse(source: &Source, funcs: &Funcs) -> Result<Parsed, Error> {
    let mut lexer = Lexer::new(&source.text, &source.delims);
    lexer.break_is_keyword = funcs.find("break").is_none();
    lexer.continue_is_keyword = funcs.find("continue").is_none();
    let mut shared = Shared {
        source,
        funcs,
        lexer,
        trees: Vec::new(),
        nodes: Vec::new(),
        commands: Vec::new(),
        operands: Vec::new(),
        next_id: 0,
        nesting: 0,
        stack: StackGuard::new(MAX_STACK),
    };
    let mut parser = Parser::new(&mut shared);
    if source.text.len() > MAX_TEXT {
        return Err(parser.limit(Limit::Output));
    }
    let root = parser.file()?;
    let defined = parser.shared.trees.len();
    parser.add(source.name.clone(), root)?;
    let has_main = shared.trees.len() > defined;
    Ok(Parsed { trees: shared.trees, has_main, nodes: shared.next_id })
}

pub(crate) struct Shared<'a> {
    source: &'a Source,
    pub(crate) funcs: &'a Funcs,
    pub(crate) lexer: Lexer<'a>,
    trees: Vec<Tree>,
    // Lists that are being parsed, each on top of those around it.
    nodes: Vec<Node>,
    pub(crate) commands: Vec<Command>,
    pub(crate) operands: Vec<Operand>,
    pub(crate) next_id: u32,
    pub(crate) nesting: u32,
    stack: StackGuard,
}

/// Parses one template: each has its own look-ahead and variables.
pub(crate) struct Parser<'p, 'a> {
    pub(crate) shared: &'p mut Shared<'a>,
    pub(crate) tokens: [Token; 3],
    /// How many of them have been read ahead.
    pub(crate) peeked: usize,
    /// The variables that may be named.
    pub(crate) vars: Vec<&'a [u8]>,
    /// Those that an execution will find; the place in this list is the place in the frame.
    pub(crate) scope: Vec<&'a [u8]>,
    pub(crate) slots: usize,
    /// Where the action begins that is being read.
    action: Option<u32>,
    range_depth: u32,
}

/// What ends a list.
pub(crate) enum Stop {
    End,
    Else,
}

/// A node, or the action that ends the list it would stand in.
pub(crate) enum Item {
    Node(Node),
    Stop(Stop),
}

impl Stop {
    const fn show(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

pub(crate) type Read<T> = Result<T, Error>;

/// Takes what was added since a list was `from` long.
pub(crate) fn cut<T>(list: &mut Vec<T>, from: usize) -> Box<[T]> {
    match list.len().saturating_sub(from) {
        0 => return Box::default(),
        1 => return list.pop().map(|one| Box::from([one])).unwrap_or_default(),
        _ => {}
    }
    list.drain(from.min(list.len())..).collect()
}

impl<'p, 'a> Parser<'p, 'a> {
    fn new(shared: &'p mut Shared<'a>) -> Self {
        Self {
            shared,
            tokens: Default::default(),
            peeked: 0,
            vars: vec![b"$"],
            scope: vec![b"$"],
            slots: 1,
            action: None,
            range_depth: 0,
        }
    }

    pub(crate) fn at(&mut self, pos: u32) -> At {
        let id = self.shared.next_id;
        self.shared.next_id += 1;
        At { id, pos }
    }

    /// Returns the text of the file.
    pub(crate) fn source(&self) -> &'a [u8] {
        let source: &'a Source = self.shared.source;
        &source.text
    }

    pub(crate) fn text(&self, span: Span) -> &'a [u8] {
        span.of(self.source())
    }
}

// Errors.
impl Parser<'_, '_> {
    fn place(&self) -> Place {
        let [last, ..] = &self.tokens;
        let name = self.shared.source.name.clone();
        Place {
            file: name.clone(),
            template: name,
            line: self.line(last.pos()),
            column: None,
            span: Span { start: last.pos(), end: last.pos() },
            context: String::new(),
            text: self.shared.source.text.clone(),
            opened: None,
        }
    }

    fn line(&self, pos: u32) -> u32 {
        newlines(self.text(Span { start: 0, end: pos })).saturating_add(1)
    }

    pub(crate) fn error<T>(&self, message: impl Into<String>) -> Read<T> {
        Err(Error::new(ErrorKind::Parse, Some(self.place()), message))
    }

    fn limit(&self, limit: Limit) -> Error {
        Error::new(ErrorKind::Limit(limit), Some(self.place()), limit.to_string())
    }

    pub(crate) fn unexpected<T>(&self, token: Token, context: &str) -> Read<T> {
        if token.kind != Kind::Error {
            let shown = token.show(&self.shared.source.text);
            return self.error(format!("unexpected {shown} in {context}"));
        }
        let message = self.shared.lexer.message.clone();
        let started = self.action.map(|pos| self.line(pos));
        let extra = match started.filter(|line| *line != self.line(token.pos())) {
            Some(line) => {
                let action = if message.ends_with(" action") { "" } else { " in action" };
                format!("{action} started at {}:{line}", self.shared.source.name)
            }
            None => String::new(),
        };
        self.error(message + &extra)
    }

    fn expect(&mut self, kinds: &[Kind], context: &str) -> Read<Token> {
        let token = self.next_non_space();
        if kinds.contains(&token.kind) { Ok(token) } else { self.unexpected(token, context) }
    }

    /// Goes one level deeper; [`Self::leave`] comes back.
    pub(crate) fn enter(&mut self) -> Read<()> {
        self.shared.nesting += 1;
        if self.shared.nesting > MAX_NESTING || self.shared.stack.is_exhausted() {
            return Err(self.limit(Limit::Stack));
        }
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.shared.nesting -= 1;
    }
}

// Templates.
impl Parser<'_, '_> {
    /// Stores a template under its name, if the file has none of that name that says something.
    fn add(&mut self, name: Arc<str>, root: Block) -> Read<()> {
        let earlier = self.shared.trees.iter().position(|tree| tree.name == name);
        let is_empty = is_empty(&root, &self.shared.source.text);
        let tree = Tree { name, root, slots: self.slots, is_empty };
        match earlier.and_then(|at| self.shared.trees.get_mut(at)) {
            None => self.shared.trees.push(tree),
            Some(earlier) if earlier.is_empty => *earlier = tree,
            Some(_) if is_empty => {}
            Some(_) => {
                let name = quote(tree.name.as_bytes());
                return self.error(format!("template: multiple definition of template {name}"));
            }
        }
        Ok(())
    }

    fn file(&mut self) -> Read<Block> {
        loop {
            let token = self.next();
            match token.kind {
                Kind::Eof => return Ok(cut(&mut self.shared.nodes, 0)),
                Kind::LeftDelim => {
                    if let Some(node) = self.raw_action()? {
                        self.shared.nodes.push(node);
                        continue;
                    }
                    if !self.is_no_definition() {
                        if self.next_non_space().kind == Kind::Define {
                            Parser::new(self.shared).definition()?;
                            continue;
                        }
                        self.backup();
                    }
                }
                _ => {}
            }
            match self.text_or_action(token)? {
                Item::Node(node) => self.shared.nodes.push(node),
                Item::Stop(stop) => return self.error(format!("unexpected {}", stop.show())),
            }
        }
    }

    /// Parses what follows the keyword `define`.
    fn definition(&mut self) -> Read<()> {
        const CONTEXT: &str = "define clause";
        let name = self.expect(&[Kind::String, Kind::RawString], CONTEXT)?;
        let name = self.name_of(name)?;
        self.expect(&[Kind::RightDelim], CONTEXT)?;
        let root = self.body(CONTEXT)?;
        self.add(name, root)
    }

    /// Parses the body of a define or block, up to its end.
    fn body(&mut self, context: &str) -> Read<Block> {
        match self.item_list(self.shared.lexer.opened)? {
            (root, Stop::End) => Ok(root),
            (_, stop) => self.error(format!("unexpected {} in {context}", stop.show())),
        }
    }

    /// Returns the name of a template. Names are text; what is not UTF-8 is replaced.
    fn name_of(&self, token: Token) -> Read<Arc<str>> {
        match unquote(self.text(token.span)) {
            Ok(name) => Ok(Arc::from(String::from_utf8_lossy(&name))),
            Err(_) => self.error("invalid syntax"),
        }
    }
}

// Lists and actions.
impl Parser<'_, '_> {
    /// Parses up to the action that ends the list; the one that begins it stands at `opened`.
    fn item_list(&mut self, opened: u32) -> Read<(Block, Stop)> {
        let from = self.shared.nodes.len();
        loop {
            let token = self.next_non_space();
            if token.kind == Kind::Eof {
                break;
            }
            match self.text_or_action(token)? {
                Item::Node(node) => self.shared.nodes.push(node),
                Item::Stop(stop) => return Ok((cut(&mut self.shared.nodes, from), stop)),
            }
        }
        let place = Place { opened: Some(opened), ..self.place() };
        Err(Error::new(ErrorKind::Parse, Some(place), "unexpected EOF"))
    }

    /// Parses a text, or the rest of an action.
    fn text_or_action(&mut self, token: Token) -> Read<Item> {
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text { at: self.at(token.pos()), text: token.span })),
            Kind::LeftDelim => {
                if let Some(node) = self.raw_action()? {
                    return Ok(Item::Node(node));
                }
                self.action = Some(token.pos());
                let item = self.action()?;
                self.action = None;
                Ok(item)
            }
            _ => self.unexpected(token, "input"),
        }
    }

    /// Parses the rest of an action that is nothing but a raw string: it needs no pipeline.
    fn raw_action(&mut self) -> Read<Option<Node>> {
        if self.shared.next_id > MAX_NODES {
            return Err(self.limit(Limit::Memory));
        }
        if self.peeked > 0 {
            return Ok(None);
        }
        let quoted = self.shared.lexer.raw_action();
        Ok(quoted.map(|quoted| Node::Raw { at: self.at(quoted.start), quoted }))
    }

    fn action(&mut self) -> Read<Item> {
        if let Some(item) = self.quick_action()? {
            return Ok(item);
        }
        let token = self.next_non_space();
        Ok(Item::Node(match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.jump(token, "{{break}}")?,
            Kind::Continue => self.jump(token, "{{continue}}")?,
            Kind::Else => return self.else_action(),
            Kind::End => {
                self.expect(&[Kind::RightDelim], "end")?;
                return Ok(Item::Stop(Stop::End));
            }
            Kind::If | Kind::Range | Kind::With => self.control(token.kind)?,
            Kind::Template => self.template()?,
            _ => {
                self.backup();
                let pos = self.peek().pos();
                let at = self.at(pos);
                Node::Action { at, pipe: self.pipeline("command", Kind::RightDelim)? }
            }
        }))
    }

    fn jump(&mut self, word: Token, shown: &str) -> Read<Node> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return self.unexpected(token, shown);
        }
        if self.range_depth == 0 {
            return self.error(format!("{shown} outside {{{{range}}}}"));
        }
        let at = self.at(word.pos());
        Ok(if word.kind == Kind::Break { Node::Break(at) } else { Node::Continue(at) })
    }

    /// Parses what follows `else`; a following `if` or `with` is left for the control it belongs to.
    fn else_action(&mut self) -> Read<Item> {
        if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
            self.expect(&[Kind::RightDelim], "else")?;
        }
        Ok(Item::Stop(Stop::Else))
    }

    pub(crate) fn control(&mut self, kind: Kind) -> Read<Node> {
        self.enter()?;
        let (at, branch) = self.branch(kind)?;
        self.leave();
        let branch = Box::new(branch);
        Ok(match kind {
            Kind::If => Node::If { at, branch },
            Kind::With => Node::With { at, branch },
            _ => Node::Range { at, branch },
        })
    }

    fn branch(&mut self, kind: Kind) -> Read<(At, Branch)> {
        let context = match kind {
            Kind::If => "if",
            Kind::With => "with",
            _ => "range",
        };
        let (vars, outer) = (self.vars.len(), self.scope.len());
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let inner = self.scope.len();
        let at = self.at(pipe.at.pos);
        let is_range = u32::from(kind == Kind::Range);
        self.range_depth += is_range;
        let (list, stop) = self.item_list(self.shared.lexer.opened)?;
        self.range_depth -= is_range;
        // What the list declares may be named behind `else`, but will not be there.
        self.scope.truncate(inner);
        let other = match stop {
            Stop::End => None,
            Stop::Else => Some(self.else_list(kind)?),
        };
        self.scope.truncate(outer);
        self.vars.truncate(vars);
        Ok((at, Branch { pipe, list, other }))
    }

    fn else_list(&mut self, kind: Kind) -> Read<Block> {
        let opened = self.shared.lexer.opened;
        if kind != Kind::Range && self.peek().kind == kind {
            let _keyword = self.next();
            return Ok(Box::new([self.control(kind)?]));
        }
        match self.item_list(opened)? {
            (list, Stop::End) => Ok(list),
            (_, stop) => self.error(format!("expected end; found {}", stop.show())),
        }
    }

    fn block(&mut self) -> Read<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        self.enter()?;
        let mut inner = Parser::new(self.shared);
        let root = inner.body(CONTEXT)?;
        inner.add(name.clone(), root)?;
        self.leave();
        let at = self.at(token.pos());
        Ok(Node::Template { at, name, pipe: Some(Box::new(pipe)) })
    }

    fn template(&mut self) -> Read<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe: Option<Pipe> = if self.next_non_space().kind == Kind::RightDelim {
            None
        } else {
            self.backup();
            Some(self.pipeline(CONTEXT, Kind::RightDelim)?)
        };
        let at = self.at(token.pos());
        Ok(Node::Template { at, name, pipe: pipe.map(Box::new) })
    }

    fn template_name(&mut self, token: Token, context: &str) -> Read<Arc<str>> {
        match token.kind {
            Kind::String | Kind::RawString => self.name_of(token),
            _ => self.unexpected(token, context),
        }
    }
}
