//! Evaluates the commands of a pipeline: fields, variables, constants and calls, with Go's checks of
//! what may be given where.

use std::rc::Rc;
use std::sync::Arc;

use crate::ast::{Command, Operand, Variable};
use crate::builtins::Builtin;
use crate::error::CallError;
use crate::exec::{Exec, Run};
use crate::frame::{Buffer, Cell, Here};
use crate::func::{Args, Call, Code, Func, Signature};
use crate::map::{Found, Map};
use crate::meter::{shallow, steps_for};
use crate::number::{Ideal, Number};
use crate::object::Object;
use crate::options::MissingKey;
use crate::quote::{quote, unquote};
use crate::span::{At, Span};
use crate::truth::is_true;
use crate::types::Type;
use crate::value::{Small, Value};

/// What is given to a function or field: the operands behind it and the value that was piped in.
struct Given<'p> {
    args: &'p [Operand],
    last: Option<Cell>,
}

impl Given<'_> {
    const NONE: Self = Self { args: &[], last: None };

    const fn is_none(&self) -> bool {
        self.args.is_empty() && self.last.is_none()
    }
}

/// What a parameter takes: in Go a `reflect.Value`, which is whatever comes, or a value of a type.
#[derive(Clone, Copy)]
enum Param {
    Reflect,
    Typed(Type),
}

impl Exec<'_> {
    pub(crate) fn command(
        &mut self,
        here: Here<'_>,
        command: &Command,
        last: Option<Cell>,
    ) -> Run<Cell> {
        let given = Given { args: &command.args, last };
        match &command.head {
            Operand::Field(at, names) => {
                self.at = *at;
                self.fields(here, here.dot, *names, *at, given)
            }
            Operand::Chain(at, operand, names) => self.chain(here, *at, operand, *names, given),
            Operand::Call(at, func) => {
                self.at = *at;
                self.call(here, func, command.at, given)
            }
            Operand::Pipe(pipe) => {
                self.refuse_arguments(&command.head, &given)?;
                self.pipe(here, pipe)
            }
            Operand::Variable(at, variable, names) => {
                self.variable_fields(here, *at, variable, *names, &command.head, given)
            }
            constant => {
                self.at = constant.at();
                self.refuse_arguments(constant, &given)?;
                match constant {
                    Operand::Dot(_) => Ok(here.dot.clone()),
                    Operand::Nil(_) => self.fail("nil is not a command"),
                    other => self.constant(here, other),
                }
            }
        }
    }

    fn refuse_arguments(&self, head: &Operand, given: &Given<'_>) -> Run<()> {
        if given.is_none() {
            return Ok(());
        }
        self.fail(format!("can't give argument to non-function {}", self.show(head.at())))
    }

    /// Returns the value of a literal where any type will do.
    fn constant(&mut self, here: Here<'_>, operand: &Operand) -> Run<Cell> {
        Ok(Cell::new(match operand {
            Operand::Bool(_, b) => Value::Bool(*b),
            Operand::Text(_, quoted) => text_of(here, *quoted),
            Operand::Number(_, number) => self.ideal(number)?,
            _ => Value::Nil,
        }))
    }

    fn ideal(&self, number: &Number) -> Run<Value> {
        Ok(match number.ideal() {
            Ideal::Int(i) => Value::Int(i),
            Ideal::Float(f) => Value::Float(f),
            Ideal::Complex(re, im) => Value::Complex(re, im),
            Ideal::Overflow => return self.fail(format!("{} overflows int", number.text)),
        })
    }

    fn variable_fields(
        &mut self,
        here: Here<'_>,
        at: At,
        variable: &Variable,
        names: Span,
        head: &Operand,
        given: Given<'_>,
    ) -> Run<Cell> {
        self.at = at;
        let value = self.variable(here, variable)?.clone();
        if names.range().is_empty() {
            self.refuse_arguments(head, &given)?;
            return Ok(value);
        }
        self.fields(here, &value, names, at, given)
    }

    fn chain(
        &mut self,
        here: Here<'_>,
        at: At,
        operand: &Operand,
        names: Span,
        given: Given<'_>,
    ) -> Run<Cell> {
        self.at = at;
        if matches!(operand, Operand::Nil(_)) {
            let shown = self.show(at);
            return self.fail(format!("indirection through explicit nil in {shown}"));
        }
        let receiver = self.argument(here, operand, Param::Reflect)?;
        self.fields(here, &receiver, names, at, given)
    }
}

