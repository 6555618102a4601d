//! Texts that many hold.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A part of a text that others hold too. Clones share it.
#[derive(Clone, Default)]
pub struct Part {
    whole: Arc<String>,
    range: Range<usize>,
}

impl Part {
    /// Returns the part of `whole` in `range`, an empty one if that is none.
    #[must_use]
    pub fn new(whole: &Arc<String>, range: Range<usize>) -> Self {
        Self { whole: Arc::clone(whole), range }
    }
}

impl Deref for Part {
    type Target = str;

    fn deref(&self) -> &str {
        self.whole.get(self.range.clone()).unwrap_or_default()
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self { whole: Arc::new(text.to_owned()), range: 0..text.len() }
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// Shows how long it is and not what it says, which may be a Secret.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_text() {
        let whole = Arc::new("abcd\u{e9}".to_owned());
        let check = |range, expected| assert_eq!(&*Part::new(&whole, range), expected);
        check(1..3, "bc");
        check(4..5, "");
        check(7..9, "");
        assert_eq!(Part::from("bc"), Part::new(&whole, 1..3));
    }
}
