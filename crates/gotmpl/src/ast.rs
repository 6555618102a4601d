//! The tree of a template, which is also what is executed: functions are found, variables numbered.
//! Whatever is spelled out in the file stays there: nodes know its place.

use std::sync::Arc;

use crate::func::Func;
use crate::number::Number;
use crate::span::{At, Span};

/// A template of a file.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) name: Arc<str>,
    pub(crate) root: Block,
    /// How many variables live at a time, `$` included.
    pub(crate) slots: usize,
    /// Whether there is nothing but space in it.
    pub(crate) is_empty: bool,
}

/// Nodes that are executed one after the other.
pub(crate) type Block = Box<[Node]>;

#[derive(Debug)]
pub(crate) enum Node {
    Text {
        at: At,
        text: Span,
    },
    /// An action that is nothing but a raw string; the span includes its quotes.
    Raw {
        at: At,
        quoted: Span,
    },
    Action {
        at: At,
        pipe: Pipe,
    },
    If {
        at: At,
        branch: Box<Branch>,
    },
    With {
        at: At,
        branch: Box<Branch>,
    },
    Range {
        at: At,
        branch: Box<Branch>,
    },
    Template {
        at: At,
        name: Arc<str>,
        pipe: Option<Box<Pipe>>,
    },
    Break(At),
    Continue(At),
}

#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) list: Block,
    pub(crate) other: Option<Block>,
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) at: At,
    pub(crate) decls: Option<Box<Decls>>,
    pub(crate) commands: Box<[Command]>,
}

/// The variables that a pipeline sets: one, or two in a range.
#[derive(Debug)]
pub(crate) struct Decls {
    /// Whether the variables must exist already.
    pub(crate) assigns: bool,
    pub(crate) variables: Box<[Variable]>,
}

/// A variable by its place in the frame; none if nothing of that name is in scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable {
    /// The name, with its dollar.
    pub(crate) name: Span,
    pub(crate) slot: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) at: At,
    pub(crate) head: Operand,
    pub(crate) args: Box<[Operand]>,
}

/// A word of a command. Fields are the text `.a.b` as a whole; none are an empty span.
#[derive(Debug)]
pub(crate) enum Operand {
    Dot(At),
    Nil(At),
    Bool(At, bool),
    Number(At, Box<Number>),
    /// A string, with its quotes.
    Text(At, Span),
    Field(At, Span),
    Variable(At, Variable, Span),
    Call(At, Arc<Func>),
    Chain(At, Box<Self>, Span),
    Pipe(Box<Pipe>),
}

impl Pipe {
    /// Returns the variables that are set.
    pub(crate) fn variables(&self) -> &[Variable] {
        self.decls.as_ref().map_or(&[], |decls| &decls.variables)
    }
}

impl Node {
    pub(crate) const fn at(&self) -> At {
        match self {
            Self::Text { at, .. }
            | Self::Raw { at, .. }
            | Self::Action { at, .. }
            | Self::If { at, .. }
            | Self::With { at, .. }
            | Self::Range { at, .. }
            | Self::Template { at, .. }
            | Self::Break(at)
            | Self::Continue(at) => *at,
        }
    }

    /// Returns whether the node is nothing but space; `text` is that of the file.
    fn is_blank(&self, text: &[u8]) -> bool {
        matches!(self, Self::Text { text: span, .. } if is_blank(span.of(text)))
    }
}

/// Returns whether a template is nothing but space.
pub(crate) fn is_empty(block: &Block, text: &[u8]) -> bool {
    block.iter().all(|node| node.is_blank(text))
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

impl Operand {
    pub(crate) fn at(&self) -> At {
        match self {
            Self::Dot(at)
            | Self::Nil(at)
            | Self::Bool(at, _)
            | Self::Number(at, _)
            | Self::Text(at, _)
            | Self::Field(at, _)
            | Self::Variable(at, ..)
            | Self::Call(at, _)
            | Self::Chain(at, ..) => *at,
            Self::Pipe(pipe) => pipe.at,
        }
    }
}
