//! From the parser's tree to ours.

use std::panic::catch_unwind;
use std::sync::Arc;

use handlebars::template::{
    BlockParam, DecoratorTemplate, HelperTemplate, Parameter, Subexpression, TemplateElement,
};
use handlebars::{Path as ParsedPath, Template as Parsed, TemplateErrorReason};
use value::{Position, Value};

use crate::error::{Fault, TemplateError};
use crate::locate::tag;
use crate::path::Path;
use crate::scan::Unclosed;
use crate::tree::{At, Block, Body, Call, Expr, Inline, Node, PartialCall, Template};
use crate::{Source, scan};

/// A template that was read.
pub(crate) struct Read {
    pub(crate) template: Template,
    /// The inline partials in it.
    pub(crate) inline: Vec<Inline>,
    /// How much work it was; see [`scan::MAX_COST`].
    pub(crate) cost: u64,
}

/// Reads a template, unless it costs more than `budget`.
pub(crate) fn parse(source: Source, budget: u64) -> Result<Read, TemplateError> {
    let outline = scan::check(&source.text)
        .map_err(|(position, message)| TemplateError::at(&source, Some(position), message))?;
    if outline.cost > budget {
        return Err(TemplateError::at(&source, None, scan::TOO_MANY_TAGS.to_owned()));
    }
    let parsed = read(&source, outline.unclosed)?;
    let source = Arc::new(source);
    let mut reader = Reader { source: &source, inline: Vec::new(), depth: 0 };
    let body =
        reader.body(&parsed, At { position: Position { line: 1, column: 1 }, chained: false })?;
    let Reader { inline, .. } = reader;
    let template = Template { source, body: Arc::new(body) };
    Ok(Read { template, inline, cost: outline.cost })
}

/// Calls the parser. Some texts that are no templates make it panic instead of refusing them.
fn read(source: &Source, unclosed: Option<Unclosed>) -> Result<Parsed, TemplateError> {
    let text = Arc::clone(&source.text);
    let parsed = catch_unwind(move || Parsed::compile(&text))
        .map_err(|_| TemplateError::at(source, None, "the template cannot be parsed".to_owned()))?;
    parsed.map_err(|error| {
        let position = error.pos().map(|(line, column)| Position { line, column });
        let message = match error.reason() {
            TemplateErrorReason::MismatchingClosedHelper(open, close)
            | TemplateErrorReason::MismatchingClosedDecorator(open, close) => {
                format!("{{{{/{close}}}}} closes a block that was opened as {{{{#{open}}}}}")
            }
            TemplateErrorReason::InvalidParam(param) => format!("invalid argument {param}"),
            _ => match unclosed {
                Some(Unclosed::Tag(open)) if position.is_none_or(|at| at >= open) => {
                    let message = "this tag is never closed: }} is missing, or a quote".to_owned();
                    return TemplateError::at(source, Some(open), message);
                }
                Some(Unclosed::Block(open)) if at_end(source, position) => {
                    let message = "this block is never closed".to_owned();
                    return TemplateError::at(source, Some(open), message);
                }
                _ => syntax(source, position),
            },
        };
        TemplateError::at(source, position, message)
    })
}

/// Whether a place is the end of the text.
fn at_end(source: &Source, position: Option<Position>) -> bool {
    let lines = source.text.matches('\n').count() + 1;
    position.is_none_or(|at| {
        let last = source.text.lines().last().unwrap_or_default().chars().count();
        at.line >= lines && (at.column > last || source.text.ends_with('\n'))
    })
}

/// Says what the parser could not read at a place: its own list of expected rules helps nobody.
fn syntax(source: &Source, position: Option<Position>) -> String {
    let line = position.and_then(|at| source.text.lines().nth(at.line.saturating_sub(1)));
    let rest: Option<String> = position
        .zip(line)
        .map(|(at, line)| line.chars().skip(at.column.saturating_sub(1)).take(24).collect());
    match rest {
        Some(rest) if !rest.trim().is_empty() => format!("invalid Handlebars syntax near {rest:?}"),
        _ => "invalid Handlebars syntax: a block or a tag is not closed".to_owned(),
    }
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    inline: Vec<Inline>,
    depth: usize,
}

