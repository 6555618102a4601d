//! Partials by name. A name may be defined in several charts of a tree: the chart nearest to the top
//! wins, as in Helm, so that a parent can override what its subcharts print.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Source;
use crate::error::{Fault, TemplateError};
use crate::tree::{At, Body, Inline, Template};

/// All partials of a set of templates.
#[derive(Debug, Default)]
pub(crate) struct Partials {
    shared: BTreeMap<Arc<str>, Vec<Partial>>,
    /// Those in files that are no partials themselves, by path: seen there alone.
    local: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Partial>>,
}

/// A partial, and the file it stands in.
#[derive(Clone, Debug)]
pub(crate) struct Partial {
    pub(crate) source: Arc<Source>,
    pub(crate) body: Arc<Body>,
}

impl Partials {
    /// Adds a file of partials: the file itself under its own name, and the inline partials in it.
    pub(crate) fn add_file(
        &mut self,
        template: Template,
        inline: Vec<Inline>,
    ) -> Result<(), TemplateError> {
        let source = template.source;
        let name = file_name(&source.path);
        for Inline { name, body, at } in inline {
            self.share(&name, Partial { source: Arc::clone(&source), body }, Some(at))?;
        }
        self.share(
            &Arc::from(name),
            Partial { source: Arc::clone(&source), body: template.body },
            None,
        )
    }

    /// Adds the inline partials of a file that prints something itself.
    pub(crate) fn add_local(
        &mut self,
        template: &Template,
        inline: Vec<Inline>,
    ) -> Result<(), TemplateError> {
        let source = &template.source;
        let known = self.local.entry(Arc::clone(&source.path)).or_default();
        for Inline { name, body, at } in inline {
            let partial = Partial { source: Arc::clone(source), body };
            if known.insert(Arc::clone(&name), partial).is_some() {
                return Err(twice(source, &name, Some(at), &source.path));
            }
        }
        Ok(())
    }

    /// Returns the partial that `name` means in `source`: one of the file itself, else one of a chart
    /// above or the file's own chart, nearest to the top first, else one of any other chart.
    pub(crate) fn find(&self, name: &str, source: &Source) -> Option<&Partial> {
        if let Some(local) = self.local.get(&source.path).and_then(|known| known.get(name)) {
            return Some(local);
        }
        let candidates = self.shared.get(name)?;
        candidates
            .iter()
            .find(|candidate| within(&source.chart, &candidate.source.chart))
            .or_else(|| candidates.first())
    }

    /// Returns the names that `source` may use, for suggestions.
    pub(crate) fn names<'a>(&'a self, source: &Source) -> impl Iterator<Item = &'a str> {
        let local = self.local.get(&source.path).into_iter().flat_map(BTreeMap::keys);
        local.chain(self.shared.keys()).map(AsRef::as_ref)
    }

    /// Returns all partials.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Partial> {
        let local = self.local.values().flat_map(BTreeMap::values);
        self.shared.values().flatten().chain(local)
    }

    fn share(
        &mut self,
        name: &Arc<str>,
        partial: Partial,
        at: Option<At>,
    ) -> Result<(), TemplateError> {
        let candidates = self.shared.entry(Arc::clone(name)).or_default();
        if let Some(other) = candidates.iter().find(|c| c.source.chart == partial.source.chart) {
            return Err(twice(&partial.source, name, at, &other.source.path));
        }
        candidates.push(partial);
        candidates
            .sort_by_key(|c| (c.source.chart.matches('/').count(), Arc::clone(&c.source.chart)));
        Ok(())
    }
}

fn twice(source: &Source, name: &str, at: Option<At>, other: &str) -> TemplateError {
    let message = format!("partial \"{name}\" is already defined in {other}");
    match at {
        Some(at) => TemplateError::of(source, at, Fault::new(message)),
        None => TemplateError::at(source, None, message),
    }
}

/// Whether `chart` is `above` or one of its subcharts.
fn within(chart: &str, above: &str) -> bool {
    chart.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the name of a partial file: `_labels.hbs` is `labels`.
fn file_name(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    let file = file.strip_prefix('_').unwrap_or(file);
    file.strip_suffix(".hbs").unwrap_or(file)
}
