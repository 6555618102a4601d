//! What comes of a change in the cluster, by the rules of the built-in kinds.
//!
//! What the API server refuses it says itself when it is asked; the rules here also serve where nobody asks it.

use std::fmt;

use value::Value;

/// What comes of a change, the worst first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The server refuses it, for this reason.
    Blocked(String),
    /// Data may be lost, for this reason.
    DataAtRisk(String),
    /// Another manager has set a field that is changed, with another value: who, and which field.
    Owned(String),
    /// What runs is ended before anything new starts.
    Recreate(String),
    /// Pods are replaced a few at a time.
    RollingRestart,
    /// Nothing that runs is touched.
    NoRestart,
}

impl Class {
    /// Returns a word for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Blocked(_) => "blocked",
            Self::DataAtRisk(_) => "data-at-risk",
            Self::Owned(_) => "owned-by-another-manager",
            Self::Recreate(_) => "recreate",
            Self::RollingRestart => "rolling-restart",
            Self::NoRestart => "no-restart",
        }
    }

    /// Returns the reason, if there is one to tell.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Blocked(why) | Self::DataAtRisk(why) | Self::Owned(why) | Self::Recreate(why) => {
                Some(why)
            }
            Self::RollingRestart | Self::NoRestart => None,
        }
    }
}

/// Prints the class and its reason for people.
impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word().replace('-', " "))?;
        self.reason().map_or(Ok(()), |why| write!(f, ": {why}"))
    }
}

/// Returns what comes of a change between two states of an object; nothing for one that is made.
#[must_use]
pub fn classify(before: Option<&Value>, after: Option<&Value>) -> Vec<Class> {
    match (before, after) {
        (Some(before), None) => deletion(before),
        (Some(before), Some(after)) if before != after => change(before, after),
        _ => Vec::new(),
    }
}

/// Returns group and kind.
fn kind(object: &Value) -> (&str, &str) {
    let version = object.str_at(&["apiVersion"]).unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    (group, object.str_at(&["kind"]).unwrap_or_default())
}

fn deletion(before: &Value) -> Vec<Class> {
    let why = match kind(before) {
        ("", "PersistentVolumeClaim") => "the volume goes with its claim unless it is retained",
        ("", "PersistentVolume") => "the volume is given up",
        ("", "Namespace") => "everything in the namespace goes with it",
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            "all objects of the kind go with its definition"
        }
        ("apps", "StatefulSet") if deletes_claims(before) => {
            "the claims go with the StatefulSet, as its retention policy says"
        }
        _ => return Vec::new(),
    };
    vec![Class::DataAtRisk(why.to_owned())]
}

fn deletes_claims(set: &Value) -> bool {
    set.str_at(&["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"]) == Some("Delete")
}

fn change(before: &Value, after: &Value) -> Vec<Class> {
    let mut classes: Vec<Class> = fixed(kind(after))
        .iter()
        .filter(|path| differs(before, after, path))
        .map(|path| Class::Blocked(format!("{}: field is immutable", path.join("."))))
        .collect();
    classes.extend(frozen(before, after));
    classes.extend(shrinking(before, after));
    classes.extend(restart(before, after));
    if classes.is_empty() {
        classes.push(Class::NoRestart);
    }
    classes
}

/// Returns the fields of a kind that cannot change.
fn fixed(kind: (&str, &str)) -> &'static [&'static [&'static str]] {
    match kind {
        ("apps", "Deployment" | "DaemonSet" | "ReplicaSet") => &[&["spec", "selector"]],
        ("apps", "StatefulSet") => &[
            &["spec", "selector"],
            &["spec", "serviceName"],
            &["spec", "podManagementPolicy"],
            &["spec", "volumeClaimTemplates"],
        ],
        ("batch", "Job") => {
            &[&["spec", "selector"], &["spec", "template"], &["spec", "completionMode"]]
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => &[&["roleRef"]],
        ("", "PersistentVolumeClaim") => &[
            &["spec", "accessModes"],
            &["spec", "storageClassName"],
            &["spec", "selector"],
            &["spec", "volumeMode"],
        ],
        ("", "Secret") => &[&["type"]],
        ("storage.k8s.io", "StorageClass") => {
            &[&["provisioner"], &["parameters"], &["reclaimPolicy"], &["volumeBindingMode"]]
        }
        ("scheduling.k8s.io", "PriorityClass") => &[&["value"], &["preemptionPolicy"]],
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            &[&["spec", "group"], &["spec", "scope"]]
        }
        _ => &[],
    }
}

/// Says whether a field has another value. What one state does not say is a default there.
fn differs(before: &Value, after: &Value, path: &[&str]) -> bool {
    match (before.at(path), after.at(path)) {
        (Some(before), Some(after)) => before != after,
        _ => false,
    }
}

/// `ConfigMap`s and Secrets may be fixed as a whole.
fn frozen(before: &Value, after: &Value) -> Option<Class> {
    let is_frozen = matches!(kind(before), ("", "ConfigMap" | "Secret"))
        && before.get("immutable").and_then(Value::as_bool) == Some(true);
    let fields = ["data", "binaryData", "stringData", "immutable"];
    let changed = fields.into_iter().find(|key| before.get(key) != after.get(key))?;
    is_frozen
        .then(|| Class::Blocked(format!("{changed}: field is immutable when `immutable` is set")))
}

