//! What executing a template may call, known without executing it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::ast::{Block, Branch, Command, Node, Operand, Pipe};
use crate::program::Template;
use crate::quote::unquote;
use crate::set::TemplateSet;

impl TemplateSet {
    /// Returns the templates of this set (not of those below it) whose execution may call one of
    /// `functions`, themselves or through templates that they call.
    ///
    /// `executors` are functions that execute the template that their first argument names, such as
    /// Helm's `include`. Where that name is not written in the template, anything may be called.
    #[must_use]
    pub fn reaching(
        &self,
        functions: &HashSet<&str, RandomState>,
        executors: &[&str],
    ) -> HashSet<Arc<str>, RandomState> {
        let mut callers: HashMap<Cow<'_, str>, Vec<&Arc<str>>, RandomState> = HashMap::default();
        let mut found = Vec::new();
        for copies in copies(self).into_values() {
            let Some(first) = copies.first() else { continue };
            let text = &first.source.text;
            let mut walk = Walk { text, functions, executors, calls: Vec::new(), reaches: false };
            walk.block(&first.root);
            if walk.reaches {
                found.extend(copies.iter().map(|template| &template.name));
            }
            walk.calls.sort_unstable();
            walk.calls.dedup();
            for name in walk.calls {
                let callers = callers.entry(name).or_default();
                callers.extend(copies.iter().map(|template| &template.name));
            }
        }
        let mut reaching: HashSet<Arc<str>, RandomState> = HashSet::default();
        while let Some(name) = found.pop() {
            if reaching.insert(name.clone()) {
                found.extend(callers.get(&**name).into_iter().flatten());
            }
        }
        reaching
    }
}

/// Returns the templates of a set by the tree that they share.
#[expect(clippy::iter_over_hash_type, reason = "what is found is the same in any order")]
fn copies(set: &TemplateSet) -> HashMap<*const Block, Vec<&Arc<Template>>, RandomState> {
    let mut copies: HashMap<_, Vec<_>, RandomState> = HashMap::default();
    for template in set.templates.values() {
        copies.entry(Arc::as_ptr(&template.root)).or_default().push(template);
    }
    copies
}

/// Looks through one template.
struct Walk<'w> {
    text: &'w [u8],
    functions: &'w HashSet<&'w str, RandomState>,
    executors: &'w [&'w str],
    /// The templates that it calls.
    calls: Vec<Cow<'w, str>>,
    reaches: bool,
}

impl<'w> Walk<'w> {
    fn block(&mut self, block: &'w Block) {
        for node in block {
            match node {
                Node::Action { pipe, .. } => self.pipe(pipe),
                Node::If { branch, .. }
                | Node::With { branch, .. }
                | Node::Range { branch, .. } => {
                    self.branch(branch);
                }
                Node::Template { name, pipe, .. } => {
                    self.calls.push(Cow::Borrowed(name));
                    if let Some(pipe) = pipe {
                        self.pipe(pipe);
                    }
                }
                Node::Text { .. } | Node::Raw { .. } | Node::Break(_) | Node::Continue(_) => {}
            }
        }
    }

    fn branch(&mut self, branch: &'w Branch) {
        self.pipe(&branch.pipe);
        self.block(&branch.list);
        branch.other.iter().for_each(|other| self.block(other));
    }

    fn pipe(&mut self, pipe: &'w Pipe) {
        for command in &pipe.commands {
            self.command(command);
        }
    }

    fn command(&mut self, command: &'w Command) {
        if let Operand::Call(_, func) = &command.head {
            self.call(func.name(), &command.args);
        } else {
            self.operand(&command.head);
        }
        command.args.iter().for_each(|arg| self.operand(arg));
    }

    fn call(&mut self, name: &str, args: &'w [Operand]) {
        self.reaches |= self.functions.contains(name);
        if !self.executors.contains(&name) {
            return;
        }
        match args.first() {
            Some(Operand::Text(_, quoted)) => match name_of(quoted.of(self.text)) {
                Some(name) => self.calls.push(name),
                None => self.reaches = true,
            },
            _ => self.reaches = true,
        }
    }

    fn operand(&mut self, operand: &'w Operand) {
        match operand {
            Operand::Call(_, func) => self.call(func.name(), &[]),
            Operand::Chain(_, inner, _) => self.operand(inner),
            Operand::Pipe(pipe) => self.pipe(pipe),
            _ => {}
        }
    }
}

/// Returns the name that a string is.
fn name_of(quoted: &[u8]) -> Option<Cow<'_, str>> {
    match unquote(quoted).ok()? {
        Cow::Borrowed(name) => std::str::from_utf8(name).ok().map(Cow::Borrowed),
        Cow::Owned(name) => String::from_utf8(name).ok().map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::func::{Func, Funcs, Signature};
    use crate::types::Type;
    use crate::value::Value;

    fn check(text: &str, expected: &[&str]) {
        let named = |name| {
            let signature = Signature::variadic(&[], Type::Any, Type::String);
            Func::new(name, signature, |_, _| Ok(Value::from("")))
        };
        let funcs = Arc::new(Funcs::new().with(named("set")).with(named("include")));
        let mut set = TemplateSet::new("set");
        set.parse(&funcs, "main", text.as_bytes()).expect("a template");
        let reaching = set.reaching(&HashSet::from_iter(["set"]), &["include"]);
        let mut found: Vec<&str> = reaching.iter().map(|name| &**name).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn calls_are_followed_through_other_templates() {
        check("{{.a}}", &[]);
        check("{{set .a}}", &["main"]);
        check("{{if (len (set .a))}}x{{end}}", &["main"]);
        check("{{define `a`}}{{include `b` .}}{{end}}{{define `b`}}{{set .}}{{end}}", &["a", "b"]);
        check("{{define `a`}}{{template `b`}}{{end}}{{define `b`}}{{include `a`}}{{end}}", &[]);
        check("{{range .x}}{{else}}{{with .y}}{{.a | set}}{{end}}{{end}}", &["main"]);
    }

    #[test]
    fn a_name_that_is_not_written_there_may_be_any() {
        check("{{include .name .}}", &["main"]);
        check("{{.name | include}}", &["main"]);
        check("{{include (print `a`) .}}", &["main"]);
    }
}
