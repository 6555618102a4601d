//! Typed access to the arguments of a call beyond what [`Args`] offers, and the words of Go for what is
//! wrong with them.

use std::borrow::Cow;

use gotmpl::{Args, CallError, List, Map, Type, Value};

/// What Go says when a function looks into nothing.
pub(crate) const NIL_POINTER: &str =
    "runtime error: invalid memory address or nil pointer dereference";

/// Returns the arguments from `index` on.
pub(crate) fn from<'a>(args: &'a Args<'_>, index: usize) -> &'a [Value] {
    args.get(index..).unwrap_or_default()
}

/// Returns the text at `index`; bytes that are no UTF-8 become U+FFFD, as where Go looks at runes.
pub(crate) fn text<'a>(args: &'a Args<'_>, index: usize) -> Cow<'a, str> {
    match args.at(index) {
        Value::String(text) => Cow::Borrowed(text),
        _ => lossy(args.bytes(index)),
    }
}

/// Returns bytes as text, each byte that is no UTF-8 as U+FFFD.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(out)
}

/// Returns the map at `index`; `None` for a nil map.
pub(crate) fn map<'a>(args: &'a Args<'_>, index: usize) -> Option<&'a Map> {
    args.at(index).as_map()
}

/// Returns a value as the items of a slice of any type; `Err` is the kind of what is none.
///
/// Bytes are a slice too; the caller gets them as numbers.
pub(crate) fn items(value: &Value) -> Result<Cow<'_, [Value]>, CallError> {
    match value {
        Value::List(list) => Ok(list.items()),
        Value::Bytes(bytes) => {
            Ok(bytes.iter().map(|byte| Value::Small(gotmpl::Small::Uint8(*byte))).collect())
        }
        Value::Object(object) => match object.plain() {
            Some(Value::List(list)) => Ok(Cow::Owned(list.items().into_owned())),
            _ => Err(CallError::from(kind(value))),
        },
        Value::Nil => Err(CallError::from(NIL_POINTER)),
        other => Err(CallError::from(kind(other))),
    }
}

/// Returns the items of the argument at `index`; what is no slice is refused with `refusal` and its kind.
pub(crate) fn slice<'a>(
    args: &'a Args<'_>,
    index: usize,
    refusal: &str,
) -> Result<Cow<'a, [Value]>, CallError> {
    let value = args.at(index);
    items(value).map_err(|problem| {
        if value.is_nil() { problem } else { CallError::Text(format!("{refusal} {problem}")) }
    })
}

/// Returns a `[]string`.
pub(crate) fn strings(items: Vec<Value>) -> Value {
    Value::List(List::typed(Type::STRINGS, items))
}

/// Returns the kind of a value as `reflect.Kind` prints it.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value.go_type().under() {
        Type::Any => "invalid",
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Int8 => "int8",
        Type::Int16 => "int16",
        Type::Int32 => "int32",
        Type::Int64 => "int64",
        Type::Uint => "uint",
        Type::Uint8 => "uint8",
        Type::Uint16 => "uint16",
        Type::Uint32 => "uint32",
        Type::Uint64 => "uint64",
        Type::Float32 => "float32",
        Type::Float64 => "float64",
        Type::Complex128 => "complex128",
        Type::String => "string",
        Type::Func => "func",
        Type::Struct => "struct",
        Type::Pointer => "ptr",
        Type::List(_) => "slice",
        Type::Map(_) => "map",
        _ => "interface",
    }
}