// Fields.
impl Exec<'_> {
    /// Goes from `receiver` through all fields; the last one may be a method that takes arguments.
    fn fields(
        &mut self,
        here: Here<'_>,
        receiver: &Cell,
        names: Span,
        at: At,
        given: Given<'_>,
    ) -> Run<Cell> {
        self.step()?;
        let mut names = match names.of(here.text) {
            [] => return Ok(receiver.clone()),
            [_dot, names @ ..] => names,
        };
        // Maps that nobody has changed are passed without copying anything.
        let mut owned: Cell;
        let mut value = &receiver.value;
        let mut any = receiver.any;
        while let Some((name, behind)) = first_of(names) {
            names = behind;
            let next = if let Some(map) = map_of(value, name) {
                any = map.elem() == Type::Any;
                match map.find(name) {
                    Found::Shared(found) => {
                        value = found;
                        continue;
                    }
                    Found::Copied(value) => Cell { value, any },
                    Found::Missing => self.missing(name, map.elem())?,
                }
            } else {
                let receiver = Cell { value: value.clone(), any };
                self.field(here, &receiver, name, at, Given::NONE)?
            };
            owned = next;
            value = &owned.value;
            any = owned.any;
        }
        if given.is_none()
            && let Some(map) = map_of(value, names)
        {
            let any = map.elem() == Type::Any;
            return match map.find(names) {
                Found::Shared(found) => Ok(Cell { value: found.clone(), any }),
                Found::Copied(value) => Ok(Cell { value, any }),
                Found::Missing => self.missing(names, map.elem()),
            };
        }
        let receiver = Cell { value: value.clone(), any };
        self.field(here, &receiver, names, at, given)
    }

    fn missing(&self, name: &[u8], elem: Type) -> Run<Cell> {
        match self.options.missing_key {
            MissingKey::Default => Ok(Cell::default()),
            MissingKey::Zero => Ok(Cell::of(Value::zero(elem), elem)),
            MissingKey::Error => self.fail(format!("map has no entry for key {}", quote(name))),
        }
    }

    fn field(
        &mut self,
        here: Here<'_>,
        receiver: &Cell,
        name: &[u8],
        at: At,
        given: Given<'_>,
    ) -> Run<Cell> {
        if receiver.is_invalid() {
            if self.options.missing_key == MissingKey::Error {
                let name = quote(name);
                return self.fail(format!("nil data; no entry for key {name}"));
            }
            return Ok(Cell::default());
        }
        // Names are made of letters and digits: they are text.
        let name = std::str::from_utf8(name).unwrap_or_default();
        let go_type = receiver.static_type();
        if receiver.value.is_nil() {
            return self.fail(format!("nil pointer evaluating {go_type}.{name}"));
        }
        let plain = match &receiver.value {
            Value::Object(object) => {
                if let Some(signature) = object.method(name) {
                    return self.method(here, object, name, &signature, at, given);
                }
                if let Some(value) = object.field(name) {
                    if object.is_nil() {
                        return self.fail(format!("nil pointer evaluating {go_type}.{name}"));
                    }
                    if !given.is_none() {
                        let message = "has arguments but cannot be invoked as function";
                        return self.fail(format!("{name} {message}"));
                    }
                    // Only a field of type `interface {}` holds a plain nil.
                    let any = value.is_nil();
                    return Ok(Cell { value, any });
                }
                object.plain()
            }
            Value::Map(_) => Some(receiver.value.clone()),
            _ => None,
        };
        let Some(Value::Map(map)) = plain else {
            return self.fail(format!("can't evaluate field {name} in type {go_type}"));
        };
        if !given.is_none() {
            return self.fail(format!("{name} is not a method but has arguments"));
        }
        match map.get(name) {
            Some(value) => Ok(Cell::of(value, map.elem())),
            None => self.missing(name.as_bytes(), map.elem()),
        }
    }
}

/// Returns the map that a field is looked up in, unless a method of its type has that name.
fn map_of<'v>(value: &'v Value, name: &[u8]) -> Option<&'v Map> {
    match value {
        Value::Map(map) => Some(map),
        Value::Object(object) => {
            let map = object.map()?;
            let method = object.method(std::str::from_utf8(name).ok()?);
            method.is_none().then_some(map)
        }
        _ => None,
    }
}

/// Splits `a.b.c` behind its first name; none if there is only one.
fn first_of(names: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, behind) = names.split_at_checked(names.iter().position(|&b| b == b'.')?)?;
    Some((name, behind.get(1..)?))
}

