//! Many files in one namespace.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::exec;
use crate::func::Funcs;
use crate::options::Options;
use crate::output::Output;
use crate::program::{Template, Unit};
use crate::value::Value;

/// Templates by name, which may call each other.
#[derive(Clone, Debug, Default)]
pub struct TemplateSet {
    name: Arc<str>,
    below: Option<Arc<Self>>,
    pub(crate) templates: HashMap<Arc<str>, Arc<Template>>,
}

impl TemplateSet {
    /// Returns an empty set. The name appears only in the message about a missing template.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: Arc::from(name), ..Self::default() }
    }

    /// Returns a set that has everything that `below` has, until something is added over it.
    #[must_use]
    pub fn layered(name: &str, below: &Arc<Self>) -> Self {
        Self { name: Arc::from(name), below: Some(below.clone()), templates: HashMap::new() }
    }

    /// Adds the templates of a file. One that exists is replaced, unless the new one is nothing but
    /// space and comments.
    pub fn add(&mut self, unit: &Unit) {
        for template in unit.templates() {
            if !template.is_empty() || self.find(template.name()).is_none() {
                self.templates.insert(template.name().clone(), template.clone());
            }
        }
    }

    /// Adds the templates of a file, the file itself even if it is nothing but space: a text of its own
    /// that must not be mistaken for another one of the same name.
    pub fn add_main(&mut self, unit: &Unit) {
        self.add(unit);
        if let Some(main) = unit.templates().last() {
            self.templates.insert(main.name().clone(), main.clone());
        }
    }

    /// Parses a file and adds its templates.
    pub fn parse(&mut self, funcs: &Arc<Funcs>, name: &str, text: &[u8]) -> Result<(), Error> {
        self.add(&Unit::parse(funcs, name, text)?);
        Ok(())
    }

    /// Returns the template of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Template>> {
        let mut set = self;
        loop {
            if let Some(template) = set.templates.get(name) {
                return Some(template);
            }
            set = set.below.as_deref()?;
        }
    }

    /// Returns the name of the set.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Executes a template. `host` is what functions get from [`crate::Call::host`].
    pub fn execute(
        self: &Arc<Self>,
        name: &str,
        data: Value,
        options: &Options,
        host: &dyn std::any::Any,
    ) -> Result<Output, Error> {
        exec::execute(self, name, data, options, host)
    }
}

/// Parses each text once. A text that was refused is parsed anew each time.
#[derive(Debug)]
pub struct Cache {
    funcs: Arc<Funcs>,
    max_bytes: usize,
    units: Mutex<Units>,
}

/// The name and the text of a file.
type Key = (Arc<str>, Arc<[u8]>);

#[derive(Debug, Default)]
struct Units {
    by_text: HashMap<Key, Arc<Unit>>,
    bytes: usize,
}

impl Cache {
    /// Returns an empty cache for texts that are parsed with `funcs`. It keeps texts of at most
    /// `max_bytes` together; when they are more, it begins again.
    #[must_use]
    pub fn new(funcs: Arc<Funcs>, max_bytes: usize) -> Self {
        Self { funcs, max_bytes, units: Mutex::default() }
    }

    /// Returns the functions that texts are parsed with.
    #[must_use]
    pub fn funcs(&self) -> &Arc<Funcs> {
        &self.funcs
    }

    /// Returns the compiled file, parsing it if it is new.
    pub fn parse(&self, name: &str, text: &[u8]) -> Result<Arc<Unit>, Error> {
        let key = (Arc::from(name), Arc::from(text));
        if let Some(unit) = self.lock().by_text.get(&key) {
            return Ok(unit.clone());
        }
        // Not under the lock: others may parse meanwhile.
        let unit = Arc::new(Unit::parse(&self.funcs, name, text)?);
        let mut units = self.lock();
        if units.bytes.saturating_add(text.len()) > self.max_bytes {
            *units = Units::default();
        }
        if text.len() <= self.max_bytes {
            units.bytes += text.len();
            units.by_text.insert(key, unit.clone());
        }
        Ok(unit)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Units> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
