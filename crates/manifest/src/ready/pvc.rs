//! `PersistentVolumeClaim`s: bound. A claim whose class waits for a first consumer stays pending until there
//! is one, as in kstatus.

use value::Value;

use super::Readiness;

pub(super) fn check(live: &Value) -> Readiness {
    match live.str_at(&["status", "phase"]).unwrap_or_default() {
        "Bound" => Readiness::Ready,
        "" => Readiness::Pending("not bound".to_owned()),
        phase => Readiness::Pending(format!("not bound, phase {phase}")),
    }
}
