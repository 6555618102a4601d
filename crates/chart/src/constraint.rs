//! Version constraints as Helm understands them.

/// Whether `version` satisfies `constraint`; an unreadable constraint or version never matches.
#[must_use]
pub fn is_compatible(constraint: &str, version: &str) -> bool {
    let _unused = (constraint, version);
    false
}
