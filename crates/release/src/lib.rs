//! One stored revision of a release, in Helm's format.
