//! Hides what came out of Secrets in everything that leaves the operator.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use value::Value;

/// Shorter texts are not hidden: they would be found everywhere.
const SHORTEST: usize = 6;
/// What stands in the place of what is hidden.
const STARS: &str = "***";

/// Texts that must not be shown. It is never printed itself.
#[derive(Clone, Default)]
pub struct Mask(BTreeSet<String>);

impl Mask {
    /// Hides a text, as it is and as Secrets hold it.
    pub fn hide(&mut self, text: &str) {
        if text.len() >= SHORTEST {
            self.0.insert(text.to_owned());
            self.0.insert(STANDARD.encode(text));
        }
    }

    /// Hides every text in a tree of values.
    pub fn hide_all(&mut self, values: &Value) {
        match values {
            Value::String(text) => self.hide(text),
            Value::List(items) => items.iter().for_each(|item| self.hide_all(item)),
            Value::Map(map) => map.values().for_each(|item| self.hide_all(item)),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }

    /// Returns `text` with everything hidden; longer texts first, so that no rest of one remains.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let mut hidden: Vec<_> = self.0.iter().collect();
        hidden.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        hidden
            .into_iter()
            .fold(Cow::Borrowed(text), |text, secret| {
                if text.contains(secret.as_str()) {
                    Cow::Owned(text.replace(secret.as_str(), STARS))
                } else {
                    text
                }
            })
            .into_owned()
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} texts)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_hidden_raw_and_encoded() {
        let mut mask = Mask::default();
        mask.hide("hunter2");
        mask.hide("hunter2-longer");
        mask.hide("short");
        let text = format!("hunter2, hunter2-longer, {}, short", STANDARD.encode("hunter2"));
        assert_eq!(mask.apply(&text), "***, ***, ***, short");
        assert_eq!(format!("{mask:?}"), "Mask(4 texts)");
    }
}
