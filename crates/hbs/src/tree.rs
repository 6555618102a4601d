//! A template as it is run: what the parser found, in the words of this crate.

use std::sync::Arc;

use value::{Position, Value};

use crate::Source;
use crate::path::Path;

/// A file of a chart.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) source: Arc<Source>,
    pub(crate) body: Arc<Body>,
}

/// A sequence of text and tags.
pub(crate) type Body = Vec<Node>;

/// A named part of a file: `{{#*inline "name"}}…{{/inline}}`.
#[derive(Debug)]
pub(crate) struct Inline {
    pub(crate) name: Arc<str>,
    pub(crate) body: Arc<Body>,
    pub(crate) at: At,
}

/// Where a tag stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// The place of its `{{`.
    pub(crate) position: Position,
    /// It is an `{{else if …}}` of the block that begins there.
    pub(crate) chained: bool,
}

#[derive(Debug)]
pub(crate) enum Node {
    Text {
        text: String,
        /// The line of the file on which it begins.
        line: usize,
    },
    Print {
        expr: Expr,
        at: At,
    },
    Block(Box<Block>),
    Partial(Box<PartialCall>),
}

/// `{{#name args as |params|}} body {{else}} otherwise {{/name}}`.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) call: Call,
    pub(crate) params: Vec<Arc<str>>,
    pub(crate) body: Body,
    pub(crate) otherwise: Option<Body>,
    pub(crate) at: At,
}

/// `{{> name context key=value}}`.
#[derive(Debug)]
pub(crate) struct PartialCall {
    pub(crate) name: Expr,
    pub(crate) context: Option<Expr>,
    pub(crate) named: Vec<(Arc<str>, Expr)>,
    /// The blanks before the tag when it stands alone on its line.
    pub(crate) indent: Option<String>,
    /// What `{{#> name}}` wraps.
    pub(crate) body: Option<Body>,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) enum Expr {
    Literal(Value),
    Path(Path),
    Call(Box<Call>),
}

/// `name args key=value`.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: Arc<str>,
    pub(crate) args: Vec<Expr>,
    pub(crate) named: Vec<(Arc<str>, Expr)>,
}
