//! Maps with strings as keys, in the order of their bytes. A map is read without a lock until somebody
//! changes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use crate::types::Type;
use crate::value::{Integers, Value, dismantle, keep_containers};

/// A map of Go: clones share their entries.
#[derive(Clone)]
pub struct Map(Arc<Inner>);

/// A key and its value.
pub type Entry = (Arc<str>, Value);

type Changed = RwLock<BTreeMap<Arc<str>, Value>>;

struct Inner {
    go_type: Type,
    /// Whether this is no map at all, which Go tells from an empty one here and there.
    nil: bool,
    source: Option<(Arc<value::Map>, Integers)>,
    /// The entries as they were in the beginning, sorted; unpacked from the source on first use.
    first: OnceLock<Vec<Entry>>,
    /// The entries since the first change.
    now: OnceLock<Box<Changed>>,
}

/// What a map has under a key.
pub(crate) enum Found<'a> {
    /// In a map that nobody has changed.
    Shared(&'a Value),
    /// In a map that may change at any time.
    Copied(Value),
    Missing,
}

impl Map {
    /// Returns a `map[string]interface {}`; of equal keys the last one counts.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (Arc<str>, Value)>) -> Self {
        Self::typed(Type::MAP, entries)
    }

    /// Returns a map of another type; `go_type` is that of the map, and its values are to fit it.
    #[must_use]
    pub fn typed(go_type: Type, entries: impl IntoIterator<Item = (Arc<str>, Value)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            // The sort is stable: of equal keys the last one given is the last one here.
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.reverse();
            entries.dedup_by(|(a, _), (b, _)| a == b);
            entries.reverse();
        }
        Self::of(go_type, false, None, OnceLock::from(entries))
    }

    pub(crate) fn from_plain(source: Arc<value::Map>, integers: Integers) -> Self {
        Self::of(Type::MAP, false, Some((source, integers)), OnceLock::new())
    }

    /// Returns the nil of a type of maps.
    #[must_use]
    pub fn nil(go_type: Type) -> Self {
        Self::of(go_type, true, None, OnceLock::from(Vec::new()))
    }

    fn of(
        go_type: Type,
        nil: bool,
        source: Option<(Arc<value::Map>, Integers)>,
        first: OnceLock<Vec<Entry>>,
    ) -> Self {
        Self(Arc::new(Inner { go_type, nil, source, first, now: OnceLock::new() }))
    }

    /// Returns the type of the map.
    #[must_use]
    pub fn go_type(&self) -> Type {
        self.0.go_type
    }

    /// Returns whether this is a nil, and not only empty. Go cannot change such a map.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.0.nil && self.0.now.get().is_none()
    }

    /// Returns the type of the values.
    pub(crate) fn elem(&self) -> Type {
        self.0.go_type.elem().unwrap_or(Type::Any)
    }

    /// Returns how many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        if let Some(now) = self.now() {
            return now.len();
        }
        match (self.0.first.get(), &self.0.source) {
            (Some(entries), _) => entries.len(),
            (None, Some((source, _))) => source.len(),
            (None, None) => 0,
        }
    }

    /// Returns whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        match self.find(key.as_bytes()) {
            Found::Shared(value) => Some(value.clone()),
            Found::Copied(value) => Some(value),
            Found::Missing => None,
        }
    }

    pub(crate) fn find(&self, key: &[u8]) -> Found<'_> {
        if let Some(now) = self.now() {
            let found = std::str::from_utf8(key).ok().and_then(|key| now.get(key));
            return found.cloned().map_or(Found::Missing, Found::Copied);
        }
        let entries = self.first();
        let at = entries.binary_search_by(|(k, _)| k.as_bytes().cmp(key)).ok();
        at.and_then(|at| entries.get(at)).map_or(Found::Missing, |(_, value)| Found::Shared(value))
    }

    /// Returns whether there is such a key.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        !matches!(self.find(key.as_bytes()), Found::Missing)
    }

    /// Returns the entries as they are now, in the order of their keys.
    #[must_use]
    pub fn entries(&self) -> Cow<'_, [Entry]> {
        match self.now() {
            Some(now) => Cow::Owned(now.iter().map(|(k, v)| (k.clone(), v.clone())).collect()),
            None => Cow::Borrowed(self.first()),
        }
    }

    /// Returns the keys as they are now, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<Arc<str>> {
        match self.now() {
            Some(now) => now.keys().cloned().collect(),
            None => self.first().iter().map(|(key, _)| key.clone()).collect(),
        }
    }

    /// Sets an entry for everybody who holds this map; returns what was there.
    pub fn set(&self, key: impl Into<Arc<str>>, value: Value) -> Option<Value> {
        self.change(|now| now.insert(key.into(), value))
    }

    /// Removes an entry for everybody who holds this map; returns what was there.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.change(|now| now.remove(key))
    }

    /// Returns whether both are the same map, not only equal.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns what tells this map from others.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Looks at the values that are held beside the source.
    pub(crate) fn for_each_held(&self, look: &mut dyn FnMut(&Value)) {
        self.0.first.get().into_iter().flatten().for_each(|(_, value)| look(value));
        self.now().iter().flat_map(|now| now.values()).for_each(look);
    }

    /// Whatever is dropped is dropped after the lock is gone: the caller gets it.
    fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<Arc<str>, Value>) -> T) -> T {
        let entries = || Box::new(RwLock::new(self.first().iter().cloned().collect()));
        let now = self.0.now.get_or_init(entries);
        change(&mut now.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the entries, if somebody has changed them.
    fn now(&self) -> Option<RwLockReadGuard<'_, BTreeMap<Arc<str>, Value>>> {
        self.0.now.get().map(|now| now.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn first(&self) -> &[Entry] {
        self.0.first.get_or_init(|| match &self.0.source {
            None => Vec::new(),
            Some((source, integers)) => source
                .iter()
                .map(|(key, plain)| (key.clone(), Value::from_plain(plain, *integers)))
                .collect(),
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
        let first = self.first.take().unwrap_or_default();
        keep_containers(first.into_iter().map(|(_, value)| value), values);
        if let Some(now) = self.now.take() {
            let now = now.into_inner().unwrap_or_else(PoisonError::into_inner);
            keep_containers(now.into_values(), values);
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

impl<K: Into<Arc<str>>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        Self::new(entries.into_iter().map(|(key, value)| (key.into(), value)))
    }
}
