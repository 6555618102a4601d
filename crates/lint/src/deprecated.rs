//! API versions that Kubernetes has deprecated, as its client of version 0.37 knows them.

use render::{Capabilities, KubeVersion};

use crate::documents::Head;

/// Kinds of one API version that go the same way. All releases are of Kubernetes 1.
struct Row {
    api_version: &'static str,
    /// The minor release that deprecates them.
    deprecated: u32,
    /// The minor release that is without them; 0 for none.
    removed: u32,
    instead: Instead,
    kinds: &'static [&'static str],
}

/// What to use instead.
enum Instead {
    Nothing,
    /// The same kinds of this API version.
    Same(&'static str),
    /// This API version and kind.
    Other(&'static str),
}

/// Returns the warning about an object whose API version is deprecated in the given version of Kubernetes, or
/// in the newest that is known.
pub(crate) fn warning(head: &Head, version: Option<&KubeVersion>) -> Option<String> {
    let row = TABLE.iter().find(|row| {
        row.api_version == head.api_version && row.kinds.contains(&head.kind.as_str())
    })?;
    let newest = Capabilities::default().kube_version;
    let version = version.unwrap_or(&newest);
    let current = (version.major.parse().ok()?, version.minor.parse().ok()?);
    // Without a version everything counts.
    if current != (0, 0) && current < (1, row.deprecated) {
        return None;
    }
    let Head { api_version, kind, .. } = head;
    let removed = match row.removed {
        0 => String::new(),
        removed => format!(", unavailable in v1.{removed}+"),
    };
    let instead = match row.instead {
        Instead::Nothing => String::new(),
        Instead::Same(api_version) => format!("; use {api_version} {kind}"),
        Instead::Other(other) => format!("; use {other}"),
    };
    let deprecated = row.deprecated;
    Some(format!("{api_version} {kind} is deprecated in v1.{deprecated}+{removed}{instead}"))
}

const fn row(
    api_version: &'static str,
    deprecated: u32,
    removed: u32,
    instead: Instead,
    kinds: &'static [&'static str],
) -> Row {
    Row { api_version, deprecated, removed, instead, kinds }
}

/// What the betas of the API for devices have in common.
const DEVICE_KINDS: &[&str] = &[
    "DeviceClass",
    "DeviceClassList",
    "ResourceClaim",
    "ResourceClaimList",
    "ResourceClaimTemplate",
    "ResourceClaimTemplateList",
    "ResourceSlice",
    "ResourceSliceList",
];

/// The facts of Kubernetes 1.37, its slips included.
const TABLE: &[Row] = &[
    row("v1", 19, 0, Instead::Nothing, &["ComponentStatus", "ComponentStatusList"]),
    row("v1", 33, 0, Instead::Other("discovery.k8s.io/v1 EndpointSlice"), &["Endpoints"]),
    row("v1", 33, 0, Instead::Other("discovery.k8s.io/v1 EndpointSliceList"), &["EndpointsList"]),
    row(
        "admissionregistration.k8s.io/v1alpha1",
        35,
        38,
        Instead::Nothing,
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingAdmissionPolicyBindingList",
            "MutatingAdmissionPolicyList",
        ],
    ),
    row(
        "admissionregistration.k8s.io/v1alpha1",
        29,
        32,
        Instead::Nothing,
        &[
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingAdmissionPolicyBindingList",
            "ValidatingAdmissionPolicyList",
        ],
    ),
    row(
        "admissionregistration.k8s.io/v1beta1",
        37,
        40,
        Instead::Same("admissionregistration.k8s.io/v1"),
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingAdmissionPolicyBindingList",
            "MutatingAdmissionPolicyList",
        ],
    ),
    row(
        "admissionregistration.k8s.io/v1beta1",
        16,
        22,
        Instead::Same("admissionregistration.k8s.io/v1"),
        &[
            "MutatingWebhookConfiguration",
            "MutatingWebhookConfigurationList",
            "ValidatingWebhookConfiguration",
            "ValidatingWebhookConfigurationList",
        ],
    ),
    row(
        "admissionregistration.k8s.io/v1beta1",
        31,
        34,
        Instead::Nothing,
        &[
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingAdmissionPolicyBindingList",
            "ValidatingAdmissionPolicyList",
        ],
    ),
    row(
        "apps/v1beta1",
        8,
        16,
        Instead::Same("apps/v1"),
        &[
            "ControllerRevision",
            "ControllerRevisionList",
            "Deployment",
            "DeploymentList",
            "DeploymentRollback",
            "StatefulSet",
            "StatefulSetList",
        ],
    ),
    row("apps/v1beta1", 8, 16, Instead::Same("autoscaling/v1"), &["Scale"]),
    row(
        "apps/v1beta2",
        9,
        16,
        Instead::Same("apps/v1"),
        &[
            "ControllerRevision",
            "ControllerRevisionList",
            "DaemonSet",
            "DaemonSetList",
            "Deployment",
            "DeploymentList",
            "ReplicaSet",
            "ReplicaSetList",
            "StatefulSet",
            "StatefulSetList",
        ],
    ),
    row("apps/v1beta2", 9, 16, Instead::Same("autoscaling/v1"), &["Scale"]),
    row("authentication.k8s.io/v1alpha1", 29, 32, Instead::Nothing, &["SelfSubjectReview"]),
    row("authentication.k8s.io/v1beta1", 30, 33, Instead::Nothing, &["SelfSubjectReview"]),
    row(
        "authentication.k8s.io/v1beta1",
        19,
        22,
        Instead::Same("authentication.k8s.io/v1"),
        &["TokenReview"],
    ),
    row(
        "authorization.k8s.io/v1beta1",
        19,
        22,
        Instead::Same("authorization.k8s.io/v1"),
        &[
            "LocalSubjectAccessReview",
            "SelfSubjectAccessReview",
            "SelfSubjectRulesReview",
            "SubjectAccessReview",
        ],
    ),
    row("batch/v1beta1", 21, 25, Instead::Same("batch/v1"), &["CronJob", "CronJobList"]),
    row(
        "certificates.k8s.io/v1alpha1",
        34,
        37,
        Instead::Nothing,
        &["ClusterTrustBundle", "ClusterTrustBundleList"],
    ),
    row(
        "certificates.k8s.io/v1beta1",
        19,
        22,
        Instead::Same("certificates.k8s.io/v1"),
        &["CertificateSigningRequest", "CertificateSigningRequestList"],
    ),
    row(
        "certificates.k8s.io/v1beta1",
        37,
        40,
        Instead::Same("certificates.k8s.io/v1"),
        &[
            "ClusterTrustBundle",
            "ClusterTrustBundleList",
            "PodCertificateRequest",
            "PodCertificateRequestList",
        ],
    ),
    row(
        "coordination.k8s.io/v1alpha2",
        35,
        38,
        Instead::Nothing,
        &["LeaseCandidate", "LeaseCandidateList"],
    ),
    row(
        "coordination.k8s.io/v1beta1",
        19,
        22,
        Instead::Same("coordination.k8s.io/v1"),
        &["Lease", "LeaseList"],
    ),
    row(
        "coordination.k8s.io/v1beta1",
        36,
        39,
        Instead::Nothing,
        &["LeaseCandidate", "LeaseCandidateList"],
    ),
    row(
        "discovery.k8s.io/v1beta1",
        21,
        25,
        Instead::Same("discovery.k8s.io/v1"),
        &["EndpointSlice"],
    ),
    row(
        "discovery.k8s.io/v1beta1",
        21,
        25,
        Instead::Other("discovery.k8s.io/v1 EndpointSlice"),
        &["EndpointSliceList"],
    ),
    row("events.k8s.io/v1beta1", 22, 25, Instead::Nothing, &["Event", "EventList"]),
    row(
        "extensions/v1beta1",
        8,
        16,
        Instead::Same("apps/v1"),
        &[
            "DaemonSet",
            "DaemonSetList",
            "Deployment",
            "DeploymentList",
            "ReplicaSet",
            "ReplicaSetList",
        ],
    ),
    row("extensions/v1beta1", 8, 16, Instead::Nothing, &["DeploymentRollback"]),
    row(
        "extensions/v1beta1",
        14,
        22,
        Instead::Same("networking.k8s.io/v1"),
        &["Ingress", "IngressList"],
    ),
    row(
        "extensions/v1beta1",
        9,
        16,
        Instead::Same("networking.k8s.io/v1"),
        &["NetworkPolicy", "NetworkPolicyList"],
    ),
    row("extensions/v1beta1", 2, 16, Instead::Nothing, &["Scale"]),
    row(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        23,
        26,
        Instead::Same("flowcontrol.apiserver.k8s.io/v1beta3"),
        &[
            "FlowSchema",
            "FlowSchemaList",
            "PriorityLevelConfiguration",
            "PriorityLevelConfigurationList",
        ],
    ),
    row(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        26,
        29,
        Instead::Same("flowcontrol.apiserver.k8s.io/v1beta3"),
        &[
            "FlowSchema",
            "FlowSchemaList",
            "PriorityLevelConfiguration",
            "PriorityLevelConfigurationList",
        ],
    ),
    row(
        "flowcontrol.apiserver.k8s.io/v1beta3",
        29,
        32,
        Instead::Same("flowcontrol.apiserver.k8s.io/v1"),
        &[
            "FlowSchema",
            "FlowSchemaList",
            "PriorityLevelConfiguration",
            "PriorityLevelConfigurationList",
        ],
    ),
    row(
        "lifecycle.k8s.io/v1alpha1",
        40,
        43,
        Instead::Nothing,
        &["Eviction", "EvictionList", "EvictionRequest", "EvictionRequestList"],
    ),
    row(
        "networking.k8s.io/v1beta1",
        34,
        37,
        Instead::Nothing,
        &["IPAddress", "IPAddressList", "ServiceCIDR", "ServiceCIDRList"],
    ),
    row(
        "networking.k8s.io/v1beta1",
        19,
        22,
        Instead::Same("networking.k8s.io/v1"),
        &["Ingress", "IngressClassList", "IngressList"],
    ),
    row(
        "networking.k8s.io/v1beta1",
        19,
        22,
        Instead::Other("networking.k8s.io/v1 IngressClassList"),
        &["IngressClass"],
    ),
    row("node.k8s.io/v1beta1", 22, 25, Instead::Nothing, &["RuntimeClass", "RuntimeClassList"]),
    row("policy/v1beta1", 22, 25, Instead::Nothing, &["Eviction"]),
    row(
        "policy/v1beta1",
        21,
        25,
        Instead::Same("policy/v1"),
        &["PodDisruptionBudget", "PodDisruptionBudgetList"],
    ),
    row(
        "rbac.authorization.k8s.io/v1beta1",
        17,
        22,
        Instead::Same("rbac.authorization.k8s.io/v1"),
        &[
            "ClusterRole",
            "ClusterRoleBinding",
            "ClusterRoleBindingList",
            "ClusterRoleList",
            "Role",
            "RoleBinding",
            "RoleBindingList",
            "RoleList",
        ],
    ),
    row(
        "resource.k8s.io/v1alpha3",
        36,
        39,
        Instead::Nothing,
        &["DeviceTaintRule", "DeviceTaintRuleList"],
    ),
    row(
        "resource.k8s.io/v1alpha3",
        39,
        42,
        Instead::Nothing,
        &["ResourcePoolStatusRequest", "ResourcePoolStatusRequestList"],
    ),
    row("resource.k8s.io/v1beta1", 35, 38, Instead::Nothing, DEVICE_KINDS),
    row("resource.k8s.io/v1beta2", 36, 39, Instead::Nothing, DEVICE_KINDS),
    row(
        "resource.k8s.io/v1beta2",
        39,
        42,
        Instead::Nothing,
        &["DeviceTaintRule", "DeviceTaintRuleList"],
    ),
    row(
        "scheduling.k8s.io/v1beta1",
        40,
        43,
        Instead::Nothing,
        &["PodGroup", "PodGroupList", "Workload", "WorkloadList"],
    ),
    row(
        "scheduling.k8s.io/v1beta1",
        14,
        22,
        Instead::Same("scheduling.k8s.io/v1"),
        &["PriorityClass", "PriorityClassList"],
    ),
    row(
        "storage.k8s.io/v1alpha1",
        21,
        24,
        Instead::Same("storage.k8s.io/v1beta1"),
        &["CSIStorageCapacity", "CSIStorageCapacityList"],
    ),
    row(
        "storage.k8s.io/v1alpha1",
        21,
        24,
        Instead::Same("storage.k8s.io/v1"),
        &["VolumeAttachment", "VolumeAttachmentList"],
    ),
    row(
        "storage.k8s.io/v1alpha1",
        32,
        35,
        Instead::Same("storage.k8s.io/v1"),
        &["VolumeAttributesClass", "VolumeAttributesClassList"],
    ),
    row(
        "storage.k8s.io/v1beta1",
        19,
        22,
        Instead::Same("storage.k8s.io/v1"),
        &[
            "CSIDriver",
            "CSIDriverList",
            "StorageClass",
            "StorageClassList",
            "VolumeAttachment",
            "VolumeAttachmentList",
        ],
    ),
    row("storage.k8s.io/v1beta1", 17, 22, Instead::Same("storage.k8s.io/v1"), &["CSINode"]),
    row(
        "storage.k8s.io/v1beta1",
        17,
        22,
        Instead::Other("storage.k8s.io/v1 CSINode"),
        &["CSINodeList"],
    ),
    row(
        "storage.k8s.io/v1beta1",
        24,
        27,
        Instead::Same("storage.k8s.io/v1"),
        &["CSIStorageCapacity", "CSIStorageCapacityList"],
    ),
    row(
        "storage.k8s.io/v1beta1",
        34,
        37,
        Instead::Same("storage.k8s.io/v1"),
        &["VolumeAttributesClass", "VolumeAttributesClassList"],
    ),
    row(
        "storagemigration.k8s.io/v1beta1",
        37,
        40,
        Instead::Same("storagemigration.k8s.io/v1"),
        &["StorageVersionMigration", "StorageVersionMigrationList"],
    ),
];

