//! What a text can be read into.

use std::sync::Arc;

use crate::{Map, Value};

/// A tree of some kind that YAML is read into, made from its leaves upwards, so that nobody who has trees
/// of another kind needs one of [`Value`]s first.
pub trait Tree: Sized {
    /// The key of a map's entry.
    type Key;

    /// Whether anything is kept of what is read; texts need not be put together for those that keep
    /// nothing.
    const IS_KEPT: bool = true;

    /// Returns what stands for a plain value.
    fn plain(value: Value) -> Self;

    /// Returns a text.
    #[must_use]
    fn text(text: &str) -> Self {
        Self::plain(Value::from(text))
    }

    /// Returns a key.
    fn key(name: &str) -> Self::Key;

    /// Returns a list.
    fn list(items: Vec<Self>) -> Self;

    /// Returns a map of entries as they come in the text; of equal keys the last one counts.
    fn map(entries: Vec<(Self::Key, Self)>) -> Self;
}

impl Tree for Value {
    type Key = Arc<str>;

    fn plain(value: Value) -> Self {
        value
    }

    fn key(name: &str) -> Self::Key {
        Arc::from(name)
    }

    fn list(items: Vec<Self>) -> Self {
        Self::from(items)
    }

    fn map(entries: Vec<(Self::Key, Self)>) -> Self {
        Self::from(Map::from_iter(entries))
    }
}

/// What is read for its mistakes alone.
pub(super) struct Nothing;

impl Tree for Nothing {
    type Key = ();

    const IS_KEPT: bool = false;

    fn plain(_: Value) -> Self {
        Self
    }

    fn text(_: &str) -> Self {
        Self
    }

    fn key(_: &str) -> Self::Key {}

    fn list(_: Vec<Self>) -> Self {
        Self
    }

    fn map(_: Vec<(Self::Key, Self)>) -> Self {
        Self
    }
}
