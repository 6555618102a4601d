//! How much a chart may ask for before it is refused.

use crate::ChartErrorKind;

/// Bounds on charts from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive as it came.
    pub compressed: u64,
    /// Bytes after unpacking, nested archives included.
    pub unpacked: u64,
    /// Entries of the archive, nested archives included.
    pub entries: usize,
    /// Bytes of one path.
    pub path_length: usize,
    /// Charts within charts; the top chart is at depth 0.
    pub depth: usize,
    /// How many bytes one compressed byte may become, after the first MiB.
    pub ratio: u64,
}

impl Default for Limits {
    /// Helm's bound on the unpacked size, our own for the rest.
    fn default() -> Self {
        Self {
            compressed: 20 << 20,
            unpacked: 100 << 20,
            entries: 10_000,
            path_length: 1024,
            depth: 8,
            ratio: 200,
        }
    }
}

/// What is left of the [`Limits`] while one chart is read, with all the charts in it.
#[derive(Debug)]
pub(crate) struct Budget<'a> {
    /// The limits themselves.
    pub(crate) limits: &'a Limits,
    bytes: u64,
    entries: usize,
}

impl<'a> Budget<'a> {
    pub(crate) const fn new(limits: &'a Limits) -> Self {
        Self { limits, bytes: limits.unpacked, entries: limits.entries }
    }

    /// Returns how many bytes may still be unpacked.
    pub(crate) const fn bytes_left(&self) -> u64 {
        self.bytes
    }

    /// Counts the content of a file.
    pub(crate) fn take_bytes(&mut self, count: u64) -> Result<(), ChartErrorKind> {
        let limit = self.limits.unpacked;
        self.bytes = self.bytes.checked_sub(count).ok_or(ChartErrorKind::TooLarge { limit })?;
        Ok(())
    }

    /// Counts an entry.
    pub(crate) fn take_entry(&mut self) -> Result<(), ChartErrorKind> {
        let limit = self.limits.entries as u64;
        let exceeded = ChartErrorKind::Limit { what: "the number of files", limit };
        self.entries = self.entries.checked_sub(1).ok_or(exceeded)?;
        Ok(())
    }

    /// Checks the length of a path, in bytes.
    pub(crate) fn check_path(&self, length: usize) -> Result<(), ChartErrorKind> {
        let limit = self.limits.path_length;
        if length <= limit {
            return Ok(());
        }
        Err(ChartErrorKind::Limit { what: "the length of a path", limit: limit as u64 })
    }

    /// Checks how deep a chart lies within others.
    pub(crate) fn check_depth(&self, depth: usize) -> Result<(), ChartErrorKind> {
        let limit = self.limits.depth;
        if depth <= limit {
            return Ok(());
        }
        Err(ChartErrorKind::Limit {
            what: "the depth of charts within charts",
            limit: limit as u64,
        })
    }
}
