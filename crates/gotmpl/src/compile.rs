//! Trees to programs: every function is found, every variable gets its place, constants are made once.

use std::sync::Arc;

use crate::ast;
use crate::func::Funcs;
use crate::program::{Block, Branch, Command, File, Names, Op, Operand, Pipe, Template, Variable};
use crate::value::Value;

/// Compiles one template of a file.
pub(crate) fn compile(tree: &ast::Tree, file: &Arc<File>, funcs: &Funcs) -> Template {
    let mut compiler = Compiler { funcs, scope: vec![Arc::from("$")], slots: 1 };
    let root = Arc::new(compiler.block(&tree.root));
    Template {
        name: tree.name.clone(),
        file: file.clone(),
        root,
        slots: compiler.slots,
        is_empty: tree.root.is_empty(),
    }
}

struct Compiler<'f> {
    funcs: &'f Funcs,
    /// The variables in scope; the place in this list is the place in the frame.
    scope: Vec<Arc<str>>,
    slots: usize,
}

impl Compiler<'_> {
    fn block(&mut self, list: &ast::List) -> Block {
        list.nodes.iter().map(|node| self.node(node)).collect()
    }

    fn node(&mut self, node: &ast::Node) -> Op {
        match node {
            ast::Node::Text { at, text } => Op::Text { at: *at, span: text.span },
            ast::Node::Action { at, pipe } => Op::Action { at: *at, pipe: self.pipe(pipe) },
            ast::Node::If { at, branch } => {
                Op::If { at: *at, branch: Box::new(self.branch(branch)) }
            }
            ast::Node::With { at, branch } => {
                Op::With { at: *at, branch: Box::new(self.branch(branch)) }
            }
            ast::Node::Range { at, branch } => {
                Op::Range { at: *at, branch: Box::new(self.branch(branch)) }
            }
            ast::Node::Template { at, name, pipe } => Op::Template {
                at: *at,
                name: name.clone(),
                pipe: pipe.as_ref().map(|pipe| self.pipe(pipe)),
            },
            ast::Node::Break(_) => Op::Break,
            ast::Node::Continue(_) => Op::Continue,
        }
    }

    fn branch(&mut self, branch: &ast::Branch) -> Branch {
        let outer = self.scope.len();
        let pipe = self.pipe(&branch.pipe);
        let inner = self.scope.len();
        let list = self.block(&branch.list);
        self.scope.truncate(inner);
        let other = branch.other.as_ref().map(|list| self.block(list));
        self.scope.truncate(outer);
        Branch { pipe, list, other }
    }

    fn pipe(&mut self, pipe: &ast::Pipe) -> Pipe {
        let commands = pipe.commands.iter().map(|command| self.command(command)).collect();
        let decls = pipe
            .decls
            .iter()
            .map(|name| if pipe.assign { self.variable(name) } else { self.declare(name) })
            .collect();
        Pipe { at: pipe.at, assigns: pipe.assign, decls, commands }
    }

    fn declare(&mut self, name: &str) -> Variable {
        let name: Arc<str> = Arc::from(name);
        let slot = Some(self.scope.len());
        self.scope.push(name.clone());
        self.slots = self.slots.max(self.scope.len());
        Variable { name, slot }
    }

    fn variable(&self, name: &str) -> Variable {
        let slot = self.scope.iter().rposition(|known| **known == *name);
        Variable { name: Arc::from(name), slot }
    }

    fn command(&mut self, command: &ast::Command) -> Command {
        let head = self.operand(&command.head);
        let args = command.args.iter().map(|arg| self.operand(arg)).collect();
        Command { at: command.at, head, args }
    }

    fn operand(&mut self, operand: &ast::Operand) -> Operand {
        match operand {
            ast::Operand::Dot(at) => Operand::Dot(*at),
            ast::Operand::Nil(at) => Operand::Nil(*at),
            ast::Operand::Bool(at, b) => Operand::Bool(*at, *b),
            ast::Operand::Number(at, number) => Operand::Number(*at, number.clone()),
            ast::Operand::Text { at, text, .. } => Operand::Text(*at, Value::text(text)),
            ast::Operand::Field(at, names) => Operand::Field(*at, shared(names)),
            ast::Operand::Variable(at, name, names) => {
                Operand::Variable(*at, self.variable(name), shared(names))
            }
            ast::Operand::Identifier(at, name) => match self.funcs.find(name) {
                Some(func) => Operand::Call(*at, func.clone()),
                // The parser has refused names without function.
                None => Operand::Nil(*at),
            },
            ast::Operand::Chain(at, operand, names) => {
                Operand::Chain(*at, Box::new(self.operand(operand)), shared(names))
            }
            ast::Operand::Pipe(pipe) => Operand::Pipe(Box::new(self.pipe(pipe))),
        }
    }
}

fn shared(names: &[String]) -> Names {
    names.iter().map(|name| Arc::from(name.as_str())).collect()
}
