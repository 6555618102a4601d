//! Runs programs. Follows Go's executor step by step where a message could tell the difference: the
//! node that an error names is the one that was looked at last.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::ast::{Block, Branch, Node, Pipe, Variable};
use crate::error::{Call as TraceCall, CallError, Error, ErrorKind, Limit, Place, Scene};
use crate::frame::{Cell, Frame, Here};
use crate::meter::{Meter, Scale, between_looks, shallow};
use crate::options::Options;
use crate::output::{Output, Writer};
use crate::print;
use crate::printer::TooLarge;
use crate::program::Template;
use crate::quote::{quote, unquote};
use crate::set::TemplateSet;
use crate::span::{At, Source, Span};
use crate::stack::StackGuard;
use crate::truth::is_true;
use crate::value::Value;

/// How much room behind an output is not worth a copy, in bytes.
const SPARE: usize = 256;

/// Executes a template of a set.
pub(crate) fn execute(
    set: &Arc<TemplateSet>,
    name: &str,
    data: Value,
    options: &Options,
    host: &dyn Any,
) -> Result<Output, Error> {
    let writer = Writer {
        output: Output::default(),
        limit: options.limits.output,
        source_map: options.source_map,
    };
    let mut exec = Exec {
        set: set.clone(),
        options,
        host,
        writer,
        meter: Rc::new(Meter::new(options.limits.steps)),
        next_look: options.limits.steps.saturating_sub(between_looks(options.limits.memory)),
        in_hand: 0,
        stack: StackGuard::new(options.limits.stack),
        frames: Vec::new(),
        vars: Vec::new(),
        base: 0,
        at: At::default(),
        scratch: Vec::new(),
        places: RefCell::default(),
    };
    let template = exec.find(name)?;
    // Most templates print about as much as they say themselves.
    let size = template.source.text.len().min(options.limits.output);
    exec.writer.output.bytes.reserve(size);
    exec.run(&template, &Cell::new(data))?;
    let mut output = exec.writer.output;
    if output.bytes.capacity() > output.bytes.len() + output.bytes.len() / 8 + SPARE {
        // Allocators shrink in place, which gives nothing back.
        output.bytes = output.bytes.as_slice().to_vec();
    }
    Ok(output)
}

/// An execution under way.
pub(crate) struct Exec<'e> {
    pub(crate) set: Arc<TemplateSet>,
    pub(crate) options: &'e Options,
    pub(crate) host: &'e dyn Any,
    writer: Writer,
    pub(crate) meter: Rc<Meter>,
    /// How many steps are left when somebody looks at the memory again.
    next_look: u64,
    /// The bytes of arguments and dots that no variable holds.
    pub(crate) in_hand: usize,
    stack: StackGuard,
    frames: Vec<Frame>,
    /// The variables of all frames; those of the current one begin at `base`.
    /// One that no declaration has reached is none.
    vars: Vec<Option<Cell>>,
    base: usize,
    /// The node that an error would name.
    pub(crate) at: At,
    /// Where built-in functions print, so that they need not allocate each time.
    pub(crate) scratch: Vec<u8>,
    /// The places that errors have named, by file and node.
    places: RefCell<HashMap<NodeKey, (Arc<Source>, Place)>>,
}

/// The address of a file and the number of a node in it.
type NodeKey = (usize, u32);

/// How a block ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

pub(crate) type Run<T> = Result<T, Error>;

// What functions ask for.
impl Exec<'_> {
    pub(crate) fn template_name(&self) -> &str {
        self.frames.last().map_or("", |frame| &frame.template.name)
    }

    pub(crate) fn nesting(&self, name: &str) -> usize {
        self.frames.iter().filter(|frame| *frame.template.name == *name).count()
    }

    /// Executes a template and returns what it prints.
    pub(crate) fn render(&mut self, name: &str, data: Value) -> Run<Value> {
        let template = self.find(name)?;
        let start = self.writer.output.bytes.len();
        let result = self.run(&template, &Cell::new(data));
        let printed = self.writer.cut(start);
        result.map(|()| printed)
    }

    pub(crate) fn output_limit(&self) -> usize {
        self.options.limits.output
    }
}

