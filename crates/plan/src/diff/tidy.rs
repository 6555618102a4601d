//! Objects as they are shown: without what the server keeps for itself, Secrets covered.

use std::fmt::Write as _;

use value::{Map, Value};

/// How much of Secrets is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// Which keys there are, how long their values are, and which change.
    Redacted,
    /// All of them, as they are stored.
    Shown,
    /// All of them, decoded.
    Decoded,
}

/// What the server, or whoever watches the object, writes into its metadata.
const HOUSEKEEPING: [&str; 6] =
    ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"];
/// Annotations that repeat the object or count its changes.
const NOTES: [&str; 2] =
    ["kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"];

/// Returns the object without its status and what is written by the server alone.
pub(super) fn without_housekeeping(object: &Value) -> Value {
    let mut object = object.clone();
    let Some(map) = object.as_map_mut() else { return object };
    map.remove("status");
    if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
        for key in HOUSEKEEPING {
            metadata.remove(key);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_map_mut) {
            for key in NOTES {
                annotations.remove(key);
            }
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
        if metadata.is_empty() {
            map.remove("metadata");
        }
    }
    object
}

/// Returns both states of an object as they are shown.
#[must_use]
pub fn tidy(
    before: Option<Value>,
    after: Option<Value>,
    secrets: Secrets,
) -> (Option<Value>, Option<Value>) {
    let is_secret = |object: &Value| {
        object.str_at(&["kind"]) == Some("Secret") && object.str_at(&["apiVersion"]) == Some("v1")
    };
    if ![&before, &after].into_iter().flatten().any(is_secret) || secrets == Secrets::Shown {
        return (before, after);
    }
    let (old, new) = (entries(before.as_ref()), entries(after.as_ref()));
    let covered = |object: Option<Value>, own: &Map, other: &Map, sign: &str| {
        object.map(|object| covered(object, own, other, sign, secrets))
    };
    (covered(before, &old, &new, "--------"), covered(after, &new, &old, "++++++++"))
}

/// Returns what a Secret holds, each value decoded; bytes that are no text are kept as hexadecimal digits.
fn entries(secret: Option<&Value>) -> Map {
    let mut entries = Map::new();
    let map = |key: &str| secret.and_then(|secret| secret.get(key)).and_then(Value::as_map);
    for (key, value) in map("data").into_iter().flatten() {
        let decoded = value.as_str().and_then(|text| decode(text.trim()));
        entries.insert(key.clone(), decoded.map_or_else(|| value.clone(), Value::from));
    }
    for (key, value) in map("stringData").into_iter().flatten() {
        entries.insert(key.clone(), value.clone());
    }
    entries
}

fn covered(object: Value, own: &Map, other: &Map, sign: &str, secrets: Secrets) -> Value {
    let mut object = object;
    let shown: Value = own
        .iter()
        .map(|(key, value)| {
            let shown = if secrets == Secrets::Decoded {
                value.clone()
            } else {
                let mark = if other.get(key) == Some(value) { "REDACTED" } else { sign };
                let length = value.as_str().map_or(0, str::len);
                Value::from(format!("{mark} # ({length} bytes)"))
            };
            (key.clone(), shown)
        })
        .collect();
    if let Some(map) = object.as_map_mut() {
        map.remove("stringData");
        map.remove("data");
        if !own.is_empty() {
            map.insert("data".into(), shown);
        }
    }
    object
}

/// Decodes base64, which the API server has written or accepts.
fn decode(text: &str) -> Option<String> {
    let (mut bits, mut held, mut bytes) = (0_u32, 0_u32, Vec::new());
    for digit in text.bytes().filter(|byte| !matches!(byte, b'=' | b'\n' | b'\r')) {
        let six = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(String::from_utf8(bytes).unwrap_or_else(|error| {
        error.as_bytes().iter().fold(String::new(), |mut text, byte| {
            let _ok = write!(text, "{byte:02x}");
            text
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Value> {
        (!text.is_empty()).then(|| value::yaml::from_str(text).unwrap())
    }

    fn check(before: &str, after: &str, secrets: Secrets, expected: [&str; 2]) {
        let (old, new) = tidy(read(before), read(after), secrets);
        assert_eq!((old, new), (read(expected[0]), read(expected[1])), "{before} {after}");
    }

    const OLD: &str = "{apiVersion: v1, kind: Secret, data: {a: eA==, b: eHk=, c: eno=}}";
    const NEW: &str = "{apiVersion: v1, kind: Secret, data: {a: eA==}, stringData: {b: yx}}";

    #[test]
    fn changes_of_secrets_show_without_their_values() {
        check(
            OLD,
            NEW,
            Secrets::Redacted,
            [
                "{apiVersion: v1, kind: Secret, data: {a: 'REDACTED # (1 bytes)', b: '-------- # (2 bytes)', c: '-------- # (2 bytes)'}}",
                "{apiVersion: v1, kind: Secret, data: {a: 'REDACTED # (1 bytes)', b: '++++++++ # (2 bytes)'}}",
            ],
        );
        check(
            "",
            NEW,
            Secrets::Redacted,
            [
                "",
                "{apiVersion: v1, kind: Secret, data: {a: '++++++++ # (1 bytes)', b: '++++++++ # (2 bytes)'}}",
            ],
        );
    }

    #[test]
    fn secrets_are_shown_to_who_asks() {
        check(OLD, NEW, Secrets::Shown, [OLD, NEW]);
        check(
            OLD,
            NEW,
            Secrets::Decoded,
            [
                "{apiVersion: v1, kind: Secret, data: {a: x, b: xy, c: zz}}",
                "{apiVersion: v1, kind: Secret, data: {a: x, b: yx}}",
            ],
        );
        assert_eq!(decode("/w==").as_deref(), Some("ff"));
        assert_eq!(decode("*"), None);
    }

    #[test]
    fn what_the_server_keeps_is_left_out() {
        let object = read(
            "{kind: A, metadata: {name: a, uid: u, generation: 2, managedFields: [], annotations: \
             {deployment.kubernetes.io/revision: '1'}}, status: {x: 1}}",
        );
        assert_eq!(
            Some(without_housekeeping(&object.unwrap())),
            read("{kind: A, metadata: {name: a}}")
        );
    }
}
