//! `PodDisruptionBudgets`: known to their controller; how many disruptions they allow is not waited for.

use value::Value;

use super::Readiness;

/// What is known to the controller has been looked at before, as for every kind.
pub(super) const fn check(_live: &Value) -> Readiness {
    Readiness::Ready
}
