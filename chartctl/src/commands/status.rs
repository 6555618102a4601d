//! `chartctl status`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cluster::Cluster;
use jiff::Timestamp;
use manifest::ready::{self, Readiness, Related, Rules};
use manifest::{Gvk, Object, ObjectId};
use plan::LiveObject;
use release::{ApplyMethod, Info, Revision, StoredHook};
use serde::Serialize;
use value::Value;

use super::{describe, records};
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::flags::OutputFlag;
use crate::output::{self, Cell, Format, Table};
use crate::ui::{Paint, Tone};
use crate::{failure, pflag};

const USAGE: &str = "chartctl status RELEASE_NAME [flags]";

/// Show the state of a release and of its objects in the cluster
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl status web -n prod
  chartctl status web --revision 3 -o json"
)]
pub(crate) struct Args {
    /// The release
    #[arg(value_name = "RELEASE_NAME")]
    name: Option<String>,
    /// Show this revision; 0 is the newest
    #[arg(long, value_name = "NUMBER", default_value = "0", value_parser = pflag::integer)]
    revision: i64,
    /// Show the objects in the cluster, which is the default; with -o json or yaml also how each is doing
    ///
    /// The list "health" has for each object its kind, name and namespace, how many of its parts are ready and
    /// wanted, its health (ready, progressing, failed or missing), when it was made, and what it lacks.
    #[arg(long)]
    show_resources: bool,
    /// Show the description, which is the default
    #[arg(long, hide_short_help = true)]
    show_desc: bool,
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    extra: Extra,
}

/// A release and its objects as they are in the cluster.
struct Seen {
    revision: Revision,
    /// The objects of the manifest, in its order.
    objects: Vec<ObjectId>,
    /// Those of them that exist.
    live: Live,
    /// The pods that belong to them, by selector.
    pods: Vec<Vec<Value>>,
    /// What is seen beside them.
    related: Related,
}

type Live = BTreeMap<ObjectId, LiveObject>;

/// Helm's heading of the pods that belong to the objects.
const PODS: &str = "v1/Pod(related)";

impl Args {
    /// Prints the state.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let [name] = arity::exactly(USAGE, [self.name.clone()], &self.extra)?;
        let seen = cli::block_on(self.look(context, &name))?;
        let paint = context.ui.stdout_paint();
        context.ui.data(&match self.output.output {
            Format::Table => {
                let resources = table(&seen, Timestamp::now(), paint);
                let parts = describe::Parts {
                    resources: Some(resources).filter(|text| !text.is_empty()),
                    everything: context.debug,
                    ..describe::Parts::default()
                };
                describe::block(&seen.revision, &parts, paint)?
            }
            Format::Json => output::json(&self.document(&seen))?,
            Format::Yaml => output::yaml(&self.document(&seen))?,
        })
    }

    fn document<'s>(&self, seen: &'s Seen) -> Document<'s> {
        let health = self.show_resources.then(|| {
            let named = |id: &ObjectId| (id.clone(), seen.live.get(id).map(|live| &live.value));
            seen.objects.iter().map(named).map(|(id, live)| health(&id, live, seen)).collect()
        });
        Document { health, ..Document::of(&seen.revision, resources(seen)) }
    }

    /// Reads the record and its objects.
    async fn look(&self, context: &Context, name: &str) -> Result<Seen, CliError> {
        let revision = records::record(context, name, self.revision).await?.revision;
        let cluster = context.connect().await?.with_default_namespace(&revision.namespace);
        let objects: Vec<ObjectId> = revision
            .objects()
            .map_err(|error| failure::of(&error))?
            .iter()
            .map(|object: &Object| object.id.clone())
            .collect();
        let live = cluster.snapshot(&objects).await.map_err(|error| failure::of(&error))?;
        let mut pods = Vec::new();
        let pod = Gvk::new("", "v1", "Pod");
        for (namespace, labels) in selectors(&live, &revision.namespace) {
            let found = cluster.list(&pod, Some(&namespace), Some(&labels)).await;
            pods.push(found.map_err(|error| failure::of(&error))?);
        }
        let replica_sets = replica_sets(&cluster, &live).await;
        let related =
            Related { replica_sets, pods: pods.concat(), pods_seen: true, ..Related::default() };
        Ok(Seen { revision, objects, live, pods, related })
    }
}

