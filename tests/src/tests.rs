//! Tests of the project as a whole, one module a concern.

mod layering;
mod tidy;
