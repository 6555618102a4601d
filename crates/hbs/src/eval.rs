//! Runs a template: text, tags, partials. Blocks are in `blocks`, what helpers do in `builtins`.

use std::sync::Arc;

use funcs::World;
use funcs::table::find;
use value::{Position, Value};

use crate::builtins;
use crate::error::{Fault, TemplateError, did_you_mean};
use crate::scope::Scope;
use crate::tree::{At, Body, Call, Expr, Node, PartialCall, Template};
use crate::{Context, Lines, Printed, Source, Templates, blocks};

/// How deep blocks, partials and calls may be nested in each other.
pub(crate) const MAX_DEPTH: usize = 160;

/// How much work one template may be: a step is a tag, or some of the data that a function makes.
pub(crate) const MAX_STEPS: u64 = 3_000_000;

/// The longest output of one template, in bytes.
pub(crate) const MAX_OUTPUT: usize = 16 << 20;

/// What goes wrong inside a tag: not yet placed, or placed in another file.
#[derive(Debug)]
pub(crate) enum Failure {
    /// In this tag.
    Here(Fault),
    /// In a partial that the tag includes.
    Inside(TemplateError),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Here(fault)
    }
}

impl Failure {
    pub(crate) fn placed(self, source: &Source, at: At) -> TemplateError {
        match self {
            Self::Here(fault) => TemplateError::of(source, at, fault),
            Self::Inside(error) => error,
        }
    }
}

/// A run of one template.
pub(crate) struct Run<'a> {
    pub(crate) templates: &'a Templates,
    pub(crate) context: &'a Context,
    /// The template that is run.
    pub(crate) template: &'a Source,
    world: &'a dyn World,
    steps: u64,
    depth: usize,
    /// What the `{{#> partial}}` blocks around the present place wrap.
    wrapped: Vec<Option<String>>,
    /// Which line of the template printed what; `None` inside of texts that are put together first.
    lines: Option<Lines>,
}

/// A place in a run: the file, and what names mean there.
pub(crate) struct Place<'p> {
    pub(crate) source: &'p Source,
    pub(crate) scope: &'p mut Scope,
    /// The tag that is being looked at.
    pub(crate) at: At,
}

impl<'p> Place<'p> {
    /// Returns the beginning of a file.
    pub(crate) const fn start(source: &'p Source, scope: &'p mut Scope) -> Self {
        let position = Position { line: 1, column: 1 };
        Self { source, scope, at: At { position, chained: false } }
    }
}

/// Renders a template.
pub(crate) fn render(
    templates: &Templates,
    template: &Template,
    context: &Context,
    world: &dyn World,
) -> Result<Printed, TemplateError> {
    let mut run = Run {
        templates,
        context,
        template: &template.source,
        world,
        steps: 0,
        depth: 0,
        wrapped: Vec::new(),
        lines: Some(Lines::default()),
    };
    let mut scope = Scope::new(context.data.clone());
    let mut place = Place::start(&template.source, &mut scope);
    let mut out = String::new();
    run.body(&template.body, &mut place, &mut out)?;
    Ok(Printed { text: out, lines: run.lines.unwrap_or_default() })
}

