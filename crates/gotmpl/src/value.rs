//! The values that templates work on: Go's kinds as far as a template can tell them apart.
//!
//! Clones are cheap and share. Lists and maps are references as in Go: what a function changes in one,
//! everybody who holds it sees. Until the first change they are read without a lock, and those that
//! come from a [`value::Value`] are unpacked level by level, when somebody looks.

use std::sync::Arc;

use crate::func::Func;
use crate::list::List;
use crate::map::Map;
use crate::object::Object;
use crate::types::Type;

/// A value.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Value {
    /// `nil`, and what is missing.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `int64`
    Int64(i64),
    /// `uint64`
    Uint64(u64),
    /// An integer of another size.
    Small(Small),
    /// `float64`
    Float(f64),
    /// `complex128`: the real and the imaginary part.
    Complex(f64, f64),
    /// `string`
    String(Arc<str>),
    /// A `string` that is not UTF-8; made by [`Value::text`].
    Raw(Arc<[u8]>),
    /// `[]byte`
    Bytes(Arc<[u8]>),
    /// A slice.
    List(List),
    /// A map with strings as keys.
    Map(Map),
    /// Something of the host.
    Object(Arc<dyn Object>),
    /// A function, for the built-in `call`.
    Func(Arc<Func>),
}

/// An integer or float of a less common size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Small {
    /// `int8`
    Int8(i8),
    /// `int16`
    Int16(i16),
    /// `int32`
    Int32(i32),
    /// `uint`
    Uint(u64),
    /// `uint8`
    Uint8(u8),
    /// `uint16`
    Uint16(u16),
    /// `uint32`
    Uint32(u32),
    /// `float32`
    Float32(f32),
}

/// How the integers of a [`value::Value`] appear to templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Integers {
    /// As `int64`.
    #[default]
    Int64,
    /// As `int`.
    Int,
    /// As `float64`, which is what JSON makes of every number.
    Float64,
}

/// A value that has no place in a [`value::Value`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlainError {
    /// A function or an object without plain value.
    #[error("a value of type {0} is no plain data")]
    Type(String),
    /// It contains itself or is nested beyond any use.
    #[error("the value is nested too deeply or contains itself")]
    TooDeep,
}

/// How deeply plain values may be nested.
const MAX_DEPTH: usize = 1000;

impl Value {
    /// Returns a `string` of any bytes.
    #[must_use]
    pub fn text(bytes: &[u8]) -> Self {
        std::str::from_utf8(bytes).map_or_else(|_| Self::Raw(Arc::from(bytes)), Self::from)
    }

    /// Returns the value of plain data; lists and maps are unpacked when somebody looks.
    #[must_use]
    pub fn from_plain(plain: &value::Value, integers: Integers) -> Self {
        match plain {
            value::Value::Null => Self::Nil,
            value::Value::Bool(b) => Self::Bool(*b),
            value::Value::Int(i) => match integers {
                Integers::Int64 => Self::Int64(*i),
                Integers::Int => Self::Int(*i),
                #[expect(clippy::cast_precision_loss, reason = "Go loses it too")]
                Integers::Float64 => Self::Float(*i as f64),
            },
            value::Value::Float(f) => Self::Float(*f),
            value::Value::String(s) => Self::String(s.clone()),
            value::Value::List(items) => Self::List(List::from_plain(items.clone(), integers)),
            value::Value::Map(map) => Self::Map(Map::from_plain(map.clone(), integers)),
        }
    }

    /// Returns the value as plain data: integers of all sizes as one, text that is not UTF-8 and bytes
    /// with replacements, objects by their plain value or their text.
    pub fn to_plain(&self) -> Result<value::Value, PlainError> {
        self.plain_below(MAX_DEPTH)
    }

