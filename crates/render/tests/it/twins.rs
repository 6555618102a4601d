//! The example charts exist in both formats: with the same values, both print the same objects.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use render::{FixedWorld, RenderOptions, Rendered, Target, World};
use value::Value;

/// Values of the guestbook, by what they are for.
const GUESTBOOK: &[(&str, &str)] = &[
    ("defaults", ""),
    (
        "everything switched on",
        "commonLabels: {team: a, tier: \"2\"}\n\
         web: {podAnnotations: {chartctl.dev/x: \"1\"}, env: {MODE: \"on\"}, nodeSelector: {disk: ssd},\n\
         \x20     tolerations: [{operator: Exists}], probes: {liveness: {failureThreshold: 7}}}\n\
         page: {title: \"a: b\", greeting: \"<it's> \\\"quoted\\\"\"}\n\
         redis: {backup: {enabled: true}, persistence: {storageClass: fast}, podAnnotations: {a: b}}\n\
         service: {annotations: {example.com/a: \"yes\"}, type: NodePort}\n\
         serviceAccount: {annotations: {example.com/role: web}}\n\
         ingress: {enabled: true, className: nginx, tls: {enabled: true}, annotations: {a: b}}\n\
         autoscaling: {enabled: true}\n\
         networkPolicy: {enabled: true}\n\
         migration: {podAnnotations: {a: b}, command: [\"true\"]}\n",
    ),
    (
        "as little as possible",
        "fullnameOverride: tiny-\n\
         web: {replicas: 0, resources: null, probes: {liveness: null, readiness: null}}\n\
         redis: {persistence: {enabled: false}, resources: null}\n\
         serviceAccount: {create: false, name: default}\n\
         migration: {enabled: false}\n",
    ),
    (
        "a volume in memory beside one for backups",
        "redis: {persistence: {enabled: false}, backup: {enabled: true, size: 2Gi}}\n\
         ingress: {enabled: true, tls: {enabled: true, secretName: mine}}\n",
    ),
];

/// Values of the batch chart, by what they are for.
const BATCH: &[(&str, &str)] = &[
    ("defaults", ""),
    (
        "other queues",
        "job: {podAnnotations: {a: b}, command: [\"true\"], parallelism: 2}\n\
         cron: {enabled: false}\n\
         agent: {podAnnotations: {c: d}, resources: null}\n\
         queues: {default: null, mail: {workers: 4}, images: {workers: 1}}\n",
    ),
    ("no queues", "queues: {default: null}\nagent: {enabled: false}\ncron: {suspend: true}\n"),
];

#[test]
fn both_guestbooks_print_the_same_objects() {
    check("guestbook", GUESTBOOK);
}

#[test]
fn both_batch_charts_print_the_same_objects() {
    check("batch", BATCH);
}

#[test]
fn twins_share_their_values_and_definitions() {
    for (chart, file) in [
        ("guestbook", "values.yaml"),
        ("guestbook", "values.schema.json"),
        ("batch", "values.yaml"),
        ("batch", "values.schema.json"),
        ("batch", "crds/queues.yaml"),
    ] {
        let read = |folder: PathBuf| std::fs::read_to_string(folder.join(file)).expect(file);
        assert_eq!(read(native(chart)), read(helm(chart)), "{chart}/{file}");
    }
}

/// Renders both twins of a chart with each of the values.
fn check(chart: &str, cases: &[(&str, &str)]) {
    for (case, values) in cases {
        for target in [Target::install("guest", "demo"), Target::upgrade(chart, "prod", 3)] {
            let [native, helm] =
                [native(chart), helm(chart)].map(|folder| render(&folder, values, &target));
            assert_eq!(printed(&native), printed(&helm), "{chart}, {case}");
            assert_eq!(notes(&native), notes(&helm), "{chart}, {case}");
        }
    }
}

/// What is applied, by what it is: hooks with when they run, objects, definitions.
fn printed(rendered: &Rendered) -> BTreeMap<String, Value> {
    let (bundle, _) = rendered.bundle().expect("objects");
    let objects = bundle.objects.iter().map(|object| (object.id.to_string(), object.value.clone()));
    let crds = bundle.crds.iter().map(|object| (object.id.to_string(), object.value.clone()));
    let hooks = bundle.hooks.iter().map(|hook| {
        (format!("{} on {:?}", hook.object.id, hook.events), hook.object.value.clone())
    });
    objects.chain(crds).chain(hooks).collect()
}

fn notes(rendered: &Rendered) -> &str {
    rendered.notes.as_deref().map(str::trim).unwrap_or_default()
}

fn render(folder: &Path, values: &str, target: &Target) -> Rendered {
    let chart = chart::load(folder).expect("a chart");
    let values = match value::yaml::from_str(values).expect("values") {
        Value::Null => Value::map(),
        values => values,
    };
    let world: Arc<dyn World> = Arc::new(FixedWorld::new());
    render::render(&chart, &values, target, &RenderOptions::default(), &world).expect("rendered")
}

fn native(chart: &str) -> PathBuf {
    examples().join(chart)
}

fn helm(chart: &str) -> PathBuf {
    examples().join("helm").join(chart)
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/examples")
}
