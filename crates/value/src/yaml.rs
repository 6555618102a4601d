//! YAML as Helm 4.3.1 reads it (YAML 1.1 through go-yaml v2, then JSON) and prints it.
//!
//! # Reading
//!
//! Plain scalars follow go-yaml's table: `yes`, `on` and `y` are true, `0755` is octal, `1_000` is a
//! number, dates are text. Keys become text (`1:` is `"1"`, `y:` is `"true"`), the last of equal keys
//! wins, anchors and merge keys are resolved. An integer that fits an `i64` is [`Value::Int`], any other
//! number [`Value::Float`]; that Helm's templates see every number of a values file as a float is left
//! to them.
//!
//! Texts are untrusted: nesting is limited to 100 levels, and a document may expand through aliases to
//! ten nodes for each byte of its text, or 10000 for a short one.
//!
//! # Writing
//!
//! [`to_string`] prints what Helm's `toYaml` prints, with the line end that Helm cuts off.

mod event;
mod key;
mod read;
mod resolve;
mod scalar;
mod source;
mod tag;
mod write;

use self::event::Events;
use self::source::Source;
use crate::{Value, YamlError};

/// Reads the first document of `text`; an empty text is `null`.
///
/// What stands behind the first document is not looked at, not even for mistakes.
pub fn from_str(text: &str) -> Result<Value, YamlError> {
    let source = Source::new(text);
    source.check_characters()?;
    let tree = read::next_tree(&mut Events::new(source), source)?;
    tree.map_or(Ok(Value::Null), |tree| tree.value())
}

/// Reads every document of `text`.
///
/// Documents without content (empty, or only comments) are left out; one that says `null` or `~` is
/// [`Value::Null`].
pub fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
    let source = Source::new(text);
    source.check_characters()?;
    let mut events = Events::new(source);
    let mut documents = Vec::new();
    while let Some(tree) = read::next_tree(&mut events, source)? {
        if !tree.is_absent() {
            documents.push(tree.value()?);
        }
    }
    Ok(documents)
}

/// Returns `value` as Helm's `toYaml` prints it, with exactly one line end behind it.
///
/// Keys are in go-yaml's natural order (`a2` before `a10`), lists below a key are not indented, text
/// behind column 80 is folded. Where Helm's `toYaml` gives up (not-a-number, infinities, some control
/// characters), this prints the YAML that reads back as the same value.
#[must_use]
pub fn to_string(value: &Value) -> String {
    write::document(value)
}
