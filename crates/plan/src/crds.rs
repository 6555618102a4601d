//! Custom resource definitions: applied first, served before they are used, never changed so that stored
//! objects would be lost.

use std::collections::BTreeSet;

use manifest::{Object, ObjectId};
use value::Value;
use version::Version;

use crate::{Live, PlanError, Skipped, Step};

const KIND: &str = "CustomResourceDefinition";
const GROUP: &str = "apiextensions.k8s.io";

/// The label that tells which chart, in which version, an object came with: `web-1.2.3`.
const CHART_LABEL: &str = "helm.sh/chart";

fn is_crd(object: &Object) -> bool {
    object.id.gvk.kind == KIND && object.id.gvk.group == GROUP
}

/// Returns the ids of those objects that are definitions.
pub(crate) fn ids<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Vec<ObjectId> {
    objects.into_iter().filter(|object| is_crd(object)).map(|object| object.id.clone()).collect()
}

/// What is done about the definitions under `crds/`.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    /// The steps that install them.
    pub(crate) steps: Vec<Step>,
    /// Those that stay as they are.
    pub(crate) skipped: Vec<Skipped>,
}

/// Plans the definitions under `crds/`. Other objects there are ignored, as in Helm's lint, and definitions
/// that another chart or a newer version of this one brought stay as they are.
pub(crate) fn definitions(crds: &[Object], live: &Live) -> Definitions {
    let mut planned = Definitions::default();
    let mut objects = Vec::new();
    for crd in crds.iter().filter(|object| is_crd(object)) {
        match live.objects.get(&crd.id).and_then(|existing| elder(&existing.value, &crd.value)) {
            Some(chart) => {
                planned.skipped.push(Skipped::Elsewhere { object: crd.id.clone(), chart });
            }
            None => objects.push(crd.clone()),
        }
    }
    if !objects.is_empty() {
        let awaited = ids(&objects);
        planned.steps =
            vec![Step::ApplyCrds { objects }, Step::AwaitEstablished { objects: awaited }];
    }
    planned
}

/// Returns the chart that the existing definition came with, if that one has the say: another chart, or this
/// one in a newer version. Definitions that do not tell are changed.
fn elder(existing: &Value, wanted: &Value) -> Option<String> {
    let label = |crd: &Value| {
        crd.str_at(&["metadata", "labels", CHART_LABEL]).and_then(|label| {
            let (name, version) = split(label)?;
            Some((name.to_owned(), version, label.to_owned()))
        })
    };
    let (theirs, their_version, chart) = label(existing)?;
    let (ours, our_version, _) = label(wanted)?;
    (theirs != ours || their_version > our_version).then_some(chart)
}

/// Splits `cert-manager-v1.2.3_b1` into name and version. A label cannot hold the `+` of a version, so charts
/// write `_` for it.
fn split(label: &str) -> Option<(&str, Version)> {
    label.match_indices('-').find_map(|(dash, _)| {
        let (name, version) = (label.get(..dash)?, label.get(dash + 1..)?);
        // `2-1.0.0` of `web-2-1.0.0` is no version, although it reads as one.
        version.split('-').next()?.contains('.').then_some(())?;
        Some((name, version::parse(&version.replace('_', "+")).ok()?))
    })
}

/// Refuses a definition that would make objects unreadable: those stored in the cluster, and those of the
/// release itself (`objects`).
pub(crate) fn check<'a>(
    crds: impl Iterator<Item = &'a Object>,
    objects: &[Object],
    live: &Live,
) -> Result<(), PlanError> {
    for crd in crds.filter(|object| is_crd(object)) {
        let existing = live.objects.get(&crd.id).map(|existing| &existing.value);
        let lost = existing.and_then(|existing| {
            changed_identity(existing, &crd.value)
                .or_else(|| dropped_version(existing, &crd.value))
                .or_else(|| dropped_conversion(existing, &crd.value))
        });
        if let Some(why) = lost.or_else(|| unserved(&crd.value, objects)) {
            return Err(PlanError::UnsafeCrd { name: crd.id.name.clone(), why });
        }
    }
    Ok(())
}

