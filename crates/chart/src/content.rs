//! What is in a file of a chart.
//!
//! A chart on disk may come with many more bytes than rendering it needs: definitions, documentation, examples.
//! Those are left where they are until somebody looks.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::ops::{Deref, Range};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::{ChartError, ChartErrorKind};

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
    /// Whether somebody had the bytes for the moment: whoever comes next has them kept.
    passed: AtomicBool,
}

/// Why a file could not be read.
type Problem = (io::ErrorKind, String);

impl Content {
    /// Leaves a file on disk, of which no more than `length` bytes count.
    pub(crate) fn left(path: PathBuf, length: u64) -> Self {
        Self(Kind::Left(Arc::new(Left {
            path,
            length,
            read: OnceLock::new(),
            passed: AtomicBool::new(false),
        })))
    }

    /// Returns the bytes, to hold on to.
    #[must_use]
    pub fn shared(&self) -> Arc<[u8]> {
        match &self.0 {
            Kind::Held(bytes) => Arc::clone(bytes),
            Kind::Left(left) => left.bytes().map_or_else(|| Arc::from([]), Arc::clone),
        }
    }

    /// Returns the bytes for the moment: those of a file that is left on disk are read, and not kept.
    pub(crate) fn read(&self) -> Result<Cow<'_, [u8]>, ChartError> {
        match &self.0 {
            Kind::Held(bytes) => Ok(Cow::Borrowed(bytes)),
            Kind::Left(left) => match left.read.get() {
                Some(read) => left.told(read).map(Cow::Borrowed),
                None => left.read().map(Cow::Owned).map_err(|error| left.failed(error)),
            },
        }
    }

    /// Returns the bytes for the moment, as [`read`](Self::read) does; those of a file that is left on disk come to
    /// stand in `room`, which the next file can have again.
    pub(crate) fn read_into<'r>(&'r self, room: &'r mut Vec<u8>) -> Result<&'r [u8], ChartError> {
        match &self.0 {
            Kind::Left(left) if left.read.get().is_none() => {
                let filled = left.read_into(room).map_err(|error| left.failed(error))?;
                Ok(room.get(filled).unwrap_or_default())
            }
            _ => Ok(self),
        }
    }

    /// Returns the bytes for somebody who makes something else of them: those of a file that is left on disk are
    /// read, and kept from the second time on, so that a loop does not read them again and again. That they could not
    /// be read is kept at once.
    #[must_use]
    pub fn passing(&self) -> Cow<'_, [u8]> {
        match &self.0 {
            Kind::Left(left) if left.is_passed_first() => match left.read() {
                Ok(bytes) => Cow::Owned(bytes),
                Err(error) => {
                    left.read.get_or_init(|| Err((error.kind(), error.to_string())));
                    Cow::Borrowed(self)
                }
            },
            _ => Cow::Borrowed(self),
        }
    }

    /// Returns how many bytes there are, or were when the chart was loaded.
    pub(crate) fn size(&self) -> usize {
        match &self.0 {
            Kind::Held(bytes) => bytes.len(),
            Kind::Left(left) => usize::try_from(left.length).unwrap_or(usize::MAX),
        }
    }

    /// Fails if the file could not be read when somebody looked: it was there when the chart was loaded, and has
    /// no bytes since.
    pub(crate) fn check_read(&self) -> Result<(), ChartError> {
        match &self.0 {
            Kind::Held(_) => Ok(()),
            Kind::Left(left) => left.read.get().map_or(Ok(()), |read| left.told(read).map(drop)),
        }
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
    /// Returns whether nobody has had the bytes before.
    fn is_passed_first(&self) -> bool {
        self.read.get().is_none() && !self.passed.swap(true, Ordering::Relaxed)
    }

    fn bytes(&self) -> Option<&Arc<[u8]>> {
        let read = self.read.get_or_init(|| match self.read() {
            Ok(bytes) => Ok(Arc::from(bytes)),
            Err(error) => Err((error.kind(), error.to_string())),
        });
        read.as_ref().ok()
    }

    /// Reads the file, in one go as a rule.
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let filled = self.read_into(&mut bytes)?;
        bytes.truncate(filled.end);
        bytes.drain(..filled.start);
        Ok(bytes)
    }

    /// Reads the file into `room`, which grows as it has to; returns where in it the bytes are.
    fn read_into(&self, room: &mut Vec<u8>) -> io::Result<Range<usize>> {
        let mut file = fs::File::open(&self.path)?;
        let length = self.length()?;
        if room.len() < length {
            room.resize(length, 0);
        }
        let mut filled = 0;
        while let Some(rest) = room.get_mut(filled..length).filter(|rest| !rest.is_empty()) {
            match file.read(rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let has_mark = room.get(..filled).is_some_and(|bytes| bytes.starts_with(BOM));
        Ok(if has_mark { BOM.len() } else { 0 }..filled)
    }

    fn length(&self) -> io::Result<usize> {
        usize::try_from(self.length).map_err(io::Error::other)
    }

    fn told<'r>(&self, read: &'r Result<Arc<[u8]>, Problem>) -> Result<&'r [u8], ChartError> {
        match read {
            Ok(bytes) => Ok(bytes),
            Err((kind, text)) => Err(self.failed(io::Error::new(*kind, text.clone()))),
        }
    }

    fn failed(&self, source: io::Error) -> ChartError {
        ChartErrorKind::Io { path: self.path.display().to_string(), source }.into()
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
        assert_eq!(&*content.read().unwrap(), b"xyz");
        assert_eq!(&*content.passing(), b"xyz");
        let mut room = b"longer than that".to_vec();
        assert_eq!(content.read_into(&mut room).unwrap(), b"xyz");
        assert_eq!((&*content, &*content.shared()), (&b"xyz"[..], &b"xyz"[..]));
        fs::remove_file(&path).unwrap();
        assert_eq!((&*content.clone(), &*content.read().unwrap()), (&b"xyz"[..], &b"xyz"[..]));
        assert!(content.check_read().is_ok());
        let lost = Content::left(path.clone(), 6);
        assert_eq!(&*lost.passing(), b"");
        assert!(lost.check_read().is_err());
        fs::write(&path, "abc").unwrap();
        let twice = Content::left(path.clone(), 6);
        assert!(matches!(twice.passing(), Cow::Owned(_)));
        assert!(matches!(twice.passing(), Cow::Borrowed(b"abc")));
        fs::remove_file(&path).unwrap();
        assert_eq!(&*twice.passing(), b"abc");
        let gone = Content::left(path, 6);
        assert!(gone.check_read().is_ok());
        assert!(gone.read().is_err());
        assert!(gone.check_read().is_ok());
        assert_eq!(&*gone, b"");
        let error = gone.check_read().unwrap_err();
        assert!(matches!(error.kind(), ChartErrorKind::Io { .. }), "{error}");
    }
}
