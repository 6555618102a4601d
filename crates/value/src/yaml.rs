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
//! Texts are untrusted: nesting is limited to 100 levels, a large document to four million values, and
//! what it may expand to through aliases to ten nodes for each byte of its text, or 10000 for a short one.
//!
//! # Writing
//!
//! [`to_string`] prints what Helm's `toYaml` prints and [`to_string_pretty`] what its `toYamlPretty`
//! prints, with the line end that Helm cuts off.

mod find;
mod key;
mod order;
mod parse;
mod quick;
mod read;
mod repeated;
mod resolve;
mod scalar;
mod scan;
mod source;
mod tag;
mod token;
mod tree;
mod write;

use self::parse::Parser;
use self::source::Source;
pub use self::tree::Tree;
pub use self::write::{Dialect, Writer};
use crate::error::Stage;
use crate::{Position, Value, YamlError};

/// Reads the first document of `text`; an empty text is `null`.
///
/// What stands behind the first document is not looked at, not even for mistakes.
pub fn from_str(text: &str) -> Result<Value, YamlError> {
    read(text)
}

/// Reads the first document of `text` as [`from_str`] does, into a tree of another kind.
pub fn read<T: Tree>(text: &str) -> Result<T, YamlError> {
    quick::read(text).map_or_else(|| from_any_str(text).map(T::plain), Ok)
}

/// Reads the first document of `text` as [`from_str`] does, with the same mistakes noticed, but of a map
/// keeps only the entries of `keys`. That is much cheaper when little is wanted of a long text.
pub fn entries_from_str(text: &str, keys: &[&str]) -> Result<Value, YamlError> {
    if let Some(value) = quick::read_entries(text, keys) {
        return Ok(value);
    }
    let mut value = from_any_str(text)?;
    if let Some(map) = value.as_map_mut() {
        map.retain(|name, _| keys.contains(&&**name));
    }
    Ok(value)
}

/// Reads the first document of a text that may need all of YAML.
fn from_any_str(text: &str) -> Result<Value, YamlError> {
    let source = Source::new(text);
    source.check_characters()?;
    let tree = Parser::new(source).document()?;
    tree.map_or(Ok(Value::Null), |tree| self::read::value(&tree))
}

/// Reads the documents of a values file as Helm 4.3.1 does: the text is cut at lines that begin with `---`,
/// and of each piece the first document counts. As in [`from_str`], what stands behind it is not looked at.
///
/// Documents without content (empty, or only comments) are left out; one that says `null` or `~` is
/// [`Value::Null`]. Content on the line of a separator is an error.
pub fn documents(text: &str) -> Result<Vec<Value>, YamlError> {
    // A null may be one that is not written.
    if let Some(value) = quick::read::<Value>(text).filter(|value| !value.is_null()) {
        return Ok(vec![value]);
    }
    let ended;
    let text = if text.is_empty() || text.ends_with('\n') {
        text
    } else {
        ended = format!("{text}\n");
        &ended
    };
    let mut documents = Vec::new();
    for (first_line, piece) in pieces(text)? {
        let value = document(piece).map_err(|mut error| {
            error.position.line += first_line;
            error
        })?;
        documents.extend(value);
    }
    Ok(documents)
}

/// Reads the first document of `text`; nothing when it has no content.
fn document(text: &str) -> Result<Option<Value>, YamlError> {
    let source = Source::new(text);
    source.check_characters()?;
    let tree = Parser::new(source).document()?.filter(|tree| !tree.is_absent());
    tree.map(|tree| read::value(&tree)).transpose()
}

/// Cuts a text at its separators, which belong to no piece unless they come first; the numbers are those of
/// the lines before each piece.
fn pieces(text: &str) -> Result<Vec<(usize, &str)>, YamlError> {
    let (mut pieces, mut piece, mut at) = (Vec::new(), (0, 0), 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let (first_line, start) = piece;
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(YamlError {
                    problem: format!("invalid Yaml document separator: {rest}"),
                    position: Position { line: number + 1, column: 4 },
                    line: line.trim_end().to_owned(),
                    stage: Stage::Json,
                });
            }
            if start < at {
                pieces.push((first_line, text.get(start..at).unwrap_or_default()));
                piece = (number + 1, at + line.len());
            }
        }
        at += line.len();
    }
    let (first_line, start) = piece;
    pieces.push((first_line, text.get(start..).unwrap_or_default()));
    Ok(pieces)
}