/// Returns the `ReplicaSets` of the Deployments that are not ready, by which their Pods are found. It is no failure
/// when they cannot be read: less is known then.
async fn replica_sets(cluster: &Cluster, live: &Live) -> Vec<Value> {
    let mut found = Vec::new();
    for (id, object) in live.iter().filter(|(id, _)| id.gvk.is("apps", "Deployment")) {
        let Some(selector) = ready::pod_selector(&object.value) else { continue };
        if ready::check(&object.value, &Rules::default()).is_ready() {
            continue;
        }
        let namespace = object.value.str_at(&["metadata", "namespace"]);
        let namespace = namespace.or(id.namespace.as_deref());
        let sets = Gvk::new("apps", "v1", "ReplicaSet");
        found.extend(cluster.list(&sets, namespace, Some(&selector)).await.unwrap_or_default());
    }
    found
}

/// How an object is doing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectHealth {
    api_version: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    name: String,
    /// How many of its parts are ready: replicas, nodes, completions, containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    ready: Option<i64>,
    /// How many there should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    desired: Option<i64>,
    /// `ready`, `progressing`, `failed` or `missing`.
    health: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// What it lacks, and why as far as its Pods show it.
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

fn health(id: &ObjectId, live: Option<&Value>, seen: &Seen) -> ObjectHealth {
    let place = live.and_then(|live| live.str_at(&["metadata", "namespace"]));
    let parts = live.and_then(ready::parts);
    let (health, message) = match live {
        None => ("missing", String::new()),
        Some(live) => match ready::check(live, &Rules::default()) {
            Readiness::Ready => ("ready", String::new()),
            Readiness::Pending(why) => ("progressing", with_cause(why, live, &seen.related)),
            Readiness::Failed(why) => ("failed", with_cause(why, live, &seen.related)),
        },
    };
    ObjectHealth {
        api_version: id.gvk.api_version(),
        kind: id.gvk.kind.clone(),
        namespace: place.map(str::to_owned),
        name: id.name.clone(),
        ready: parts.map(|(ready, _)| ready),
        desired: parts.map(|(_, desired)| desired),
        health,
        created_at: live
            .and_then(|live| live.str_at(&["metadata", "creationTimestamp"]))
            .map(str::to_owned),
        message,
    }
}

fn with_cause(why: String, live: &Value, related: &Related) -> String {
    match ready::trouble(live, related) {
        Some(trouble) if !trouble.text.ends_with(&why) => format!("{why} ({})", trouble.text),
        _ => why,
    }
}

/// Returns namespace and label selector of the pods of each workload, each pair once.
fn selectors(live: &Live, namespace: &str) -> BTreeSet<(String, String)> {
    live.iter()
        .filter_map(|(id, object)| {
            let labels: &[&str] = match id.gvk.kind.as_str() {
                "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => {
                    &["spec", "selector", "matchLabels"]
                }
                "ReplicationController" => &["spec", "selector"],
                _ => return None,
            };
            let labels = object.value.at(labels)?.as_map()?;
            let labels: Vec<String> = labels
                .iter()
                .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
                .collect();
            let place = object.value.str_at(&["metadata", "namespace"]).unwrap_or(namespace);
            (!labels.is_empty()).then(|| (place.to_owned(), labels.join(",")))
        })
        .collect()
}

/// Returns Helm's heading of an object's group: `v1/Deployment`.
fn group(id: &ObjectId) -> String {
    format!("{}/{}", id.gvk.version, id.gvk.kind)
}

