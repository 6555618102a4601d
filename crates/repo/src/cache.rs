//! Archives kept by their digest: in memory up to a bound, and in a folder if there is one.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::Digest;

/// How many bytes of archives stay in memory.
const MEMORY: usize = 64 << 20;

/// The store.
#[derive(Debug)]
pub(crate) struct Cache {
    /// The archives used last stand at the back.
    memory: Mutex<VecDeque<(Digest, Bytes)>>,
    folder: Option<PathBuf>,
}

impl Cache {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { memory: Mutex::default(), folder }
    }

    /// Returns the archive of that digest. What is on disk is checked against its name.
    pub(crate) async fn find(&self, digest: &Digest) -> Option<Bytes> {
        if let Some(bytes) = self.remembered(digest) {
            return Some(bytes);
        }
        let path = path(self.folder.as_deref()?, digest);
        let bytes = Bytes::from(tokio::fs::read(path).await.ok()?);
        if Digest::of(&bytes) != *digest {
            return None;
        }
        self.remember(digest, &bytes);
        Some(bytes)
    }

    /// Keeps an archive. A folder that cannot be written to is no obstacle.
    pub(crate) async fn keep(&self, digest: &Digest, bytes: &Bytes) {
        self.remember(digest, bytes);
        let Some(path) = self.folder.as_deref().map(|folder| path(folder, digest)) else { return };
        let bytes = bytes.clone();
        let written = tokio::task::spawn_blocking(move || write(&path, &bytes)).await;
        // Nothing depends on the copy; the next fetch tries again.
        drop(written);
    }

    fn remembered(&self, digest: &Digest) -> Option<Bytes> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let place = memory.iter().position(|(known, _)| known == digest)?;
        let entry = memory.remove(place)?;
        let bytes = entry.1.clone();
        memory.push_back(entry);
        Some(bytes)
    }

    fn remember(&self, digest: &Digest, bytes: &Bytes) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.retain(|(known, _)| known != digest);
        memory.push_back((digest.clone(), bytes.clone()));
        let mut total: usize = memory.iter().map(|(_, bytes)| bytes.len()).sum();
        while total > MEMORY {
            let Some((_, oldest)) = memory.pop_front() else { return };
            total = total.saturating_sub(oldest.len());
        }
    }
}

/// Helm's layout of its content cache: two digits, then all digits.
fn path(folder: &Path, digest: &Digest) -> PathBuf {
    let hex = digest.hex();
    let first = hex.get(..2).unwrap_or(hex);
    folder.join(first).join(format!("{hex}.chart"))
}

/// Writes beside and renames, so that nobody ever reads half an archive.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut file, bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn archives_outlive_the_process_and_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = Bytes::from_static(b"archive");
        let digest = Digest::of(&bytes);
        Cache::new(Some(folder.path().into())).keep(&digest, &bytes).await;
        let fresh = || Cache::new(Some(folder.path().into()));
        assert_eq!(fresh().find(&digest).await, Some(bytes));
        std::fs::write(path(folder.path(), &digest), "other").unwrap();
        assert_eq!(fresh().find(&digest).await, None);
        assert_eq!(Cache::new(None).find(&digest).await, None);
    }

    #[test]
    fn memory_is_bounded_and_forgets_what_was_used_longest_ago() {
        let cache = Cache::new(None);
        let large = |byte: u8| Bytes::from(vec![byte; MEMORY / 2]);
        let digests = [1, 2, 3].map(|byte| Digest::of(&[byte]));
        cache.remember(&digests[0], &large(1));
        cache.remember(&digests[1], &large(2));
        assert!(cache.remembered(&digests[0]).is_some());
        cache.remember(&digests[2], &large(3));
        let known = digests.map(|digest| cache.remembered(&digest).is_some());
        assert_eq!(known, [true, false, true]);
    }
}
