//! The types that values and parameters have, under the names that Go gives them.

use std::fmt;

/// A type of Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// `interface {}`: any value, nil included.
    Any,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `int8`
    Int8,
    /// `int16`
    Int16,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `uint`
    Uint,
    /// `uint8`
    Uint8,
    /// `uint16`
    Uint16,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `float32`
    Float32,
    /// `float64`
    Float64,
    /// `complex128`
    Complex128,
    /// `string`
    String,
    /// A function.
    Func,
    /// A struct; only below [`Type::Named`].
    Struct,
    /// A pointer to a struct; only below [`Type::Named`].
    Pointer,
    /// A slice of elements of one type.
    List(&'static Self),
    /// A map from strings to values of one type.
    Map(&'static Self),
    /// A type with a name of its own.
    Named(&'static Named),
}

/// A type with a name, such as `time.Duration`.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// The name as `%T` prints it, a star included.
    pub name: &'static str,
    /// What it is made of.
    pub under: Type,
}

impl Type {
    /// `[]interface {}`
    pub const LIST: Self = Self::List(&Self::Any);
    /// `map[string]interface {}`
    pub const MAP: Self = Self::Map(&Self::Any);
    /// `[]uint8`
    pub const BYTES: Self = Self::List(&Self::Uint8);
    /// `[]string`
    pub const STRINGS: Self = Self::List(&Self::String);

    /// Returns the type without its name.
    #[must_use]
    pub const fn under(self) -> Self {
        match self {
            Self::Named(named) => named.under,
            other => other,
        }
    }

    /// Returns the type of the elements of a list or map.
    #[must_use]
    pub const fn elem(self) -> Option<Self> {
        match self.under() {
            Self::List(elem) | Self::Map(elem) => Some(*elem),
            _ => None,
        }
    }

    /// Returns whether a nil may stand for a value of this type.
    pub(crate) const fn takes_nil(self) -> bool {
        matches!(
            self.under(),
            Self::Any | Self::List(_) | Self::Map(_) | Self::Func | Self::Pointer
        )
    }

    /// Returns whether a value of this type may be given where a `wanted` is.
    pub(crate) fn assignable_to(self, wanted: Self) -> bool {
        if wanted == Self::Any || self == wanted {
            return true;
        }
        // Types without a name of their own may take the place of each other.
        self.under() == wanted.under() && (self.is_unnamed() || wanted.is_unnamed())
    }

    const fn is_unnamed(self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_) | Self::Func)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex128 => "complex128",
            Self::String => "string",
            Self::Func => "func()",
            Self::Struct => "struct {}",
            Self::Pointer => "*struct {}",
            Self::List(elem) => return write!(f, "[]{elem}"),
            Self::Map(elem) => return write!(f, "map[string]{elem}"),
            Self::Named(named) => named.name,
        };
        f.write_str(name)
    }
}
