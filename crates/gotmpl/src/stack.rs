//! A guard for the native stack: recursion stops with an error long before the thread would die.

/// Measures how much of the stack has been used since it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StackGuard {
    base: usize,
    limit: usize,
}

impl StackGuard {
    /// Allows `limit` bytes from here on.
    pub(crate) fn new(limit: usize) -> Self {
        Self { base: here(), limit }
    }

    /// Returns whether the limit has been passed.
    #[inline]
    pub(crate) fn is_exhausted(self) -> bool {
        self.base.abs_diff(here()) > self.limit
    }
}

/// Returns roughly where the stack ends now.
#[inline]
fn here() -> usize {
    let mark = 0u8;
    std::ptr::from_ref(std::hint::black_box(&mark)).addr()
}
