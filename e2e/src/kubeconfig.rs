//! Kubeconfig files. They are written as JSON, which is YAML as well.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::certs::Certified;

/// Where a cluster is and whom it is certified by.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) server: String,
    /// The fields of the cluster entry that say how to trust the server.
    pub(crate) trust: Value,
}

impl Endpoint {
    /// A server whose certificate `authority`, as PEM, has signed.
    pub(crate) fn new(server: String, authority: &str) -> Self {
        Self { server, trust: json!({"certificate-authority-data": STANDARD.encode(authority)}) }
    }
}

/// Writes kubeconfigs for one endpoint into one folder.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) endpoint: Endpoint,
    pub(crate) folder: PathBuf,
}

impl Writer {
    pub(crate) fn certificate(&self, name: &str, certified: &Certified) -> Result<PathBuf> {
        let user = json!({
            "client-certificate-data": STANDARD.encode(&certified.certificate),
            "client-key-data": STANDARD.encode(&certified.key),
        });
        self.write(name, &user)
    }

    pub(crate) fn token(&self, name: &str, token: &str) -> Result<PathBuf> {
        self.write(name, &json!({"token": token}))
    }

    /// Writes a plugin too: a shell script that prints the token as an `ExecCredential`.
    pub(crate) fn exec(&self, name: &str, token: &str) -> Result<PathBuf> {
        let api = "client.authentication.k8s.io/v1";
        let credential =
            json!({"apiVersion": api, "kind": "ExecCredential", "status": {"token": token}});
        let plugin = self.folder.join(format!("{name}.sh"));
        save(&plugin, &format!("cat <<'END'\n{credential}\nEND\n"))?;
        let exec = json!({
            "apiVersion": api,
            "command": "sh",
            "args": [plugin],
            "interactiveMode": "Never",
        });
        self.write(name, &json!({"exec": exec}))
    }

    fn write(&self, name: &str, user: &Value) -> Result<PathBuf> {
        let mut cluster = self.endpoint.trust.clone();
        if let Some(fields) = cluster.as_object_mut() {
            fields.insert("server".to_owned(), json!(self.endpoint.server));
        }
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "e2e",
            "clusters": [{"name": "e2e", "cluster": cluster}],
            "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": name}}],
            "users": [{"name": name, "user": user}],
        });
        let path = self.folder.join(format!("{name}.kubeconfig"));
        save(&path, &format!("{config:#}\n"))?;
        Ok(path)
    }
}

fn save(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