fn changed_identity(existing: &Value, wanted: &Value) -> Option<String> {
    [
        &["spec", "scope"][..],
        &["spec", "group"],
        &["spec", "names", "kind"],
        &["spec", "names", "plural"],
    ]
    .into_iter()
    .find_map(|path| {
        let (old, new) = (existing.str_at(path)?, wanted.str_at(path).unwrap_or_default());
        (old != new).then(|| format!("{} would change from {old:?} to {new:?}", path.join(".")))
    })
}

fn stored(existing: &Value) -> Vec<&str> {
    existing.list_at(&["status", "storedVersions"]).iter().filter_map(Value::as_str).collect()
}

fn dropped_version(existing: &Value, wanted: &Value) -> Option<String> {
    let versions: BTreeSet<_> = wanted
        .list_at(&["spec", "versions"])
        .iter()
        .filter_map(|version| version.str_at(&["name"]))
        .collect();
    stored(existing)
        .into_iter()
        .find(|stored| !versions.contains(stored))
        .map(|lost| format!("version {lost:?} would go, in which objects are stored"))
}

/// Without a webhook the server only rewrites `apiVersion`: objects stored in another form would be misread.
fn dropped_conversion(existing: &Value, wanted: &Value) -> Option<String> {
    let strategy =
        |crd: &Value| crd.str_at(&["spec", "conversion", "strategy"]).unwrap_or("None").to_owned();
    let stored = stored(existing);
    (stored.len() > 1 && strategy(existing) != "None" && strategy(wanted) == "None").then(|| {
        format!(
            "the conversion between versions would go, while objects are stored in {}",
            stored.join(" and ")
        )
    })
}

/// The release's own objects need a version that is served.
fn unserved(wanted: &Value, objects: &[Object]) -> Option<String> {
    let group = wanted.str_at(&["spec", "group"])?;
    let kind = wanted.str_at(&["spec", "names", "kind"])?;
    let served: BTreeSet<_> = wanted
        .list_at(&["spec", "versions"])
        .iter()
        .filter(|version| version.get("served").and_then(Value::as_bool) != Some(false))
        .filter_map(|version| version.str_at(&["name"]))
        .collect();
    objects
        .iter()
        .map(|object| &object.id)
        .filter(|id| id.gvk.group == group && id.gvk.kind == kind)
        .find(|id| !served.contains(id.gvk.version.as_str()))
        .map(|id| {
            let version = &id.gvk.version;
            format!(
                "{kind} {:?} of this release is in version {version:?}, which would not be served",
                id.name
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_label(label: &str, expected: Option<(&str, &str)>) {
        let expected =
            expected.map(|(name, version)| (name, version::parse(version).expect("a version")));
        assert_eq!(split(label), expected, "{label}");
    }

    #[test]
    fn a_chart_label_is_name_and_version() {
        check_label("cert-manager-v1.2.3", Some(("cert-manager", "1.2.3")));
        check_label("web-1.2.3-rc.1_b2", Some(("web", "1.2.3-rc.1+b2")));
        check_label("web-2-1.0.0", Some(("web-2", "1.0.0")));
        check_label("web", None);
        check_label("", None);
    }

    #[test]
    fn the_objects_of_the_release_need_a_version_that_is_served() {
        let parse = |text: &str| manifest::parse_manifest(text).expect("objects");
        let widget = parse("apiVersion: example.com/v1beta1\nkind: Widget\nmetadata: {name: w}\n");
        let unserved = |served: bool| {
            let versions = format!("[{{name: v1}}, {{name: v1beta1, served: {served}}}]");
            let spec =
                format!("{{group: example.com, names: {{kind: Widget}}, versions: {versions}}}");
            let crd =
                parse(&format!("apiVersion: a/v1\nkind: C\nmetadata: {{name: c}}\nspec: {spec}\n"));
            super::unserved(&crd.first()?.value, &widget)
        };
        assert_eq!(unserved(true), None);
        let why =
            "Widget \"w\" of this release is in version \"v1beta1\", which would not be served";
        assert_eq!(unserved(false).as_deref(), Some(why));
    }
}
