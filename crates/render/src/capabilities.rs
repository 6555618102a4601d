//! What a cluster can do, as templates see it.

use std::fmt;

/// The version of a cluster and the API versions it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// `v1`, `apps/v1`, and for live clusters `apps/v1/Deployment` too.
    pub api_versions: Vec<String>,
}

/// A version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// The whole version, such as `v1.36.0` or `v1.29.4-gke.100`.
    pub version: String,
    /// `1`.
    pub major: String,
    /// `36`.
    pub minor: String,
}

/// A version of Kubernetes that cannot be read; Helm's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not parse {0:?} as version")]
pub struct BadKubeVersion(pub String);

impl KubeVersion {
    /// Reads a version; a missing `v` is added, as Helm does.
    pub fn parse(text: &str) -> Result<Self, BadKubeVersion> {
        let bad = || BadKubeVersion(text.to_owned());
        let bare = text.strip_prefix('v').unwrap_or(text);
        let core = bare.split(['-', '+']).next().unwrap_or_default();
        let parts: Vec<&str> = core.split('.').collect();
        let number = |part: &str| part.parse::<u32>().is_ok() && !part.starts_with('+');
        if parts.len() < 2 || parts.len() > 4 || !parts.iter().all(|part| number(part)) {
            return Err(bad());
        }
        let part = |i: usize| parts.get(i).copied().map(str::to_owned).ok_or_else(bad);
        Ok(Self { version: format!("v{bare}"), major: part(0)?, minor: part(1)? })
    }

    /// Returns the version without what follows the numbers: `v1.29.4` of `v1.29.4-gke.100`.
    #[must_use]
    pub fn normalised(&self) -> String {
        let end = self.version.find(['-', '+']).unwrap_or(self.version.len());
        self.version.get(..end).unwrap_or_default().to_owned()
    }
}

impl fmt::Display for KubeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.version)
    }
}

/// What Helm 4.3.1 assumes when it does not ask a cluster.
impl Default for Capabilities {
    fn default() -> Self {
        Self {
            kube_version: KubeVersion {
                version: "v1.37.0".to_owned(),
                major: "1".to_owned(),
                minor: "37".to_owned(),
            },
            api_versions: default_api_versions(),
        }
    }
}

/// The API groups that Helm's client knows, in its order, each with its versions.
const DEFAULT_GROUPS: &[(&str, &[&str])] = &[
    ("", &["v1"]),
    ("admissionregistration.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ("internal.apiserver.k8s.io", &["v1alpha1"]),
    ("apps", &["v1", "v1beta1", "v1beta2"]),
    ("authentication.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ("authorization.k8s.io", &["v1", "v1beta1"]),
    ("autoscaling", &["v1", "v2"]),
    ("batch", &["v1", "v1beta1"]),
    ("certificates.k8s.io", &["v1", "v1beta1", "v1alpha1"]),
    ("coordination.k8s.io", &["v1alpha2", "v1beta1", "v1"]),
    ("discovery.k8s.io", &["v1", "v1beta1"]),
    ("events.k8s.io", &["v1", "v1beta1"]),
    ("extensions", &["v1beta1"]),
    ("flowcontrol.apiserver.k8s.io", &["v1", "v1beta1", "v1beta2", "v1beta3"]),
    ("lifecycle.k8s.io", &["v1alpha1"]),
    ("networking.k8s.io", &["v1", "v1beta1"]),
    ("node.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ("policy", &["v1", "v1beta1"]),
    ("rbac.authorization.k8s.io", &["v1", "v1beta1", "v1alpha1"]),
    ("resource.k8s.io", &["v1", "v1beta2", "v1beta1", "v1alpha3"]),
    ("scheduling.k8s.io", &["v1alpha3", "v1beta1", "v1"]),
    ("storage.k8s.io", &["v1beta1", "v1", "v1alpha1"]),
    ("storagemigration.k8s.io", &["v1", "v1beta1"]),
    ("apiextensions.k8s.io", &["v1beta1", "v1"]),
];

fn default_api_versions() -> Vec<String> {
    DEFAULT_GROUPS
        .iter()
        .flat_map(|(group, versions)| versions.iter().map(move |version| (group, version)))
        .map(|(group, version)| match *group {
            "" => (*version).to_owned(),
            group => format!("{group}/{version}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_helm_reads_them() {
        let check = |text: &str, want: Option<(&str, &str, &str)>| {
            let version = KubeVersion::parse(text).ok();
            let got =
                version.as_ref().map(|v| (v.version.as_str(), v.major.as_str(), v.minor.as_str()));
            assert_eq!(got, want, "{text}");
        };
        check("1.29.4-gke.100", Some(("v1.29.4-gke.100", "1", "29")));
        check("v1.30", Some(("v1.30", "1", "30")));
        check("v1.36.0+k3s1", Some(("v1.36.0+k3s1", "1", "36")));
        check("abc", None);
        check("1", None);
        check("1.x", None);
        let version = KubeVersion::parse("1.29.4-gke.100").expect("a version");
        assert_eq!(version.normalised(), "v1.29.4");
    }

    #[test]
    fn helm_knows_57_api_versions() {
        let versions = default_api_versions();
        assert_eq!(versions.len(), 57);
        assert_eq!(versions.first().map(String::as_str), Some("v1"));
    }
}