/// Returns what a string stands for.
fn text_of(here: Here<'_>, quoted: Span) -> Value {
    // The parser has refused what cannot be read.
    Value::text(&unquote(quoted.of(here.text)).unwrap_or_default())
}

// Arguments.
impl Exec<'_> {
    fn argument(&mut self, here: Here<'_>, operand: &Operand, param: Param) -> Run<Cell> {
        self.step()?;
        let at = operand.at();
        self.at = at;
        let value = match operand {
            Operand::Dot(_) => here.dot.clone(),
            Operand::Nil(_) => {
                return match param {
                    Param::Typed(wanted) if !wanted.takes_nil() => {
                        self.fail(format!("cannot assign nil to {wanted}"))
                    }
                    _ => Ok(Cell::default()),
                };
            }
            Operand::Field(_, names) => self.fields(here, here.dot, *names, at, Given::NONE)?,
            Operand::Variable(_, variable, names) => {
                self.variable_fields(here, at, variable, *names, operand, Given::NONE)?
            }
            Operand::Pipe(pipe) => self.pipe(here, pipe)?,
            Operand::Call(_, func) => self.call(here, func, at, Given::NONE)?,
            Operand::Chain(_, inner, names) => self.chain(here, at, inner, *names, Given::NONE)?,
            literal => return self.literal(here, literal, param),
        };
        self.validate(value, param)
    }

    /// Checks that a value may be given for a parameter.
    fn validate(&self, cell: Cell, param: Param) -> Run<Cell> {
        let Param::Typed(wanted) = param else {
            return Ok(cell);
        };
        if cell.is_invalid() {
            if wanted.takes_nil() {
                return Ok(cell);
            }
            return self.fail(format!("invalid value; expected {wanted}"));
        }
        if wanted == Type::Any {
            return Ok(cell);
        }
        let got = cell.value.go_type();
        // A named list or map may stand where one without name is wanted.
        if let Value::Object(object) = &cell.value
            && matches!(wanted, Type::List(_) | Type::Map(_))
            && let Some(plain) = object.plain()
            && plain.go_type().assignable_to(wanted)
        {
            return Ok(Cell::new(plain));
        }
        if !cell.value.is_nil() && got.assignable_to(wanted) {
            return Ok(cell);
        }
        self.fail(format!("wrong type for value; expected {wanted}; got {got}"))
    }

    fn literal(&mut self, here: Here<'_>, literal: &Operand, param: Param) -> Run<Cell> {
        let wanted = match param {
            Param::Reflect | Param::Typed(Type::Any) => return self.constant(here, literal),
            Param::Typed(wanted) => wanted,
        };
        let number = match literal {
            Operand::Number(_, number) => Some(&**number),
            _ => None,
        };
        let (value, expected) = match wanted.under() {
            Type::Bool => match literal {
                Operand::Bool(_, b) => (Some(Value::Bool(*b)), "bool"),
                _ => (None, "bool"),
            },
            Type::String => match literal {
                Operand::Text(_, quoted) => (Some(text_of(here, *quoted)), "string"),
                _ => (None, "string"),
            },
            int @ (Type::Int | Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64) => {
                (number.and_then(|n| n.int).map(|i| integer(i, int)), "integer")
            }
            uint @ (Type::Uint | Type::Uint8 | Type::Uint16 | Type::Uint32 | Type::Uint64) => {
                let value = number.and_then(|n| n.uint).map(|u| integer(u.cast_signed(), uint));
                (value, "unsigned integer")
            }
            Type::Float64 => (number.and_then(|n| n.float).map(Value::Float), "float"),
            #[expect(clippy::cast_possible_truncation, reason = "the parameter is that small")]
            Type::Float32 => {
                let small = |f: f64| Value::Small(Small::Float32(f as f32));
                (number.and_then(|n| n.float).map(small), "float")
            }
            Type::Complex128 => {
                let complex = number.and_then(|n| n.complex);
                (complex.map(|(re, im)| Value::Complex(re, im)), "complex")
            }
            _ => {
                let shown = self.show(literal.at());
                return self.fail(format!("can't handle {shown} for arg of type {wanted}"));
            }
        };
        if let Some(value) = value {
            return Ok(Cell::new(value));
        }
        let shown = self.show(literal.at());
        self.fail(format!("expected {expected}; found {shown}"))
    }
}

