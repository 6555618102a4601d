//! Tokens to trees. Follows Go's parser step by step, three tokens of look-ahead included, because its
//! messages name the line of the token that was read last.

use std::sync::Arc;

use crate::ast::{Branch, Command, List, Node, Operand, Part, Pipe, Tree};
use crate::error::{Error, ErrorKind, Limit, Place};
use crate::lexer::Lexer;
use crate::number::Number;
use crate::quote::{quote, unquote};
use crate::span::{At, Source, Span, small};
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
///
/// `known` tells which functions there are.
pub(crate) fn parse(source: &Source, known: &dyn Fn(&str) -> bool) -> Result<Parsed, Error> {
    let mut lexer = Lexer::new(&source.text, &source.delims);
    lexer.break_is_keyword = !known("break");
    lexer.continue_is_keyword = !known("continue");
    let mut shared = Shared {
        source,
        known,
        lexer,
        trees: Vec::new(),
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

struct Shared<'a> {
    source: &'a Source,
    known: &'a dyn Fn(&str) -> bool,
    lexer: Lexer<'a>,
    trees: Vec<Tree>,
    next_id: u32,
    nesting: u32,
    stack: StackGuard,
}

/// Parses one template: each has its own look-ahead and variables.
struct Parser<'p, 'a> {
    shared: &'p mut Shared<'a>,
    tokens: [Token<'a>; 3],
    peeked: usize,
    vars: Vec<String>,
    action_line: u32,
    range_depth: u32,
}

/// What ends a list.
enum Stop {
    End,
    Else,
}

/// A node, or the action that ends the list it would stand in.
enum Item {
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

type Read<T> = Result<T, Error>;

impl<'p, 'a> Parser<'p, 'a> {
    fn new(shared: &'p mut Shared<'a>) -> Self {
        Self {
            shared,
            tokens: Default::default(),
            peeked: 0,
            vars: vec!["$".to_owned()],
            action_line: 0,
            range_depth: 0,
        }
    }

    // Tokens.

    fn at(&mut self, pos: u32) -> At {
        let id = self.shared.next_id;
        self.shared.next_id += 1;
        At { id, pos }
    }

    fn slot(&self, index: usize) -> Token<'a> {
        self.tokens.get(index).cloned().unwrap_or_default()
    }

    fn read(&mut self) {
        let [first, ..] = &mut self.tokens;
        *first = self.shared.lexer.next_token();
    }

    fn next(&mut self) -> Token<'a> {
        if self.peeked > 0 {
            self.peeked -= 1;
        } else {
            self.read();
        }
        self.slot(self.peeked)
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    fn backup2(&mut self, earlier: Token<'a>) {
        let [_, second, _] = &mut self.tokens;
        *second = earlier;
        self.peeked = 2;
    }

    fn backup3(&mut self, earliest: Token<'a>, earlier: Token<'a>) {
        let [_, second, third] = &mut self.tokens;
        *second = earlier;
        *third = earliest;
        self.peeked = 3;
    }

    fn peek(&mut self) -> Token<'a> {
        if self.peeked == 0 {
            self.peeked = 1;
            self.read();
        }
        self.slot(self.peeked - 1)
    }

    fn peek_kind(&mut self) -> Kind {
        if self.peeked == 0 {
            self.peeked = 1;
            self.read();
        }
        self.tokens.get(self.peeked - 1).map_or(Kind::Eof, |token| token.kind)
    }

    fn next_non_space(&mut self) -> Token<'a> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token<'a> {
        let token = self.next_non_space();
        self.backup();
        token
    }

    // Errors.

    fn place(&self) -> Place {
        let [last, ..] = &self.tokens;
        let name = self.shared.source.name.clone();
        Place {
            file: name.clone(),
            template: name,
            line: last.line,
            column: None,
            span: Span { start: last.pos, end: last.pos },
            context: String::new(),
            text: self.shared.source.text.clone(),
            opened: None,
        }
    }

    fn error<T>(&self, message: impl Into<String>) -> Read<T> {
        Err(Error::new(ErrorKind::Parse, Some(self.place()), message))
    }

    fn limit(&self, limit: Limit) -> Error {
        Error::new(ErrorKind::Limit(limit), Some(self.place()), limit.to_string())
    }

    fn unexpected<T>(&self, token: &Token<'a>, context: &str) -> Read<T> {
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {} in {context}", token.show()));
        }
        let message = token.show();
        let mut extra = String::new();
        if self.action_line != 0 && self.action_line != token.line {
            let action = if message.ends_with(" action") { "" } else { " in action" };
            let name = &self.shared.source.name;
            extra = format!("{action} started at {name}:{}", self.action_line);
        }
        self.error(message + &extra)
    }

    fn expect(&mut self, kinds: &[Kind], context: &str) -> Read<Token<'a>> {
        let token = self.next_non_space();
        if kinds.contains(&token.kind) { Ok(token) } else { self.unexpected(&token, context) }
    }

    /// Goes one level deeper; [`Self::leave`] comes back.
    fn enter(&mut self) -> Read<()> {
        self.shared.nesting += 1;
        if self.shared.nesting > MAX_NESTING || self.shared.stack.is_exhausted() {
            return Err(self.limit(Limit::Stack));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.shared.nesting -= 1;
    }

    // Templates.

    /// Stores a template under its name, if the file has none of that name that says something.
    fn add(&mut self, name: Arc<str>, root: List) -> Read<()> {
        let earlier = self.shared.trees.iter().position(|tree| tree.name == name);
        let tree = Tree { name, root };
        match earlier.and_then(|at| self.shared.trees.get_mut(at)) {
            None => self.shared.trees.push(tree),
            Some(earlier) if earlier.root.is_empty() => *earlier = tree,
            Some(_) if tree.root.is_empty() => {}
            Some(_) => {
                let name = quote(tree.name.as_bytes());
                return self.error(format!("template: multiple definition of template {name}"));
            }
        }
        Ok(())
    }

    fn file(&mut self) -> Read<List> {
        let mut list = List::default();
        loop {
            match self.peek_kind() {
                Kind::Eof => return Ok(list),
                Kind::LeftDelim => {
                    let delim = self.next();
                    if self.next_non_space().kind == Kind::Define {
                        Parser::new(self.shared).definition()?;
                        continue;
                    }
                    self.backup2(delim);
                }
                _ => {}
            }
            match self.text_or_action()? {
                Item::Node(node) => list.nodes.push(node),
                Item::Stop(stop) => return self.error(format!("unexpected {}", stop.show())),
            }
        }
    }

    /// Parses what follows the keyword `define`.
    fn definition(&mut self) -> Read<()> {
        const CONTEXT: &str = "define clause";
        let name = self.expect(&[Kind::String, Kind::RawString], CONTEXT)?;
        let name = self.text_of(&name)?;
        self.expect(&[Kind::RightDelim], CONTEXT)?;
        let root = self.body(CONTEXT)?;
        self.add(name_of(&name), root)
    }

    /// Parses the body of a define or block, up to its end.
    fn body(&mut self, context: &str) -> Read<List> {
        match self.item_list()? {
            (root, Stop::End) => Ok(root),
            (_, stop) => self.error(format!("unexpected {} in {context}", stop.show())),
        }
    }

    fn text_of(&self, token: &Token<'a>) -> Read<Vec<u8>> {
        unquote(&token.text).or_else(|_| self.error("invalid syntax"))
    }

    // Lists and actions.

    fn item_list(&mut self) -> Read<(List, Stop)> {
        let opened = self.opening();
        let mut list = List::default();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.nodes.push(node),
                Item::Stop(stop) => return Ok((list, stop)),
            }
        }
        self.unclosed(opened)
    }

    fn unclosed<T>(&self, opened: Option<u32>) -> Read<T> {
        let place = Place { opened, ..self.place() };
        Err(Error::new(ErrorKind::Parse, Some(place), "unexpected EOF"))
    }

    /// Returns where the action begins whose end was just read.
    fn opening(&self) -> Option<u32> {
        let [end, ..] = &self.tokens;
        let (text, left) = (&self.shared.source.text, self.shared.source.delims.left.as_bytes());
        let before = text.get(..end.pos as usize)?;
        let at = before.windows(left.len().max(1)).rposition(|window| window == left)?;
        u32::try_from(at).ok()
    }

    fn text_or_action(&mut self) -> Read<Item> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => {
                let at = self.at(token.pos);
                let end = token.pos.saturating_add(small(token.text.len()));
                let span = Span { start: token.pos, end };
                let text = Part { file: self.shared.source.text.clone(), span };
                Ok(Item::Node(Node::Text { at, text }))
            }
            Kind::LeftDelim => {
                self.action_line = token.line;
                let item = self.action()?;
                self.action_line = 0;
                Ok(item)
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Read<Item> {
        if self.shared.next_id > MAX_NODES {
            return Err(self.limit(Limit::Memory));
        }
        let token = self.next_non_space();
        Ok(Item::Node(match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.jump(&token, "{{break}}")?,
            Kind::Continue => self.jump(&token, "{{continue}}")?,
            Kind::Else => return self.else_action(),
            Kind::End => {
                self.expect(&[Kind::RightDelim], "end")?;
                return Ok(Item::Stop(Stop::End));
            }
            Kind::If | Kind::Range | Kind::With => self.control(token.kind)?,
            Kind::Template => self.template()?,
            _ => {
                self.backup();
                let pos = self.peek().pos;
                let at = self.at(pos);
                Node::Action { at, pipe: self.pipeline("command", Kind::RightDelim)? }
            }
        }))
    }

    fn jump(&mut self, word: &Token<'a>, shown: &str) -> Read<Node> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return self.unexpected(&token, shown);
        }
        if self.range_depth == 0 {
            return self.error(format!("{shown} outside {{{{range}}}}"));
        }
        let at = self.at(word.pos);
        Ok(if word.kind == Kind::Break { Node::Break(at) } else { Node::Continue(at) })
    }

    /// Parses what follows `else`; a following `if` or `with` is left for the control it belongs to.
    fn else_action(&mut self) -> Read<Item> {
        if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
            self.expect(&[Kind::RightDelim], "else")?;
        }
        Ok(Item::Stop(Stop::Else))
    }

    fn control(&mut self, kind: Kind) -> Read<Node> {
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
        let vars = self.vars.len();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let at = self.at(pipe.at.pos);
        let is_range = u32::from(kind == Kind::Range);
        self.range_depth += is_range;
        let (list, stop) = self.item_list()?;
        self.range_depth -= is_range;
        let other = match stop {
            Stop::End => None,
            Stop::Else => Some(self.else_list(kind)?),
        };
        self.vars.truncate(vars);
        Ok((at, Branch { pipe, list, other }))
    }

    fn else_list(&mut self, kind: Kind) -> Read<List> {
        if kind != Kind::Range && self.peek_kind() == kind {
            let _keyword = self.next();
            return Ok(List { nodes: vec![self.control(kind)?] });
        }
        match self.item_list()? {
            (list, Stop::End) => Ok(list),
            (_, stop) => self.error(format!("expected end; found {}", stop.show())),
        }
    }

    fn block(&mut self) -> Read<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        self.enter()?;
        let mut inner = Parser::new(self.shared);
        let root = inner.body(CONTEXT)?;
        inner.add(name.clone(), root)?;
        self.leave();
        let at = self.at(token.pos);
        Ok(Node::Template { at, name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Read<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = if self.next_non_space().kind == Kind::RightDelim {
            None
        } else {
            self.backup();
            Some(self.pipeline(CONTEXT, Kind::RightDelim)?)
        };
        let at = self.at(token.pos);
        Ok(Node::Template { at, name, pipe })
    }

    fn template_name(&mut self, token: &Token<'a>, context: &str) -> Read<Arc<str>> {
        match token.kind {
            Kind::String | Kind::RawString => Ok(name_of(&self.text_of(token)?)),
            _ => self.unexpected(token, context),
        }
    }

    // Pipelines.

    fn pipeline(&mut self, context: &str, end: Kind) -> Read<Pipe> {
        let pos = self.peek_non_space().pos;
        let at = self.at(pos);
        let mut pipe = Pipe { at, assign: false, decls: Vec::new(), commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => {
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.backup();
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(&token, context),
            }
        }
    }

    /// Parses `$x :=`, `$x =` or `$i, $x :=` in front of a pipeline.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Read<()> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            let _variable = self.next();
            let behind = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assign = next.kind == Kind::Assign;
                    let _sign = self.next_non_space();
                    self.declare(pipe, &variable);
                    return Ok(());
                }
                Kind::Char if &*next.text == b"," => {
                    let _comma = self.next_non_space();
                    self.declare(pipe, &variable);
                    if context == "range" && pipe.decls.len() < 2 {
                        match self.peek_non_space().kind {
                            Kind::Variable | Kind::RightDelim | Kind::RightParen => continue,
                            _ => return self.error("range can only initialize variables"),
                        }
                    }
                    return self.error(format!("too many declarations in {context}"));
                }
                _ if behind.kind == Kind::Space => {
                    self.backup3(variable, behind);
                    return Ok(());
                }
                _ => {
                    self.backup2(variable);
                    return Ok(());
                }
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, variable: &Token<'a>) {
        // A field may follow the name here, as in `$x.y := 1`; the variable is `$x` all the same.
        let name = String::from_utf8_lossy(&variable.text).into_owned();
        self.vars.push(name.clone());
        pipe.decls.push(name);
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Read<()> {
        if pipe.commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        for (i, command) in pipe.commands.iter().enumerate().skip(1) {
            if matches!(
                command.head,
                Operand::Bool(..)
                    | Operand::Dot(_)
                    | Operand::Nil(_)
                    | Operand::Number(..)
                    | Operand::Text { .. }
            ) {
                return self.error(format!("non executable command in pipeline stage {}", i + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Read<Command> {
        let pos = self.peek_non_space().pos;
        let at = self.at(pos);
        let mut head = None;
        let mut args = Vec::new();
        loop {
            let _skipped = self.peek_non_space();
            if let Some(operand) = self.operand()? {
                if head.is_none() {
                    head = Some(operand);
                } else {
                    args.push(operand);
                }
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.backup(),
                Kind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        match head {
            Some(head) => Ok(Command { at, head, args }),
            None => self.error("empty command"),
        }
    }

    /// Parses a term with the fields behind it.
    fn operand(&mut self) -> Read<Option<Operand>> {
        let Some(term) = self.term()? else {
            return Ok(None);
        };
        if self.peek_kind() != Kind::Field {
            return Ok(Some(term));
        }
        let pos = self.peek().pos;
        let at = self.at(pos);
        let mut fields = Vec::new();
        while self.peek_kind() == Kind::Field {
            fields.push(field_name(&self.next()));
        }
        Ok(Some(match term {
            Operand::Field(_, mut names) => {
                names.append(&mut fields);
                Operand::Field(at, names)
            }
            Operand::Variable(_, name, mut names) => {
                names.append(&mut fields);
                Operand::Variable(at, name, names)
            }
            Operand::Bool(..)
            | Operand::Text { .. }
            | Operand::Number(..)
            | Operand::Nil(_)
            | Operand::Dot(_) => {
                let mut shown = Vec::new();
                term.print(&mut shown);
                return self.error(format!("unexpected . after term {}", quote(&shown)));
            }
            term => Operand::Chain(at, Box::new(term), fields),
        }))
    }

    fn term(&mut self) -> Read<Option<Operand>> {
        let token = self.next_non_space();
        let at = self.at(token.pos);
        let text = || String::from_utf8_lossy(&token.text).into_owned();
        Ok(Some(match token.kind {
            Kind::Identifier => {
                let name = text();
                if !(self.shared.known)(&name) {
                    return self.error(format!("function {} not defined", quote(name.as_bytes())));
                }
                Operand::Identifier(at, name)
            }
            Kind::Dot => Operand::Dot(at),
            Kind::Nil => Operand::Nil(at),
            Kind::Variable => {
                let name = text();
                if !self.vars.contains(&name) {
                    return self.error(format!("undefined variable {}", quote(name.as_bytes())));
                }
                Operand::Variable(at, name, Vec::new())
            }
            Kind::Field => Operand::Field(at, vec![field_name(&token)]),
            Kind::Bool => Operand::Bool(at, &*token.text == b"true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                match Number::parse(&token.text, token.kind) {
                    Ok(number) => Operand::Number(at, Box::new(number)),
                    Err(message) => return self.error(message),
                }
            }
            Kind::LeftParen => {
                self.enter()?;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.leave();
                Operand::Pipe(Box::new(pipe))
            }
            Kind::String | Kind::RawString => {
                let text = self.text_of(&token)?;
                Operand::Text { at, quoted: token.text.into_owned(), text }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        }))
    }
}

/// Returns a name without the dot before it.
fn field_name(token: &Token<'_>) -> String {
    let text = token.text.strip_prefix(b".").unwrap_or(&token.text);
    String::from_utf8_lossy(text).into_owned()
}

/// Returns the name of a template. Names are text; what is not UTF-8 is replaced.
fn name_of(bytes: &[u8]) -> Arc<str> {
    Arc::from(String::from_utf8_lossy(bytes))
}
