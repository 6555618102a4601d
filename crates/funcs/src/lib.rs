//! The function library that both template engines share.