#[cfg(test)]
mod tests {
    use render::KubeVersion;

    use super::warning;
    use crate::documents::Head;

    fn check(api_version: &str, kind: &str, kube: Option<&str>, expected: Option<&str>) {
        let head = Head { api_version: api_version.into(), kind: kind.into(), ..Head::default() };
        let version = kube.map(|text| KubeVersion::parse(text).unwrap());
        assert_eq!(warning(&head, version.as_ref()).as_deref(), expected, "{api_version} {kind}");
    }

    #[test]
    fn deprecated_kinds_are_told_with_what_to_use_instead() {
        check("batch/v1", "CronJob", None, None);
        check("batch/v1beta1", "Unknown", None, None);
        check("", "CronJob", None, None);
        check(
            "batch/v1beta1",
            "CronJob",
            None,
            Some(
                "batch/v1beta1 CronJob is deprecated in v1.21+, unavailable in v1.25+; use batch/v1 CronJob",
            ),
        );
        check("v1", "ComponentStatus", None, Some("v1 ComponentStatus is deprecated in v1.19+"));
        check(
            "apps/v1beta2",
            "Scale",
            None,
            Some(
                "apps/v1beta2 Scale is deprecated in v1.9+, unavailable in v1.16+; use autoscaling/v1 Scale",
            ),
        );
        check(
            "v1",
            "Endpoints",
            None,
            Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
        );
    }

    #[test]
    fn the_version_of_kubernetes_decides() {
        check("batch/v1beta1", "CronJob", Some("1.20.9"), None);
        let told = "policy/v1beta1 Eviction is deprecated in v1.22+, unavailable in v1.25+";
        check("policy/v1beta1", "Eviction", Some("1.22.0"), Some(told));
        check("policy/v1beta1", "Eviction", Some("2.0.0"), Some(told));
        check("policy/v1beta1", "Eviction", Some("0.0.0"), Some(told));
    }
}
