//! Planning and progress, as tables.

mod planning;
mod progressing;
mod world;
