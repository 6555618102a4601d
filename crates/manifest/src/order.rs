//! The order in which kinds are installed and uninstalled.

use std::cmp::Ordering;

use crate::Object;

/// Helm's order for creating, with its last two kinds known to Helm 4 only.
const INSTALL: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Helm's order for deleting; not quite the reverse of the other.
const UNINSTALL: [&str; 38] = [
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

/// Sorts for creating: by kind, unknown kinds last and alphabetically; equal kinds stay as they stand.
pub fn install_order(objects: &mut [Object]) {
    objects.sort_by(|a, b| compare_install(&a.id.gvk.kind, &b.id.gvk.kind));
}

/// Sorts for deleting: by kind, unknown kinds last and alphabetically; equal kinds stay as they stand.
pub fn uninstall_order(objects: &mut [Object]) {
    objects.sort_by(|a, b| compare_uninstall(&a.id.gvk.kind, &b.id.gvk.kind));
}

/// Compares two kinds for creating.
#[must_use]
pub fn compare_install(a: &str, b: &str) -> Ordering {
    compare(&INSTALL, a, b)
}

/// Compares two kinds for deleting.
#[must_use]
pub fn compare_uninstall(a: &str, b: &str) -> Ordering {
    compare(&UNINSTALL, a, b)
}

fn compare(order: &[&str], a: &str, b: &str) -> Ordering {
    let place = |kind| order.iter().position(|known| *known == kind);
    match (place(a), place(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(kinds: &str, sort: fn(&mut [Object])) -> String {
        let mut objects: Vec<_> = kinds
            .split(' ')
            .enumerate()
            .map(|(place, kind)| {
                let text =
                    format!("{{apiVersion: v1, kind: {kind}, metadata: {{name: o{place}}}}}");
                Object::new(value::yaml::from_str(&text).unwrap(), "").unwrap()
            })
            .collect();
        sort(&mut objects);
        let kinds: Vec<_> = objects.iter().map(|object| object.id.to_string()).collect();
        kinds.join(" ")
    }

    #[test]
    fn kinds_are_installed_in_helms_order() {
        assert_eq!(
            sorted("Zoo Deployment Service Animal Secret Service Namespace", install_order),
            "Namespace/o6 Secret/o4 Service/o2 Service/o5 Deployment/o1 Animal/o3 Zoo/o0"
        );
    }

    #[test]
    fn kinds_are_uninstalled_in_helms_order() {
        assert_eq!(
            sorted("Zoo Deployment Service Animal Secret Service Namespace", uninstall_order),
            "Service/o2 Service/o5 Deployment/o1 Secret/o4 Namespace/o6 Animal/o3 Zoo/o0"
        );
    }

    #[test]
    fn both_orders_know_the_same_kinds() {
        let (mut install, mut uninstall) = (INSTALL, UNINSTALL);
        install.sort_unstable();
        uninstall.sort_unstable();
        assert_eq!(install, uninstall);
    }
}
