//! The case files under `tests/cases`, through the public interface.

// `cfg(test)` tells clippy that helpers may unwrap, too.
#[cfg(test)]
mod cases;
#[cfg(test)]
mod read;
#[cfg(test)]
mod set;
#[cfg(test)]
mod write;
