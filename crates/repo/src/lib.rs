//! Where charts come from: HTTP today.
