//! Tests of the custom resources from outside.

#[cfg(test)]
mod crds;
#[cfg(test)]
mod roundtrip;
