//! The custom resources of chartctl.dev.
