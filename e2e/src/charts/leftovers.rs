//! What is left when a release is gone, and why.

use crate::inventory::{Inventory, Object};

/// Why an object is still there after the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// The chart says so.
    Kept,
    /// It was a hook, which Helm deletes by the hook's policy only.
    Hook,
    /// A definition out of `crds/`, which Helm never deletes.
    Definition,
    /// A claim that a StatefulSet made, or its volume.
    Claim,
    /// A controller keeps it.
    Controller,
    /// There is none.
    None,
}

impl Reason {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Kept => "by policy",
            Self::Hook => "hooks",
            Self::Definition => "crds/",
            Self::Claim => "claims",
            Self::Controller => "by controllers",
            Self::None => "without reason",
        }
    }
}

/// Says of each object that is in `after` but was not in `before` why it may be there.
pub(super) fn judge<'a>(before: &Inventory, after: &'a Inventory) -> Vec<(Reason, &'a Object)> {
    after.beyond(before).into_iter().map(|object| (reason(object, after), object)).collect()
}

fn reason(object: &Object, after: &Inventory) -> Reason {
    let annotated = |key: &str| object.annotations.contains_key(key);
    if annotated("helm.sh/resource-policy") {
        return Reason::Kept;
    }
    if annotated("helm.sh/hook") {
        return Reason::Hook;
    }
    if let Some(owner) = object.owners.first() {
        // Without its owner it is about to be collected.
        return after.by_uid(owner).map_or(Reason::None, |owner| reason(owner, after));
    }
    let is_of_release = object.release().is_some();
    match object.kind.as_str() {
        "CustomResourceDefinition" if !is_of_release => Reason::Definition,
        "PersistentVolumeClaim" if !is_of_release => Reason::Claim,
        "PersistentVolume" => claim_of(object, after),
        "APIService" if object.labels.contains_key("kube-aggregator.kubernetes.io/automanaged") => {
            Reason::Controller
        }
        // What controllers make of a Service without naming an owner.
        "Endpoints" => after
            .objects()
            .find(|other| {
                other.kind == "Service"
                    && (&other.namespace, &other.name) == (&object.namespace, &object.name)
            })
            .map_or(Reason::None, |service| reason(service, after)),
        _ => Reason::None,
    }
}

/// Volumes are named after the claims that they were made for.
fn claim_of(volume: &Object, after: &Inventory) -> Reason {
    let claim = volume.name.strip_prefix("pvc-").and_then(|uid| after.by_uid(uid));
    claim.map_or(Reason::None, |claim| reason(claim, after))
}
