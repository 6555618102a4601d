//! Tests over files.

mod ready;
