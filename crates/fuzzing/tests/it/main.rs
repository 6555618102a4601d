//! The seeds of the fuzz targets, on whatever compiler there is.

mod replay;