// Templates, errors and bounds.
impl Exec<'_> {
    fn find(&self, name: &str) -> Run<Arc<Template>> {
        self.set.find(name).cloned().ok_or_else(|| {
            let (name, set) = (quote(name.as_bytes()), quote(self.set.name().as_bytes()));
            let message = format!("no template {name} associated with template {set}");
            Error::new(ErrorKind::Missing, None, message)
        })
    }

    fn run(&mut self, template: &Arc<Template>, dot: &Cell) -> Run<()> {
        self.check_depth()?;
        let (caller_base, caller_at) = (self.base, self.at);
        self.base = self.vars.len();
        self.vars.push(Some(dot.clone()));
        self.vars.resize_with(self.base + template.slots, || None);
        self.frames.push(Frame { template: template.clone(), caller_at });
        let result = self.block(Here { dot, text: &template.source.text }, &template.root);
        self.frames.pop();
        self.vars.truncate(self.base);
        self.base = caller_base;
        self.at = caller_at;
        result.map(|_| ())
    }

    fn check_depth(&self) -> Run<()> {
        let most = self.options.limits.depth;
        if self.frames.len() > most {
            let message = format!("exceeded maximum template depth ({most})");
            return Err(self.error(ErrorKind::Limit(Limit::Depth), message));
        }
        self.check_stack()
    }

    fn check_stack(&self) -> Run<()> {
        if self.stack.is_exhausted() { Err(self.over(Limit::Stack)) } else { Ok(()) }
    }

    pub(crate) fn step(&mut self) -> Run<()> {
        self.steps(1)
    }

    pub(crate) fn steps(&mut self, steps: u64) -> Run<()> {
        let paid = self.meter.spend(steps);
        if self.meter.left() < self.next_look {
            return paid.and_then(|()| self.look_at_memory()).map_err(|limit| self.over(limit));
        }
        paid.map_err(|limit| self.over(limit))
    }

    /// Adds up what variables hold.
    fn look_at_memory(&mut self) -> Result<(), Limit> {
        let limit = self.options.limits.memory;
        self.next_look = self.meter.left().saturating_sub(between_looks(limit));
        let mut scale = Scale::new(limit);
        self.vars.iter().flatten().for_each(|cell| scale.add(cell));
        if scale.fits(self.in_hand) { Ok(()) } else { Err(Limit::Memory) }
    }

    fn over(&self, limit: Limit) -> Error {
        self.error(ErrorKind::Limit(limit), limit.to_string())
    }

    pub(crate) fn fail<T>(&self, message: impl Into<String>) -> Run<T> {
        Err(self.error(ErrorKind::Execute, message))
    }

    /// Returns the error of a function that failed.
    pub(crate) fn failed_call(&self, name: &str, cause: CallError) -> Error {
        let kind = match cause {
            CallError::Limit(limit) => ErrorKind::Limit(limit),
            _ => ErrorKind::Execute,
        };
        // An error of a template called from here has the whole trace already.
        let trace = if cause.executed().is_some() { Vec::new() } else { self.trace() };
        let error = self.error_here(kind, format!("error calling {name}"));
        error.with_cause(cause).with_trace(trace)
    }

    fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        self.error_here(kind, message).with_trace(self.trace())
    }

    fn error_here(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        let place = self.frames.last().map(|frame| self.place(frame));
        Error::new(kind, place, message)
    }

    /// Returns the node that an error names. It is kept: a deep recursion fails at one node many times.
    fn place(&self, frame: &Frame) -> Place {
        let source = &frame.template.source;
        let key = (Arc::as_ptr(source).addr(), self.at.id);
        if let Some((_, place)) = self.places.borrow().get(&key) {
            return place.clone();
        }
        let (line, column) = source.line_column(self.at.pos);
        let place = Place {
            file: source.name.clone(),
            template: frame.template.name.clone(),
            line,
            column: Some(column),
            span: Span { start: self.at.pos, end: self.at.pos },
            context: frame.template.show(self.at),
            text: source.text.clone(),
            opened: None,
        };
        // The file is kept too, so that its address stays its own.
        self.places.borrow_mut().insert(key, (source.clone(), place.clone()));
        place
    }

    /// Returns what the template sees that is being executed.
    fn scene(&self, dot: &Cell) -> Scene {
        let names = self.frames.last().map(|frame| frame.template.variables()).unwrap_or_default();
        let value = |slot: usize| Some(self.vars.get(self.base + slot)?.as_ref()?.value.clone());
        let variables = names.into_iter().filter_map(|(name, slot)| Some((name, value(slot)?)));
        Scene { dot: dot.value.clone(), variables: variables.collect() }
    }

    fn trace(&self) -> Vec<TraceCall> {
        let callers = std::iter::once(None).chain(self.frames.iter().map(Some));
        let call = |(frame, caller): (&Frame, Option<&Frame>)| {
            let source = caller.map(|caller| caller.template.source());
            let (line, column) =
                source.map_or((0, 0), |source| source.line_column(frame.caller_at.pos));
            let file = source.map(|source| source.name.clone());
            TraceCall { template: frame.template.name.clone(), file, line, column }
        };
        self.frames.iter().zip(callers).map(call).collect()
    }

    /// Returns a node as Go prints it.
    pub(crate) fn show(&self, at: At) -> String {
        self.frames.last().map(|frame| frame.template.show(at)).unwrap_or_default()
    }

    pub(crate) fn shown(&self, value: &Value) -> String {
        let mut out = Vec::new();
        let values = std::slice::from_ref(value);
        let _complete = print::sprint_followed(&mut out, self.output_limit(), values);
        String::from_utf8_lossy(&out).into_owned()
    }
}

