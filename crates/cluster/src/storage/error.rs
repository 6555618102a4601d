//! What can go wrong with records. The texts are Helm's where Helm has one; its colon and the reason follow as
//! the source.

use std::fmt;

use release::CodecError;

use super::RecordKey;
use crate::error::ApiError;

/// A record that could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another writer has made this revision: another operation is in progress.
    #[error("release: already exists")]
    AlreadyExists {
        /// The record.
        key: RecordKey,
    },
    /// There is no such record.
    #[error("release: not found")]
    NotFound {
        /// The record.
        key: RecordKey,
    },
    /// Somebody else has written the record since it was read.
    #[error("the record {key} was changed by somebody else in the meantime")]
    Changed {
        /// The record.
        key: RecordKey,
    },
    /// The record is no release that can be read.
    #[error("get: failed to decode data \"{}\": {why}", key.object_name())]
    Damaged {
        /// The record.
        key: RecordKey,
        /// Why.
        why: String,
    },
    /// The record cannot be encoded, mostly because it is too large for a Secret.
    #[error("create: failed to encode release \"{}\"", key.object_name())]
    Encode {
        /// The record.
        key: RecordKey,
        /// Why.
        source: Box<CodecError>,
    },
    /// The server refused or did not answer.
    #[error("{doing}")]
    Api {
        /// What was being done.
        doing: Doing,
        /// Why it failed.
        source: ApiError,
    },
}

/// What was being done with records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// A record was being written for the first time.
    Create,
    /// A record was being replaced or annotated.
    Update,
    /// The Secret of this name was being read.
    Read(String),
    /// The Secret of this name was being deleted.
    Delete(String),
    /// Records of any release were being listed.
    List,
    /// The records of one release were being searched.
    Query,
}

/// Prints Helm's words.
impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create => f.write_str("create: failed to create"),
            Self::Update => f.write_str("update: failed to update"),
            Self::Read(key) => write!(f, "get: failed to get \"{key}\""),
            Self::Delete(key) => write!(f, "delete: failed to delete \"{key}\""),
            Self::List => f.write_str("list: failed to list"),
            Self::Query => f.write_str("query: failed to query with labels"),
        }
    }
}

impl StorageError {
    /// Returns the failed request, if there was one.
    #[must_use]
    pub const fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Returns whether the same may succeed a little later without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.api().is_some_and(ApiError::is_transient)
    }

    /// Returns what a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.api().and_then(ApiError::hint)
    }
}
