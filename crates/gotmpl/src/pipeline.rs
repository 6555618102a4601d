//! What stands in an action: pipelines, the commands of a pipeline, the operands of a command.

use crate::ast::{Command, Decls, Operand, Pipe, Variable};
use crate::number::Number;
use crate::parser::{Parser, Read, cut};
use crate::quote::{quote, unquote};
use crate::show;
use crate::span::Span;
use crate::token::{Kind, Token};

impl Parser<'_, '_> {
    /// Parses a pipeline up to the token that ends it.
    pub(crate) fn pipeline(&mut self, context: &str, end: Kind) -> Read<Pipe> {
        if let Some(pipe) = self.quick_pipe(end) {
            return Ok(pipe);
        }
        let first = self.peek_non_space();
        let at = self.at(first.pos());
        let from = self.shared.commands.len();
        let (assigns, names) = self.declarations(context)?;
        if !names.is_empty()
            && let Some(commands) = self.quick_value(end)
        {
            let decls = self.declare(assigns, &names);
            return Ok(Pipe { at, decls, commands });
        }
        loop {
            let token = self.next_non_space();
            if token.kind == end {
                let commands = cut(&mut self.shared.commands, from);
                self.check_commands(&commands, context)?;
                let decls = self.declare(assigns, &names);
                return Ok(Pipe { at, decls, commands });
            }
            if !token.kind.is_operand() {
                return self.unexpected(token, context);
            }
            let command = self.command(token)?;
            self.shared.commands.push(command);
        }
    }

    /// Parses `$x :=`, `$x =` or `$i, $x :=` in front of a pipeline; returns the variables, and whether they
    /// must exist already.
    fn declarations(&mut self, context: &str) -> Read<(bool, Vec<Span>)> {
        let mut names = Vec::new();
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                return Ok((false, names));
            }
            let _variable = self.next();
            let behind = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    let _sign = self.next_non_space();
                    self.vars.push(self.text(variable.span));
                    names.push(variable.span);
                    return Ok((next.kind == Kind::Assign, names));
                }
                Kind::Char if self.text(next.span) == b"," => {
                    let _comma = self.next_non_space();
                    self.vars.push(self.text(variable.span));
                    names.push(variable.span);
                    if context == "range" && names.len() < 2 {
                        match self.peek_non_space().kind {
                            Kind::Variable | Kind::RightDelim | Kind::RightParen => continue,
                            _ => return self.error("range can only initialize variables"),
                        }
                    }
                    return self.error(format!("too many declarations in {context}"));
                }
                _ if behind.kind == Kind::Space => {
                    self.backup3(variable, behind);
                    return Ok((false, names));
                }
                _ => {
                    self.backup2(variable);
                    return Ok((false, names));
                }
            }
        }
    }

    /// Gives the variables that a pipeline sets their places.
    fn declare(&mut self, assigns: bool, names: &[Span]) -> Option<Box<Decls>> {
        if names.is_empty() {
            return None;
        }
        let place = |&name: &Span| {
            if assigns {
                return self.variable(name);
            }
            let slot = u32::try_from(self.scope.len()).ok();
            self.scope.push(self.text(name));
            self.slots = self.slots.max(self.scope.len());
            Variable { name, slot }
        };
        let variables = names.iter().map(place).collect();
        Some(Box::new(Decls { assigns, variables }))
    }

    pub(crate) fn variable(&self, name: Span) -> Variable {
        let text = self.text(name);
        let slot = self.scope.iter().rposition(|known| *known == text);
        Variable { name, slot: slot.and_then(|slot| u32::try_from(slot).ok()) }
    }

    pub(crate) fn check_commands(&self, commands: &[Command], context: &str) -> Read<()> {
        if commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        for (i, command) in commands.iter().enumerate().skip(1) {
            if matches!(
                command.head,
                Operand::Bool(..)
                    | Operand::Dot(_)
                    | Operand::Nil(_)
                    | Operand::Number(..)
                    | Operand::Text(..)
            ) {
                return self.error(format!("non executable command in pipeline stage {}", i + 1));
            }
        }
        Ok(())
    }

    /// Parses a command whose first operand begins with `first`, and the bar behind it.
    fn command(&mut self, first: Token) -> Read<Command> {
        let at = self.at(first.pos());
        let from = self.shared.operands.len();
        let head = self.operand(first)?;
        loop {
            let mut token = self.next();
            if token.kind == Kind::Space {
                token = self.next_non_space();
                if token.kind.is_operand() {
                    let operand = self.operand(token)?;
                    self.shared.operands.push(operand);
                    continue;
                }
            }
            match token.kind {
                Kind::RightDelim | Kind::RightParen => self.backup(),
                Kind::Pipe => {}
                _ => return self.unexpected(token, "operand"),
            }
            return Ok(Command { at, head, args: cut(&mut self.shared.operands, from) });
        }
    }

    /// Parses the rest of a term with the fields behind it.
    fn operand(&mut self, token: Token) -> Read<Operand> {
        let term = self.term(token)?;
        let term = self.with_fields(term);
        if !self.may_be_field() {
            return Ok(term);
        }
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(term);
        }
        let at = self.at(first.pos());
        // Nothing may stand between fields.
        let mut fields = first.span;
        while self.peek().kind == Kind::Field {
            fields.end = self.next().span.end;
        }
        Ok(match term {
            Operand::Field(_, names) => {
                Operand::Field(at, Span { start: names.start, end: fields.end })
            }
            Operand::Variable(_, variable, _) => Operand::Variable(at, variable, fields),
            Operand::Bool(..)
            | Operand::Text(..)
            | Operand::Number(..)
            | Operand::Nil(_)
            | Operand::Dot(_) => {
                let shown = quote(&show::operand(&term, self.source()));
                return self.error(format!("unexpected . after term {shown}"));
            }
            term => Operand::Chain(at, Box::new(term), fields),
        })
    }

    /// Adds the fields behind a field or variable that need no tokens.
    fn with_fields(&mut self, term: Operand) -> Operand {
        if !matches!(term, Operand::Field(..) | Operand::Variable(..)) {
            return term;
        }
        let Some(fields) = self.more_fields() else {
            return term;
        };
        let at = self.at(fields.start);
        match term {
            Operand::Field(_, names) => {
                Operand::Field(at, Span { start: names.start, end: fields.end })
            }
            Operand::Variable(_, variable, _) => Operand::Variable(at, variable, fields),
            other => other,
        }
    }

    /// Parses the rest of what begins with a token that [can](Kind::is_operand) begin an operand.
    fn term(&mut self, token: Token) -> Read<Operand> {
        let at = self.at(token.pos());
        let text = self.text(token.span);
        Ok(match token.kind {
            Kind::Identifier => match self.shared.funcs.named(text) {
                Some(func) => Operand::Call(at, func.clone()),
                None => return self.error(format!("function {} not defined", quote(text))),
            },
            Kind::Dot => Operand::Dot(at),
            Kind::Nil => Operand::Nil(at),
            Kind::Variable => {
                if !self.vars.contains(&text) {
                    return self.error(format!("undefined variable {}", quote(text)));
                }
                let end = token.span.end;
                Operand::Variable(at, self.variable(token.span), Span { start: end, end })
            }
            Kind::Field => Operand::Field(at, token.span),
            Kind::Bool => Operand::Bool(at, text == b"true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                match Number::parse(text, token.kind) {
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
            Kind::RawString => Operand::Text(at, token.span),
            Kind::String if unquote(text).is_ok() => Operand::Text(at, token.span),
            Kind::String => return self.error("invalid syntax"),
            _ => return self.unexpected(token, "operand"),
        })
    }
}
