//! Shows what chartctl and the operator do, on a control plane of its own.

fn main() {}
