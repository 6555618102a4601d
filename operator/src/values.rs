//! The values of a Release: composed from its sources in order, and what of them must not be shown.

use std::collections::BTreeMap;

use api::{ReleaseSpec, SourceKind, ValuesFrom, ValuesMode};
use value::{Value, merge_over, strvals, yaml};

use crate::mask::Mask;

/// The largest source, in bytes; a Secret can hold no more.
const LARGEST: usize = 1 << 20;

/// One ConfigMap or Secret of the Release's namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// Which of both.
    pub kind: SourceKind,
    /// Its name.
    pub name: String,
}

/// The data of the sources that exist, by key.
pub type Data = BTreeMap<Source, BTreeMap<String, Vec<u8>>>;

/// Composed values.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The values.
    pub values: Value,
    /// The parts of them that came out of Secrets.
    pub mask: Mask,
}

/// Values that cannot be composed. No content of a source is in the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValuesError {
    /// A source does not exist.
    #[error("valuesFrom[{index}]: {kind} {name:?} does not exist", kind = .source_.kind.as_str(), name = .source_.name)]
    NoObject {
        /// Its place in the list.
        index: usize,
        /// The source.
        source_: Source,
    },
    /// A source lacks the key.
    #[error("valuesFrom[{index}]: {kind} {name:?} has no key {key:?}", kind = .source_.kind.as_str(), name = .source_.name)]
    NoKey {
        /// Its place in the list.
        index: usize,
        /// The source.
        source_: Source,
        /// The key.
        key: String,
    },
    /// The content is not what the mode asks for.
    #[error("valuesFrom[{index}]: key {key:?} of {kind} {name:?} {problem}", kind = .source_.kind.as_str(), name = .source_.name)]
    Content {
        /// Its place in the list.
        index: usize,
        /// The source.
        source_: Source,
        /// The key.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// The inline values are no values.
    #[error("spec.values cannot be read: {problem}")]
    Inline {
        /// What is wrong.
        problem: String,
    },
}

/// Returns the sources that a spec names, each once.
#[must_use]
pub fn sources(spec: &ReleaseSpec) -> Vec<Source> {
    let mut sources: Vec<_> = spec.values_from.iter().map(source_of).collect();
    sources.sort();
    sources.dedup();
    sources
}

fn source_of(from: &ValuesFrom) -> Source {
    Source { kind: from.kind, name: from.name.clone() }
}

/// Composes: the entries in order, then the inline values, then the entries that override them.
pub fn compose(spec: &ReleaseSpec, data: &Data) -> Result<Composed, ValuesError> {
    let mut composed = Composed { values: Value::map(), mask: Mask::default() };
    let entries = || spec.values_from.iter().enumerate();
    for (index, from) in entries().filter(|(_, from)| !from.overrides) {
        add(&mut composed, index, from, data)?;
    }
    let inline = serde_json::Value::Object(spec.values.clone());
    let inline: Value = serde_json::from_value(inline)
        .map_err(|error| ValuesError::Inline { problem: error.to_string() })?;
    // Numbers of JSON and YAML are floats, as Helm's are.
    merge_over(&mut composed.values, inline.to_floats());
    for (index, from) in entries().filter(|(_, from)| from.overrides) {
        add(&mut composed, index, from, data)?;
    }
    Ok(composed)
}