impl Reader<'_> {
    fn body(&mut self, parsed: &Parsed, outer: At) -> Result<Body, TemplateError> {
        let mut body = Body::new();
        for (i, element) in parsed.elements.iter().enumerate() {
            let at = parsed.mapping.get(i).map_or(outer, |place| At {
                position: Position { line: place.0, column: place.1 },
                chained: false,
            });
            if let Some(node) = self.node(element, at)? {
                body.push(node);
            }
        }
        Ok(body)
    }

    fn node(&mut self, element: &TemplateElement, at: At) -> Result<Option<Node>, TemplateError> {
        Ok(Some(match element {
            TemplateElement::RawString(text) => {
                Node::Text { text: text.clone(), line: first_line(text, at.position.line) }
            }
            TemplateElement::Comment(_) => return Ok(None),
            TemplateElement::Expression(tag) | TemplateElement::HtmlExpression(tag) => {
                Node::Print { expr: self.printed(tag, at)?, at }
            }
            TemplateElement::HelperBlock(block) => Node::Block(Box::new(self.block(block, at)?)),
            TemplateElement::PartialExpression(call) | TemplateElement::PartialBlock(call) => {
                Node::Partial(Box::new(self.partial(call, at)?))
            }
            TemplateElement::DecoratorBlock(decorator) => {
                self.inline(decorator, at)?;
                return Ok(None);
            }
            _ => return Err(self.refuse(at, "decorators other than inline are not known")),
        }))
    }

    fn printed(&self, tag: &HelperTemplate, at: At) -> Result<Expr, TemplateError> {
        if tag.params.is_empty() && tag.hash.is_empty() {
            return self.expr(&tag.name, at);
        }
        Ok(Expr::Call(Box::new(self.call(tag, at)?)))
    }

    fn call(&self, tag: &HelperTemplate, at: At) -> Result<Call, TemplateError> {
        Ok(Call {
            name: self.name(&tag.name, at)?,
            args: self.exprs(&tag.params, at)?,
            named: self.named(&tag.hash, at)?,
        })
    }

    fn name(&self, name: &Parameter, at: At) -> Result<Arc<str>, TemplateError> {
        name.as_name().map(Arc::from).ok_or_else(|| self.refuse(at, "a name is expected here"))
    }

    fn exprs(&self, params: &[Parameter], at: At) -> Result<Vec<Expr>, TemplateError> {
        params.iter().map(|param| self.expr(param, at)).collect()
    }

    /// Named arguments, by name: the parser does not keep their order.
    fn named<'p, N, I>(&self, hash: I, at: At) -> Result<Vec<(Arc<str>, Expr)>, TemplateError>
    where
        N: AsRef<str> + 'p,
        I: IntoIterator<Item = (&'p N, &'p Parameter)>,
    {
        let mut named = hash
            .into_iter()
            .map(|(name, param)| Ok((Arc::from(name.as_ref()), self.expr(param, at)?)))
            .collect::<Result<Vec<(Arc<str>, Expr)>, TemplateError>>()?;
        named.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(named)
    }

    fn expr(&self, param: &Parameter, at: At) -> Result<Expr, TemplateError> {
        Ok(match param {
            Parameter::Name(name) => Expr::Path(Path::parse(name)),
            Parameter::Path(ParsedPath::Relative((_, raw)) | ParsedPath::Local((_, _, raw))) => {
                Expr::Path(Path::parse(raw))
            }
            Parameter::Literal(json) => Expr::Literal(literal(&json.to_string())),
            Parameter::Subexpression(sub) => Expr::Call(Box::new(self.subexpression(sub, at)?)),
            _ => return Err(self.refuse(at, "an argument cannot be read")),
        })
    }

    fn subexpression(&self, sub: &Subexpression, at: At) -> Result<Call, TemplateError> {
        match sub.as_element() {
            TemplateElement::Expression(tag) => self.call(tag, at),
            _ => Err(self.refuse(at, "an argument cannot be read")),
        }
    }

    fn block(&mut self, tag: &HelperTemplate, at: At) -> Result<Block, TemplateError> {
        self.depth += 1;
        let call = self.call(tag, at)?;
        let params = match &tag.block_param {
            None => Vec::new(),
            Some(BlockParam::Single(name)) => vec![self.name(name, at)?],
            Some(BlockParam::Pair((first, second))) => {
                vec![self.name(first, at)?, self.name(second, at)?]
            }
            Some(_) => return Err(self.refuse(at, "the names between | | cannot be read")),
        };
        let body = tag.template.as_ref().map_or_else(|| Ok(Body::new()), |t| self.body(t, at))?;
        let branch = At { chained: tag.is_chained() || at.chained, ..at };
        let otherwise = tag.inverse.as_ref().map(|t| self.body(t, branch)).transpose()?;
        self.depth -= 1;
        Ok(Block { call, params, body, otherwise, at })
    }

    fn partial(&mut self, tag: &DecoratorTemplate, at: At) -> Result<PartialCall, TemplateError> {
        let name = match &tag.name {
            Parameter::Name(name) => Expr::Literal(Value::from(unquoted(name))),
            dynamic => self.expr(dynamic, at)?,
        };
        if tag.params.len() > 1 {
            return Err(self.refuse(at, "a partial takes one context at most"));
        }
        self.depth += 1;
        let body = tag.template.as_ref().map(|t| self.body(t, at)).transpose()?;
        self.depth -= 1;
        Ok(PartialCall {
            name,
            context: tag.params.first().map(|param| self.expr(param, at)).transpose()?,
            named: self.named(&tag.hash, at)?,
            indent: alone(&self.source.text, at.position),
            body,
            at,
        })
    }

    fn inline(&mut self, tag: &DecoratorTemplate, at: At) -> Result<(), TemplateError> {
        if tag.name.as_name() != Some("inline") {
            return Err(self.refuse(at, "decorators other than inline are not known"));
        }
        if self.depth > 0 {
            return Err(self.refuse(at, "an inline partial cannot stand inside a block"));
        }
        let Some(Parameter::Literal(name)) = tag.params.first() else {
            return Err(self.refuse(at, "an inline partial needs a name in quotes"));
        };
        let Some(name) = name.as_str().map(Arc::from) else {
            return Err(self.refuse(at, "an inline partial needs a name in quotes"));
        };
        self.depth += 1;
        let body = tag.template.as_ref().map_or_else(|| Ok(Body::new()), |t| self.body(t, at))?;
        self.depth -= 1;
        self.inline.push(Inline { name, body: Arc::new(body), at });
        Ok(())
    }

    fn refuse(&self, at: At, message: &str) -> TemplateError {
        TemplateError::of(self.source, at, Fault::new(message))
    }
}

/// Returns the line on which a text begins: the parser tells that of what comes behind its leading blanks.
fn first_line(text: &str, told: usize) -> usize {
    let blank = text.len() - text.trim_start().len();
    let lines = text.get(..blank).unwrap_or_default().matches('\n').count();
    told.saturating_sub(lines).max(1)
}

fn literal(json: &str) -> Value {
    value::json::from_str(json).unwrap_or_default()
}

fn unquoted(name: &str) -> &str {
    let inside = |open, close| name.strip_prefix(open).and_then(|name| name.strip_suffix(close));
    inside('\'', '\'').or_else(|| inside('[', ']')).unwrap_or(name)
}

/// Returns the blanks before a tag that stands alone on its line.
fn alone(text: &str, at: Position) -> Option<String> {
    let (start, end) = tag(text, at)?;
    if text.get(start + 2..)?.starts_with('~') {
        return None;
    }
    let before = text.get(..start)?;
    let before = before.get(before.rfind('\n').map_or(0, |newline| newline + 1)..)?;
    let after = text.get(end..)?.lines().next().unwrap_or_default();
    let blank = |text: &str| text.chars().all(|c| matches!(c, ' ' | '\t' | '\r'));
    (blank(before) && blank(after)).then(|| before.to_owned())
}
