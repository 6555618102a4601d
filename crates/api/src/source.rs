//! Where the chart of a Release comes from.

#![expect(
    unreachable_pub,
    reason = "the structs that KubeSchema derives inside its functions are pub"
)]

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::schema::{DATA_KEY, SHA256, SUBDOMAIN};

/// Where the chart comes from: exactly one of `url`, `configMap` and `secret`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("[has(self.url), has(self.configMap), has(self.secret)].filter(x, x).size() == 1")
        .message("exactly one of url, configMap and secret has to be set"),
    validation = Rule::new("!has(self.url) || self.url.matches('^https?://[^/@]+/.+')")
        .message("url has to look like https://host/path/chart-1.2.3.tgz, without user and password"),
    validation = Rule::new("!has(self.secretRef) || has(self.url)")
        .message("secretRef serves a url only"),
)]
pub struct ChartSource {
    /// The address of a chart archive (.tgz), by HTTPS. HTTP works only if the operator allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    pub url: Option<String>,
    /// A ConfigMap of the same namespace that holds the archive under `binaryData`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map: Option<FileRef>,
    /// A Secret of the same namespace that holds the archive under `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<FileRef>,
    /// The digest that the archive must have, as `sha256:` and 64 hexadecimal digits. Another archive is refused and the Release stalls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 71), regex(pattern = SHA256))]
    pub digest: Option<String>,
    /// A Secret of the same namespace with `username` and `password` for HTTP basic authentication at `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretRef>,
}

/// One key of a ConfigMap or Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileRef {
    /// The name of the object.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub name: String,
    /// The key that holds the archive.
    #[serde(default = "chart_key")]
    #[schemars(length(min = 1, max = 253), regex(pattern = DATA_KEY))]
    pub key: String,
}

/// A Secret of the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// The name of the Secret.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub name: String,
}

fn chart_key() -> String {
    "chart.tgz".to_owned()
}
