//! What can go wrong with records.

use crate::Status;

/// A name that no release can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "release name {}: invalid release name, must match regex {} and the length must not be longer than {}",
    value::quote(.name),
    crate::name::PATTERN,
    crate::name::MAX_LENGTH
)]
pub struct InvalidName {
    /// What was given.
    pub name: String,
}

impl InvalidName {
    /// Returns the rule in plain words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "a name is made of lower case letters, digits, `-` and `.`, begins and ends with a letter or digit, and \
         has 53 characters at most"
    }
}

/// Labels that only the storage itself may set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "user supplied labels contains system reserved label name. System labels: [{}]",
    crate::labels::RESERVED.join(" ")
)]
pub struct ReservedLabels {
    /// Those that were given, in order.
    pub keys: Vec<String>,
}

/// A record that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The record is more than can be stored.
    #[error(
        "the record of release {name:?} revision {version} takes {size} bytes compressed, {limit} are the limit; \
         most of it is {}",
        listed(.biggest)
    )]
    TooLarge {
        /// The release.
        name: String,
        /// The revision.
        version: u32,
        /// Bytes of the compressed record.
        size: usize,
        /// Bytes that are allowed.
        limit: usize,
        /// What takes the most room, with its uncompressed bytes; at most three, biggest first.
        biggest: Vec<(String, usize)>,
    },
    /// The record could not be compressed.
    #[error("compressing the record")]
    Compress(#[source] std::io::Error),
    /// The text is no base64.
    #[error("reading the record as base64")]
    Base64(#[source] base64::DecodeError),
    /// The bytes are no gzip stream, although they begin like one.
    #[error("decompressing the record")]
    Decompress(#[source] std::io::Error),
    /// The record would be larger than allowed once decompressed.
    #[error("the record is larger than {limit} bytes decompressed")]
    Bomb {
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The record is whole: it has no parts.
    #[error("the record is not split")]
    NotSplit,
    /// The parts are not as many or not as long as the record says.
    #[error("the record is torn: it should have {parts} parts of {bytes} bytes together")]
    Torn {
        /// How many parts it should have.
        parts: u32,
        /// How many bytes these should have together.
        bytes: u64,
    },
    /// The parts are not what was written.
    #[error("the record is torn: its parts do not have the digest that it names")]
    Digest,
    /// The text is no record.
    #[error("reading the record as JSON")]
    Json(#[source] serde_json::Error),
}

fn listed(parts: &[(String, usize)]) -> String {
    let parts: Vec<_> = parts.iter().map(|(what, size)| format!("{what} ({size} bytes)")).collect();
    parts.join(", ")
}

/// What a history does not allow. The texts are Helm's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// There is no record at all.
    #[error("release: not found")]
    NotFound,
    /// Nothing was ever deployed that an upgrade could start from.
    #[error("{} has no deployed releases", value::quote(.name))]
    NoDeployed {
        /// The release.
        name: String,
    },
    /// The newest revision is pending.
    #[error("another operation (install/upgrade/rollback) is in progress")]
    InProgress {
        /// The pending revision.
        version: u32,
        /// What it is doing.
        status: Status,
    },
    /// The revision to go back to does not exist.
    #[error("release has no {version} version")]
    NoRevision {
        /// The revision asked for.
        version: u32,
    },
    /// The revision is there and cannot be read.
    #[error("revision {version} is damaged: {why}")]
    Damaged {
        /// The revision asked for.
        version: u32,
        /// Why it cannot be read.
        why: String,
    },
}
