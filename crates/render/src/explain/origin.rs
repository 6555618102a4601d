//! Sentences about values: of which kind they are and who set them, or why they are not there.

use std::sync::OnceLock;

use chart::{Origin, Origins};
use value::origin::at;
use value::{Place, Value};

use super::Given;

/// The values of a chart, of which sentences can be made.
pub(crate) struct Values<'v> {
    given: Option<Given<'v>>,
    /// What templates saw in the beginning, from the top chart's values on.
    resolved: &'v Value,
    origins: OnceLock<Option<Origins>>,
}

impl<'v> Values<'v> {
    pub(crate) fn new(given: Option<Given<'v>>, resolved: &'v Value) -> Self {
        Self { given, resolved, origins: OnceLock::new() }
    }

    /// Returns what there was at a path in the beginning.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&'v Value> {
        at(self.resolved, path)
    }

    /// Writes a path as `--set` does.
    pub(crate) fn dotted(&self, path: &[&str]) -> String {
        value::origin::dotted(path, self.resolved)
    }

    /// Says what there is at a path and who set it; `shown` is what the template calls it, and `kind` what it
    /// is now, if it was looked at.
    pub(crate) fn describe(&self, path: &[&str], shown: &str, kind: &str) -> String {
        let shown = self.named(path, shown);
        match self.origin(path).places.as_slice() {
            [] => format!("{shown} is {kind}"),
            [place] => format!("{shown} is {kind}, set {}", by(place)),
            [place, other, ..] => {
                format!("{shown} is {kind}, set {}, overriding {other}", by(place))
            }
        }
    }

    /// Says why there is nothing at a path.
    pub(crate) fn missing(&self, path: &[&str], shown: &str) -> String {
        let named = self.named(path, shown);
        if let Some(place) = self.origin(path).deleted_by {
            return format!("{named} is not set: the null {} deletes it", by(&place));
        }
        let near = path.split_last().and_then(|(key, above)| {
            let keys = self.at(above)?.as_map()?.keys().map(AsRef::as_ref);
            let near = funcs::nearest(key, keys)?;
            let prefix = shown.strip_suffix(key)?;
            Some(format!("; did you mean {prefix}{near}?"))
        });
        format!("{named} is not set{}", near.unwrap_or_default())
    }

    fn origin(&self, path: &[&str]) -> Origin {
        let make = || {
            let Given { chart, values, sources } = self.given?;
            Origins::new(chart, values, sources).ok()
        };
        self.origins.get_or_init(make).as_ref().map(|origins| origins.of(path)).unwrap_or_default()
    }

    /// Adds to what a subchart's template calls a value what the person who gives values calls it.
    fn named(&self, path: &[&str], shown: &str) -> String {
        let global = path.iter().position(|key| *key == "global").filter(|at| *at > 0);
        let from_top = path.get(global.unwrap_or_default()..).unwrap_or_default();
        let dotted = value::origin::dotted(from_top, self.resolved);
        if shown.ends_with(&format!(".Values.{dotted}")) || shown.starts_with(&dotted) {
            shown.to_owned()
        } else {
            format!("{shown} ({dotted} in the values of the top chart)")
        }
    }
}

/// Returns `at prod.yaml:3:5` or `by --set image.tag`.
fn by(place: &Place) -> String {
    match place.position {
        Some(_) => format!("at {place}"),
        None => format!("by {place}"),
    }
}
