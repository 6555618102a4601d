//! Tests over files.

mod fixture;
mod ready;
mod trouble;