/// Returns the objects by kind, each with what `--wait` would say about it; empty when there are none.
fn table(seen: &Seen, now: Timestamp, paint: Paint) -> String {
    let mut groups: Vec<(String, Table)> = Vec::new();
    let mut add = |heading: String, id: &ObjectId, found: Option<&Value>| {
        let health = health(id, found, seen);
        let tone = match health.health {
            "ready" => Tone::Good,
            "progressing" => Tone::Warn,
            _ => Tone::Bad,
        };
        let ready = match (health.ready, health.desired) {
            (Some(ready), Some(desired)) => format!("{ready}/{desired}"),
            _ => "-".to_owned(),
        };
        let age = found.and_then(|object| age(object, now)).unwrap_or_else(|| "-".to_owned());
        let row = [
            health.name.into(),
            ready.into(),
            Cell::toned(health.health, tone),
            age.into(),
            health.message.into(),
        ];
        let at = groups.iter().position(|(known, _)| *known == heading).unwrap_or_else(|| {
            let heads = ["NAME", "READY", "HEALTH", "AGE", "MESSAGE"];
            groups.push((heading, Table::with_heads(&heads)));
            groups.len() - 1
        });
        if let Some((_, table)) = groups.get_mut(at) {
            table.row(row);
        }
    };
    for id in &seen.objects {
        add(group(id), id, seen.live.get(id).map(|object| &object.value));
    }
    for pod in seen.pods.iter().flatten() {
        let name = pod.str_at(&["metadata", "name"]).unwrap_or_default();
        let id = ObjectId::new(Gvk::new("", "v1", "Pod"), None, name);
        add(PODS.to_owned(), &id, Some(pod));
    }
    groups.iter().fold(String::new(), |mut out, (heading, table)| {
        let _ok = writeln!(out, "==> {heading}\n{}", table.render(paint));
        out
    })
}

/// Returns how long an object exists, as kubectl shows it.
fn age(object: &Value, now: Timestamp) -> Option<String> {
    let created: Timestamp = object.str_at(&["metadata", "creationTimestamp"])?.parse().ok()?;
    let seconds = now.duration_since(created).as_secs().max(0);
    Some(match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    })
}

/// Returns the live objects by their headings.
fn resources(seen: &Seen) -> BTreeMap<String, Vec<Value>> {
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (id, object) in &seen.live {
        groups.entry(group(id)).or_default().push(object.value.clone());
    }
    if !seen.pods.is_empty() {
        groups.insert(PODS.to_owned(), seen.pods.iter().map(|pods| list(pods)).collect());
    }
    groups
}

/// Returns pods as the API server returns several.
fn list(pods: &[Value]) -> Value {
    let fields = [
        ("apiVersion", Value::from("v1")),
        ("items", Value::from(pods.to_vec())),
        ("kind", Value::from("PodList")),
        ("metadata", Value::map()),
    ];
    fields.into_iter().collect()
}

/// Helm's JSON: the record without its chart, with the live objects.
#[derive(Debug, Serialize)]
struct Document<'r> {
    name: &'r str,
    info: DocumentInfo<'r>,
    #[serde(skip_serializing_if = "Value::is_null")]
    config: &'r Value,
    #[serde(skip_serializing_if = "str::is_empty")]
    manifest: &'r str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hooks: &'r [StoredHook],
    version: u32,
    namespace: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    apply_method: Option<&'r ApplyMethod>,
    /// Ours, for who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Vec<ObjectHealth>>,
}

#[derive(Debug, Serialize)]
struct DocumentInfo<'r> {
    #[serde(flatten)]
    info: &'r Info,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    resources: BTreeMap<String, Vec<Value>>,
}

