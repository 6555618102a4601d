//! Digests of values. They are keyed, because a plain hash of small secrets can be guessed by anybody who may
//! read a status. The key lies in a Secret of the operator's namespace.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use value::{Value, json};

use crate::inputs::plain_values;

/// Length of a block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// The key of all digests of values. It is never printed.
#[derive(Clone)]
pub struct DigestKey([u8; 32]);

impl DigestKey {
    /// Makes a key of bytes that nobody else knows.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the keyed digest of values.
    #[must_use]
    pub fn values(&self, values: &Value) -> String {
        self.digest(json::to_string(&plain_values(values)).as_bytes())
    }

    /// HMAC (RFC 2104) with SHA-256; the key is shorter than a block.
    fn digest(&self, message: &[u8]) -> String {
        let pad = |byte: u8| {
            let mut block = [byte; BLOCK];
            for (padded, key) in block.iter_mut().zip(self.0) {
                *padded ^= key;
            }
            block
        };
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
        let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
        let mut text = String::from("hmac-sha256:");
        for byte in outer.iter().take(16) {
            // Writing to a string cannot fail.
            let _: std::fmt::Result = write!(text, "{byte:02x}");
        }
        text
    }
}

impl std::fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hmac_of_the_standard() {
        // RFC 4231, test case 1, whose key is 20 bytes: zeros behind a key change nothing.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            DigestKey::new(key).digest(b"Hi There"),
            "hmac-sha256:b0344c61d8db38535ca8afceaf0bf12b"
        );
    }

    #[test]
    fn no_values_are_empty_values() {
        let key = DigestKey::new([7; 32]);
        assert_eq!(key.values(&Value::Null), key.values(&Value::map()));
    }

    #[test]
    fn the_key_is_not_printed() {
        assert_eq!(format!("{:?}", DigestKey::new([7; 32])), "DigestKey(…)");
    }
}
