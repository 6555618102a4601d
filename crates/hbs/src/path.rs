//! Paths of variables: `values.web.image`, `../name`, `@root.release.name`, `@index`, `list.[0]`.

use std::sync::Arc;

/// A path as a template spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) raw: Arc<str>,
    pub(crate) start: Start,
    pub(crate) keys: Vec<Arc<str>>,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// At the variables of the template.
    Root,
    /// So many contexts further out, 0 being the present one.
    Context(usize),
    /// At the present context, or a name that a block gave to a value.
    Name,
    /// At what a block says of itself, so many blocks further out: `@index`, `@key`, `@first`, `@last`.
    Local(usize),
}

impl Path {
    /// Reads a path that the grammar accepted.
    pub(crate) fn parse(raw: &str) -> Self {
        let mut rest = raw;
        let start = if let Some(after) = root(rest) {
            rest = after;
            Start::Root
        } else if let Some(after) = rest.strip_prefix('@') {
            let (levels, after) = outwards(after);
            rest = after;
            Start::Local(levels)
        } else {
            let present = rest.strip_prefix("./").or_else(|| this(rest));
            let (levels, after) = outwards(present.unwrap_or(rest));
            rest = after;
            if levels == 0 && present.is_none() { Start::Name } else { Start::Context(levels) }
        };
        Self { raw: Arc::from(raw), start, keys: keys(rest) }
    }

    /// Returns the name if this is nothing but a name.
    pub(crate) fn single(&self) -> Option<&Arc<str>> {
        match (self.start, self.keys.as_slice()) {
            (Start::Name, [name]) => Some(name),
            _ => None,
        }
    }
}

fn root(text: &str) -> Option<&str> {
    let after = text.strip_prefix("@root")?;
    match after.chars().next() {
        None => Some(after),
        Some('.' | '/') => after.get(1..),
        Some(_) => None,
    }
}

fn this(text: &str) -> Option<&str> {
    let after = text.strip_prefix("this")?;
    match after.chars().next() {
        None => Some(after),
        Some('.' | '/') => after.get(1..),
        Some(_) => None,
    }
}

fn outwards(mut text: &str) -> (usize, &str) {
    let mut levels = 0;
    while let Some(after) = text.strip_prefix("../").or_else(|| text.strip_prefix("...")) {
        levels += 1;
        text = after;
    }
    (levels, text)
}

/// Splits at `.` and `/`; `[…]` is one key, `this` none.
fn keys(text: &str) -> Vec<Arc<str>> {
    let mut keys = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (key, after) = match rest.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some(found) => found,
            None => rest.split_at(rest.find(['.', '/']).unwrap_or(rest.len())),
        };
        if !key.is_empty() && key != "this" {
            keys.push(Arc::from(key));
        }
        rest = after.strip_prefix(['.', '/']).unwrap_or(after);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let check = |raw: &str, start, want: &[&str]| {
            let path = Path::parse(raw);
            let keys: Vec<&str> = path.keys.iter().map(AsRef::as_ref).collect();
            assert_eq!((path.start, keys.as_slice()), (start, want), "{raw}");
        };
        check("values.web", Start::Name, &["values", "web"]);
        check("values/web", Start::Name, &["values", "web"]);
        check("this", Start::Context(0), &[]);
        check("this.a", Start::Context(0), &["a"]);
        check("./a", Start::Context(0), &["a"]);
        check("thisbe", Start::Name, &["thisbe"]);
        check("../../a", Start::Context(2), &["a"]);
        check("../this", Start::Context(1), &[]);
        check("@root.a.b", Start::Root, &["a", "b"]);
        check("@root", Start::Root, &[]);
        check("@index", Start::Local(0), &["index"]);
        check("@../key", Start::Local(1), &["key"]);
        check("a.[b.c/d].[0]", Start::Name, &["a", "b.c/d", "0"]);
    }
}
