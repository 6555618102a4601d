//! The case files under `tests/cases`, through the public interface.

mod cases;
mod read;
mod set;
mod write;
