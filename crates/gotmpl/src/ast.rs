//! The tree of a template, and how Go prints it.
//!
//! The tree lives only between parsing and compiling, and once more when a message needs the text of a
//! node: parsing gives every node a number, and gives it the same one each time.

use std::sync::Arc;

use crate::number::Number;
use crate::quote::quote;
use crate::span::{At, Span};

/// A part of the text of a file, which is not copied.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) file: Arc<[u8]>,
    pub(crate) span: Span,
}

impl Part {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.file.get(self.span.range()).unwrap_or_default()
    }
}

/// A template of a file.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) name: Arc<str>,
    pub(crate) root: List,
}

#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(crate) enum Node {
    Text { at: At, text: Part },
    Action { at: At, pipe: Pipe },
    If { at: At, branch: Box<Branch> },
    With { at: At, branch: Box<Branch> },
    Range { at: At, branch: Box<Branch> },
    Template { at: At, name: Arc<str>, pipe: Option<Pipe> },
    Break(At),
    Continue(At),
}

#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) list: List,
    pub(crate) other: Option<List>,
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) at: At,
    pub(crate) assign: bool,
    pub(crate) decls: Vec<String>,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) at: At,
    pub(crate) head: Operand,
    pub(crate) args: Vec<Operand>,
}

#[derive(Debug)]
pub(crate) enum Operand {
    Dot(At),
    Nil(At),
    Bool(At, bool),
    Number(At, Box<Number>),
    Text { at: At, quoted: Vec<u8>, text: Vec<u8> },
    Field(At, Vec<String>),
    Variable(At, String, Vec<String>),
    Identifier(At, String),
    Chain(At, Box<Self>, Vec<String>),
    Pipe(Box<Pipe>),
}

impl Node {
    pub(crate) const fn at(&self) -> At {
        match self {
            Self::Text { at, .. }
            | Self::Action { at, .. }
            | Self::If { at, .. }
            | Self::With { at, .. }
            | Self::Range { at, .. }
            | Self::Template { at, .. }
            | Self::Break(at)
            | Self::Continue(at) => *at,
        }
    }

    /// Returns whether the node is nothing but space.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Text { text, .. } if is_blank(text.bytes()))
    }

    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text { text, .. } => out.extend_from_slice(text.bytes()),
            Self::Action { pipe, .. } => {
                out.extend_from_slice(b"{{");
                pipe.print(out);
                out.extend_from_slice(b"}}");
            }
            Self::If { branch, .. } => branch.print("if", out),
            Self::With { branch, .. } => branch.print("with", out),
            Self::Range { branch, .. } => branch.print("range", out),
            Self::Template { name, pipe, .. } => {
                out.extend_from_slice(b"{{template ");
                out.extend_from_slice(quote(name.as_bytes()).as_bytes());
                if let Some(pipe) = pipe {
                    out.push(b' ');
                    pipe.print(out);
                }
                out.extend_from_slice(b"}}");
            }
            Self::Break(_) => out.extend_from_slice(b"{{break}}"),
            Self::Continue(_) => out.extend_from_slice(b"{{continue}}"),
        }
    }

    fn find(&self, id: u32, out: &mut Vec<u8>) -> bool {
        if self.at().id == id {
            self.print(out);
            return true;
        }
        match self {
            Self::Text { .. } | Self::Break(_) | Self::Continue(_) => false,
            Self::Action { pipe, .. } => pipe.find(id, out),
            Self::If { branch, .. } | Self::With { branch, .. } | Self::Range { branch, .. } => {
                branch.pipe.find(id, out)
                    || branch.list.find(id, out)
                    || branch.other.as_ref().is_some_and(|list| list.find(id, out))
            }
            Self::Template { pipe, .. } => pipe.as_ref().is_some_and(|pipe| pipe.find(id, out)),
        }
    }
}

/// Returns whether Go's `bytes.TrimSpace` leaves nothing.
fn is_blank(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    if text.first().is_some_and(u8::is_ascii_graphic) {
        return false;
    }
    match std::str::from_utf8(text) {
        Ok(text) => text.chars().all(char::is_whitespace),
        Err(_) => false,
    }
}

