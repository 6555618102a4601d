//! Go's text/template (1.26): the language, its built-in functions, its way of printing, its messages.
//!
//! Nothing here knows YAML, charts or clusters: a host brings functions and data.
//!
//! * [`Funcs`] are the functions that templates know: those of the language and those of the host.
//! * A [`Unit`] is a file of templates, parsed and compiled once, shared by whoever wants it; a [`Cache`]
//!   keeps units by text.
//! * A [`TemplateSet`] is a namespace of many files. Executions of it may run side by side.
//! * A [`Value`] has Go's kinds and Go's references: a map changed by a function is changed for all.
//! * An [`Error`] prints Go's text, byte for byte, and knows place, cause and the calls that led to it.
//! * [`Limits`] bound steps, output, memory, nesting and the native stack. Nothing panics, nothing runs for ever.
//!
//! ```
//! use std::sync::Arc;
//! use gotmpl::{Call, CallError, Func, Funcs, Options, Signature, TemplateSet, Type, Value};
//!
//! let mut funcs = Funcs::new();
//! // A function of its arguments alone.
//! funcs.add(Func::new("shout", Signature::new(&[Type::String], Type::String), |_, args| {
//!     Ok(Value::from(args.text(0)?.to_uppercase()))
//! }));
//! // A function that renders another template in scope.
//! funcs.add(Func::new(
//!     "include",
//!     Signature::new(&[Type::String, Type::Any], Type::String),
//!     |call, args| Ok(call.execute(args.text(0)?, args.at(1).clone())?),
//! ));
//! // A function that renders a text with everything in scope.
//! let tpl = |call: &mut Call<'_, '_>, args: &gotmpl::Args<'_>| {
//!     let funcs: &Arc<Funcs> = call.host().ok_or("the host gave no functions along")?;
//!     let mut set = TemplateSet::layered("inline", call.templates());
//!     set.parse(funcs, "inline", args.bytes(0))
//!         .map_err(|error| CallError::Within("cannot parse the text".to_owned(), error))?;
//!     Ok(call.execute_in(Arc::new(set), "inline", args.at(1).clone())?)
//! };
//! funcs.add(Func::new("tpl", Signature::new(&[Type::String, Type::Any], Type::String), tpl));
//!
//! let funcs = Arc::new(funcs);
//! let mut set = TemplateSet::new("example");
//! set.parse(&funcs, "_lib", br#"{{define "name"}}{{.first}}!{{end}}"#)?;
//! set.parse(&funcs, "main", br#"{{include "name" . | shout}} {{tpl .text .}}"#)?;
//! let data = [("first", "ann"), ("text", "{{len .first}}")];
//! let data = Value::Map(data.into_iter().map(|(k, v)| (k, Value::from(v))).collect());
//! let output = Arc::new(set).execute("main", data, &Options::default(), &funcs)?;
//! assert_eq!(output.into_text(), "ANN! 3");
//! # Ok::<(), gotmpl::Error>(())
//! ```

mod ast;
mod builtins;
mod compare;
mod error;
mod escape;
mod eval;
mod exec;
mod float;
mod frame;
mod func;
mod lexer;
mod list;
mod lookahead;
mod map;
mod meter;
mod number;
mod object;
mod options;
mod output;
mod parser;
mod pipeline;
mod print;
mod printer;
mod printf;
mod program;
mod quick;
mod quote;
mod reach;
mod scan;
mod set;
mod show;
mod span;
mod stack;
mod token;
mod truth;
mod types;
mod unicode;
mod value;

pub use error::{Call as TraceCall, CallError, Error, ErrorKind, Limit, Place, Scene};
pub use func::{Args, Call, Func, Funcs, Signature};
pub use list::List;
pub use map::{Entry, Map};
pub use number::{parse_float, parse_int};
pub use object::{Iteration, Object};
pub use options::{Limits, MissingKey, Options};
pub use output::{Output, Segment};
pub use printf::format;
pub use program::{Template, Unit, reprint};
pub use quote::quote;
pub use set::{Cache, TemplateSet};
pub use span::{Delims, Source, Span};
pub use truth::is_true;
pub use types::{Named, Type};
pub use value::{Integers, PlainError, Small, Value};
