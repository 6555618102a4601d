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

pub(super) fn legacy(live: &Value) -> Readiness {
    // Helm lets an action go on after a conflict of names: others may have brought what it needs.
    let refused = condition(live, "NamesAccepted").is_some_and(|names| names.is_false());
    if refused || condition(live, "Established").is_some_and(|established| established.is_true()) {
        return Readiness::Ready;
    }
    Readiness::Pending("not yet established".to_owned())
}
