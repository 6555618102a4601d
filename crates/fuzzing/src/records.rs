//! Stored revisions.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use release::codec::{Encoded, Limits, decode, encode};
use release::split;

const LIMITS: Limits = Limits { decompressed: 1 << 20 };

/// Any bytes are a record or an error; taken as they are, and as the JSON inside of a record.
pub(crate) fn record(bytes: &[u8]) {
    stored(bytes);
    stored(STANDARD.encode(bytes).as_bytes());
    stored(STANDARD.encode(gzip(bytes)).as_bytes());
}

fn stored(text: &[u8]) {
    let revision = match decode(text, &LIMITS) {
        Ok(revision) => revision,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let _shown = format!("{revision:?}");
    let _bundle = revision.bundle().map_err(|error| error.to_string());
    let _hooks = revision.runnable_hooks().map_err(|error| error.to_string());
    let Ok(written) = encode(&revision, None) else { return };
    let limits = Limits::default();
    let head = decode(written.text(), &limits).expect("what was written can be read");
    let again = match &written {
        Encoded::Whole(_) => head,
        Encoded::Split(split) => {
            split::join(head, &split.parts, &limits).expect("what was cut can be joined")
        }
    };
    assert!(again == revision, "another revision was read than written");
}

/// Returns bytes in the frame of gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.expect("memory takes all bytes")
}