impl<'r> Document<'r> {
    fn of(revision: &'r Revision, resources: BTreeMap<String, Vec<Value>>) -> Self {
        Self {
            name: &revision.name,
            info: DocumentInfo { info: &revision.info, resources },
            config: &revision.config,
            manifest: &revision.manifest,
            hooks: &revision.hooks,
            version: revision.version,
            namespace: &revision.namespace,
            apply_method: revision.apply_method.as_ref(),
            health: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use manifest::ready::Related;
    use manifest::{Gvk, ObjectId};
    use plan::LiveObject;
    use release::Revision;
    use value::Value;

    use super::{Document, Seen, resources, selectors, table};
    use crate::output;
    use crate::ui::Paint;

    fn id(kind: &str, name: &str) -> ObjectId {
        ObjectId::new(Gvk::new("", "v1", kind), None, name)
    }

    fn read(text: &str) -> Value {
        value::json::from_str(text).unwrap()
    }

    fn seen() -> Seen {
        let env = read(
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"env","creationTimestamp":"2026-11-21T03:00:00Z"}}"#,
        );
        let web = read(
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},
                "spec":{"selector":{"matchLabels":{"app":"web","tier":"front"}}}}"#,
        );
        let pod = read(
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1"},"spec":{"containers":[{"name":"app"}]},
                "status":{"phase":"Pending","containerStatuses":[{"name":"app","state":{"waiting":{"reason":"ImagePullBackOff"}}}]}}"#,
        );
        let deployment = ObjectId::new(Gvk::new("apps", "v1", "Deployment"), None, "web");
        Seen {
            revision: Revision { name: "web".to_owned(), ..Revision::default() },
            objects: vec![id("ConfigMap", "env"), id("Secret", "keys"), id("ConfigMap", "gone")],
            live: [
                (id("ConfigMap", "env"), LiveObject { value: env }),
                (deployment, LiveObject { value: web }),
            ]
            .into(),
            related: Related { pods: vec![pod.clone()], ..Related::default() },
            pods: vec![vec![pod]],
        }
    }

    #[test]
    fn objects_are_shown_by_kind_with_their_state() {
        let now: Timestamp = "2026-11-21T03:05:00Z".parse().unwrap();
        assert_eq!(
            table(&seen(), now, Paint::OFF),
            "==> v1/ConfigMap\n\
             NAME\tREADY\tHEALTH \tAGE\tMESSAGE\n\
             env \t-    \tready  \t5m \t       \n\
             gone\t-    \tmissing\t-  \t       \n\n\
             ==> v1/Secret\n\
             NAME\tREADY\tHEALTH \tAGE\tMESSAGE\n\
             keys\t-    \tmissing\t-  \t       \n\n\
             ==> v1/Pod(related)\n\
             NAME \tREADY\tHEALTH     \tAGE\tMESSAGE                        \n\
             web-1\t0/1  \tprogressing\t-  \tcontainer app: ImagePullBackOff\n\n"
        );
    }

    #[test]
    fn who_asks_gets_the_health_of_each_object_in_json() {
        let seen = seen();
        let (id, live) = seen.live.last_key_value().unwrap();
        let text = output::json(&super::health(id, Some(&live.value), &seen)).unwrap();
        assert_eq!(
            text,
            "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"name\":\"web\",\"ready\":0,\"desired\":1,\
             \"health\":\"progressing\",\"message\":\"0/1 created, 0 available\"}\n"
        );
        let text = output::json(&super::health(&self::id("Secret", "keys"), None, &seen)).unwrap();
        assert!(text.contains("\"health\":\"missing\""), "{text}");
    }

    #[test]
    fn pods_are_found_by_the_selectors_of_workloads() {
        let found: Vec<(String, String)> = selectors(&seen().live, "prod").into_iter().collect();
        assert_eq!(found, [("prod".to_owned(), "app=web,tier=front".to_owned())]);
    }

    #[test]
    fn json_has_the_objects_and_no_chart() {
        let seen = seen();
        let text = output::json(&Document::of(&seen.revision, resources(&seen))).unwrap();
        let document = read(&text);
        assert!(document.get("chart").is_none());
        assert_eq!(document.list_at(&["info", "resources", "v1/ConfigMap"]).len(), 1);
        let pods = document.list_at(&["info", "resources", "v1/Pod(related)"]);
        assert_eq!(pods[0].list_at(&["items"]).len(), 1);
        assert!(text.starts_with(r#"{"name":"web","info":{"#), "{text}");
    }
}
