//! Who owns fields, by name.

use value::Value;

/// The name under which fields are owned. Helm 4 has it wired in: another one would make two owners of each
/// field and every change of tools a conflict.
pub const FIELD_MANAGER: &str = "helm";

/// The names under which tools that apply client-side own fields: Helm (both spellings it had), Flux's Helm
/// controller and kubectl.
pub const CLIENT_SIDE_MANAGERS: [&str; 4] =
    [FIELD_MANAGER, "Helm", "helm-controller", "kubectl-client-side-apply"];

/// Those of them that are Helm: what they own by client-side apply is the release's, whoever reads the record.
const HELM: [&str; 2] = [FIELD_MANAGER, "Helm"];

/// An owner of fields of a live object, as `managedFields` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// Its name: `kubectl-edit`, `kube-controller-manager`.
    pub name: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// The subresource it wrote through, such as `scale`; mostly empty.
    pub subresource: String,
    /// When it last wrote, in RFC 3339; empty when it is not said.
    pub since: String,
}

impl Manager {
    /// Reads an entry of `managedFields`; nothing for one without a name.
    pub(crate) fn of(entry: &Value) -> Option<Self> {
        let text = |key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
        let name = text("manager");
        (!name.is_empty()).then(|| Self {
            name,
            operation: text("operation"),
            subresource: text("subresource"),
            since: text("time"),
        })
    }
}

/// Returns whether fields of a live object belong to a client-side owner in our place: always for Helm's own
/// names; for the others only if the release is taken over from client-side apply (`all`).
pub(crate) fn has_stale_owner(live: &Value, all: bool) -> bool {
    let names = if all { &CLIENT_SIDE_MANAGERS[..] } else { &HELM[..] };
    live.list_at(&["metadata", "managedFields"]).iter().any(|entry| {
        let text = |key: &str| entry.str_at(&[key]).unwrap_or_default();
        text("operation") == "Update"
            && text("subresource").is_empty()
            && names.contains(&text("manager"))
    })
}
