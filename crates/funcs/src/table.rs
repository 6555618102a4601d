//! The table of all functions. A family keeps its rows beside its functions; this file says what a row
//! is and finds one by its name.
//!
//! The table is also the manual: `docs/functions.md` is printed from it, and every example is executed.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use gotmpl::{Args, CallError, Func, Signature, Type, Value};

use crate::error::FuncError;
use crate::world::World;

/// What a function returns.
pub(crate) type Answer = Result<Value, CallError>;

/// One function.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name that templates use.
    pub name: &'static str,
    /// Other names of the same function.
    pub aliases: &'static [&'static str],
    /// What it takes and returns.
    pub signature: Signature,
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

/// The code of a function. Its arguments fit its signature; errors have the text of Go.
#[derive(Clone, Copy, Debug)]
pub enum Function {
    /// Depends on nothing but its arguments.
    Pure(fn(&Args<'_>) -> Result<Value, CallError>),
    /// Asks the world outside.
    World(fn(&dyn World, &Args<'_>) -> Result<Value, CallError>),
}

/// What a template engine of Go hands along with an execution, as far as functions need it.
pub trait Host: Any {
    /// Returns the world outside.
    fn world(&self) -> &dyn World;
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
    Family { title: "Words", rows: crate::words::ROWS },
    Family { title: "Regular expressions", rows: crate::regex::ROWS },
    Family { title: "Lists", rows: crate::lists::ROWS },
    Family { title: "Maps", rows: crate::dicts::ROWS },
    Family { title: "Integers", rows: crate::math::ROWS },
    Family { title: "Floats", rows: crate::floats::ROWS },
    Family { title: "Types", rows: crate::types::ROWS },
    Family { title: "YAML, JSON and TOML", rows: crate::convert::ROWS },
    Family { title: "Encodings", rows: crate::encoding::ROWS },
    Family { title: "Dates", rows: crate::dates::ROWS },
    Family { title: "Durations", rows: crate::durations::ROWS },
    Family { title: "Hashes and randomness", rows: crate::crypto::ROWS },
    Family { title: "Passwords", rows: crate::passwords::ROWS },
    Family { title: "Keys and certificates", rows: crate::certificates::ROWS },
    Family { title: "Versions", rows: crate::semver::ROWS },
    Family { title: "Paths", rows: crate::paths::ROWS },
    Family { title: "URLs", rows: crate::urls::ROWS },
    Family { title: "The cluster and the network", rows: crate::world::ROWS },
];

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Row>> =
    LazyLock::new(|| rows().flat_map(|row| row.names().map(move |name| (name, row))).collect());

/// Returns all functions in the order of the manual.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().flat_map(|family| family.rows)
}

/// Returns the function called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Row> {
    BY_NAME.get(name).copied()
}

/// Returns all functions under all of their names for templates of Go, whose executions have an `H` as
/// their host.
pub fn funcs<H: Host>() -> impl Iterator<Item = Func> {
    rows().flat_map(|row| row.names().map(|name| row.func::<H>(name)))
}

impl Row {
    /// Returns the name and the other names.
    pub fn names(&'static self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Returns how many arguments the function takes.
    #[must_use]
    pub const fn arity(&self) -> Arity {
        let min = self.signature.params.len();
        Arity { min, max: if self.signature.rest.is_some() { None } else { Some(min) } }
    }

    /// Calls the function with plain data, as a template engine without Go's types does.
    ///
    /// Integers are `int64` inside, and a float without fraction that comes out is an integer. Times come
    /// out, and are taken, as seconds since 1970, durations as text, versions and certificates as maps.
    pub fn call(
        &self,
        world: &dyn World,
        args: &[value::Value],
    ) -> Result<value::Value, FuncError> {
        self.arity().check(args.len())?;
        let args = crate::plain::arguments(&self.signature, args)?;
        crate::plain::result(&self.run(world, &Args::new(&args))?)
    }

    fn func<H: Host>(&'static self, name: &str) -> Func {
        match self.function {
            Function::Pure(function) => {
                Func::new(name, self.signature, move |_, args| function(args))
            }
            Function::World(function) => {
                Func::new(name, self.signature, move |call, args| match call.host::<H>() {
                    Some(host) => function(host.world(), args),
                    None => Err(CallError::from("there is no world to ask")),
                })
            }
        }
    }

    fn run(&self, world: &dyn World, args: &Args<'_>) -> Answer {
        match self.function {
            Function::Pure(function) => function(args),
            Function::World(function) => function(world, args),
        }
    }

    /// Returns the row with other names for the same function.
    pub(crate) const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
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

/// Returns the signature of a function with exactly these parameters.
pub(crate) const fn takes(params: &'static [Type], result: Type) -> Signature {
    Signature::new(params, result)
}

/// Returns the signature of a function that takes any number of arguments more.
pub(crate) const fn takes_more(params: &'static [Type], rest: Type, result: Type) -> Signature {
    Signature::variadic(params, rest, result)
}

/// Returns the row of a function that depends on nothing but its arguments.
pub(crate) const fn pure(
    name: &'static str,
    signature: Signature,
    function: fn(&Args<'_>) -> Answer,
    doc: &'static str,
    example: &'static str,
) -> Row {
    row(name, signature, Function::Pure(function), doc, example)
}

/// Returns the row of a function that asks the world outside.
pub(crate) const fn asking(
    name: &'static str,
    signature: Signature,
    function: fn(&dyn World, &Args<'_>) -> Answer,
    doc: &'static str,
    example: &'static str,
) -> Row {
    row(name, signature, Function::World(function), doc, example)
}

const fn row(
    name: &'static str,
    signature: Signature,
    function: Function,
    doc: &'static str,
    example: &'static str,
) -> Row {
    Row { name, aliases: &[], signature, function, doc, example, since: "0.1.0" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice_in_the_table() {
        assert_eq!(rows().flat_map(Row::names).count(), BY_NAME.len());
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
