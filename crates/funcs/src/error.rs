//! Why a function refused its arguments.

use crate::world::WorldError;

/// Why a call failed. The text does not name the function: engines say `error calling NAME: …`.
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
    /// A result beyond the bounds of [`crate::MAX_TEXT`] or [`crate::MAX_ITEMS`].
    #[error("the result would be too large: the limit is {limit}")]
    TooLarge {
        /// The limit, in words.
        limit: &'static str,
    },
    /// Anything else, in words; the text of `fail` and `required` is the chart author's.
    #[error("{0}")]
    Failed(String),
    /// The world outside refused.
    #[error(transparent)]
    World(#[from] WorldError),
}

impl FuncError {
    /// Returns an error that says `text`.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }
}
