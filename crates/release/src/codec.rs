//! The bytes of a record: base64 of gzip of JSON, as Helm stores them since 3.0.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder, read::GzDecoder};

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

/// Returns the text to store under [`DATA_KEY`](crate::labels::DATA_KEY), in ASCII.
///
/// A record that no Secret can hold is an error, before anything was written.
pub fn encode(revision: &Revision) -> Result<Vec<u8>, CodecError> {
    let json = value::json::to_vec(revision).map_err(CodecError::Json)?;
    let compressed = compress(&json).map_err(CodecError::Compress)?;
    if compressed.len() > MAX_COMPRESSED {
        return Err(too_large(revision, compressed.len()));
    }
    Ok(STANDARD.encode(compressed).into_bytes())
}

/// Reads what [`encode`] or any version of Helm wrote.
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

fn compress(json: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(json)?;
    encoder.finish()
}

fn decompress(bytes: &[u8], limits: Limits) -> Result<Vec<u8>, CodecError> {
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
fn too_large(revision: &Revision, size: usize) -> CodecError {
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
    parts.truncate(3);
    CodecError::TooLarge {
        name: revision.name.clone(),
        version: revision.version,
        size,
        limit: MAX_COMPRESSED,
        biggest: parts,
    }
}

#[cfg(test)]
mod tests;
