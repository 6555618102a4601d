//! The program that a template is compiled to: the tree without its text, with functions found,
//! variables numbered and constants made.

use std::sync::Arc;

use crate::ast::Tree;
use crate::error::Error;
use crate::func::{Func, Funcs};
use crate::number::Number;
use crate::parser;
use crate::span::{At, Delims, Source, Span};
use crate::value::Value;

/// A file of templates, parsed and compiled. It is never changed and may be shared by any number of
/// template sets and threads.
#[derive(Debug)]
pub struct Unit {
    templates: Vec<Arc<Template>>,
    /// Whether the last template is the file itself, and not one of its name that it defines.
    has_main: bool,
    nodes: u32,
}

/// One template of a file.
#[derive(Debug)]
pub struct Template {
    pub(crate) name: Arc<str>,
    pub(crate) file: Arc<File>,
    pub(crate) root: Arc<Block>,
    /// How many variables live at a time, `$` included.
    pub(crate) slots: usize,
    /// Whether there is nothing but space in it.
    pub(crate) is_empty: bool,
}

/// What the templates of a file share.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) source: Source,
    funcs: Arc<Funcs>,
}

pub(crate) type Block = Box<[Op]>;
pub(crate) type Names = Box<[Arc<str>]>;

#[derive(Debug)]
pub(crate) enum Op {
    /// Text, by its place in the file.
    Text {
        at: At,
        span: Span,
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
        pipe: Option<Pipe>,
    },
    Break,
    Continue,
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
    /// Whether the variables must exist already.
    pub(crate) assigns: bool,
    pub(crate) decls: Box<[Variable]>,
    pub(crate) commands: Box<[Command]>,
}

/// A variable by its place in the frame; none if nothing of that name is in scope.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: Arc<str>,
    pub(crate) slot: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) at: At,
    pub(crate) head: Operand,
    pub(crate) args: Box<[Operand]>,
}

#[derive(Debug)]
pub(crate) enum Operand {
    Dot(At),
    Nil(At),
    Bool(At, bool),
    Number(At, Box<Number>),
    Text(At, Value),
    Field(At, Names),
    Variable(At, Variable, Names),
    Call(At, Arc<Func>),
    Chain(At, Box<Self>, Names),
    Pipe(Box<Pipe>),
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

impl Unit {
    /// Parses and compiles a file. `name` is what messages call it, and the name of the template that is
    /// the file without its definitions.
    pub fn parse(funcs: &Arc<Funcs>, name: &str, text: &[u8]) -> Result<Self, Error> {
        Self::parse_with(funcs, name, text, Delims::default())
    }

    /// Parses and compiles a file with other delimiters; an empty one is the usual one.
    pub fn parse_with(
        funcs: &Arc<Funcs>,
        name: &str,
        text: &[u8],
        delims: Delims,
    ) -> Result<Self, Error> {
        Self::parse_source(funcs, Source { name: Arc::from(name), text: Arc::from(text), delims })
    }

    /// Parses and compiles a file.
    pub(crate) fn parse_source(funcs: &Arc<Funcs>, source: Source) -> Result<Self, Error> {
        let file = Arc::new(File { source, funcs: funcs.clone() });
        let parser::Parsed { trees, has_main, nodes } = file.trees()?;
        let compile = |tree: &Tree| Arc::new(crate::compile::compile(tree, &file, funcs));
        Ok(Self { templates: trees.iter().map(compile).collect(), has_main, nodes })
    }

