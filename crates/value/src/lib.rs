//! The dynamic value that charts, templates and manifests are made of, with the languages it is
//! written in: YAML as Helm reads and prints it, JSON as Go prints it, the `--set` family, and `JSONPath`.
//!
//! Nothing here touches a file, a clock or the network.

mod error;
pub mod json;
pub mod jsonpath;
mod mask;
mod merge;
pub mod number;
pub mod origin;
mod quote;
mod serde;
pub mod strvals;
#[cfg(test)]
mod testing;
mod value;
pub mod yaml;

pub use error::{Position, YamlError};
pub use mask::MASK;
pub use merge::{merge, merge_over};
pub use origin::{Place, Sources};
pub use quote::quote;
pub use value::{Map, Value, add_all};
