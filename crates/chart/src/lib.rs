//! What a chart is: its files, metadata, values and schema.
//!
//! Bytes or a folder become a [`Chart`], or a draft of one for looking at; [`resolve`] settles its dependencies and coalesces values;
//! [`check_schema`] checks them. Behaviour and messages are those of Helm 4.3 unless noted. Charts are
//! not trusted: everything is bounded by [`Limits`], nothing is unpacked to disk, nothing panics.
//! Templates are only carried along; no file but those below [`load`]'s path is read.

mod archive;
mod chart;
mod chartfile;
mod coalesce;
mod content;
mod dependency;
mod dir;
mod error;
mod fields;
mod glob;
mod ignore;
mod limits;
mod load;
mod lock;
mod metadata;
mod order;
mod origin;
mod package;
mod requirements;
mod schema;
mod shown;
mod sniff;
mod values;
mod warning;

pub use archive::{archive_files, load_archive};
pub use chart::{Chart, CrdFile, File};
pub use chartfile::Chartfile;
pub use content::Content;
pub use dependency::Dependency;
pub use dir::{load, load_draft};
pub use error::{ChartError, ChartErrorKind, Detail};
pub use ignore::Rules as IgnoreRules;
pub use limits::Limits;
pub use load::{load_draft_files, load_files};
pub use metadata::{Maintainer, Metadata};
pub use order::{DEPENDS_ON_SUBCHARTS, Order, OrderError, order};
pub use origin::{Origin, Origins};
pub use package::{Package, package};
pub use requirements::{Resolved, resolve, resolve_present};
pub use schema::{ChartFindings, Finding, SchemaError, check_schema, check_schema_text};
pub use shown::Shown;
pub use version::{Fit, fit, is_compatible, is_strict};
pub use warning::{Level, Warning};
