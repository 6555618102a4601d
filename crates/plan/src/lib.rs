//! What an action will do, as a value, and how far it has come.
