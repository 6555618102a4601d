//! The table of all functions. A family keeps its rows beside its functions; this file says what a row
//! is and finds one by its name.
//!
//! The table is also the manual: `docs/functions.md` is printed from it, and every example is executed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use value::Value;

use crate::error::FuncError;
use crate::world::World;

/// One function.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name that templates use.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: Arity,
    /// What it does.
    pub function: Function,
    /// One sentence for people; Markdown.
    pub doc: &'static str,
    /// `call => result`: the arguments and the result are JSON. Empty where no two runs are equal.
    pub example: &'static str,
    /// The version of this project that brought it.
    pub since: &'static str,
}

/// How many arguments a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    /// At least so many.
    pub min: usize,
    /// At most so many; `None` is any number.
    pub max: Option<usize>,
}

/// The code of a function.
#[derive(Clone, Copy, Debug)]
pub enum Function {
    /// Depends on nothing but its arguments.
    Pure(fn(&[Value]) -> Result<Value, FuncError>),
    /// Asks the world outside.
    World(fn(&dyn World, &[Value]) -> Result<Value, FuncError>),
}

/// A group of functions, a chapter of the manual.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The title of the chapter.
    pub title: &'static str,
    /// Its functions.
    pub rows: &'static [Row],
}

/// All functions, by family, in the order of the manual.
pub const FAMILIES: &[Family] = &[
    Family { title: "Defaults and flow", rows: crate::flow::ROWS },
    Family { title: "Strings", rows: crate::strings::ROWS },
    Family { title: "Regular expressions", rows: crate::regex::ROWS },
    Family { title: "Lists", rows: crate::lists::ROWS },
    Family { title: "Maps", rows: crate::dicts::ROWS },
    Family { title: "Numbers", rows: crate::math::ROWS },
    Family { title: "Types", rows: crate::types::ROWS },
    Family { title: "YAML, JSON and text", rows: crate::convert::ROWS },
    Family { title: "Encodings", rows: crate::encoding::ROWS },
    Family { title: "Hashes and randomness", rows: crate::crypto::ROWS },
    Family { title: "Versions", rows: crate::semver::ROWS },
    Family { title: "Paths", rows: crate::paths::ROWS },
    Family { title: "The cluster and the network", rows: crate::world::ROWS },
];

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Row>> =
    LazyLock::new(|| rows().map(|row| (row.name, row)).collect());

/// Returns all functions in the order of the manual.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().flat_map(|family| family.rows)
}

/// Returns the function called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Row> {
    BY_NAME.get(name).copied()
}

impl Row {
    /// Checks the number of arguments, then calls the function.
    pub fn call(&self, world: &dyn World, args: &[Value]) -> Result<Value, FuncError> {
        self.arity.check(args.len())?;
        match self.function {
            Function::Pure(function) => function(args),
            Function::World(function) => function(world, args),
        }
    }
}

impl Arity {
    /// Returns an error unless `got` arguments are right.
    pub fn check(self, got: usize) -> Result<(), FuncError> {
        if got < self.min || self.max.is_some_and(|max| got > max) {
            return Err(FuncError::Arity { want: self.to_string(), got });
        }
        Ok(())
    }
}

/// Prints `2`, `1 to 3` or `at least 1`.
impl std::fmt::Display for Arity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.max {
            Some(max) if max == self.min => write!(f, "{max}"),
            Some(max) => write!(f, "{} to {max}", self.min),
            None => write!(f, "at least {}", self.min),
        }
    }
}

/// Returns the row of a function with exactly `arity` arguments that depends on nothing else.
pub(crate) const fn exact(
    name: &'static str,
    arity: usize,
    function: fn(&[Value]) -> Result<Value, FuncError>,
    doc: &'static str,
    example: &'static str,
) -> Row {
    row(name, arity, Some(arity), Function::Pure(function), doc, example)
}

/// Returns the row of a function with at least `min` arguments that depends on nothing else.
pub(crate) const fn variadic(
    name: &'static str,
    min: usize,
    function: fn(&[Value]) -> Result<Value, FuncError>,
    doc: &'static str,
    example: &'static str,
) -> Row {
    row(name, min, None, Function::Pure(function), doc, example)
}

/// Returns a row.
pub(crate) const fn row(
    name: &'static str,
    min: usize,
    max: Option<usize>,
    function: Function,
    doc: &'static str,
    example: &'static str,
) -> Row {
    Row { name, arity: Arity { min, max }, function, doc, example, since: "0.1.0" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice_in_the_table() {
        assert_eq!(rows().count(), BY_NAME.len());
    }

    #[test]
    fn the_number_of_arguments_is_checked() {
        let check = |min, max, got| Arity { min, max }.check(got).map_err(|e| e.to_string());
        assert_eq!(check(1, Some(1), 1), Ok(()));
        assert_eq!(check(1, None, 9), Ok(()));
        assert_eq!(
            check(1, Some(2), 3),
            Err("wrong number of arguments: want 1 to 2, got 3".to_owned())
        );
    }
}