impl Run<'_> {
    /// Renders a sequence of text and tags.
    pub(crate) fn body(
        &mut self,
        body: &Body,
        place: &mut Place<'_>,
        out: &mut String,
    ) -> Result<(), TemplateError> {
        for node in body {
            match node {
                Node::Text { text, line } => {
                    self.printing(|lines| lines.copied(out.len(), text, *line));
                    out.push_str(text);
                }
                Node::Print { expr, at } => {
                    place.at = *at;
                    self.printing(|lines| lines.printed(out.len(), at.position.line));
                    let text = self
                        .printed(expr, place)
                        .map_err(|failure| failure.placed(place.source, *at))?;
                    out.push_str(&text);
                    self.bounded(out, place, *at)?;
                }
                Node::Block(block) => {
                    let at = block.at;
                    place.at = at;
                    self.deeper(|run| blocks::run(run, block, place, out))
                        .map_err(|failure| failure.placed(place.source, at))?;
                    self.bounded(out, place, at)?;
                }
                Node::Partial(call) => {
                    place.at = call.at;
                    self.printing(|lines| lines.printed(out.len(), call.at.position.line));
                    let text = self.partial_tag(call, place)?;
                    out.push_str(&text);
                    self.bounded(out, place, call.at)?;
                }
            }
        }
        Ok(())
    }

    /// Notes which line prints what comes next.
    fn printing(&mut self, note: impl FnOnce(&mut Lines)) {
        if let Some(lines) = &mut self.lines {
            note(lines);
        }
    }

    /// Renders a body into a text of its own.
    pub(crate) fn apart(
        &mut self,
        body: &Body,
        place: &mut Place<'_>,
    ) -> Result<String, TemplateError> {
        let lines = self.lines.take();
        let mut text = String::new();
        let result = self.body(body, place, &mut text);
        self.lines = lines;
        result.map(|()| text)
    }

    fn bounded(&mut self, out: &str, place: &Place<'_>, at: At) -> Result<(), TemplateError> {
        self.charge(1).map_err(|fault| TemplateError::of(place.source, at, fault))?;
        if out.len() > MAX_OUTPUT {
            let fault = Fault::new(format!("the output is larger than {} MiB", MAX_OUTPUT >> 20));
            return Err(TemplateError::of(place.source, at, fault));
        }
        Ok(())
    }

    /// Counts work done.
    pub(crate) fn charge(&mut self, steps: u64) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            return Err(Fault::new(format!("rendering takes more than {MAX_STEPS} steps")));
        }
        Ok(())
    }

    /// Does something one level deeper.
    pub(crate) fn deeper<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.depth == MAX_DEPTH {
            let message = format!("blocks, partials and calls are nested deeper than {MAX_DEPTH}");
            return Err(Fault::new(message).into());
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    fn printed(&mut self, expr: &Expr, place: &mut Place<'_>) -> Result<String, Failure> {
        if let Expr::Path(path) = expr
            && let Some(name) = path.single()
            && place.scope.resolve_optional(path).is_none()
            && find(name).is_some_and(|row| row.arity().max == Some(0))
        {
            return Ok(printed(&self.function(name, &[])?));
        }
        Ok(printed(&self.value(expr, place)?))
    }

    /// Returns the value of an expression.
    pub(crate) fn value(&mut self, expr: &Expr, place: &mut Place<'_>) -> Result<Value, Failure> {
        match expr {
            Expr::Literal(value) => Ok(value.clone()),
            Expr::Path(path) => Ok(place.scope.resolve(path)?),
            Expr::Call(call) => self.deeper(|run| run.call(call, place)),
        }
    }

    /// Returns the value of an expression, `None` when it is a variable that is missing.
    pub(crate) fn optional(
        &mut self,
        expr: &Expr,
        place: &mut Place<'_>,
    ) -> Result<Option<Value>, Failure> {
        match expr {
            Expr::Path(path) => Ok(place.scope.resolve_optional(path)),
            other => self.value(other, place).map(Some),
        }
    }

    fn call(&mut self, call: &Call, place: &mut Place<'_>) -> Result<Value, Failure> {
        self.charge(1)?;
        let result = if let Some(builtin) = builtins::find(&call.name) {
            (builtin.run)(self, call, place)
        } else {
            self.args(call, place).and_then(|args| self.function(&call.name, &args))
        };
        result.map_err(|failure| match failure {
            Failure::Here(fault) => Failure::Here(fault.about(&call.name)),
            inside @ Failure::Inside(_) => inside,
        })
    }

    /// Returns the arguments of a call; named ones, which `dict` alone takes, behind the others in pairs.
    pub(crate) fn args(
        &mut self,
        call: &Call,
        place: &mut Place<'_>,
    ) -> Result<Vec<Value>, Failure> {
        let mut args = Vec::with_capacity(call.args.len() + 2 * call.named.len());
        for arg in &call.args {
            args.push(self.value(arg, place)?);
        }
        for (name, arg) in &call.named {
            args.push(Value::String(Arc::clone(name)));
            args.push(self.value(arg, place)?);
        }
        Ok(args)
    }

    /// Calls a function of the table.
    pub(crate) fn function(&mut self, name: &str, args: &[Value]) -> Result<Value, Failure> {
        let Some(row) = find(name) else {
            return Err(builtins::unknown(name).into());
        };
        let weight: u64 = args.iter().map(weight).sum();
        self.charge(weight)?;
        let result = row
            .call(self.world, args)
            .map_err(|error| Fault::new(format!("error calling {name}: {error}")))?;
        self.charge(self::weight(&result))?;
        Ok(result)
    }

    fn partial_tag(
        &mut self,
        call: &PartialCall,
        place: &mut Place<'_>,
    ) -> Result<String, TemplateError> {
        let text = self
            .deeper(|run| run.called_partial(call, place))
            .map_err(|failure| failure.placed(place.source, call.at))?;
        Ok(match &call.indent {
            None => text,
            Some(_) if text.is_empty() => text,
            Some(indent) => indented(&text, indent),
        })
    }

    fn called_partial(
        &mut self,
        call: &PartialCall,
        place: &mut Place<'_>,
    ) -> Result<String, Failure> {
        let name = self.value(&call.name, place)?;
        let name = name.as_str().ok_or_else(|| {
            Fault::new(format!("the name of a partial must be a string, not a {}", name.kind()))
        })?;
        if name == "@partial-block" {
            return self.wrapped.last().and_then(Clone::clone).ok_or_else(|| {
                Fault::new("@partial-block: this partial was not called as a block").into()
            });
        }
        let mut context = match &call.context {
            Some(expr) => self.value(expr, place)?,
            None => place.scope.context(),
        };
        if !call.named.is_empty() {
            if context.as_map().is_none() {
                let message = "named arguments of a partial need a map as context";
                return Err(Fault::new(message).into());
            }
            for (key, expr) in &call.named {
                let value = self.value(expr, place)?;
                context.set(&[key.as_ref()], value);
            }
        }
        let wrapped = match &call.body {
            None => None,
            Some(body) => {
                let text = self.apart(body, place).map_err(Failure::Inside)?;
                Some(without_newline(text))
            }
        };
        self.wrapped.push(wrapped);
        let text = self.partial(name, context, place, call.at);
        self.wrapped.pop();
        text
    }

    /// Renders the partial `name` with a context of its own. Its final newline does not count.
    pub(crate) fn partial(
        &mut self,
        name: &str,
        context: Value,
        place: &Place<'_>,
        at: At,
    ) -> Result<String, Failure> {
        let templates = self.templates;
        let Some(partial) = templates.partials.find(name, place.source) else {
            return Err(unknown_partial(templates, name, place.source).into());
        };
        let mut scope = place.scope.partial(context);
        let mut inner = Place::start(&partial.source, &mut scope);
        let text = self.apart(&partial.body, &mut inner).map_err(|error| {
            Failure::Inside(error.through(format!("partial {name}"), place.source, at))
        })?;
        Ok(without_newline(text))
    }
}

