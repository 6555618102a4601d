//! What an execution keeps per value and per template call.

use std::sync::Arc;

use crate::program::Template;
use crate::span::At;
use crate::types::Type;
use crate::value::Value;

/// A value on its way through a pipeline.
///
/// Go tells a value from one that was taken out of an `interface {}`: messages name that type, and a nil
/// found in a map is not the same as no value at all.
#[derive(Clone, Default)]
pub(crate) struct Cell {
    pub(crate) value: Value,
    /// Whether the static type is `interface {}`.
    pub(crate) any: bool,
}

impl Cell {
    pub(crate) const fn new(value: Value) -> Self {
        Self { value, any: false }
    }

    /// A value of a declared type.
    pub(crate) fn of(value: Value, declared: Type) -> Self {
        Self { value, any: declared == Type::Any }
    }

    /// Returns whether there is no value at all, not even a nil.
    pub(crate) const fn is_invalid(&self) -> bool {
        self.value.is_nil() && !self.any
    }

    /// Returns the type that messages name.
    pub(crate) fn static_type(&self) -> Type {
        if self.any { Type::Any } else { self.value.go_type() }
    }
}

/// What a node is executed with.
#[derive(Clone, Copy)]
pub(crate) struct Here<'h> {
    pub(crate) dot: &'h Cell,
    /// The text of the file that the node stands in.
    pub(crate) text: &'h [u8],
}

impl<'h> Here<'h> {
    pub(crate) const fn with(self, dot: &'h Cell) -> Self {
        Self { dot, ..self }
    }
}

/// A template that is being executed.
pub(crate) struct Frame {
    pub(crate) template: Arc<Template>,
    /// What the caller was at, if a template called.
    pub(crate) caller_at: At,
}

/// Values given to one call; few of them need no allocation.
pub(crate) struct Buffer<T> {
    few: [T; 4],
    many: Vec<T>,
    len: usize,
}

impl<T: Default> Buffer<T> {
    pub(crate) fn new() -> Self {
        Self { few: Default::default(), many: Vec::new(), len: 0 }
    }

    pub(crate) fn push(&mut self, item: T) {
        if let Some(slot) = self.few.get_mut(self.len).filter(|_| self.many.is_empty()) {
            *slot = item;
        } else {
            if self.many.is_empty() {
                self.many.extend(self.few.iter_mut().map(std::mem::take));
            }
            self.many.push(item);
        }
        self.len += 1;
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        if self.many.is_empty() { self.few.get(..self.len).unwrap_or_default() } else { &self.many }
    }
}
