//! What can be known to be wrong before a template runs: helpers and blocks that do not exist or are
//! called with the wrong number of arguments, partials that do not exist.

use value::Value;

use crate::error::{Fault, TemplateError};
use crate::eval::unknown_partial;
use crate::tree::{At, Body, Call, Expr, Node, PartialCall};
use crate::{Source, Templates, blocks, builtins};

/// Checks all templates and partials.
pub(crate) fn check(templates: &Templates) -> Result<(), TemplateError> {
    for template in templates.templates.values() {
        check_body(templates, &template.source, &template.body)?;
    }
    for partial in templates.partials.all() {
        check_body(templates, &partial.source, &partial.body)?;
    }
    Ok(())
}

/// Checks a body that stands in `source`.
pub(crate) fn check_body(
    templates: &Templates,
    source: &Source,
    body: &Body,
) -> Result<(), TemplateError> {
    Checker { templates, source }.body(body)
}

struct Checker<'a> {
    templates: &'a Templates,
    source: &'a Source,
}

impl Checker<'_> {
    fn body(&self, body: &Body) -> Result<(), TemplateError> {
        for node in body {
            match node {
                Node::Text { .. } => {}
                Node::Print { expr, at } => self.at(*at, self.expr(expr))?,
                Node::Block(block) => {
                    self.at(block.at, blocks::check(block))?;
                    for arg in &block.call.args {
                        self.at(block.at, self.expr(arg))?;
                    }
                    self.body(&block.body)?;
                    if let Some(otherwise) = &block.otherwise {
                        self.body(otherwise)?;
                    }
                }
                Node::Partial(call) => self.partial(call)?,
            }
        }
        Ok(())
    }

    fn partial(&self, call: &PartialCall) -> Result<(), TemplateError> {
        let named = call.named.iter().map(|(_, expr)| expr);
        for expr in named.chain(&call.context).chain([&call.name]) {
            self.at(call.at, self.expr(expr))?;
        }
        if let Expr::Literal(Value::String(name)) = &call.name {
            let known = name.as_ref() == "@partial-block"
                || self.templates.partials.find(name, self.source).is_some();
            if !known {
                return self.at(call.at, Err(unknown_partial(self.templates, name, self.source)));
            }
        }
        call.body.as_ref().map_or(Ok(()), |body| self.body(body))
    }

    fn expr(&self, expr: &Expr) -> Result<(), Fault> {
        match expr {
            Expr::Literal(_) | Expr::Path(_) => Ok(()),
            Expr::Call(call) => self.call(call),
        }
    }

    fn call(&self, call: &Call) -> Result<(), Fault> {
        builtins::check(call)?;
        for expr in call.args.iter().chain(call.named.iter().map(|(_, expr)| expr)) {
            self.expr(expr)?;
        }
        match (call.name.as_ref(), call.args.first()) {
            ("include", Some(Expr::Literal(Value::String(name))))
                if self.templates.partials.find(name, self.source).is_none() =>
            {
                Err(unknown_partial(self.templates, name, self.source))
            }
            _ => Ok(()),
        }
    }

    fn at(&self, at: At, result: Result<(), Fault>) -> Result<(), TemplateError> {
        result.map_err(|fault| TemplateError::of(self.source, at, fault))
    }
}
