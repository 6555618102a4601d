//! `chartctl get metadata`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use release::{ApplyMethod, Record};
use serde::Serialize;
use value::Value;

use super::Which;
use crate::cli::Context;
use crate::commands::describe::local;
use crate::error::CliError;
use crate::flags::OutputFlag;
use crate::gotime;
use crate::output::{self, Format};

const USAGE: &str = "chartctl get metadata RELEASE_NAME [flags]";

/// Show what a release is made of: chart, versions, labels, state
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    output: OutputFlag,
}

impl Args {
    /// Prints the metadata.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        // Helm shows the labels of its own only when the newest record is asked for.
        let newest = self.which.revision <= 0;
        let record = self.which.read(USAGE, context)?;
        let metadata = Metadata::of(&record, newest);
        context.ui.data(&match self.output.output {
            Format::Table => metadata.lines(),
            Format::Json => output::json(&metadata)?,
            Format::Yaml => output::yaml(&metadata)?,
        })
    }
}

/// The metadata, with Helm's JSON keys.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    chart: String,
    version: String,
    app_version: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Value>,
    namespace: String,
    revision: u32,
    status: &'static str,
    deployed_at: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    apply_method: String,
}

impl Metadata {
    fn of(record: &Record, all_labels: bool) -> Self {
        let revision = &record.revision;
        let chart = &revision.chart;
        let annotations = chart.metadata.get("annotations").and_then(Value::as_map);
        Self {
            name: revision.name.clone(),
            chart: chart.name().to_owned(),
            version: chart.version().to_owned(),
            app_version: chart.app_version().to_owned(),
            annotations: annotations
                .into_iter()
                .flatten()
                .map(|(key, value)| {
                    (key.to_string(), value.as_str().unwrap_or_default().to_owned())
                })
                .collect(),
            labels: if all_labels { record.labels.clone() } else { record.custom_labels() },
            dependencies: chart.metadata.list_at(&["dependencies"]).to_vec(),
            namespace: revision.namespace.clone(),
            revision: revision.version,
            status: revision.info.status.as_str(),
            deployed_at: revision
                .info
                .last_deployed
                .map(|time| gotime::format(&local(time), gotime::RFC3339))
                .unwrap_or_default(),
            apply_method: revision
                .apply_method
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        }
    }

    fn lines(&self) -> String {
        let pairs = |map: &BTreeMap<String, String>| {
            map.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
        };
        let mut dependencies: Vec<&str> = self
            .dependencies
            .iter()
            .filter_map(|dependency| dependency.str_at(&["name"]))
            .collect();
        dependencies.sort_unstable();
        let lines = [
            ("NAME", self.name.clone()),
            ("CHART", self.chart.clone()),
            ("VERSION", self.version.clone()),
            ("APP_VERSION", self.app_version.clone()),
            ("ANNOTATIONS", pairs(&self.annotations)),
            ("LABELS", pairs(&self.labels)),
            ("DEPENDENCIES", dependencies.join(",")),
            ("NAMESPACE", self.namespace.clone()),
            ("REVISION", self.revision.to_string()),
            ("STATUS", self.status.to_owned()),
            ("DEPLOYED_AT", self.deployed_at.clone()),
            ("APPLY_METHOD", apply_method(&self.apply_method)),
        ];
        lines.iter().fold(String::new(), |mut out, (name, text)| {
            let _ok = writeln!(out, "{name}: {text}");
            out
        })
    }
}

/// Returns how Helm tells of an apply method.
fn apply_method(word: &str) -> String {
    if word.is_empty() {
        return "client-side apply (defaulted)".to_owned();
    }
    match ApplyMethod::from(word.to_owned()) {
        ApplyMethod::ServerSide => "server-side apply".to_owned(),
        ApplyMethod::ClientSide => "client-side apply".to_owned(),
        ApplyMethod::Other(word) => format!("unknown ({word:?})"),
    }
}

#[cfg(test)]
mod tests {
    use release::{Record, Revision};

    use super::Metadata;
    use crate::output;

    fn record() -> Record {
        let revision: Revision = serde_json::from_str(
            r#"{"name":"web","namespace":"prod","version":2,"apply_method":"ssa","info":{"status":"deployed"},
                "chart":{"metadata":{"name":"web","version":"1.0.0","appVersion":"3","annotations":{"a":"b"},
                "dependencies":[{"name":"redis","repository":""},{"name":"base","repository":""}]}}}"#,
        )
        .unwrap();
        let labels =
            [("owner", "helm"), ("team", "blue")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        Record { revision, labels: labels.into(), ..Record::default() }
    }

    #[test]
    fn lines_are_helms() {
        assert_eq!(
            Metadata::of(&record(), true).lines(),
            "NAME: web\nCHART: web\nVERSION: 1.0.0\nAPP_VERSION: 3\nANNOTATIONS: a=b\nLABELS: owner=helm,team=blue\n\
             DEPENDENCIES: base,redis\nNAMESPACE: prod\nREVISION: 2\nSTATUS: deployed\nDEPLOYED_AT: \n\
             APPLY_METHOD: server-side apply\n"
        );
    }

    #[test]
    fn json_has_helms_keys_and_an_old_revision_only_the_users_labels() {
        let text = output::json(&Metadata::of(&record(), false)).unwrap();
        assert!(
            text.contains(r#""appVersion":"3","annotations":{"a":"b"},"labels":{"team":"blue"},"#),
            "{text}"
        );
        assert!(
            text.contains(r#""status":"deployed","deployedAt":"","applyMethod":"ssa"}"#),
            "{text}"
        );
    }
}
