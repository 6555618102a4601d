//! What the host decides for an execution.

/// What a template gets for a key that a map does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value, which prints as `<no value>`.
    #[default]
    Default,
    /// The zero of the type of the map's values.
    Zero,
    /// An error.
    Error,
}

/// The bounds of an execution, those of the functions that it calls included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many actions, arguments and rounds of loops may be executed. What functions make and look at
    /// counts too: a step for each 64 bytes or 3 items of a list.
    pub steps: u64,
    /// How many bytes the whole may print; no text that is made on the way may be longer either.
    pub output: usize,
    /// How many bytes the values may take that variables hold and functions are just given. What one
    /// function makes, and the output, come on top.
    pub memory: usize,
    /// How deeply templates may call each other.
    pub depth: usize,
    /// How many bytes of the native stack may be used. The thread needs some 200 kB more than that.
    pub stack: usize,
}

impl Default for Limits {
    /// A billion steps, 256 MiB of output, 512 MiB of values, a depth of 100000 as in Go, and 1 MiB of
    /// stack, which a thread of the standard library has.
    fn default() -> Self {
        Self {
            steps: 1_000_000_000,
            output: 256 << 20,
            memory: 512 << 20,
            depth: 100_000,
            stack: 1 << 20,
        }
    }
}

/// What the host decides for an execution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What a missing key is.
    pub missing_key: MissingKey,
    /// The bounds.
    pub limits: Limits,
    /// Whether to record which part of the output comes from where.
    pub source_map: bool,
}
