//! Custom resource definitions: names accepted and served.

use value::Value;

use super::{Condition, Readiness, condition};

pub(super) fn check(live: &Value) -> Readiness {
    if let Some(names) = condition(live, "NamesAccepted").filter(Condition::is_false) {
        return Readiness::Failed(names.words("names not accepted"));
    }
    match condition(live, "Established") {
        Some(established) if established.is_true() => Readiness::Ready,
        Some(established) if established.is_false() && established.reason != "Installing" => {
            Readiness::Failed(established.words("not established"))
        }
        _ => Readiness::Pending("not yet established".to_owned()),
    }
}
