//! What names mean at a place of a template: the contexts around it and the names that blocks gave.

use std::collections::BTreeMap;
use std::sync::Arc;

use value::Value;

use crate::error::{Fault, did_you_mean};
use crate::path::{Path, Start};

/// The contexts of a template or partial, from the outermost in.
#[derive(Debug)]
pub(crate) struct Scope {
    root: Value,
    layers: Vec<Layer>,
}

/// What a block says of itself.
pub(crate) type Locals = BTreeMap<&'static str, Value>;

/// What a block adds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    pub(crate) context: Value,
    /// `@index`, `@key`, `@first`, `@last`.
    pub(crate) locals: Locals,
    /// The names between `|` and `|`.
    pub(crate) names: Vec<(Arc<str>, Value)>,
}

impl Scope {
    /// Returns the scope of a template that sees `root`.
    pub(crate) fn new(root: Value) -> Self {
        let layer = Layer { context: root.clone(), ..Layer::default() };
        Self { root, layers: vec![layer] }
    }

    /// Returns the scope of a partial that is called here with `context`: it sees what blocks around the
    /// call say of themselves (`@index`), but neither their names nor the contexts around.
    pub(crate) fn partial(&self, context: Value) -> Self {
        let layer = Layer { context, locals: self.locals(), names: Vec::new() };
        Self { root: self.root.clone(), layers: vec![layer] }
    }

    /// Returns the present context.
    pub(crate) fn context(&self) -> Value {
        self.layers.last().map(|layer| layer.context.clone()).unwrap_or_default()
    }

    /// Returns what the innermost block says of itself.
    pub(crate) fn locals(&self) -> Locals {
        self.layers.last().map(|layer| layer.locals.clone()).unwrap_or_default()
    }

    pub(crate) fn enter(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    pub(crate) fn leave(&mut self) {
        self.layers.pop();
    }

    /// Returns what a path means.
    pub(crate) fn resolve(&self, path: &Path) -> Result<Value, Fault> {
        self.follow(path).map_err(|fault| fault.about(&path.raw))
    }

    /// Returns what a path means, `None` when any part of it is missing.
    pub(crate) fn resolve_optional(&self, path: &Path) -> Option<Value> {
        self.follow(path).ok()
    }

    fn follow(&self, path: &Path) -> Result<Value, Fault> {
        let outside = || Fault::new(format!("{} leads out of all contexts", path.raw));
        match path.start {
            Start::Root => walk(&self.root, path, 0),
            Start::Context(levels) => {
                let layer = self.layers.iter().rev().nth(levels).ok_or_else(outside)?;
                walk(&layer.context, path, 0)
            }
            Start::Local(levels) => {
                let layer = self.layers.iter().rev().nth(levels).ok_or_else(outside)?;
                let name = path.keys.first().map(AsRef::as_ref).unwrap_or_default();
                let known = || did_you_mean(name, layer.locals.keys().copied());
                let local = layer.locals.get(name).ok_or_else(|| {
                    Fault::new(format!("unknown variable \"{}\"", path.raw)).with_help(known())
                })?;
                walk(local, path, 1)
            }
            Start::Name => self.named(path),
        }
    }

    fn named(&self, path: &Path) -> Result<Value, Fault> {
        let name = path.keys.first().map(AsRef::as_ref).unwrap_or_default();
        let given = self
            .layers
            .iter()
            .rev()
            .flat_map(|layer| &layer.names)
            .find(|(given, _)| given.as_ref() == name);
        if let Some((_, value)) = given {
            return walk(value, path, 1);
        }
        let context = self.layers.last().map_or(&self.root, |layer| &layer.context);
        if context.get(name).is_some() || context.as_list().is_some() {
            return walk(context, path, 0);
        }
        Err(self.unknown(path, name, context))
    }

    fn unknown(&self, path: &Path, name: &str, context: &Value) -> Fault {
        let here = keys(context)
            .chain(self.layers.iter().flat_map(|l| &l.names).map(|(name, _)| name.as_ref()));
        let help = if self.root.get(name).is_some() {
            Some(format!("inside a block or partial it is \"@root.{}\"", path.raw))
        } else {
            did_you_mean(name, here)
        };
        Fault::new(format!("unknown variable \"{}\"", path.raw)).with_help(help)
    }
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_map().into_iter().flat_map(|map| map.keys().map(AsRef::as_ref))
}

/// Follows the keys of `path` from `from` on.
fn walk(start: &Value, path: &Path, from: usize) -> Result<Value, Fault> {
    let mut value = start;
    for (i, key) in path.keys.iter().enumerate().skip(from) {
        value = step(value, key).map_err(|why| missing(value, path, i, &why))?;
    }
    Ok(value.clone())
}

/// Returns the entry of a map or list.
pub(crate) fn step<'v>(value: &'v Value, key: &str) -> Result<&'v Value, String> {
    match value {
        Value::Map(map) => map.get(key).ok_or_else(|| format!("has no key \"{key}\"")),
        Value::List(items) => key
            .parse()
            .ok()
            .and_then(|index: usize| items.get(index))
            .ok_or_else(|| format!("has {} items, none at \"{key}\"", items.len())),
        Value::Null => Err("is null".to_owned()),
        other => Err(format!("is a {}, which has no keys", other.kind())),
    }
}

fn missing(value: &Value, path: &Path, at: usize, why: &str) -> Fault {
    let before = path.keys.get(..at).unwrap_or_default().join(".");
    let message = if before.is_empty() {
        format!("unknown variable \"{}\"", path.raw)
    } else {
        format!("unknown variable \"{}\": {before} {why}", path.raw)
    };
    let key = path.keys.get(at).map(AsRef::as_ref).unwrap_or_default();
    Fault::new(message).with_help(did_you_mean(key, keys(value)))
}
