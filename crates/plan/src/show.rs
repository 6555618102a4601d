//! A plan in a few words.

use std::fmt;

use crate::{Plan, Skipped, Step};

/// How many objects a plan touches, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Objects that do not exist yet.
    pub create: usize,
    /// Objects that exist and are applied again.
    pub update: usize,
    /// Objects that are deleted.
    pub delete: usize,
    /// Objects that stay although the release no longer has them.
    pub keep: usize,
    /// Objects that are as they should be.
    pub unchanged: usize,
}

impl Plan {
    /// Returns how many objects the plan touches.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { create: self.created.len(), ..Summary::default() };
        for step in &self.steps {
            match step {
                Step::Apply { objects, unchanged, .. } => {
                    summary.update += objects.len() - unchanged.len().min(objects.len());
                    summary.unchanged += unchanged.len();
                }
                Step::Delete { objects, .. } => summary.delete += objects.len(),
                _ => {}
            }
        }
        summary.update -= summary.create.min(summary.update);
        summary.keep =
            self.skipped.iter().filter(|skipped| matches!(skipped, Skipped::Kept { .. })).count();
        summary
    }
}

/// Prints `+2 create  ~3 update  -1 delete`, leaving out what is zero.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = [
            ('+', self.create, "create"),
            ('~', self.update, "update"),
            ('-', self.delete, "delete"),
            ('=', self.keep, "keep"),
            ('=', self.unchanged, "unchanged"),
        ]
        .into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(sign, count, word)| format!("{sign}{count} {word}"))
        .collect();
        f.write_str(if parts.is_empty() { "nothing" } else { "" })?;
        f.write_str(&parts.join("  "))
    }
}
