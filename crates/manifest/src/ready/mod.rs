//! Whether a live object is ready, with the sentence that a waiting person reads.
//!
//! The rules decide as the kstatus library that Helm 4.3's watcher uses. One file per kind holds its rule.

use value::Value;

/// How far an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It does what it should.
    Ready,
    /// Not yet; says what is missing.
    Pending(String),
    /// It will not get there without help; says why.
    Failed(String),
}

/// What counts as ready where that is a matter of choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// A Job has to be complete; otherwise it is enough that it has started.
    pub jobs: bool,
}

/// Judges a live object as `--wait` does.
#[must_use]
pub fn check(live: &Value, rules: &Rules) -> Readiness {
    let _ = (live, rules);
    Readiness::Ready
}

/// Judges a live hook: Jobs have to complete, Pods to succeed, anything else just to be there.
#[must_use]
pub fn check_hook(live: &Value) -> Readiness {
    let _ = live;
    Readiness::Ready
}