    /// Returns the same file under another name; `None` if the name makes a difference to more than messages,
    /// since the file defines a template that is called so.
    pub(crate) fn renamed(&self, name: &str) -> Option<Self> {
        let (main, defined) = self.templates.split_last().filter(|_| self.has_main)?;
        if defined.iter().any(|template| *template.name == *name) {
            return None;
        }
        let Source { text, delims, .. } = &main.file.source;
        let name: Arc<str> = Arc::from(name);
        let source = Source { name: name.clone(), text: text.clone(), delims: delims.clone() };
        let file = Arc::new(File { source, funcs: main.file.funcs.clone() });
        let renamed = |template: &Arc<Template>, name: &Arc<str>| {
            Arc::new(Template {
                name: name.clone(),
                file: file.clone(),
                root: template.root.clone(),
                slots: template.slots,
                is_empty: template.is_empty,
            })
        };
        let mut templates: Vec<_> = defined.iter().map(|it| renamed(it, &it.name)).collect();
        templates.push(renamed(main, &name));
        Some(Self { templates, has_main: true, nodes: self.nodes })
    }

    /// Returns the name of the file.
    pub(crate) fn name(&self) -> Option<&str> {
        self.templates.last().map(|template| &*template.file.source.name)
    }

    /// Returns how many nodes the file has: actions, and what they are made of.
    #[must_use]
    pub const fn nodes(&self) -> u32 {
        self.nodes
    }

    /// Returns the templates that the file defines; the last one is the file itself, unless it defines
    /// one of its own name.
    #[must_use]
    pub fn templates(&self) -> &[Arc<Template>] {
        &self.templates
    }
}

impl File {
    fn trees(&self) -> Result<parser::Parsed, Error> {
        parser::parse(&self.source, &|name| self.funcs.find(name).is_some())
    }

    /// Prints a node as Go prints it. The tree is not kept: it is parsed again for the message.
    pub(crate) fn show(&self, at: At) -> String {
        let mut out = Vec::new();
        let trees = self.trees().map(|parsed| parsed.trees).unwrap_or_default();
        let _found = trees.iter().any(|tree| tree.root.find(at.id, &mut out));
        String::from_utf8_lossy(&out).into_owned()
    }
}

impl Template {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Returns the variables whose names stand for one only, each with its place in the frame.
    pub(crate) fn variables(&self) -> Vec<(Arc<str>, usize)> {
        let mut found = vec![(Arc::from("$"), 0)];
        collect_block(&self.root, &mut found);
        found.sort();
        found.dedup();
        let twice = |name: &Arc<str>| found.iter().filter(|(other, _)| other == name).count() > 1;
        found.iter().filter(|(name, _)| !twice(name)).cloned().collect()
    }

    /// Returns the file it stands in.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.file.source
    }

    /// Returns whether it is nothing but space and comments.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.is_empty
    }
}

fn collect_block(block: &Block, found: &mut Vec<(Arc<str>, usize)>) {
    for op in block {
        match op {
            Op::Text { .. } | Op::Break | Op::Continue => {}
            Op::Action { pipe, .. } => collect_pipe(pipe, found),
            Op::Template { pipe, .. } => {
                if let Some(pipe) = pipe {
                    collect_pipe(pipe, found);
                }
            }
            Op::If { branch, .. } | Op::With { branch, .. } | Op::Range { branch, .. } => {
                collect_pipe(&branch.pipe, found);
                collect_block(&branch.list, found);
                if let Some(other) = &branch.other {
                    collect_block(other, found);
                }
            }
        }
    }
}

/// Collects the variables that a pipeline declares: they are used nowhere else.
fn collect_pipe(pipe: &Pipe, found: &mut Vec<(Arc<str>, usize)>) {
    let declared = pipe.decls.iter();
    found.extend(declared.filter_map(|variable| Some((variable.name.clone(), variable.slot?))));
}

/// Returns a file as Go prints its tree: actions with single spaces, comments and trimmed space gone,
/// definitions left out.
pub fn reprint(funcs: &Funcs, name: &str, text: &[u8]) -> Result<Vec<u8>, Error> {
    let delims = Delims::default();
    let source = Source { name: Arc::from(name), text: Arc::from(text), delims };
    let trees = parser::parse(&source, &|name| funcs.find(name).is_some())?.trees;
    let mut out = Vec::new();
    if let Some(tree) = trees.iter().find(|tree| *tree.name == *name) {
        tree.root.print(&mut out);
    }
    Ok(out)
}
