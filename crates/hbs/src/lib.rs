//! The Handlebars template engine.