fn add(
    composed: &mut Composed,
    index: usize,
    from: &ValuesFrom,
    data: &Data,
) -> Result<(), ValuesError> {
    let (source, key) = (source_of(from), from.key.clone());
    let Some(object) = data.get(&source) else {
        let missing = ValuesError::NoObject { index, source_: source };
        return if from.optional { Ok(()) } else { Err(missing) };
    };
    let Some(bytes) = object.get(&from.key) else {
        let missing = ValuesError::NoKey { index, source_: source, key };
        return if from.optional { Ok(()) } else { Err(missing) };
    };
    let secret = from.kind == SourceKind::Secret;
    let fail = |problem: String| ValuesError::Content {
        index,
        source_: source.clone(),
        key: key.clone(),
        problem,
    };
    if bytes.len() > LARGEST {
        return Err(fail("is larger than 1 MiB".to_owned()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| fail("is no UTF-8 text".to_owned()))?;
    let addition = read(from, text, secret).map_err(fail)?;
    if secret {
        composed.mask.hide_all(&addition);
        composed.mask.hide(text.trim());
    }
    merge_over(&mut composed.values, addition.to_floats());
    Ok(())
}

/// Reads the content of one key. What a parser says about the content of a Secret may quote it, so only the
/// place is told.
fn read(from: &ValuesFrom, text: &str, secret: bool) -> Result<Value, String> {
    let mut value = match from.mode {
        ValuesMode::Values => match yaml::from_str(text) {
            Ok(Value::Null) => Value::map(),
            Ok(value) => value,
            Err(_) if secret => return Err("is no YAML".to_owned()),
            Err(error) => return Err(format!("is no YAML: {error}")),
        },
        ValuesMode::String | ValuesMode::Set => Value::from(text),
    };
    let Some(path) = &from.path else {
        return match value {
            Value::Map(_) => Ok(value),
            _ => Err("is no map of values".to_owned()),
        };
    };
    let mut base = Value::map();
    let bad_path = |error: &strvals::StrvalsError| {
        if secret {
            "cannot be set at its path".to_owned()
        } else {
            format!("cannot be set: {error}")
        }
    };
    match from.mode {
        ValuesMode::Set => {
            strvals::set(&mut base, &format!("{path}={text}"), strvals::Typing::Guess)
                .map_err(|error| bad_path(&error))?;
        }
        ValuesMode::String | ValuesMode::Values => {
            place(&mut base, path, &mut value).map_err(|error| bad_path(&error))?;
        }
    }
    Ok(base)
}

/// Puts a value where a path of `--set` points to. The path is laid out by that language itself, with a
/// marker that is then replaced.
fn place(base: &mut Value, path: &str, value: &mut Value) -> Result<(), strvals::StrvalsError> {
    const MARKER: &str = "\u{0}here";
    strvals::set(base, &format!("{path}={MARKER}"), strvals::Typing::String)?;
    replace(base, MARKER, value);
    Ok(())
}

fn replace(tree: &mut Value, marker: &str, value: &mut Value) {
    if tree.as_str() == Some(marker) {
        *tree = std::mem::take(value);
    } else if let Some(map) = tree.as_map_mut() {
        for (_, child) in map {
            replace(child, marker, value);
        }
    } else if let Some(list) = tree.as_list_mut() {
        for child in list.iter_mut() {
            replace(child, marker, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(yaml: &str) -> ReleaseSpec {
        let text = format!("chart: {{url: https://example.com/a.tgz}}\n{yaml}");
        let value = yaml::from_str(&text).unwrap();
        serde_json::from_str(&value::json::to_string(&value)).unwrap()
    }

    fn data() -> Data {
        let object = |kind, name: &str, entries: &[(&str, &str)]| {
            let entries =
                entries.iter().map(|(key, text)| ((*key).to_owned(), text.as_bytes().to_vec()));
            (Source { kind, name: name.to_owned() }, entries.collect())
        };
        [
            object(
                SourceKind::ConfigMap,
                "facts",
                &[("values.yaml", "a: 1\nb: {c: 2}\n"), ("bad", "a: [")],
            ),
            object(
                SourceKind::ConfigMap,
                "more",
                &[("values.yaml", "b: {d: 3}\n"), ("number", "42"), ("list", "[1, 2]")],
            ),
            object(
                SourceKind::Secret,
                "db",
                &[("password", "hunter2-hunter2"), ("values.yaml", "p: s3cr3t-value")],
            ),
        ]
        .into()
    }

    fn check(yaml: &str, expected: &str) {
        let got = match compose(&spec(yaml), &data()) {
            Ok(composed) => value::json::to_string(&composed.values),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expected, "{yaml}");
    }

    #[test]
    fn values_are_merged_in_order() {
        check("", "{}");
        check("values: {a: 1}", r#"{"a":1}"#);
        check(
            "valuesFrom: [{kind: ConfigMap, name: facts}, {kind: ConfigMap, name: more}]\nvalues: {a: 9}",
            r#"{"a":9,"b":{"c":2,"d":3}}"#,
        );
        check(
            "valuesFrom: [{kind: ConfigMap, name: facts, overrides: true}]\nvalues: {a: 9, z: true}",
            r#"{"a":1,"b":{"c":2},"z":true}"#,
        );
    }

    #[test]
    fn modes_place_content_at_a_path() {
        check(
            "valuesFrom: [{kind: Secret, name: db, key: password, path: db.password, mode: String}]",
            r#"{"db":{"password":"hunter2-hunter2"}}"#,
        );
        check(
            r"valuesFrom: [{kind: ConfigMap, name: more, key: number, path: 'a\.b', mode: String}]",
            r#"{"a.b":"42"}"#,
        );
        check(
            "valuesFrom: [{kind: ConfigMap, name: more, key: number, path: count, mode: Set}]",
            r#"{"count":42}"#,
        );
        check(
            "valuesFrom: [{kind: ConfigMap, name: more, key: list, path: 'x[0].y'}]",
            r#"{"x":[{"y":[1,2]}]}"#,
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        check(
            "valuesFrom: [{kind: ConfigMap, name: none}]",
            r#"valuesFrom[0]: ConfigMap "none" does not exist"#,
        );
        check(
            "valuesFrom: [{kind: Secret, name: db, key: none}]",
            r#"valuesFrom[0]: Secret "db" has no key "none""#,
        );
        check("valuesFrom: [{kind: ConfigMap, name: none, optional: true}]", "{}");
        check("valuesFrom: [{kind: Secret, name: db, key: none, optional: true}]", "{}");
        check(
            "valuesFrom: [{kind: ConfigMap, name: more, key: list}]",
            r#"valuesFrom[0]: key "list" of ConfigMap "more" is no map of values"#,
        );
    }

    #[test]
    fn errors_show_nothing_of_a_secret() {
        let mut data = data();
        let source = Source { kind: SourceKind::Secret, name: "db".to_owned() };
        data.entry(source).or_default().insert("values.yaml".to_owned(), b"canary: [".to_vec());
        let spec = spec("valuesFrom: [{kind: Secret, name: db}]");
        let error = compose(&spec, &data).unwrap_err().to_string();
        assert_eq!(error, r#"valuesFrom[0]: key "values.yaml" of Secret "db" is no YAML"#);
    }

    #[test]
    fn values_of_secrets_are_masked() {
        let spec = spec("valuesFrom: [{kind: Secret, name: db}]");
        let mask = compose(&spec, &data()).unwrap().mask;
        assert_eq!(mask.apply("got s3cr3t-value here"), "got *** here");
    }
}
