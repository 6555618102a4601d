//! Slices. A list is read without a lock until somebody changes an element.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use crate::types::Type;
use crate::value::{Integers, Value, dismantle, keep_containers};

/// A slice of Go: clones share their elements.
#[derive(Clone)]
pub struct List(Arc<Inner>);

struct Inner {
    go_type: Type,
    /// Whether this is no slice at all, which Go tells from an empty one here and there.
    nil: bool,
    source: Option<(Arc<Vec<value::Value>>, Integers)>,
    /// The elements as they were in the beginning, unpacked from the source on first use.
    first: OnceLock<Vec<Value>>,
    /// The elements since the first change.
    now: OnceLock<Box<RwLock<Vec<Value>>>>,
}

impl List {
    /// Returns a `[]interface {}`.
    #[must_use]
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(Type::LIST, items)
    }

    /// Returns a slice of another type; `go_type` is that of the slice, and its elements are to fit it.
    #[must_use]
    pub fn typed(go_type: Type, items: Vec<Value>) -> Self {
        Self::of(go_type, false, None, OnceLock::from(items))
    }

    pub(crate) fn from_plain(source: Arc<Vec<value::Value>>, integers: Integers) -> Self {
        Self::of(Type::LIST, false, Some((source, integers)), OnceLock::new())
    }

    /// Returns the nil of a type of slices.
    #[must_use]
    pub fn nil(go_type: Type) -> Self {
        Self::of(go_type, true, None, OnceLock::from(Vec::new()))
    }

    fn of(
        go_type: Type,
        nil: bool,
        source: Option<(Arc<Vec<value::Value>>, Integers)>,
        first: OnceLock<Vec<Value>>,
    ) -> Self {
        Self(Arc::new(Inner { go_type, nil, source, first, now: OnceLock::new() }))
    }

    /// Returns the type of the slice.
    #[must_use]
    pub fn go_type(&self) -> Type {
        self.0.go_type
    }

    /// Returns whether this is a nil, and not only empty.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }

    /// Returns whether the elements are of type `interface {}`.
    pub(crate) fn holds_any(&self) -> bool {
        self.0.go_type.elem() == Some(Type::Any)
    }

    /// Returns how many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match (self.0.first.get(), &self.0.source) {
            (Some(items), _) => items.len(),
            (None, Some((source, _))) => source.len(),
            (None, None) => 0,
        }
    }

    /// Returns whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns an element.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Value> {
        match self.now() {
            Some(now) => now.get(index).cloned(),
            None => self.first().get(index).cloned(),
        }
    }

    /// Returns the elements as they are now.
    #[must_use]
    pub fn items(&self) -> Cow<'_, [Value]> {
        match self.now() {
            Some(now) => Cow::Owned(now.clone()),
            None => Cow::Borrowed(self.first()),
        }
    }

    /// Replaces an element for everybody who holds this list; returns whether there is such an element.
    pub fn set(&self, index: usize, value: Value) -> bool {
        let items = || Box::new(RwLock::new(self.first().to_vec()));
        let now = self.0.now.get_or_init(items);
        let mut now = now.write().unwrap_or_else(PoisonError::into_inner);
        let old = now.get_mut(index).map(|slot| std::mem::replace(slot, value));
        drop(now);
        old.is_some()
    }

    /// Returns whether both are the same list, not only equal.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns what tells this list from others.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Looks at the elements that are held beside the source.
    pub(crate) fn for_each_held(&self, look: &mut dyn FnMut(&Value)) {
        self.0.first.get().into_iter().flatten().for_each(&mut *look);
        self.now().iter().flat_map(|now| now.iter()).for_each(look);
    }

    /// Returns the elements, if somebody has changed them.
    fn now(&self) -> Option<RwLockReadGuard<'_, Vec<Value>>> {
        self.0.now.get().map(|now| now.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn first(&self) -> &[Value] {
        self.0.first.get_or_init(|| match &self.0.source {
            None => Vec::new(),
            Some((source, integers)) => {
                source.iter().map(|plain| Value::from_plain(plain, *integers)).collect()
            }
        })
    }

    pub(crate) fn take_apart(self, values: &mut Vec<Value>) {
        if let Some(mut inner) = Arc::into_inner(self.0) {
            inner.empty(values);
        }
    }
}

impl Inner {
    fn empty(&mut self, values: &mut Vec<Value>) {
        keep_containers(self.first.take().unwrap_or_default(), values);
        if let Some(now) = self.now.take() {
            keep_containers(now.into_inner().unwrap_or_else(PoisonError::into_inner), values);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let mut values = Vec::new();
        self.empty(&mut values);
        dismantle(values);
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::new(items.into_iter().collect())
    }
}
