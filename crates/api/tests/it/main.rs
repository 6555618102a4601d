//! Tests of the custom resources from outside.

mod crds;
mod roundtrip;