    fn plain_below(&self, depth: usize) -> Result<value::Value, PlainError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(PlainError::TooDeep);
        };
        Ok(match self {
            Self::Nil => value::Value::Null,
            Self::Bool(b) => value::Value::Bool(*b),
            Self::Float(f) => value::Value::Float(*f),
            Self::Small(Small::Float32(f)) => value::Value::Float(f64::from(*f)),
            Self::String(s) => value::Value::String(s.clone()),
            Self::Raw(bytes) | Self::Bytes(bytes) => {
                value::Value::String(Arc::from(String::from_utf8_lossy(bytes)))
            }
            Self::List(list) => {
                let items = list.items();
                items.iter().map(|item| item.plain_below(depth)).collect::<Result<_, _>>()?
            }
            Self::Map(map) => {
                let entries = map.entries();
                let mut plain = value::Map::with_capacity(entries.len());
                for (key, value) in entries.iter() {
                    plain.insert(key.clone(), value.plain_below(depth)?);
                }
                value::Value::from(plain)
            }
            Self::Object(object) => match (object.plain(), object.text()) {
                (Some(plain), _) => plain.plain_below(depth)?,
                (None, Some(text)) => value::Value::from(text),
                (None, None) => return Err(PlainError::Type(self.go_type().to_string())),
            },
            Self::Complex(..) | Self::Func(_) => {
                return Err(PlainError::Type(self.go_type().to_string()));
            }
            #[expect(clippy::cast_precision_loss, reason = "beyond the integers there are floats")]
            number => match (number.as_int(), number.as_uint()) {
                (Some(i), _) => value::Value::Int(i),
                (None, Some(u)) => {
                    i64::try_from(u).map_or(value::Value::Float(u as f64), value::Value::Int)
                }
                (None, None) => value::Value::Null,
            },
        })
    }

    /// Returns the type; nil has [`Type::Any`].
    #[must_use]
    pub fn go_type(&self) -> Type {
        match self {
            Self::Nil => Type::Any,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Int64(_) => Type::Int64,
            Self::Uint64(_) => Type::Uint64,
            Self::Small(sized) => sized.go_type(),
            Self::Float(_) => Type::Float64,
            Self::Complex(..) => Type::Complex128,
            Self::String(_) | Self::Raw(_) => Type::String,
            Self::Bytes(_) => Type::BYTES,
            Self::List(list) => list.go_type(),
            Self::Map(map) => map.go_type(),
            Self::Object(object) => object.go_type(),
            Self::Func(_) => Type::Func,
        }
    }

    /// Returns whether this is nil.
    #[must_use]
    pub const fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// Returns the bytes of a `string`.
    #[must_use]
    pub fn as_text(&self) -> Option<&[u8]> {
        match self {
            Self::String(s) => Some(s.as_bytes()),
            Self::Raw(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the text of a `string` that is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(s) => Some(s),
            _ => None,
        }
    }

    /// Returns a signed integer of any size.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(i) | Self::Int64(i) => Some(*i),
            Self::Small(Small::Int8(i)) => Some(i64::from(*i)),
            Self::Small(Small::Int16(i)) => Some(i64::from(*i)),
            Self::Small(Small::Int32(i)) => Some(i64::from(*i)),
            _ => None,
        }
    }

    /// Returns an unsigned integer of any size.
    #[must_use]
    pub fn as_uint(&self) -> Option<u64> {
        match self {
            Self::Uint64(u) | Self::Small(Small::Uint(u)) => Some(*u),
            Self::Small(Small::Uint8(u)) => Some(u64::from(*u)),
            Self::Small(Small::Uint16(u)) => Some(u64::from(*u)),
            Self::Small(Small::Uint32(u)) => Some(u64::from(*u)),
            _ => None,
        }
    }

    /// Returns a float of any size.
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(f) => Some(*f),
            Self::Small(Small::Float32(f)) => Some(f64::from(*f)),
            _ => None,
        }
    }

    /// Returns a boolean.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// Returns a list.
    #[must_use]
    pub const fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// Returns a map.
    #[must_use]
    pub const fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns an object of a type of the host.
    #[must_use]
    pub fn as_object<T: Object>(&self) -> Option<&T> {
        match self {
            Self::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// Returns the plain value of an object that has one, any other value as it is.
    pub(crate) fn unwrapped(&self) -> Self {
        match self {
            Self::Object(object) => object.plain().unwrap_or_else(|| self.clone()),
            other => other.clone(),
        }
    }

    /// Returns whether this is an object behind a pointer.
    pub(crate) fn is_pointer(&self) -> bool {
        self.go_type().under() == Type::Pointer
    }

    /// Returns the name of the type of what a pointer points to, of any other value its own.
    pub(crate) fn pointed_type(&self) -> String {
        let name = self.go_type().to_string();
        match name.strip_prefix('*').filter(|_| self.is_pointer()) {
            Some(name) => name.to_owned(),
            None => name,
        }
    }

    /// Returns the zero of a type, as a map of such values returns it for a missing key.
    pub(crate) fn zero(of: Type) -> Self {
        match of.under() {
            Type::Bool => Self::Bool(false),
            Type::Int => Self::Int(0),
            Type::Int8 => Self::Small(Small::Int8(0)),
            Type::Int16 => Self::Small(Small::Int16(0)),
            Type::Int32 => Self::Small(Small::Int32(0)),
            Type::Int64 => Self::Int64(0),
            Type::Uint => Self::Small(Small::Uint(0)),
            Type::Uint8 => Self::Small(Small::Uint8(0)),
            Type::Uint16 => Self::Small(Small::Uint16(0)),
            Type::Uint32 => Self::Small(Small::Uint32(0)),
            Type::Uint64 => Self::Uint64(0),
            Type::Float32 => Self::Small(Small::Float32(0.0)),
            Type::Float64 => Self::Float(0.0),
            Type::Complex128 => Self::Complex(0.0, 0.0),
            Type::String => Self::from(""),
            Type::List(Type::Uint8) => Self::Bytes(Arc::default()),
            Type::List(_) => Self::List(List::typed(of, Vec::new())),
            Type::Map(_) => Self::Map(Map::typed(of, [])),
            _ => Self::Nil,
        }
    }
}

impl Small {
    const fn go_type(self) -> Type {
        match self {
            Self::Int8(_) => Type::Int8,
            Self::Int16(_) => Type::Int16,
            Self::Int32(_) => Type::Int32,
            Self::Uint(_) => Type::Uint,
            Self::Uint8(_) => Type::Uint8,
            Self::Uint16(_) => Type::Uint16,
            Self::Uint32(_) => Type::Uint32,
            Self::Float32(_) => Type::Float32,
        }
    }
}

/// Takes nested lists and maps apart one after the other, however deep they are.
pub(crate) fn dismantle(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match value {
            Value::List(list) => list.take_apart(&mut values),
            Value::Map(map) => map.take_apart(&mut values),
            _ => {}
        }
    }
}

