//! A real control plane, and the tests and the demo that run on it.
