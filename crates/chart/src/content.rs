//! What is in a file of a chart.
//!
//! A chart on disk may come with many more bytes than rendering it needs: definitions, documentation, examples.
//! Those are left where they are until somebody looks.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The bytes of a file. Clones share them.
#[derive(Clone)]
pub struct Content(Kind);

#[derive(Clone)]
enum Kind {
    Held(Arc<[u8]>),
    Left(Arc<Left>),
}

/// A file on disk.
struct Left {
    path: PathBuf,
    /// How long it was when the chart was loaded.
    length: u64,
    read: OnceLock<Result<Arc<[u8]>, Problem>>,
}

/// Why a file could not be read.
type Problem = (io::ErrorKind, String);

impl Content {
    /// Leaves a file on disk, of which no more than `length` bytes count.
    pub(crate) fn left(path: PathBuf, length: u64) -> Self {
        Self(Kind::Left(Arc::new(Left { path, length, read: OnceLock::new() })))
    }

    /// Returns the bytes, to hold on to.
    #[must_use]
    pub fn shared(&self) -> Arc<[u8]> {
        match &self.0 {
            Kind::Held(bytes) => Arc::clone(bytes),
            Kind::Left(left) => left.bytes().map_or_else(|| Arc::from([]), Arc::clone),
        }
    }

    /// Returns the file that could not be read when somebody looked, and why: it was there when the chart was
    /// loaded, and has no bytes since.
    pub(crate) fn failure(&self) -> Option<(&Path, io::Error)> {
        let Kind::Left(left) = &self.0 else { return None };
        let (kind, problem) = left.read.get()?.as_ref().err()?;
        Some((&left.path, io::Error::new(*kind, problem.clone())))
    }

    /// Returns the bytes without a byte order mark.
    pub(crate) fn without_bom(self) -> Self {
        match &self.0 {
            Kind::Held(bytes) => match bytes.strip_prefix(BOM) {
                Some(rest) => Self::from(rest),
                None => self,
            },
            Kind::Left(_) => self,
        }
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl Left {
    fn bytes(&self) -> Option<&Arc<[u8]>> {
        let read = self.read.get_or_init(|| {
            let failed = |error: io::Error| (error.kind(), error.to_string());
            let mut bytes = Vec::with_capacity(usize::try_from(self.length).unwrap_or_default());
            let file = fs::File::open(&self.path).map_err(failed)?;
            file.take(self.length).read_to_end(&mut bytes).map_err(failed)?;
            Ok(match bytes.strip_prefix(BOM) {
                Some(rest) => Arc::from(rest),
                None => Arc::from(bytes),
            })
        });
        read.as_ref().ok()
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kind::Held(bytes) => bytes,
            Kind::Left(left) => left.bytes().map_or(&[], |bytes| bytes),
        }
    }
}

impl From<Arc<[u8]>> for Content {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self(Kind::Held(bytes))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Arc::<[u8]>::from(bytes))
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        Self::from(Arc::<[u8]>::from(bytes))
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::from(&[][..])
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Content {}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Held(bytes) => bytes.fmt(f),
            Kind::Left(left) => left.path.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_left_is_read_when_somebody_looks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "\u{feff}abcdef").unwrap();
        let content = Content::left(path.clone(), 6);
        fs::write(&path, "\u{feff}xyz and more").unwrap();
        assert_eq!((&*content, &*content.shared()), (&b"xyz"[..], &b"xyz"[..]));
        fs::remove_file(&path).unwrap();
        assert_eq!(&*content.clone(), b"xyz");
        assert!(content.failure().is_none());
        let gone = Content::left(path, 6);
        assert!(gone.failure().is_none());
        assert_eq!(&*gone, b"");
        assert_eq!(gone.failure().unwrap().1.kind(), io::ErrorKind::NotFound);
    }
}
