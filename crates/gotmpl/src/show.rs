//! How Go prints the tree of a template.

use crate::ast::{Branch, Command, Node, Operand, Pipe};
use crate::quote::quote;
use crate::span::Span;

/// Returns the nodes as Go prints them; `text` is that of their file.
pub(crate) fn nodes(nodes: &[Node], text: &[u8]) -> Vec<u8> {
    let mut printer = Printer { text, out: Vec::new() };
    printer.block(nodes);
    printer.out
}

/// Returns the node with the number `id` as Go prints it, if there is one below `nodes`.
pub(crate) fn node(nodes: &[Node], id: u32, text: &[u8]) -> Option<Vec<u8>> {
    let mut printer = Printer { text, out: Vec::new() };
    printer.find_in_block(nodes, id).then_some(printer.out)
}

/// Returns a term as Go prints it.
pub(crate) fn operand(operand: &Operand, text: &[u8]) -> Vec<u8> {
    let mut printer = Printer { text, out: Vec::new() };
    printer.operand(operand);
    printer.out
}

struct Printer<'t> {
    text: &'t [u8],
    out: Vec<u8>,
}

// Printing.
impl Printer<'_> {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn span(&mut self, span: Span) {
        self.out.extend_from_slice(span.of(self.text));
    }

    fn block(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text { text, .. } => self.span(*text),
            Node::Raw { quoted, .. } => {
                self.push("{{");
                self.span(*quoted);
                self.push("}}");
            }
            Node::Action { pipe, .. } => {
                self.push("{{");
                self.pipe(pipe);
                self.push("}}");
            }
            Node::If { branch, .. } => self.branch("if", branch),
            Node::With { branch, .. } => self.branch("with", branch),
            Node::Range { branch, .. } => self.branch("range", branch),
            Node::Template { name, pipe, .. } => {
                self.push("{{template ");
                self.push(&quote(name.as_bytes()));
                if let Some(pipe) = pipe {
                    self.push(" ");
                    self.pipe(pipe);
                }
                self.push("}}");
            }
            Node::Break(_) => self.push("{{break}}"),
            Node::Continue(_) => self.push("{{continue}}"),
        }
    }

    fn branch(&mut self, keyword: &str, branch: &Branch) {
        self.push("{{");
        self.push(keyword);
        self.push(" ");
        self.pipe(&branch.pipe);
        self.push("}}");
        self.block(&branch.list);
        if let Some(other) = &branch.other {
            self.push("{{else}}");
            self.block(other);
        }
        self.push("{{end}}");
    }

    fn pipe(&mut self, pipe: &Pipe) {
        if let Some(decls) = &pipe.decls {
            for (i, variable) in decls.variables.iter().enumerate() {
                self.push(if i > 0 { ", " } else { "" });
                self.span(variable.name);
            }
            self.push(if decls.assigns { " = " } else { " := " });
        }
        for (i, command) in pipe.commands.iter().enumerate() {
            self.push(if i > 0 { " | " } else { "" });
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        self.argument(&command.head);
        for arg in &command.args {
            self.push(" ");
            self.argument(arg);
        }
    }

    fn argument(&mut self, operand: &Operand) {
        if let Operand::Pipe(pipe) = operand {
            self.push("(");
            self.pipe(pipe);
            self.push(")");
        } else {
            self.operand(operand);
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Dot(_) => self.push("."),
            Operand::Nil(_) => self.push("nil"),
            Operand::Bool(_, true) => self.push("true"),
            Operand::Bool(_, false) => self.push("false"),
            Operand::Number(_, number) => self.push(&number.text),
            Operand::Text(_, quoted) => self.span(*quoted),
            Operand::Field(_, names) => self.span(*names),
            Operand::Variable(_, variable, names) => {
                self.span(variable.name);
                self.span(*names);
            }
            Operand::Call(_, func) => self.push(func.name()),
            Operand::Chain(_, operand, names) => {
                self.argument(operand);
                self.span(*names);
            }
            Operand::Pipe(pipe) => self.pipe(pipe),
        }
    }
}

// Finding.
impl Printer<'_> {
    fn find_in_block(&mut self, nodes: &[Node], id: u32) -> bool {
        nodes.iter().any(|node| self.find_in_node(node, id))
    }

    fn find_in_node(&mut self, node: &Node, id: u32) -> bool {
        if node.at().id == id {
            self.node(node);
            return true;
        }
        match node {
            Node::Text { .. } | Node::Raw { .. } | Node::Break(_) | Node::Continue(_) => false,
            Node::Action { pipe, .. } => self.find_in_pipe(pipe, id),
            Node::If { branch, .. } | Node::With { branch, .. } | Node::Range { branch, .. } => {
                self.find_in_pipe(&branch.pipe, id)
                    || self.find_in_block(&branch.list, id)
                    || branch.other.as_ref().is_some_and(|other| self.find_in_block(other, id))
            }
            Node::Template { pipe, .. } => {
                pipe.as_ref().is_some_and(|pipe| self.find_in_pipe(pipe, id))
            }
        }
    }

    fn find_in_pipe(&mut self, pipe: &Pipe, id: u32) -> bool {
        if pipe.at.id == id {
            self.pipe(pipe);
            return true;
        }
        pipe.commands.iter().any(|command| self.find_in_command(command, id))
    }

    fn find_in_command(&mut self, command: &Command, id: u32) -> bool {
        if command.at.id == id {
            self.command(command);
            return true;
        }
        self.find_in_operand(&command.head, id)
            || command.args.iter().any(|arg| self.find_in_operand(arg, id))
    }

    fn find_in_operand(&mut self, operand: &Operand, id: u32) -> bool {
        if operand.at().id == id {
            self.operand(operand);
            return true;
        }
        match operand {
            Operand::Chain(_, inner, _) => self.find_in_operand(inner, id),
            Operand::Pipe(pipe) => self.find_in_pipe(pipe, id),
            _ => false,
        }
    }
}
