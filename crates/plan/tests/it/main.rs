//! Planning and progress, as tables.

#[cfg(test)]
mod planning;
#[cfg(test)]
mod progressing;
#[cfg(test)]
mod world;
mod standing;
#[cfg(test)]