/// Keeps of `all` what may hold further values.
pub(crate) fn keep_containers(all: impl IntoIterator<Item = Value>, kept: &mut Vec<Value>) {
    kept.extend(all.into_iter().filter(|v| matches!(v, Value::List(_) | Value::Map(_))));
}

/// What is read from YAML has passed through JSON in Helm: every number is a `float64`.
impl value::yaml::Tree for Value {
    type Key = Arc<str>;

    fn plain(value: value::Value) -> Self {
        Self::from_plain(&value, Integers::Float64)
    }

    fn text(text: &str) -> Self {
        Self::from(text)
    }

    fn key(name: &str) -> Self::Key {
        Arc::from(name)
    }

    fn list(items: Vec<Self>) -> Self {
        Self::from(items)
    }

    fn map(entries: Vec<(Self::Key, Self)>) -> Self {
        Self::Map(Map::new(entries))
    }
}

/// Prints the value as `%#v` does.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = Vec::new();
        let _complete =
            crate::printf::sprintf(&mut out, 1 << 16, b"%#v", std::slice::from_ref(self));
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::String(Arc::from(s))
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Self::String(Arc::from(s))
    }
}

impl From<Arc<str>> for Value {
    fn from(s: Arc<str>) -> Self {
        Self::String(s)
    }
}

impl From<f64> for Value {
    fn from(f: f64) -> Self {
        Self::Float(f)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::List(List::new(items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(json: &str) -> value::Value {
        value::json::from_str(json).expect("it is JSON")
    }

    #[test]
    fn plain_data_goes_in_and_out_unchanged() {
        let json = r#"{"a":[1,2.5,"x",null,true,{"b":{}}],"c":-7}"#;
        let value = Value::from_plain(&plain(json), Integers::Int64);
        assert_eq!(value.to_plain(), Ok(plain(json)));
    }

    #[test]
    fn integers_appear_as_the_host_wants() {
        let check = |integers, want: &str| {
            let value = Value::from_plain(&plain("[1]"), integers);
            let item = value.as_list().and_then(|list| list.get(0)).unwrap_or_default();
            assert_eq!(item.go_type().to_string(), want);
        };
        check(Integers::Int64, "int64");
        check(Integers::Int, "int");
        check(Integers::Float64, "float64");
    }

    #[test]
    fn everybody_sees_a_change_and_the_source_does_not() {
        let source = plain(r#"{"m":{"x":1},"l":[{"y":1}]}"#);
        let value = Value::from_plain(&source, Integers::Int64);
        let root = value.as_map().expect("a map").clone();
        let inner = |key: &str| root.get(key).expect("it is there");
        inner("m").as_map().expect("a map").set("x", Value::from("new"));
        inner("l")
            .as_list()
            .and_then(|l| l.get(0))
            .and_then(|m| m.as_map().cloned())
            .map_or_else(|| panic!("a map in a list"), |map| map.remove("y"));
        assert!(inner("l").as_list().is_some_and(|list| list.set(0, Value::Bool(true))));
        assert!(inner("l").as_list().is_some_and(|list| !list.set(1, Value::Nil)));
        assert_eq!(value.to_plain(), Ok(plain(r#"{"m":{"x":"new"},"l":[true]}"#)));
        assert_eq!(source, plain(r#"{"m":{"x":1},"l":[{"y":1}]}"#));
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        let map: Map = [("b", 1), ("a", 2), ("b", 3)]
            .into_iter()
            .map(|(key, i)| (key, Value::Int(i)))
            .collect();
        assert_eq!(format!("{:?}", Value::Map(map)), r#"map[string]interface {}{"a":2, "b":3}"#);
    }

    #[test]
    fn what_contains_itself_is_no_plain_data() {
        let map = Map::new([]);
        map.set("self", Value::Map(map.clone()));
        assert_eq!(Value::Map(map.clone()).to_plain(), Err(PlainError::TooDeep));
        map.remove("self");
    }
}
