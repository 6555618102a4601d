//! Many files in one namespace.

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;

use crate::error::Error;
use crate::exec;
use crate::func::Funcs;
use crate::options::Options;
use crate::output::Output;
use crate::program::{Template, Unit};
use crate::span::{Delims, Source};
use crate::value::Value;

/// Templates by name, which may call each other.
#[derive(Clone, Debug, Default)]
pub struct TemplateSet {
    name: Arc<str>,
    below: Option<Arc<Self>>,
    pub(crate) templates: HashMap<Arc<str>, Arc<Template>, RandomState>,
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
        Self { name: Arc::from(name), below: Some(below.clone()), templates: HashMap::default() }
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

/// Parses each text once, whatever the file is called. A text that was refused is parsed anew each time.
#[derive(Debug)]
pub struct Cache {
    funcs: Arc<Funcs>,
    max_bytes: usize,
    hasher: RandomState,
    units: Mutex<Units>,
}

/// Roughly how many bytes a node takes.
const NODE: usize = 100;

#[derive(Debug, Default)]
struct Units {
    /// By the hash of the text, so that a long text is hashed once.
    by_hash: HashMap<u64, Vec<Known>, RandomState>,
    bytes: usize,
}

/// A text with what it was parsed to.
type Known = (Arc<[u8]>, Arc<Unit>);

impl Cache {
    /// Returns an empty cache for texts that are parsed with `funcs`. What it keeps takes roughly
    /// `max_bytes` at most; when it would be more, it begins again.
    #[must_use]
    pub fn new(funcs: Arc<Funcs>, max_bytes: usize) -> Self {
        Self { funcs, max_bytes, hasher: RandomState::default(), units: Mutex::default() }
    }

    /// Returns the functions that texts are parsed with.
    #[must_use]
    pub fn funcs(&self) -> &Arc<Funcs> {
        &self.funcs
    }

    /// Returns the compiled file, parsing it if it is new.
    pub fn parse(&self, name: &str, text: &[u8]) -> Result<Arc<Unit>, Error> {
        let hash = self.hasher.hash_one(text);
        match self.known(hash, name, text) {
            Some(unit) => Ok(unit),
            None => self.add(hash, name, Arc::from(text)),
        }
    }

    /// As [`parse`](Self::parse), for a text that others hold too: it is not copied.
    pub fn parse_shared(&self, name: &str, text: &Arc<[u8]>) -> Result<Arc<Unit>, Error> {
        let hash = self.hasher.hash_one(&**text);
        match self.known(hash, name, text) {
            Some(unit) => Ok(unit),
            None => self.add(hash, name, text.clone()),
        }
    }

    fn known(&self, hash: u64, name: &str, text: &[u8]) -> Option<Arc<Unit>> {
        let units = self.lock();
        let same = |known: &Known| std::ptr::eq(known.0.as_ref(), text) || *known.0 == *text;
        let (_, known) = units.by_hash.get(&hash)?.iter().find(|known| same(known))?;
        let known = Arc::clone(known);
        drop(units);
        if known.name() == Some(name) { Some(known) } else { known.renamed(name).map(Arc::new) }
    }

    fn add(&self, hash: u64, name: &str, text: Arc<[u8]>) -> Result<Arc<Unit>, Error> {
        let delims = Delims::default();
        let source = Source { name: Arc::from(name), text: text.clone(), delims };
        // Not under the lock: others may parse meanwhile.
        let unit = Arc::new(Unit::parse_source(&self.funcs, source)?);
        let bytes = text.len() + NODE * unit.nodes() as usize;
        let mut units = self.lock();
        if units.bytes.saturating_add(bytes) > self.max_bytes {
            *units = Units::default();
        }
        if bytes <= self.max_bytes {
            units.bytes += bytes;
            units.by_hash.entry(hash).or_default().push((text, unit.clone()));
        }
        Ok(unit)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Units> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(unit: &Unit, name: &str) -> Result<String, String> {
        let mut set = TemplateSet::new("test");
        set.add(unit);
        let options = Options::default();
        let output = Arc::new(set).execute(name, Value::Nil, &options, &());
        output.map(crate::Output::into_text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_is_parsed_once_under_all_of_its_names() {
        let cache = Cache::new(Arc::new(Funcs::new()), 1 << 14);
        let text = br#"{{define "x"}}1{{end}}{{template "x"}}{{.a.b}}{{index 1 2}}"#;
        let first = cache.parse("first", text).unwrap();
        let second = cache.parse_shared("second", &Arc::from(&text[..])).unwrap();
        assert!(Arc::ptr_eq(&first.templates()[0].root, &second.templates()[0].root));
        assert!(Arc::ptr_eq(&first, &cache.parse("first", text).unwrap()));
        for (unit, name) in [(first, "first"), (second, "second")] {
            let error = printed(&unit, name).unwrap_err();
            assert!(error.starts_with(&format!("template: {name}:1:")), "{error}");
        }
    }

    #[test]
    fn a_file_that_defines_its_own_name_is_parsed_for_itself() {
        let cache = Cache::new(Arc::new(Funcs::new()), 1 << 14);
        let check = |name, text: &str, expected| {
            let unit = cache.parse(name, text.as_bytes());
            let unit = unit.map_err(|error| error.to_string()).unwrap();
            assert_eq!(printed(&unit, "a").as_deref(), Ok(expected), "{name}");
        };
        check("a", r#"{{define "a"}}x{{end}}"#, "x");
        check("b", r#"{{define "a"}}x{{end}}"#, "x");
        check("c", r#"{{define "a"}}y{{end}}"#, "y");
        check("a", r#"{{define "a"}}y{{end}}"#, "y");
        assert!(cache.parse("d", br#"{{define "e"}}y{{end}}z"#).is_ok());
        assert!(cache.parse("e", br#"{{define "e"}}y{{end}}z"#).is_err());
    }
}
