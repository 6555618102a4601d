//! What an execution has cost so far, and how much memory it holds.
//!
//! A step is an action, an argument, a round of a loop, or what it costs to make or look at
//! [`UNIT`] bytes. So steps bound time and, between two looks at what is still held, memory.

use std::cell::Cell;
use std::collections::HashSet;

use crate::error::Limit;
use crate::frame;
use crate::value::Value;

/// How many bytes a step makes or looks at.
const UNIT: usize = 64;

/// The steps that are left; functions take from them too.
#[derive(Debug)]
pub(crate) struct Meter {
    steps: Cell<u64>,
}

impl Meter {
    pub(crate) const fn new(steps: u64) -> Self {
        Self { steps: Cell::new(steps) }
    }

    pub(crate) fn spend(&self, steps: u64) -> Result<(), Limit> {
        let left = self.steps.get().checked_sub(steps);
        // What could not be paid is not paid in part: the steps are used up.
        self.steps.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or(Limit::Steps)
    }

    pub(crate) const fn left(&self) -> u64 {
        self.steps.get()
    }
}

/// Returns how many steps may be taken before somebody looks at the memory again: what is made in them
/// is a part of `limit`.
pub(crate) const fn between_looks(limit: usize) -> u64 {
    (limit / UNIT / 4) as u64
}

/// Returns the steps that it costs to make or look at so many bytes.
pub(crate) const fn steps_for(bytes: usize) -> u64 {
    (bytes / UNIT) as u64
}

/// Returns the size of a value in bytes, without what is below it. Maps count as nothing: who goes
/// through one pays for its entries.
pub(crate) fn shallow(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Raw(bytes) | Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len() * size_of::<Value>(),
        _ => 0,
    }
}

/// Adds up what values hold, each shared thing once.
pub(crate) struct Scale {
    seen: HashSet<usize>,
    bytes: usize,
    limit: usize,
    open: Vec<Value>,
}

impl Scale {
    /// Returns a scale that does not care about more than `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { seen: HashSet::new(), bytes: 0, limit, open: Vec::new() }
    }

    pub(crate) fn add(&mut self, cell: &frame::Cell) {
        self.open.push(cell.value.clone());
    }

    /// Returns whether all that was added fits the limit, with so many bytes beside it.
    pub(crate) fn fits(mut self, beside: usize) -> bool {
        self.bytes += beside;
        while let Some(value) = self.open.pop() {
            self.weigh(&value);
            if self.bytes > self.limit {
                return false;
            }
        }
        true
    }

    fn weigh(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.text(text.as_ptr().addr(), text.len()),
            Value::Raw(bytes) | Value::Bytes(bytes) => {
                self.text(bytes.as_ptr().addr(), bytes.len());
            }
            Value::List(list) if self.seen.insert(list.address()) => {
                self.bytes += shallow(value) + UNIT;
                list.for_each_held(&mut |item| self.push(item));
            }
            Value::Map(map) if self.seen.insert(map.address()) => {
                self.bytes += (map.len() + 1) * UNIT;
                map.for_each_held(&mut |item| self.push(item));
            }
            _ => {}
        }
    }

    fn push(&mut self, value: &Value) {
        match value {
            Value::List(_) | Value::Map(_) => self.open.push(value.clone()),
            other => self.weigh(other),
        }
    }

    /// Short texts count each time: to remember them would cost as much as they do.
    fn text(&mut self, address: usize, length: usize) {
        if length < UNIT || self.seen.insert(address) {
            self.bytes += length;
        }
    }
}