// Actions.
impl Exec<'_> {
    fn block(&mut self, here: Here<'_>, block: &Block) -> Run<Flow> {
        self.check_stack()?;
        self.nodes(here, block).map_err(|error| error.with_scene(|| self.scene(here.dot)))
    }

    fn nodes(&mut self, here: Here<'_>, block: &Block) -> Run<Flow> {
        for node in block {
            self.step()?;
            let flow = match node {
                Node::Text { at, text } => {
                    self.at = *at;
                    self.mark(*text);
                    self.text(text.of(here.text))?;
                    Flow::Next
                }
                Node::Raw { at, quoted } => {
                    self.at = *at;
                    self.mark(Span { start: at.pos, end: at.pos });
                    self.text(&unquote(quoted.of(here.text)).unwrap_or_default())?;
                    Flow::Next
                }
                Node::Action { at, pipe } => {
                    self.at = *at;
                    let value = self.pipe(here, pipe)?;
                    if pipe.decls.is_none() {
                        self.at = *at;
                        self.print(&value.value)?;
                    }
                    Flow::Next
                }
                Node::If { at, branch } => self.branch(here, *at, branch, false)?,
                Node::With { at, branch } => self.branch(here, *at, branch, true)?,
                Node::Range { at, branch } => self.range(here, *at, branch)?,
                Node::Template { at, name, pipe } => {
                    self.template(here, *at, name, pipe.as_deref())?;
                    Flow::Next
                }
                Node::Break(_) => Flow::Break,
                Node::Continue(_) => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn text(&mut self, text: &[u8]) -> Run<()> {
        self.writer.text(text).map_err(|limit| self.over(limit))
    }

    fn mark(&mut self, span: Span) {
        if let Some(frame) = self.frames.last().filter(|_| self.writer.source_map) {
            self.writer.mark(&frame.template.source.name, span);
        }
    }

    fn print(&mut self, value: &Value) -> Run<()> {
        let pos = self.at.pos;
        self.mark(Span { start: pos, end: pos });
        let bytes = &mut self.writer.output.bytes;
        match value {
            Value::Nil => bytes.extend_from_slice(b"<no value>"),
            Value::String(text) => bytes.extend_from_slice(text.as_bytes()),
            Value::Raw(text) => bytes.extend_from_slice(text),
            Value::Int(i) | Value::Int64(i) => push_integer(bytes, *i),
            #[expect(clippy::cast_possible_truncation, reason = "it is a small integer")]
            Value::Float(f)
                if f.fract() == 0.0 && f.abs() < 1e6 && (*f != 0.0 || f.is_sign_positive()) =>
            {
                push_integer(bytes, *f as i64);
            }
            Value::Func(_) => {
                let node = self.show(self.at);
                return self.fail(format!("can't print {node} of type {}", value.go_type()));
            }
            other => {
                let limit = self.writer.limit;
                let printed = print::sprint_followed(bytes, limit, std::slice::from_ref(other));
                printed.map_err(|TooLarge| self.over(Limit::Output))?;
            }
        }
        self.writer.check().map_err(|limit| self.over(limit))
    }

    fn branch(&mut self, here: Here<'_>, at: At, branch: &Branch, moves_dot: bool) -> Run<Flow> {
        self.at = at;
        let value = self.pipe(here, &branch.pipe)?;
        if is_true(&value.value) {
            self.holding(shallow(&value.value), |exec| {
                exec.block(if moves_dot { here.with(&value) } else { here }, &branch.list)
            })
        } else if let Some(other) = &branch.other {
            self.block(here, other)
        } else {
            Ok(Flow::Next)
        }
    }

    /// Runs something while a value of so many bytes is held that no variable holds.
    fn holding<T>(&mut self, bytes: usize, run: impl FnOnce(&mut Self) -> Run<T>) -> Run<T> {
        let before = self.in_hand;
        self.in_hand = before.saturating_add(bytes);
        let result = run(self);
        self.in_hand = before;
        result
    }

    fn template(&mut self, here: Here<'_>, at: At, name: &str, pipe: Option<&Pipe>) -> Run<()> {
        self.at = at;
        let Some(template) = self.set.find(name).cloned() else {
            return self.fail(format!("template {} not defined", quote(name.as_bytes())));
        };
        self.check_depth()?;
        let data = match pipe {
            Some(pipe) => self.pipe(here, pipe)?,
            None => Cell::default(),
        };
        // The trace names the call, wherever the argument came from.
        self.at = at;
        self.run(&template, &data)
    }

    pub(crate) fn pipe(&mut self, here: Here<'_>, pipe: &Pipe) -> Run<Cell> {
        self.check_stack()?;
        self.at = pipe.at;
        let mut last: Option<Cell> = None;
        for command in &pipe.commands {
            let value = self.command(here, command, last.take())?;
            last = Some(Cell::new(value.value));
        }
        let value = last.unwrap_or_default();
        if let Some(decls) = &pipe.decls {
            for variable in &decls.variables {
                self.set_variable(here, variable, value.clone(), decls.assigns)?;
            }
        }
        Ok(value)
    }

    pub(crate) fn variable(&self, here: Here<'_>, variable: &Variable) -> Run<&Cell> {
        match variable.slot.and_then(|slot| self.vars.get(self.base + slot as usize)) {
            Some(Some(cell)) => Ok(cell),
            _ => self.undefined(here, variable),
        }
    }

    fn set_variable(
        &mut self,
        here: Here<'_>,
        variable: &Variable,
        cell: Cell,
        assigns: bool,
    ) -> Run<()> {
        match variable.slot.and_then(|slot| self.vars.get_mut(self.base + slot as usize)) {
            Some(slot) if slot.is_some() || !assigns => {
                *slot = Some(cell);
                Ok(())
            }
            _ => self.undefined(here, variable),
        }
    }

    fn undefined<T>(&self, here: Here<'_>, variable: &Variable) -> Run<T> {
        let name = String::from_utf8_lossy(variable.name.of(here.text));
        self.fail(format!("undefined variable: {name}"))
    }
}

// Loops.
impl Exec<'_> {
    fn range(&mut self, here: Here<'_>, at: At, branch: &Branch) -> Run<Flow> {
        self.at = at;
        let value = self.pipe(here, &branch.pipe)?.value;
        let ran = self.holding(shallow(&value), |exec| exec.range_over(here, &value, branch))?;
        match &branch.other {
            Some(other) if !ran => self.block(here, other),
            _ => Ok(Flow::Next),
        }
    }

    /// Executes the body for whatever is in a value; returns whether there was anything.
    fn range_over(&mut self, here: Here<'_>, value: &Value, branch: &Branch) -> Run<bool> {
        Ok(match value.unwrapped() {
            Value::Nil => false,
            Value::List(list) => self.range_list(here, branch, &list.items(), list.holds_any())?,
            Value::Bytes(bytes) => {
                let small = |byte: &u8| Value::Small(crate::value::Small::Uint8(*byte));
                let items: Vec<Value> = bytes.iter().map(small).collect();
                self.range_list(here, branch, &items, false)?
            }
            Value::Map(map) => {
                let any = map.elem() == crate::types::Type::Any;
                self.steps(u64::try_from(map.len()).unwrap_or(u64::MAX))?;
                let entries = map.entries();
                let pairs = entries.iter().map(|(key, value)| {
                    (Cell::new(Value::String(key.clone())), Cell { value: value.clone(), any })
                });
                self.range_pairs(here, branch, pairs)?
            }
            Value::Object(object) => match object.iterate() {
                Some(iteration) => self.range_iterator(here, value, branch, iteration)?,
                None => return self.not_iterable(value),
            },
            plain => match Counter::of(&plain) {
                Some(_) if branch.pipe.variables().len() > 1 => {
                    let shown = self.shown(value);
                    let message =
                        format!("can't use {shown} to iterate over more than one variable");
                    return self.fail(message);
                }
                Some(counter) => {
                    let numbers = counter.map(|number| (Cell::default(), Cell::new(number)));
                    self.range_pairs(here, branch, numbers)?
                }
                None => return self.not_iterable(value),
            },
        })
    }

    fn not_iterable<T>(&self, value: &Value) -> Run<T> {
        self.fail(format!("range can't iterate over {}", self.shown(value)))
    }

    fn range_list(
        &mut self,
        here: Here<'_>,
        branch: &Branch,
        items: &[Value],
        any: bool,
    ) -> Run<bool> {
        let pairs = items.iter().enumerate().map(|(i, value)| {
            let index = Value::Int(i64::try_from(i).unwrap_or(i64::MAX));
            (Cell::new(index), Cell { value: value.clone(), any })
        });
        self.range_pairs(here, branch, pairs)
    }

    fn range_iterator(
        &mut self,
        here: Here<'_>,
        value: &Value,
        branch: &Branch,
        iteration: crate::object::Iteration,
    ) -> Run<bool> {
        let two = branch.pipe.variables().len() > 1;
        match iteration {
            crate::object::Iteration::One(_) if two => {
                let shown = self.shown(value);
                self.fail(format!("can't use {shown} iterate over more than one variable"))
            }
            crate::object::Iteration::One(items) => {
                self.range_pairs(here, branch, items.map(|item| (Cell::default(), Cell::new(item))))
            }
            crate::object::Iteration::Two(items) => self.range_pairs(
                here,
                branch,
                items.map(|(key, value)| {
                    if two {
                        (Cell::new(key), Cell::new(value))
                    } else {
                        (Cell::default(), Cell::new(key))
                    }
                }),
            ),
        }
    }

    /// Executes the body for each pair of index and element; returns whether there was any.
    fn range_pairs(
        &mut self,
        here: Here<'_>,
        branch: &Branch,
        pairs: impl Iterator<Item = (Cell, Cell)>,
    ) -> Run<bool> {
        let assigns = branch.pipe.decls.as_ref().is_some_and(|decls| decls.assigns);
        let mut ran = false;
        for (index, elem) in pairs {
            ran = true;
            self.step()?;
            match branch.pipe.variables() {
                [] => {}
                [only] => self.set_variable(here, only, elem.clone(), assigns)?,
                [first, second, ..] => {
                    self.set_variable(here, first, index, assigns)?;
                    self.set_variable(here, second, elem.clone(), assigns)?;
                }
            }
            if self.block(here.with(&elem), &branch.list)? == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }
}

/// Prints an integer, the most common number by far, without the machinery of formats.
fn push_integer(bytes: &mut Vec<u8>, i: i64) {
    let mut digits = [0u8; 20];
    let mut rest = i.unsigned_abs();
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    if i < 0 {
        bytes.push(b'-');
    }
    bytes.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

/// The numbers from zero up to a limit, in the type of the limit.
struct Counter {
    like: Value,
    next: u64,
    end: u64,
}

impl Counter {
    fn of(value: &Value) -> Option<Self> {
        let end = match (value.as_int(), value.as_uint()) {
            (Some(int), _) => u64::try_from(int).unwrap_or(0),
            (None, Some(uint)) => uint,
            (None, None) => return None,
        };
        Some(Self { like: value.clone(), next: 0, end })
    }
}

impl Iterator for Counter {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        if self.next >= self.end {
            return None;
        }
        let number = crate::eval::integer(self.next.cast_signed(), self.like.go_type());
        self.next += 1;
        Some(number)
    }
}
