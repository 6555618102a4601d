//! The functions of the language. `and`, `or` and `call` need more than their arguments; the executor
//! has them.

use std::sync::Arc;

use crate::compare;
use crate::error::{CallError, Limit};
use crate::escape;
use crate::frame::Cell;
use crate::func::Signature;
use crate::list::List;
use crate::print;
use crate::printer::TooLarge;
use crate::printf;
use crate::truth::is_true;
use crate::types::Type;
use crate::value::{Small, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Call,
    Html,
    Index,
    Slice,
    Js,
    Len,
    Not,
    Or,
    Print,
    Printf,
    Println,
    UrlQuery,
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
    Ne,
}

impl Builtin {
    pub(crate) const ALL: &[(&'static str, Self)] = &[
        ("and", Self::And),
        ("call", Self::Call),
        ("html", Self::Html),
        ("index", Self::Index),
        ("slice", Self::Slice),
        ("js", Self::Js),
        ("len", Self::Len),
        ("not", Self::Not),
        ("or", Self::Or),
        ("print", Self::Print),
        ("printf", Self::Printf),
        ("println", Self::Println),
        ("urlquery", Self::UrlQuery),
        ("eq", Self::Eq),
        ("ge", Self::Ge),
        ("gt", Self::Gt),
        ("le", Self::Le),
        ("lt", Self::Lt),
        ("ne", Self::Ne),
    ];

    pub(crate) const fn signature(self) -> Signature {
        const ONE: &[Type] = &[Type::Any];
        match self {
            Self::And | Self::Or | Self::Call | Self::Index | Self::Slice => {
                Signature::variadic(ONE, Type::Any, Type::Any)
            }
            Self::Html | Self::Js | Self::UrlQuery | Self::Print | Self::Println => {
                Signature::variadic(&[], Type::Any, Type::String)
            }
            Self::Printf => Signature::variadic(&[Type::String], Type::Any, Type::String),
            Self::Len => Signature::new(ONE, Type::Int),
            Self::Not => Signature::new(ONE, Type::Bool),
            Self::Eq => Signature::variadic(ONE, Type::Any, Type::Bool),
            Self::Ge | Self::Gt | Self::Le | Self::Lt | Self::Ne => {
                Signature::new(&[Type::Any, Type::Any], Type::Bool)
            }
        }
    }

    /// Returns whether the arguments keep what they know of their type: in Go such a function takes
    /// `reflect.Value`, others `interface {}`.
    pub(crate) const fn reflects(self) -> bool {
        !matches!(
            self,
            Self::Html | Self::Js | Self::UrlQuery | Self::Print | Self::Println | Self::Printf
        )
    }

    /// Returns whether the function looks at the whole of its arguments.
    pub(crate) const fn reads_all(self) -> bool {
        !matches!(
            self,
            Self::And | Self::Or | Self::Not | Self::Len | Self::Index | Self::Slice | Self::Call
        )
    }

    /// Calls the function; no text that it makes is longer than `limit`. It prints into `scratch`.
    pub(crate) fn call(
        self,
        args: &[Cell],
        limit: usize,
        scratch: &mut Vec<u8>,
    ) -> Result<Cell, CallError> {
        let value = match self {
            Self::Index => return index(args),
            Self::Slice => slice(args)?,
            Self::Len => len(args)?,
            Self::Not => Value::Bool(!args.first().is_some_and(|arg| is_true(&arg.value))),
            Self::Eq => Value::Bool(compare::eq(args)?),
            Self::Ne => Value::Bool(!compare::eq(args)?),
            Self::Lt => Value::Bool(compare::lt(args)?),
            Self::Le => Value::Bool(compare::le(args)?),
            Self::Gt => Value::Bool(!compare::le(args)?),
            Self::Ge => Value::Bool(!compare::lt(args)?),
            Self::Html => escaped(&escape::html(&text_of(args, limit)?), limit)?,
            Self::Js => escaped(&escape::js(&text_of(args, limit)?), limit)?,
            Self::UrlQuery => escaped(&escape::url_query(&text_of(args, limit)?), limit)?,
            Self::Print | Self::Println | Self::Printf => self.print(args, limit, scratch)?,
            Self::And | Self::Or | Self::Call => {
                return Err(CallError::from("the executor calls this itself"));
            }
        };
        Ok(Cell::new(value))
    }

    fn print(self, args: &[Cell], limit: usize, out: &mut Vec<u8>) -> Result<Value, CallError> {
        let values: Vec<Value> = args.iter().map(|arg| arg.value.clone()).collect();
        out.clear();
        match (self, values.split_first()) {
            (Self::Printf, Some((format, rest))) => {
                let format = format.unwrapped();
                printf::sprintf(out, limit, format.as_text().unwrap_or_default(), rest)
            }
            (Self::Println, _) => print::sprintln(out, limit, &values),
            _ => print::sprint(out, limit, &values),
        }
        .map_err(|TooLarge| CallError::Limit(Limit::Output))?;
        Ok(Value::text(out))
    }
}

fn escaped(text: &[u8], limit: usize) -> Result<Value, CallError> {
    if text.len() > limit { Err(CallError::Limit(Limit::Output)) } else { Ok(Value::text(text)) }
}

/// Returns the arguments as the escaping functions see them: printed, no value as such.
fn text_of(args: &[Cell], limit: usize) -> Result<Vec<u8>, CallError> {
    if let [Cell { value, .. }] = args
        && let Some(text) = value.as_text()
    {
        return Ok(text.to_vec());
    }
    let mut values = Vec::with_capacity(args.len());
    for arg in args {
        values.push(match &arg.value {
            Value::Nil => Value::from("<no value>"),
            other => other.clone(),
        });
    }
    let mut out = Vec::new();
    print::sprint_followed(&mut out, limit, &values)
        .map_err(|TooLarge| CallError::Limit(Limit::Output))?;
    Ok(out)
}

/// Reads an index that may be as large as `most`.
fn index_of(index: &Value, most: usize) -> Result<usize, CallError> {
    let plain = index.unwrapped();
    let number = match (plain.as_int(), plain.as_uint()) {
        (Some(int), _) => int,
        (_, Some(uint)) => uint.cast_signed(),
        _ if index.is_nil() => return Err(CallError::from("cannot index slice/array with nil")),
        _ => {
            let go_type = index.go_type();
            return Err(CallError::Text(format!("cannot index slice/array with type {go_type}")));
        }
    };
    usize::try_from(number)
        .ok()
        .filter(|number| *number <= most)
        .ok_or_else(|| CallError::Text(format!("index out of range: {number}")))
}

fn index(args: &[Cell]) -> Result<Cell, CallError> {
    let Some((item, indexes)) = args.split_first().filter(|(item, _)| !item.value.is_nil()) else {
        return Err(CallError::from("index of untyped nil"));
    };
    let mut item = Cell::new(item.value.clone());
    for index in indexes {
        item = element(&item, &index.value)?;
    }
    Ok(item)
}

fn element(item: &Cell, index: &Value) -> Result<Cell, CallError> {
    let beyond = |what: &str| CallError::Text(format!("reflect: {what} index out of range"));
    let bytes = |bytes: &[u8], what: &str| {
        let at = index_of(index, bytes.len())?;
        let byte = bytes.get(at).copied().ok_or_else(|| beyond(what))?;
        Ok(Cell::new(Value::Small(Small::Uint8(byte))))
    };
    match item.value.unwrapped() {
        Value::Nil => Err(CallError::from("index of nil pointer")),
        Value::List(list) => {
            let at = index_of(index, list.len())?;
            let value = list.get(at).ok_or_else(|| beyond("slice"))?;
            Ok(Cell { value, any: list.holds_any() })
        }
        Value::String(text) => bytes(text.as_bytes(), "string"),
        Value::Raw(text) => bytes(&text, "string"),
        Value::Bytes(slice) => bytes(&slice, "slice"),
        Value::Map(map) => {
            let key = match index {
                Value::String(key) => Some(key.clone()),
                Value::Raw(_) => None,
                Value::Nil => {
                    return Err(CallError::from("value is nil; should be of type string"));
                }
                other => {
                    let go_type = other.go_type();
                    let message = format!("value has type {go_type}; should be string");
                    return Err(CallError::Text(message));
                }
            };
            let elem = map.elem();
            let found = key.and_then(|key| map.get(&key));
            Ok(Cell::of(found.unwrap_or_else(|| Value::zero(elem)), elem))
        }
        Value::Object(object) if object.is_nil() => Err(CallError::from("index of nil pointer")),
        _ => {
            let go_type = item.value.pointed_type();
            Err(CallError::Text(format!("can't index item of type {go_type}")))
        }
    }
}

fn slice(args: &[Cell]) -> Result<Value, CallError> {
    let Some((item, indexes)) = args.split_first().filter(|(item, _)| !item.value.is_nil()) else {
        return Err(CallError::from("slice of untyped nil"));
    };
    if indexes.len() > 3 {
        return Err(CallError::Text(format!("too many slice indexes: {}", indexes.len())));
    }
    let plain = item.value.unwrapped();
    let length = match &plain {
        Value::String(_) | Value::Raw(_) if indexes.len() == 3 => {
            return Err(CallError::from("cannot 3-index slice a string"));
        }
        Value::String(text) => text.len(),
        Value::Raw(bytes) | Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Object(object) if object.is_nil() => {
            return Err(CallError::from("slice of nil pointer"));
        }
        _ => {
            let go_type = item.value.pointed_type();
            return Err(CallError::Text(format!("can't slice item of type {go_type}")));
        }
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        // Unlike `index`, Go does not look into an interface here.
        if index.any {
            return Err(CallError::from("cannot index slice/array with type interface {}"));
        }
        *bound = index_of(&index.value, length)?;
    }
    let [from, to, most] = bounds;
    if from > to {
        return Err(CallError::Text(format!("invalid slice index: {from} > {to}")));
    }
    if indexes.len() == 3 && to > most {
        return Err(CallError::Text(format!("invalid slice index: {to} > {most}")));
    }
    Ok(match &plain {
        Value::String(text) => Value::text(text.as_bytes().get(from..to).unwrap_or_default()),
        Value::Raw(bytes) => Value::text(bytes.get(from..to).unwrap_or_default()),
        Value::Bytes(bytes) => Value::Bytes(Arc::from(bytes.get(from..to).unwrap_or_default())),
        Value::List(list) => {
            let items = list.items().get(from..to).unwrap_or_default().to_vec();
            Value::List(List::typed(list.go_type(), items))
        }
        _ => Value::Nil,
    })
}

fn len(args: &[Cell]) -> Result<Value, CallError> {
    let Some(item) = args.first().filter(|item| !item.is_invalid()) else {
        return Err(CallError::from("reflect: call of reflect.Value.Type on zero Value"));
    };
    let length = match item.value.unwrapped() {
        Value::Nil => return Err(CallError::from("len of nil pointer")),
        Value::String(text) => text.len(),
        Value::Raw(bytes) | Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Object(object) if object.is_nil() => {
            return Err(CallError::from("len of nil pointer"));
        }
        _ => return Err(CallError::Text(format!("len of type {}", item.value.pointed_type()))),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}