/// Returns where in `text` the value at `path` is written, for messages that point there.
///
/// A step of the path is a key of a map or the position in a list (`["a", "b", "0"]`). Aliases and merge
/// keys are followed; a value that begins on a line below its key is where the key is. Of several
/// documents, the last one that has the path is taken, as it decides when they are merged. `None` when there
/// is no such value or the text cannot be read.
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

/// Returns what go-yaml's strict reader objects to in the first document of `text`: keys that a map has
/// twice. Empty for a text that cannot be read at all.
///
/// Each is a line such as `line 3: key "name" already set in map`.
#[must_use]
pub fn repeated_keys(text: &str) -> Vec<String> {
    let source = Source::new(text);
    let tree = Parser::new(source).document().ok().flatten();
    tree.map(|tree| repeated::keys(&tree)).unwrap_or_default()
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
    let text = |text: &str| {
        !text.bytes().all(|byte| byte < 0x7f)
            && !text.chars().all(|c| c < ' ' || source::is_allowed(c))
    };
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
    write::document(value, Dialect::V2)
}

/// Returns `value` as Helm's `toYamlPretty` prints it, with exactly one line end behind it.
///
/// Unlike [`to_string`], lists below a key are indented, long lines stay whole, text with tabs may be a
/// block, and a float without fraction is still printed as a float (`1e+06`).
#[must_use]
pub fn to_string_pretty(value: &Value) -> String {
    write::document(value, Dialect::V3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json;
    use crate::testing::{any_value, any_yaml};

    #[test]
    fn repeated_keys_are_told_in_the_order_of_go_yaml() {
        let text =
            "a: 1\nb:\n  c: 1\n  'c': 2\n1: x\n\"1\": y\n1: z\nb:\n  e: 1\n---\na: 1\na: 1\n";
        assert_eq!(
            repeated_keys(text),
            [
                "line 4: key \"c\" already set in map",
                "line 7: key 1 already set in map",
                "line 9: key \"b\" already set in map"
            ]
        );
        assert!(repeated_keys("a: [").is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn what_is_printed_reads_back(value in any_value()) {
            prop_assume!(!has_merge_key(&value));
            let text = to_string(&value);
            prop_assert!(text.ends_with('\n'));
            let read = from_str(&text);
            prop_assert!(read.is_ok(), "{:?}\n{}", read, text);
            prop_assert_eq!(canonical(&read.unwrap()), canonical(&value), "{}", text);
            let text = to_string_pretty(&value);
            // A block that starts with a tab, as v3 prints it, is none for v2.
            if !text.contains('\t') {
                let read = from_str(&text);
                prop_assert!(read.is_ok(), "{:?}\n{}", read, text);
                prop_assert_eq!(canonical(&read.unwrap()), canonical(&value), "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in any_yaml()) {
            let documents = documents(&text);
            let first = from_str(&text);
            if let Err(error) = &documents {
                prop_assert!(error.position.line <= text.split('\n').count() * 4 + 4);
                prop_assert!(!error.helm_text().is_empty());
            }
            if let Some(value) = first.ok().filter(|value| !has_merge_key(value)) {
                prop_assert!(from_str(&to_string(&value)).is_ok());
            }
            let _found = position_of(&text, &["a", "0"]);
        }
    }

    /// Returns whether a key is `<<`, which go-yaml prints without the quotes it would need.
    fn has_merge_key(value: &Value) -> bool {
        match value {
            Value::List(items) => items.iter().any(has_merge_key),
            Value::Map(map) => {
                map.iter().any(|(key, value)| &**key == "<<" || has_merge_key(value))
            }
            _ => false,
        }
    }

    /// Prints a value so that an integer and the float of the same size look alike.
    fn canonical(value: &Value) -> String {
        json::to_string(&value.to_floats())
    }
}
