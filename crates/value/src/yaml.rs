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

mod find;
mod key;
mod parse;
mod read;
mod resolve;
mod scalar;
mod scan;
mod source;
mod tag;
mod token;
mod write;

use self::parse::Parser;
use self::source::Source;
use crate::{Position, Value, YamlError};

/// Reads the first document of `text`; an empty text is `null`.
///
/// What stands behind the first document is not looked at, not even for mistakes.
pub fn from_str(text: &str) -> Result<Value, YamlError> {
    let source = Source::new(text);
    source.check_characters()?;
    let tree = Parser::new(source).document()?;
    tree.map_or(Ok(Value::Null), |tree| read::value(&tree))
}

/// Reads every document of `text`.
///
/// Documents without content (empty, or only comments) are left out; one that says `null` or `~` is
/// [`Value::Null`].
pub fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
    let source = Source::new(text);
    source.check_characters()?;
    let mut parser = Parser::new(source);
    let mut documents = Vec::new();
    while let Some(tree) = parser.document()? {
        if !tree.is_absent() {
            documents.push(read::value(&tree)?);
        }
    }
    Ok(documents)
}

/// Returns where in `text` the value at `path` is written, for messages that point there.
///
/// A step of the path is a key of a map or the position in a list (`["a", "b", "0"]`). Aliases and merge
/// keys are followed. Of several documents, the last one that has the path is taken, as it decides when
/// they are merged. `None` when there is no such value or the text cannot be read.
#[must_use]
pub fn position_of(text: &str, path: &[&str]) -> Option<Position> {
    let source = Source::new(text);
    source.check_characters().ok()?;
    let mut parser = Parser::new(source);
    let mut found = None;
    while let Some(tree) = parser.document().ok()? {
        found = find::find(&tree, path).or(found);
    }
    found.map(source::position)
}

/// Returns the message of an error when `value` is one that Helm's `toYaml` refuses.
///
/// Helm sends the value through JSON and reads that as YAML, which fails for numbers that are none, and
/// for DEL and the control characters behind it, which JSON leaves as they are.
#[must_use]
pub fn unsupported(value: &Value) -> Option<String> {
    if let Some(number) = crate::json::unsupported(value) {
        return Some(format!("error marshaling into JSON: json: unsupported value: {number}"));
    }
    has_control(value).then(|| "yaml: control characters are not allowed".to_owned())
}

fn has_control(value: &Value) -> bool {
    let text = |text: &str| !text.chars().all(|c| c < ' ' || source::is_allowed(c));
    match value {
        Value::String(s) => text(s),
        Value::List(items) => items.iter().any(has_control),
        Value::Map(map) => map.iter().any(|(key, value)| text(key) || has_control(value)),
        _ => false,
    }
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
