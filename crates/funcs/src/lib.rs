//! The function library that both template engines share: sprig's and Helm's functions, by their names
//! and with their meaning (Helm 4.3.1, sprig 3.3.0), one row of [`table`] each.
//!
//! A function is a plain Rust function over [`gotmpl::Value`] in the file of its family, so that the
//! engine for Go's templates registers rows as they are; [`table::Row::call`] is the way in for plain
//! data. Nothing here reads a clock, rolls dice or reaches a network: what needs that asks the [`World`].

mod again;
mod args;
mod bounds;
mod cast;
mod certificates;
mod convert;
mod crypto;
mod dates;
mod dicts;
mod durations;
mod encoding;
mod error;
mod floats;
mod flow;
mod json;
mod keys;
mod layout;
mod letters;
mod lists;
mod marshal;
mod math;
mod merge;
mod passwords;
mod paths;
mod pattern;
mod pem;
mod plain;
mod regex;
mod scan;
mod semver;
mod strings;
mod suggest;
pub mod table;
mod text;
mod time;
mod toml;
mod types;
mod urls;
mod words;
mod world;
mod x509;
mod yaml;

pub use crate::again::remembering;
pub use crate::bounds::{MAX_ITEMS, MAX_TEXT};
pub use crate::error::FuncError;
pub use crate::suggest::nearest;
pub use crate::time::{format_time, time_value};
pub use crate::world::{FixedWorld, OfflineWorld, World, WorldError};
