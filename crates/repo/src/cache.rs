//! Archives kept by their digest.