impl List {
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.iter().all(Node::is_empty)
    }

    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        for node in &self.nodes {
            node.print(out);
        }
    }

    /// Prints the node with the number `id`, returns whether there is one.
    pub(crate) fn find(&self, id: u32, out: &mut Vec<u8>) -> bool {
        self.nodes.iter().any(|node| node.find(id, out))
    }
}

impl Branch {
    fn print(&self, keyword: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{{");
        out.extend_from_slice(keyword.as_bytes());
        out.push(b' ');
        self.pipe.print(out);
        out.extend_from_slice(b"}}");
        self.list.print(out);
        if let Some(other) = &self.other {
            out.extend_from_slice(b"{{else}}");
            other.print(out);
        }
        out.extend_from_slice(b"{{end}}");
    }
}

impl Pipe {
    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        if !self.decls.is_empty() {
            out.extend_from_slice(self.decls.join(", ").as_bytes());
            out.extend_from_slice(if self.assign { b" = " } else { b" := " });
        }
        for (i, command) in self.commands.iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b" | ");
            }
            command.print(out);
        }
    }

    fn find(&self, id: u32, out: &mut Vec<u8>) -> bool {
        if self.at.id == id {
            self.print(out);
            return true;
        }
        self.commands.iter().any(|command| command.find(id, out))
    }
}

impl Command {
    fn print(&self, out: &mut Vec<u8>) {
        self.head.print_argument(out);
        for arg in &self.args {
            out.push(b' ');
            arg.print_argument(out);
        }
    }

    fn find(&self, id: u32, out: &mut Vec<u8>) -> bool {
        if self.at.id == id {
            self.print(out);
            return true;
        }
        self.head.find(id, out) || self.args.iter().any(|arg| arg.find(id, out))
    }
}

impl Operand {
    pub(crate) fn at(&self) -> At {
        match self {
            Self::Dot(at)
            | Self::Nil(at)
            | Self::Bool(at, _)
            | Self::Number(at, _)
            | Self::Text { at, .. }
            | Self::Field(at, _)
            | Self::Variable(at, ..)
            | Self::Identifier(at, _)
            | Self::Chain(at, ..) => *at,
            Self::Pipe(pipe) => pipe.at,
        }
    }

    fn print_argument(&self, out: &mut Vec<u8>) {
        if let Self::Pipe(pipe) = self {
            out.push(b'(');
            pipe.print(out);
            out.push(b')');
        } else {
            self.print(out);
        }
    }

    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        match self {
            Self::Dot(_) => out.push(b'.'),
            Self::Nil(_) => out.extend_from_slice(b"nil"),
            Self::Bool(_, true) => out.extend_from_slice(b"true"),
            Self::Bool(_, false) => out.extend_from_slice(b"false"),
            Self::Number(_, number) => out.extend_from_slice(number.text.as_bytes()),
            Self::Text { quoted, .. } => out.extend_from_slice(quoted),
            Self::Field(_, names) => print_names(names, out),
            Self::Variable(_, name, names) => {
                out.extend_from_slice(name.as_bytes());
                print_names(names, out);
            }
            Self::Identifier(_, name) => out.extend_from_slice(name.as_bytes()),
            Self::Chain(_, operand, names) => {
                operand.print_argument(out);
                print_names(names, out);
            }
            Self::Pipe(pipe) => pipe.print(out),
        }
    }

    fn find(&self, id: u32, out: &mut Vec<u8>) -> bool {
        if self.at().id == id {
            self.print(out);
            return true;
        }
        match self {
            Self::Chain(_, operand, _) => operand.find(id, out),
            Self::Pipe(pipe) => pipe.find(id, out),
            _ => false,
        }
    }
}

fn print_names(names: &[String], out: &mut Vec<u8>) {
    for name in names {
        out.push(b'.');
        out.extend_from_slice(name.as_bytes());
    }
}