/// Returns the fault of a partial that does not exist.
pub(crate) fn unknown_partial(templates: &Templates, name: &str, source: &Source) -> Fault {
    Fault::new(format!("unknown partial \"{name}\""))
        .with_help(did_you_mean(name, templates.partials.names(source)))
        .about(&Arc::from(name))
}

/// Returns a value as a tag prints it: text as it is, lists and maps as JSON, which YAML reads, anything
/// else as YAML writes it.
fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Int(i) => i.to_string(),
        Value::List(_) | Value::Map(_) => value::json::to_string(value),
        other => {
            let mut yaml = value::yaml::to_string(other);
            yaml.truncate(yaml.trim_end().len());
            yaml
        }
    }
}

/// Returns the text without its final newline, if there is one.
fn without_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// Puts `indent` before each line that is not empty, and ends the last line.
fn indented(text: &str, indent: &str) -> String {
    let mut out = String::with_capacity(text.len() + indent.len() + 1);
    for line in text.split('\n') {
        if !line.is_empty() {
            out.push_str(indent);
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// How much work it is to look at a value.
fn weight(value: &Value) -> u64 {
    let size = match value {
        Value::String(text) => text.len() / 64,
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 0,
    };
    u64::try_from(size).unwrap_or(u64::MAX)
}