/// A claim can grow, but not shrink; fewer replicas leave the claims of a `StatefulSet` behind or delete them; a
/// definition without a version loses what is stored in it.
fn shrinking(before: &Value, after: &Value) -> Option<Class> {
    match kind(after) {
        ("", "PersistentVolumeClaim") => {
            let size = ["spec", "resources", "requests", "storage"];
            let (old, new) = (bytes(before.at(&size)?)?, bytes(after.at(&size)?)?);
            (new < old).then(|| {
                Class::Blocked("spec.resources.requests.storage: a volume cannot shrink".to_owned())
            })
        }
        ("apps", "StatefulSet") => {
            let policy = ["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"];
            let replicas = |set: &Value| set.i64_at(&["spec", "replicas"]).unwrap_or(1);
            (after.str_at(&policy) == Some("Delete") && replicas(after) < replicas(before)).then(
                || {
                    let why = "the claims of the replicas that go are deleted with them";
                    Class::DataAtRisk(why.to_owned())
                },
            )
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let names = |object: &Value| -> Vec<String> {
                let versions = object.list_at(&["spec", "versions"]).iter();
                versions.filter_map(|one| one.str_at(&["name"]).map(str::to_owned)).collect()
            };
            let after = names(after);
            let gone = names(before).into_iter().find(|name| !after.contains(name))?;
            Some(Class::DataAtRisk(format!("version {gone} goes, with what is stored in it")))
        }
        _ => None,
    }
}

/// Reads a quantity of storage; none that is written in another way than people write sizes.
#[expect(clippy::cast_precision_loss, reason = "sizes are compared, not added up")]
fn bytes(quantity: &Value) -> Option<f64> {
    if let Some(number) = quantity.as_i64() {
        return Some(number as f64);
    }
    let text = quantity.as_str()?;
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit {
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// Pods are replaced when their template changes, in the way that the workload's strategy says.
fn restart(before: &Value, after: &Value) -> Option<Class> {
    let changed = before.at(&["spec", "template"]) != after.at(&["spec", "template"]);
    match kind(after) {
        _ if !changed => None,
        ("apps", "Deployment") => {
            let strategy = after.str_at(&["spec", "strategy", "type"]);
            Some(if strategy == Some("Recreate") {
                Class::Recreate("all Pods end before new ones start".to_owned())
            } else {
                Class::RollingRestart
            })
        }
        ("apps", "DaemonSet" | "StatefulSet") => {
            let on_delete = after.str_at(&["spec", "updateStrategy", "type"]) == Some("OnDelete");
            (!on_delete).then_some(Class::RollingRestart)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str, expected: &[&str]) {
        let read = |text: &str| (!text.is_empty()).then(|| value::yaml::from_str(text).unwrap());
        let found = classify(read(before).as_ref(), read(after).as_ref());
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{before} -> {after}");
    }

    fn deployment(spec: &str) -> String {
        format!("{{apiVersion: apps/v1, kind: Deployment, spec: {{{spec}}}}}")
    }

    #[test]
    fn pods_are_replaced_when_their_template_changes() {
        let d = deployment;
        check(&d("replicas: 1"), &d("replicas: 2"), &["no restart"]);
        check(&d("template: {a: 1}"), &d("template: {a: 2}"), &["rolling restart"]);
        check(
            &d("template: {a: 1}"),
            &d("template: {a: 2}, strategy: {type: Recreate}"),
            &["recreate: all Pods end before new ones start"],
        );
        let set = |spec: &str| deployment(spec).replace("Deployment", "StatefulSet");
        check(&set("template: {a: 1}"), &set("template: {a: 2}"), &["rolling restart"]);
        check(
            &set("template: {a: 1}"),
            &set("template: {a: 2}, updateStrategy: {type: OnDelete}"),
            &["no restart"],
        );
    }

    #[test]
    fn fixed_fields_block() {
        let d = deployment;
        check(
            &d("selector: {a: b}"),
            &d("selector: {a: c}"),
            &["blocked: spec.selector: field is immutable"],
        );
        check(&d("replicas: 1"), &d("replicas: 1, selector: {a: c}"), &["no restart"]);
        check(
            "{apiVersion: batch/v1, kind: Job, spec: {template: {a: 1}}}",
            "{apiVersion: batch/v1, kind: Job, spec: {template: {a: 2}}}",
            &["blocked: spec.template: field is immutable"],
        );
        check(
            "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: b}}",
            "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: c}}",
            &["blocked: data: field is immutable when `immutable` is set"],
        );
    }

    #[test]
    fn data_is_at_risk_where_it_goes() {
        check("{apiVersion: v1, kind: ConfigMap}", "", &[]);
        check(
            "{apiVersion: v1, kind: PersistentVolumeClaim}",
            "",
            &["data at risk: the volume goes with its claim unless it is retained"],
        );
        let claim = |size: &str| {
            format!(
                "{{apiVersion: v1, kind: PersistentVolumeClaim, spec: {{resources: {{requests: {{storage: {size}}}}}}}}}"
            )
        };
        let shrinks = "blocked: spec.resources.requests.storage: a volume cannot shrink";
        check(&claim("10Gi"), &claim("8Gi"), &[shrinks]);
        check(&claim("8Gi"), &claim("1Ti"), &["no restart"]);
        let versions = |names: &str| {
            format!(
                "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, spec: {{versions: [{names}]}}}}"
            )
        };
        check(
            &versions("{name: v1}, {name: v2}"),
            &versions("{name: v2}"),
            &["data at risk: version v1 goes, with what is stored in it"],
        );
    }

    #[test]
    fn what_is_made_or_stays_has_no_class() {
        check("", "{apiVersion: v1, kind: Namespace}", &[]);
        check(&deployment("replicas: 1"), &deployment("replicas: 1"), &[]);
    }
}
