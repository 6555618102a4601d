//! Planning and progress, as tables.

#[cfg(test)]
mod ordering;
#[cfg(test)]
mod patience;
#[cfg(test)]
mod planning;
#[cfg(test)]
mod progressing;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod world;
