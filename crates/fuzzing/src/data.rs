//! YAML, JSON and `--set`.

use std::str::from_utf8;

use value::{Value, json, strvals, yaml};

/// How far a document may grow through aliases: so many nodes, and so many for each byte.
const NODES: usize = 10_000;

/// Any text is read or refused; what was read is printed so that it reads back as the same.
pub(crate) fn yaml(bytes: &[u8]) {
    let Ok(text) = from_utf8(bytes) else { return };
    let _found = yaml::position_of(text, &["a", "0"]);
    match yaml::documents(text) {
        Ok(documents) => {
            let mut nodes = 0;
            for document in &documents {
                count(document, &mut nodes);
            }
            let most = documents.len().max(1) * NODES + 10 * text.len();
            assert!(nodes <= most, "{nodes} nodes of {} bytes", text.len());
        }
        Err(error) => {
            assert!(!error.helm_text().is_empty());
            let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
            assert!(error.position.line <= lines + 1, "line {} of {lines}", error.position.line);
        }
    }
    if let Ok(value) = yaml::from_str(text) {
        reads_back(&value);
    }
    if let Ok(value) = json::from_str(text) {
        reads_back(&value);
    }
}

fn count(value: &Value, nodes: &mut usize) {
    *nodes += 1;
    match value {
        Value::List(items) => items.iter().for_each(|item| count(item, nodes)),
        Value::Map(map) => map.values().for_each(|item| count(item, nodes)),
        _ => {}
    }
}

fn reads_back(value: &Value) {
    if yaml::unsupported(value).is_some() {
        return;
    }
    for printed in
        [json::to_string(value), json::to_string_pretty(value), json::to_string_raw(value)]
    {
        let read = json::from_str(&printed).expect("what was printed is JSON");
        assert!(same(&read, value), "{value:?}\n{printed}");
    }
    // go-yaml prints the key `<<` without the quotes that it would need, and does not print keys so long
    // that they can be read again.
    if has_bad_key(value) {
        return;
    }
    let printed = yaml::to_string(value);
    let read = yaml::from_str(&printed);
    assert!(read.as_ref().is_ok_and(|read| same(read, value)), "{value:?}\n{printed}\n{read:?}");
    let pretty = yaml::to_string_pretty(value);
    // A block that starts with a tab, as go-yaml v3 prints it, is none for v2.
    if !pretty.contains('\t') {
        let read = yaml::from_str(&pretty);
        assert!(read.as_ref().is_ok_and(|read| same(read, value)), "{value:?}\n{pretty}\n{read:?}");
    }
}

fn has_bad_key(value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().any(has_bad_key),
        Value::Map(map) => {
            map.iter().any(|(key, value)| &**key == "<<" || key.len() > 100 || has_bad_key(value))
        }
        _ => false,
    }
}

/// Returns whether two values are equal, an integer and the float of the same size alike.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        #[expect(
            clippy::cast_precision_loss,
            clippy::float_cmp,
            reason = "the other one is a float"
        )]
        (Value::Int(i), Value::Float(f)) | (Value::Float(f), Value::Int(i)) => *i as f64 == *f,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let equal = |((k, a), (l, b)): ((_, &Value), (_, &Value))| k == l && same(a, b);
            a.len() == b.len() && a.iter().zip(&**b).all(equal)
        }
        (a, b) => a == b,
    }
}

/// Lines of arguments, the first letter says of which flag: they are applied one after the other.
pub(crate) fn set(bytes: &[u8]) {
    let Ok(text) = from_utf8(bytes) else { return };
    let mut base = Value::map();
    for line in text.split('\n').take(8) {
        let (flag, argument) = line.split_at_checked(1).unwrap_or(("", line));
        let applied = match flag {
            "t" => strvals::set(&mut base, argument, strvals::Typing::String),
            "l" => strvals::set_literal(&mut base, argument),
            "j" => strvals::set_json(&mut base, argument),
            "f" => strvals::set_file(&mut base, argument, &mut |name| Ok(name.to_owned())),
            _ => strvals::set(&mut base, argument, strvals::Typing::Guess),
        };
        if let Err(error) = applied {
            let _said = error.to_string();
        }
    }
    assert!(base.as_map().is_some(), "{base:?}");
    let key_value = text.lines().last().and_then(|line| line.split_once('='));
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase()) && !text.is_empty();
    if let Some((key, text)) = key_value.filter(|(key, text)| plain(key) && plain(text)) {
        let argument = format!("{key}={text}");
        strvals::set(&mut base, &argument, strvals::Typing::String).expect("it is simple");
        assert_eq!(base.str_at(&[key]), Some(text));
    }
}
