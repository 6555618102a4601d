//! How much a chart may ask for before it is refused.

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
