//! Files of templates, ready to be executed.

use std::sync::Arc;

use crate::ast::{Block, Node, Pipe, Tree};
use crate::error::Error;
use crate::func::Funcs;
use crate::span::{At, Delims, Source};
use crate::{parser, show};

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
    pub(crate) source: Arc<Source>,
    pub(crate) root: Arc<Block>,
    /// How many variables live at a time, `$` included.
    pub(crate) slots: usize,
    /// Whether there is nothing but space in it.
    pub(crate) is_empty: bool,
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
        let parser::Parsed { trees, has_main, nodes } = parser::parse(&source, funcs)?;
        let source = Arc::new(source);
        let template = |tree: Tree| {
            let Tree { name, root, slots, is_empty } = tree;
            let (source, root) = (source.clone(), Arc::new(root));
            Arc::new(Template { name, source, root, slots, is_empty })
        };
        Ok(Self { templates: trees.into_iter().map(template).collect(), has_main, nodes })
    }

    /// Returns the same file under another name; `None` if the name makes a difference to more than messages,
    /// since the file defines a template that is called so.
    pub(crate) fn renamed(&self, name: &str) -> Option<Self> {
        let (main, defined) = self.templates.split_last().filter(|_| self.has_main)?;
        if defined.iter().any(|template| *template.name == *name) {
            return None;
        }
        let Source { text, delims, .. } = &*main.source;
        let name: Arc<str> = Arc::from(name);
        let source = Source { name: name.clone(), text: text.clone(), delims: delims.clone() };
        let source = Arc::new(source);
        let renamed = |template: &Arc<Template>, name: &Arc<str>| {
            Arc::new(Template {
                name: name.clone(),
                source: source.clone(),
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
        self.templates.last().map(|template| &*template.source.name)
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

impl Template {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Returns the node with this number as Go prints it.
    pub(crate) fn show(&self, at: At) -> String {
        let shown = show::node(&self.root, at.id, &self.source.text).unwrap_or_default();
        String::from_utf8_lossy(&shown).into_owned()
    }

    /// Returns the variables whose names stand for one only, each with its place in the frame.
    pub(crate) fn variables(&self) -> Vec<(Arc<str>, usize)> {
        let mut found = vec![(Arc::from("$"), 0)];
        self.declared(&self.root, &mut found);
        found.sort();
        found.dedup();
        let twice = |name: &Arc<str>| found.iter().filter(|(other, _)| other == name).count() > 1;
        found.iter().filter(|(name, _)| !twice(name)).cloned().collect()
    }

    fn declared(&self, block: &Block, found: &mut Vec<(Arc<str>, usize)>) {
        for node in block {
            match node {
                Node::Text { .. } | Node::Raw { .. } | Node::Break(_) | Node::Continue(_) => {}
                Node::Action { pipe, .. } => self.declared_by(pipe, found),
                Node::Template { pipe, .. } => {
                    if let Some(pipe) = pipe {
                        self.declared_by(pipe, found);
                    }
                }
                Node::If { branch, .. }
                | Node::With { branch, .. }
                | Node::Range { branch, .. } => {
                    self.declared_by(&branch.pipe, found);
                    self.declared(&branch.list, found);
                    if let Some(other) = &branch.other {
                        self.declared(other, found);
                    }
                }
            }
        }
    }

    /// Collects the variables that a pipeline declares: they are used nowhere else.
    fn declared_by(&self, pipe: &Pipe, found: &mut Vec<(Arc<str>, usize)>) {
        for variable in pipe.variables() {
            if let Some(slot) = variable.slot {
                let name = String::from_utf8_lossy(variable.name.of(&self.source.text));
                found.push((Arc::from(name), slot as usize));
            }
        }
    }

    /// Returns the file it stands in.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Returns whether it is nothing but space and comments.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.is_empty
    }
}

/// Returns a file as Go prints its tree: actions with single spaces, comments and trimmed space gone,
/// definitions left out.
pub fn reprint(funcs: &Funcs, name: &str, text: &[u8]) -> Result<Vec<u8>, Error> {
    let delims = Delims::default();
    let source = Source { name: Arc::from(name), text: Arc::from(text), delims };
    let trees = parser::parse(&source, funcs)?.trees;
    let tree = trees.iter().find(|tree| *tree.name == *name);
    Ok(tree.map(|tree| show::nodes(&tree.root, &source.text)).unwrap_or_default())
}
