//! Kubernetes' binary form of objects, as far as lists of records need it.
//!
//! It is a fraction of the JSON in size and in work, for the server too. The numbers of the fields are those of
//! `k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto` and `k8s.io/api/core/v1/generated.proto`, which never
//! change. Anything malformed reads as nothing.

use std::collections::BTreeMap;

use release::{Status, codec};

use super::{RecordKey, RecordMeta};

/// What every such answer begins with.
const MAGIC: &[u8] = b"k8s\0";

/// A list, whose items are read one by one.
pub(super) struct List<'a> {
    /// The token of the next page; empty after the last.
    pub(super) next: String,
    /// The objects.
    pub(super) items: Vec<&'a [u8]>,
}

/// Returns the object that an answer holds.
pub(super) fn object(answer: &[u8]) -> Option<&[u8]> {
    fields(answer.strip_prefix(MAGIC)?).find_map(|field| field.bytes(2))
}

/// Returns the list that an answer holds.
pub(super) fn list(answer: &[u8]) -> Option<List<'_>> {
    let raw = object(answer)?;
    let next = fields(raw).find_map(|field| field.bytes(1)).and_then(|meta| text(meta, 3));
    let items = fields(raw).filter_map(|field| field.bytes(2)).collect();
    Some(List { next: next.unwrap_or_default(), items })
}

/// Returns the metadata of an object that is named like a record.
pub(super) fn record(object: &[u8]) -> Option<RecordMeta> {
    let metadata = fields(object).find_map(|field| field.bytes(1))?;
    let name = text(metadata, 1)?;
    let (release, version) = codec::parse_key(&name)?;
    let labels = map(metadata, 11);
    let or_empty = |number| text(metadata, number).unwrap_or_default();
    Some(RecordMeta {
        key: RecordKey::new(or_empty(3), release, version),
        status: Status::from(labels.get("status").map_or("unknown", String::as_str)),
        labels,
        annotations: map(metadata, 12),
        resource_version: or_empty(6),
        uid: or_empty(5),
    })
}

/// Returns what a Secret or `ConfigMap` has in `data` under `key`.
pub(super) fn data<'a>(object: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let mut entries = fields(object).filter_map(|field| field.bytes(2));
    let entry = entries.find(|entry| text(entry, 1).as_deref() == Some(key))?;
    fields(entry).find_map(|field| field.bytes(2))
}

fn text(message: &[u8], number: u64) -> Option<String> {
    let bytes = fields(message).find_map(|field| field.bytes(number))?;
    String::from_utf8(bytes.to_vec()).ok()
}

fn map(message: &[u8], number: u64) -> BTreeMap<String, String> {
    let entries = fields(message).filter_map(|field| field.bytes(number));
    entries
        .filter_map(|entry| Some((text(entry, 1)?, text(entry, 2).unwrap_or_default())))
        .collect()
}

/// A field of a message.
struct Field<'a> {
    number: u64,
    /// What is in it; nothing for numbers.
    bytes: Option<&'a [u8]>,
}

impl<'a> Field<'a> {
    fn bytes(&self, number: u64) -> Option<&'a [u8]> {
        self.bytes.filter(|_| self.number == number)
    }
}

/// Returns the fields of a message, up to the first that is broken.
fn fields(message: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        let tag = varint(&mut rest)?;
        let bytes = match tag & 7 {
            0 => varint(&mut rest).map(|_| None)?,
            1 => take(&mut rest, 8).map(|_| None)?,
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                Some(take(&mut rest, length)?)
            }
            5 => take(&mut rest, 4).map(|_| None)?,
            _ => return None,
        };
        Some(Field { number: tag >> 3, bytes })
    })
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Writes a field with bytes.
    pub(crate) fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
        [number_of(number << 3 | 2), number_of(bytes.len() as u64), bytes.to_vec()].concat()
    }

    fn number_of(mut number: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
            number >>= 7;
        }
        bytes.push(u8::try_from(number).unwrap());
        bytes
    }

    fn entry(key: &str, value: &[u8]) -> Vec<u8> {
        [field(1, key.as_bytes()), field(2, value)].concat()
    }

    /// Writes a Secret with a record.
    pub(crate) fn secret(name: &str, namespace: &str, status: &str, data: &[u8]) -> Vec<u8> {
        let metadata = [
            field(1, name.as_bytes()),
            field(3, namespace.as_bytes()),
            field(5, b"u"),
            field(6, b"7"),
            // generation: a number
            vec![7 << 3, 150, 1],
            field(11, &entry("owner", b"helm")),
            field(11, &entry("status", status.as_bytes())),
            field(12, &entry("a", b"")),
        ];
        let data = [field(2, &entry("other", b"x")), field(2, &entry("release", data))];
        [field(1, &metadata.concat()), data.concat(), field(3, b"t")].concat()
    }

    /// Writes an answer with a list.
    pub(crate) fn answer(next: &str, items: &[Vec<u8>]) -> Vec<u8> {
        let items: Vec<u8> = items.iter().flat_map(|item| field(2, item)).collect();
        let list = [field(1, &field(3, next.as_bytes())), items].concat();
        [MAGIC.to_vec(), field(1, b"type"), field(2, &list)].concat()
    }

    #[test]
    fn records_are_read() {
        let secret = secret("sh.helm.release.v1.web.v3", "prod", "failed", b"text");
        let bytes = answer("c/1", &[secret, field(1, &field(1, b"other"))]);
        let list = list(&bytes).unwrap();
        assert_eq!((list.next.as_str(), list.items.len()), ("c/1", 2));
        let meta = record(list.items[0]).unwrap();
        assert_eq!(meta.key.to_string(), "prod/web revision 3");
        assert_eq!((meta.uid.as_str(), meta.resource_version.as_str()), ("u", "7"));
        assert_eq!((meta.status, meta.labels["owner"].as_str()), (Status::Failed, "helm"));
        assert_eq!(meta.annotations["a"], "");
        assert_eq!(data(list.items[0], "release"), Some(&b"text"[..]));
        assert_eq!(data(list.items[0], "none"), None);
        assert!(record(list.items[1]).is_none());
    }

    #[test]
    fn what_is_broken_reads_as_nothing() {
        let bytes = answer("c", &[secret("sh.helm.release.v1.web.v3", "prod", "failed", b"text")]);
        for end in 0..bytes.len() {
            if let Some(list) = list(&bytes[..end]) {
                assert!(list.items.is_empty(), "{end}");
            }
        }
        assert!(object(b"{}").is_none());
        assert!(record(&[0xff; 20]).is_none());
        assert!(
            data(&[2 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], "x")
                .is_none()
        );
    }
}
