//! The live World: what templates may ask of the clock, of chance and of the cluster.
