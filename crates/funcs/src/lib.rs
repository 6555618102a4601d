//! The function library that both template engines share: sprig's and Helm's functions, by their names
//! and with their meaning, one row of [`table`] each.
//!
//! A function is a plain Rust function over values in the file of its family. Nothing here reads a
//! clock, rolls dice or reaches a network: what needs that asks the [`World`].

mod args;
mod bounds;
mod convert;
mod crypto;
mod dicts;
mod encoding;
mod error;
mod flow;
mod lists;
mod math;
mod paths;
mod regex;
mod semver;
mod strings;
mod suggest;
pub mod table;
#[cfg(test)]
mod testing;
mod text;
mod types;
mod world;

pub use crate::bounds::{MAX_ITEMS, MAX_TEXT};
pub use crate::error::FuncError;
pub use crate::flow::truthy;
pub use crate::suggest::nearest;
pub use crate::text::text_of;
pub use crate::types::same;
pub use crate::world::{FixedWorld, OfflineWorld, World, WorldError};