// Calls.
impl Exec<'_> {
    fn check_count(&self, name: &str, signature: &Signature, given: &Given<'_>) -> Run<()> {
        let count = given.args.len() + usize::from(given.last.is_some());
        let want = signature.params.len();
        if signature.rest.is_some() {
            if count < want {
                // Go counts without the piped value here.
                let got = given.args.len();
                return self.fail(format!(
                    "wrong number of args for {name}: want at least {want} got {got}"
                ));
            }
        } else if count != want {
            return self.fail(format!("wrong number of args for {name}: want {want} got {count}"));
        }
        Ok(())
    }

    fn call(&mut self, here: Here<'_>, func: &Arc<Func>, at: At, given: Given<'_>) -> Run<Cell> {
        let signature = func.signature();
        self.check_count(func.name(), signature, &given)?;
        let in_hand = self.in_hand;
        let result = self.call_code(here, func, at, given);
        self.in_hand = in_hand;
        result
    }

    fn call_code(
        &mut self,
        here: Here<'_>,
        func: &Arc<Func>,
        at: At,
        given: Given<'_>,
    ) -> Run<Cell> {
        let signature = func.signature();
        match &func.code {
            Code::Host(code) => {
                let values = self.values(here, signature, given)?;
                self.pay(values.as_slice().iter().map(shallow).sum())?;
                let outer = std::mem::replace(&mut self.at, at);
                let meter = Rc::clone(&self.meter);
                let args = Args::metered(values.as_slice(), &meter);
                let result = code(&mut Call { exec: self }, &args);
                self.at = outer;
                self.finish(func.name(), at, result.map(|value| Cell::of(value, signature.result)))
            }
            Code::Builtin(Builtin::And) => self.and_or(here, false, given),
            Code::Builtin(Builtin::Or) => self.and_or(here, true, given),
            Code::Builtin(builtin) => {
                let callee = given.args.first().map(Operand::at);
                let cells = self.cells(here, signature, *builtin, given)?;
                if builtin.reads_all() {
                    self.pay(cells.as_slice().iter().map(|cell| shallow(&cell.value)).sum())?;
                }
                let result = if *builtin == Builtin::Call {
                    self.call_value(callee, cells.as_slice())
                } else {
                    builtin.call(cells.as_slice(), self.output_limit(), &mut self.scratch)
                };
                self.finish(func.name(), at, result)
            }
        }
    }

    fn finish(&mut self, name: &str, at: At, result: Result<Cell, CallError>) -> Run<Cell> {
        let cell = result.map_err(|cause| {
            self.at = at;
            self.failed_call(name, cause)
        })?;
        self.pay(shallow(&cell.value))?;
        Ok(cell)
    }

    /// Pays for making or looking at so many bytes.
    fn pay(&mut self, bytes: usize) -> Run<()> {
        self.steps(steps_for(bytes))
    }

    fn values(
        &mut self,
        here: Here<'_>,
        signature: &Signature,
        given: Given<'_>,
    ) -> Run<Buffer<Value>> {
        let mut values = Buffer::new();
        for (i, arg) in given.args.iter().enumerate() {
            let value = self.argument(here, arg, Param::Typed(signature.param(i)))?.value;
            self.in_hand = self.in_hand.saturating_add(shallow(&value));
            values.push(value);
        }
        if let Some(last) = given.last {
            let param = Param::Typed(signature.param(given.args.len()));
            values.push(self.validate(last, param)?.value);
        }
        Ok(values)
    }

    fn cells(
        &mut self,
        here: Here<'_>,
        signature: &Signature,
        builtin: Builtin,
        given: Given<'_>,
    ) -> Run<Buffer<Cell>> {
        let param = |i: usize| {
            if builtin.reflects() { Param::Reflect } else { Param::Typed(signature.param(i)) }
        };
        let mut cells = Buffer::new();
        for (i, arg) in given.args.iter().enumerate() {
            let cell = self.argument(here, arg, param(i))?;
            self.in_hand = self.in_hand.saturating_add(shallow(&cell.value));
            cells.push(cell);
        }
        if let Some(last) = given.last {
            cells.push(self.validate(last, param(given.args.len()))?);
        }
        Ok(cells)
    }

    /// Returns the argument that decides; those behind it are not evaluated.
    fn and_or(&mut self, here: Here<'_>, decides: bool, given: Given<'_>) -> Run<Cell> {
        let mut value = Cell::default();
        for arg in given.args {
            value = self.argument(here, arg, Param::Reflect)?;
            if is_true(&value.value) == decides {
                return Ok(value);
            }
        }
        Ok(given.last.unwrap_or(value))
    }

    fn method(
        &mut self,
        here: Here<'_>,
        object: &Arc<dyn Object>,
        name: &str,
        signature: &Signature,
        at: At,
        given: Given<'_>,
    ) -> Run<Cell> {
        self.check_count(name, signature, &given)?;
        let values = self.values(here, signature, given)?;
        let outer = std::mem::replace(&mut self.at, at);
        let meter = Rc::clone(&self.meter);
        let args = Args::metered(values.as_slice(), &meter);
        let result = object.call(name, &mut Call { exec: self }, &args);
        self.at = outer;
        self.finish(name, at, result.map(|value| Cell::of(value, signature.result)))
    }

    /// The built-in `call`: calls a function that is a value.
    fn call_value(&mut self, callee: Option<At>, cells: &[Cell]) -> Result<Cell, CallError> {
        let name = |exec: &Self| match (callee, cells.first().map(|first| &first.value)) {
            (Some(at), _) => exec.show(at),
            (None, Some(Value::String(text))) => text.to_string(),
            (None, piped) => format!("<{} Value>", piped.map_or(Type::Any, Value::go_type)),
        };
        let Some((first, args)) = cells.split_first().filter(|(f, _)| !f.value.is_nil()) else {
            return Err(CallError::from("call of nil"));
        };
        let Value::Func(func) = &first.value else {
            let (name, go_type) = (name(self), first.value.go_type());
            return Err(CallError::Text(format!("non-function {name} of type {go_type}")));
        };
        let signature = func.signature();
        let (want, got) = (signature.params.len(), args.len());
        if signature.rest.is_some() && got < want {
            let name = name(self);
            let message =
                format!("wrong number of args for {name}: got {got} want at least {want}");
            return Err(CallError::Text(message));
        }
        if signature.rest.is_none() && got != want {
            let name = name(self);
            let message = format!("wrong number of args for {name}: got {got} want {want}");
            return Err(CallError::Text(message));
        }
        let mut values = Buffer::new();
        for (i, arg) in args.iter().enumerate() {
            let value = prepare(&arg.value, signature.param(i))
                .map_err(|message| CallError::Text(format!("arg {i}: {message}")))?;
            values.push(value);
        }
        match &func.code {
            Code::Host(code) => {
                let meter = Rc::clone(&self.meter);
                let args = Args::metered(values.as_slice(), &meter);
                let result = code(&mut Call { exec: self }, &args);
                result.map(|value| Cell::of(value, signature.result))
            }
            Code::Builtin(builtin) => {
                let cells: Vec<Cell> = values.as_slice().iter().cloned().map(Cell::new).collect();
                builtin.call(&cells, self.output_limit(), &mut self.scratch)
            }
        }
    }
}

