//! Chart, values and target in; manifest out.
