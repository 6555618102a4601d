//! Things of the host that templates may look into: structs, pointers and named types of Go.

use std::any::Any;

use crate::error::CallError;
use crate::func::{Args, Call, Signature};
use crate::map::Map;
use crate::types::Type;
use crate::value::Value;

/// A value of a type of the host.
///
/// A struct has fields and perhaps methods. A named type made of something plain, such as a duration,
/// returns that from [`Object::plain`]: ranging, comparing, indexing and printing then work on it.
pub trait Object: Any + Send + Sync {
    /// Returns the type, a [`Type::Named`].
    fn go_type(&self) -> Type;

    /// Returns this, so that functions can find their own objects again.
    fn as_any(&self) -> &dyn Any;

    /// Returns whether this is a nil pointer.
    fn is_nil(&self) -> bool {
        false
    }

    /// Returns an exported field of a struct; for a nil pointer, anything if there is such a field.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// Returns the fields of a struct in order, for printing.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// Returns what `encoding/json` shows of a struct: its exported fields, unless they have other names
    /// there or are left out.
    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = self.fields();
        fields.retain(|(name, _)| name.starts_with(char::is_uppercase));
        fields
    }

    /// Returns what a method takes and returns.
    fn method(&self, _name: &str) -> Option<Signature> {
        None
    }

    /// Calls a method that [`Object::method`] knows; the arguments fit its signature.
    fn call(
        &self,
        name: &str,
        _call: &mut Call<'_, '_>,
        _args: &Args<'_>,
    ) -> Result<Value, CallError> {
        Err(CallError::Text(format!("there is no method {name}")))
    }

    /// Returns the map that a named type of maps is: its keys are looked up there, behind its methods.
    fn map(&self) -> Option<&Map> {
        None
    }

    /// Returns the value that a named type which is no struct is made of.
    fn plain(&self) -> Option<Value> {
        self.map().cloned().map(Value::Map)
    }

    /// Returns a value of the same named type made of `plain`, for copies; `None` if the type has no such.
    fn with_plain(&self, _plain: Value) -> Option<Value> {
        None
    }

    /// Returns the result of the method `String` or `Error`, which is how the object is printed.
    fn text(&self) -> Option<String> {
        None
    }

    /// Returns the text that an action prints for a struct whose pointer has the method `String`: an action
    /// takes the address of what it prints, a function gets a copy and prints the fields.
    fn text_by_address(&self) -> Option<String> {
        None
    }

    /// Returns whether this equals another object of the same type; `None` if such are not comparable.
    fn equals(&self, _other: &dyn Object) -> Option<bool> {
        None
    }

    /// Returns what `range` goes over, if this is an iterator function.
    fn iterate(&self) -> Option<Iteration> {
        None
    }
}

/// An iterator function of Go.
pub enum Iteration {
    /// `iter.Seq`
    One(Box<dyn Iterator<Item = Value>>),
    /// `iter.Seq2`
    Two(Box<dyn Iterator<Item = (Value, Value)>>),
}
