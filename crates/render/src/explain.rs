//! What is said below an error's own text: the lines at fault, the way there, the values with their origins,
//! and what may help.
//!
//! No value is ever printed, only of what kind it is: values may be secrets.

mod excerpt;
mod origin;
mod reference;
mod schema;

use chart::Chart;
use value::{Sources, Value};

pub(crate) use excerpt::{Spot, excerpt};
pub(crate) use origin::Values;
pub(crate) use reference::{Base, Reference, references};
pub(crate) use schema::notes as schema_notes;

/// What a chart was asked to be rendered with, as it was handed in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'g> {
    /// The chart as it was loaded.
    pub(crate) chart: &'g Chart,
    /// The user's values.
    pub(crate) values: &'g Value,
    /// Where those come from, as far as known.
    pub(crate) sources: &'g Sources,
}
