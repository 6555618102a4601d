//! The bytes of a record: base64 of gzip of JSON, as Helm stores them since 3.0. What is too large for that is
//! split, see [`split`].

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder, read::GzDecoder};

use crate::split::{self, Pointer, Split};
use crate::{CodecError, Revision};

/// How many bytes the compressed record may have: in base64 they fill the 1 MiB of a Secret.
pub const MAX_COMPRESSED: usize = 786_432;

/// What stands before the release's name in the name of a record.
const PREFIX: &str = "sh.helm.release.v1.";

/// How gzip begins, with the only method there is.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Bounds for reading records, which anybody may have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the decompressed record.
    pub decompressed: u64,
}

impl Default for Limits {
    /// 256 MiB.
    fn default() -> Self {
        Self { decompressed: 256 << 20 }
    }
}

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoded {
    /// The text to store under [`DATA_KEY`](crate::labels::DATA_KEY), in ASCII, exactly as Helm has it.
    Whole(Vec<u8>),
    /// It does not fit into one object.
    Split(Split),
}

impl Encoded {
    /// Returns the text to store under [`DATA_KEY`](crate::labels::DATA_KEY).
    #[must_use]
    pub fn text(&self) -> &[u8] {
        match self {
            Self::Whole(text) => text,
            Self::Split(split) => &split.head,
        }
    }
}

/// Encodes a record as Helm does where that fits into one Kubernetes object, and in pieces otherwise.
///
/// `stored` is where the body of the record is by now, when it is split: then only a body that has changed is
/// encoded anew. A record beyond [`split::MAX_COMPRESSED`] is an error, before anything was written.
pub fn encode(revision: &Revision, stored: Option<&Pointer>) -> Result<Encoded, CodecError> {
    if stored.is_some() {
        return split::cut(revision, stored).map(Encoded::Split);
    }
    match encode_small(revision) {
        Err(CodecError::TooLarge { .. }) => split::cut(revision, None).map(Encoded::Split),
        text => text.map(Encoded::Whole),
    }
}

/// Refuses a record that is too large to be stored in any way.
pub fn check_size(revision: &Revision) -> Result<(), CodecError> {
    // Much less than this compressed would still do, but most records need not be encoded to know that.
    let bytes: usize = biggest(revision).iter().map(|(_, size)| size).sum();
    if bytes.saturating_mul(2) < split::MAX_COMPRESSED {
        return Ok(());
    }
    encode(revision, None).map(|_| ())
}

/// Encodes a record that has to fit into one object.
pub(crate) fn encode_small(revision: &Revision) -> Result<Vec<u8>, CodecError> {
    let json = value::json::to_vec(revision).map_err(CodecError::Json)?;
    let compressed = compress(&json).map_err(CodecError::Compress)?;
    if compressed.len() > MAX_COMPRESSED {
        return Err(too_large(revision, compressed.len(), MAX_COMPRESSED));
    }
    Ok(STANDARD.encode(compressed).into_bytes())
}

/// Reads what [`encode`] or any version of Helm wrote; of a split record that is the head, see
/// [`split::join`].
pub fn decode(text: &[u8], limits: &Limits) -> Result<Revision, CodecError> {
    let text: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let bytes = STANDARD.decode(text).map_err(CodecError::Base64)?;
    let json = if bytes.starts_with(&GZIP) { decompress(&bytes, *limits)? } else { bytes };
    serde_json::from_slice(&json).map_err(CodecError::Json)
}

/// Returns the name of the Kubernetes object that holds a revision.
#[must_use]
pub fn key(name: &str, version: u32) -> String {
    format!("{PREFIX}{name}.v{version}")
}

/// Takes such a name apart: release and revision.
#[must_use]
pub fn parse_key(key: &str) -> Option<(&str, u32)> {
    // Release names may have dots, so that the last `.v` counts.
    let (name, version) = key.strip_prefix(PREFIX)?.rsplit_once(".v")?;
    let digits = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    Some((name, version.parse().ok().filter(|_| digits && !name.is_empty())?))
}

pub(crate) fn compress(json: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(json)?;
    encoder.finish()
}

pub(crate) fn decompress(bytes: &[u8], limits: Limits) -> Result<Vec<u8>, CodecError> {
    let limit = limits.decompressed;
    let mut json = Vec::new();
    let mut bounded = GzDecoder::new(bytes).take(limit.saturating_add(1));
    bounded.read_to_end(&mut json).map_err(CodecError::Decompress)?;
    if json.len() as u64 > limit {
        return Err(CodecError::Bomb { limit });
    }
    Ok(json)
}

/// Says what takes the room.
pub(crate) fn too_large(revision: &Revision, size: usize, limit: usize) -> CodecError {
    let mut biggest = biggest(revision);
    biggest.truncate(3);
    CodecError::TooLarge {
        name: revision.name.clone(),
        version: revision.version,
        size,
        limit,
        biggest,
    }
}

/// Returns what takes room, with its bytes, biggest first.
fn biggest(revision: &Revision) -> Vec<(String, usize)> {
    let chart = &revision.chart;
    let files = chart.templates.iter().chain(&chart.files);
    let mut parts: Vec<_> = files.map(|file| (file.name.clone(), file.data.len())).collect();
    let hooks = revision.hooks.iter().map(|hook| hook.manifest.len()).sum();
    parts.extend([
        ("the manifest".to_owned(), revision.manifest.len()),
        ("the hooks".to_owned(), hooks),
        ("values.schema.json".to_owned(), chart.schema.as_ref().map_or(0, |bytes| bytes.len())),
        ("values.yaml".to_owned(), value::json::to_string(&chart.values).len()),
        ("the supplied values".to_owned(), value::json::to_string(&revision.config).len()),
    ]);
    parts.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    parts
}

#[cfg(test)]
mod tests;