/// Returns a value as an argument of a type; integers of all sizes become each other.
fn prepare(value: &Value, wanted: Type) -> Result<Value, String> {
    if value.is_nil() {
        return if wanted.takes_nil() {
            Ok(Value::Nil)
        } else {
            Err(format!("value is nil; should be of type {wanted}"))
        };
    }
    let got = value.go_type();
    if got.assignable_to(wanted) {
        return Ok(value.clone());
    }
    let bits = value.as_int().or_else(|| value.as_uint().map(u64::cast_signed));
    match bits.filter(|_| is_integer(wanted)) {
        Some(bits) => Ok(integer(bits, wanted)),
        None => Err(format!("value has type {got}; should be {wanted}")),
    }
}

fn is_integer(wanted: Type) -> bool {
    matches!(
        wanted.under(),
        Type::Int
            | Type::Int8
            | Type::Int16
            | Type::Int32
            | Type::Int64
            | Type::Uint
            | Type::Uint8
            | Type::Uint16
            | Type::Uint32
            | Type::Uint64
    )
}

/// Returns the integer with these bits in a type; what does not fit is cut off, as Go does.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "that is the point")]
pub(crate) fn integer(bits: i64, of: Type) -> Value {
    match of.under() {
        Type::Int8 => Value::Small(Small::Int8(bits as i8)),
        Type::Int16 => Value::Small(Small::Int16(bits as i16)),
        Type::Int32 => Value::Small(Small::Int32(bits as i32)),
        Type::Int64 => Value::Int64(bits),
        Type::Uint => Value::Small(Small::Uint(bits as u64)),
        Type::Uint8 => Value::Small(Small::Uint8(bits as u8)),
        Type::Uint16 => Value::Small(Small::Uint16(bits as u16)),
        Type::Uint32 => Value::Small(Small::Uint32(bits as u32)),
        Type::Uint64 => Value::Uint64(bits as u64),
        _ => Value::Int(bits),
    }
}
