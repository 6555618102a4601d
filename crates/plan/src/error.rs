//! Why no plan can be made. Nothing has been changed when one of these is returned.

use manifest::sequence::SequenceError;
use manifest::{ObjectId, policy};

/// A request that cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Objects exist that are not this release's to change. The text is Helm 4.3's.
    #[error("{}", not_owned(.objects))]
    NotOwned {
        /// The objects and why each may not become part of the release.
        objects: Vec<(ObjectId, String)>,
    },
    /// Objects have `metadata.generateName` in place of a name.
    #[error("{}", unnamed(.objects))]
    Unnamed {
        /// The templates and what they make.
        objects: Vec<(String, ObjectId)>,
    },
    /// The API server serves no such kind. The text is Helm 4.3's.
    #[error("{}", unknown_kinds(.objects))]
    UnknownKind {
        /// The objects concerned.
        objects: Vec<ObjectId>,
    },
    /// A new custom resource definition would make stored objects unreadable.
    #[error("refusing to change CustomResourceDefinition {name:?}: {why}")]
    UnsafeCrd {
        /// The name of the definition.
        name: String,
        /// What would be lost.
        why: String,
    },
    /// The order that annotations ask for goes round in a circle.
    #[error(transparent)]
    Order(#[from] SequenceError),
}

fn not_owned(objects: &[(ObjectId, String)]) -> String {
    let lines: Vec<_> = objects.iter().map(|(id, why)| policy::not_importable(id, why)).collect();
    lines.join("\n")
}

fn unnamed(objects: &[(String, ObjectId)]) -> String {
    let lines: Vec<_> = objects
        .iter()
        .map(|(path, id)| {
            let place = if path.is_empty() { "the manifest" } else { path };
            format!(
                "{place}: {} has metadata.generateName and no metadata.name: resource name may not be empty",
                id.gvk.kind
            )
        })
        .collect();
    lines.join("\n")
}

fn unknown_kinds(objects: &[ObjectId]) -> String {
    let lines: Vec<_> = objects
        .iter()
        .map(|id| {
            format!(
                "resource mapping not found for name: {:?} namespace: {:?} from \"\": no matches for kind {:?} in version {:?}",
                id.name,
                id.namespace.as_deref().unwrap_or_default(),
                id.gvk.kind,
                id.gvk.api_version(),
            )
        })
        .collect();
    format!("{}\nensure CRDs are installed first", lines.join("\n"))
}
