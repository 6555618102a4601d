//! Why a function refused plain arguments. Inside, functions fail with [`CallError`] and the text of Go.

use gotmpl::CallError;

/// Why a call with plain data failed. The text does not name the function: engines say
/// `error calling NAME: …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FuncError {
    /// Too few or too many arguments.
    #[error("wrong number of arguments: want {want}, got {got}")]
    Arity {
        /// What the function takes, in words.
        want: String,
        /// How many it was given.
        got: usize,
    },
    /// An argument of the wrong kind.
    #[error("argument {index} must be {want}, not {got}")]
    Kind {
        /// Which argument, counted from one.
        index: usize,
        /// What it must be, with its article.
        want: &'static str,
        /// What it is, with its article.
        got: &'static str,
    },
    /// Anything else, in words; the text of `fail` and `required` is the chart author's.
    #[error("{0}")]
    Failed(String),
}

impl From<CallError> for FuncError {
    fn from(error: CallError) -> Self {
        Self::Failed(error.to_string())
    }
}
