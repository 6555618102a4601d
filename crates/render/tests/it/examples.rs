//! The example charts with several values, against snapshots of everything that they render to.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use render::{FixedWorld, RenderOptions, Rendered, Target, World};
use value::Value;

use crate::compare;

#[test]
fn guestbook_with_its_defaults() {
    check("guestbook", "defaults", "");
}

#[test]
fn guestbook_with_everything_switched_on() {
    check(
        "guestbook",
        "everything",
        "commonLabels: {team: a}\n\
         web: {podAnnotations: {chartctl.dev/x: \"1\"}, env: {MODE: \"on\"}, nodeSelector: {disk: ssd}}\n\
         redis: {backup: {enabled: true}, persistence: {storageClass: fast}, podAnnotations: {a: b}}\n\
         service: {annotations: {example.com/a: b}}\n\
         serviceAccount: {annotations: {example.com/role: web}}\n\
         ingress: {enabled: true, className: nginx, tls: {enabled: true}, annotations: {a: b}}\n\
         autoscaling: {enabled: true}\n\
         networkPolicy: {enabled: true}\n\
         migration: {podAnnotations: {a: b}}\n",
    );
}

#[test]
fn guestbook_with_as_little_as_possible() {
    check(
        "guestbook",
        "little",
        "fullnameOverride: tiny\n\
         web: {replicas: 0, resources: null, probes: {liveness: null, readiness: null}}\n\
         redis: {persistence: {enabled: false}, resources: null}\n\
         serviceAccount: {create: false, name: default}\n\
         migration: {enabled: false}\n",
    );
}

#[test]
fn batch_with_its_defaults() {
    check("batch", "defaults", "");
}

#[test]
fn batch_with_other_values() {
    check(
        "batch",
        "other",
        "job: {podAnnotations: {a: b}, command: [\"true\"]}\n\
         cron: {enabled: false}\n\
         agent: {podAnnotations: {c: d}}\n\
         queues: {default: null, mail: {workers: 4}, images: {workers: 1}}\n",
    );
}

#[test]
fn an_example_renders_to_the_same_bytes_every_time() {
    let render =
        || render("guestbook", "", &Target::upgrade("guest", "demo", 2)).map(|r| shown(&r));
    assert_eq!(render(), render());
}

#[test]
fn an_autoscaled_deployment_has_no_replicas() {
    let target = Target::install("guest", "demo");
    let replicas = |values: &str| {
        let rendered = render("guestbook", values, &target).expect("rendered");
        let (bundle, _) = rendered.bundle().expect("objects");
        let deployment = bundle.objects.iter().find(|o| o.id.gvk.kind == "Deployment");
        deployment.expect("a Deployment").value.i64_at(&["spec", "replicas"])
    };
    assert_eq!(replicas("web: {replicas: 3}"), Some(3));
    assert_eq!(replicas("autoscaling: {enabled: true}"), None);
}

fn check(chart: &str, case: &str, values: &str) {
    let rendered = render(chart, values, &Target::install("guest", "demo")).expect("rendered");
    let path = format!("snapshots/{chart}-{case}.txt");
    assert_eq!(compare(&path, &shown(&rendered)), Ok(()));
}

fn render(chart: &str, values: &str, target: &Target) -> Result<Rendered, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/examples").join(chart);
    let chart = chart::load(&path).map_err(|error| error.to_string())?;
    let values = match value::yaml::from_str(values).map_err(|error| error.to_string())? {
        Value::Null => Value::map(),
        values => values,
    };
    let world: Arc<dyn World> = Arc::new(FixedWorld::new());
    render::render(&chart, &values, target, &RenderOptions::default(), &world)
        .map_err(|error| error.to_string())
}

fn shown(rendered: &Rendered) -> String {
    let (bundle, _) = rendered.bundle().expect("objects");
    let mut out = bundle.manifest;
    for hook in &bundle.hooks {
        let _written =
            write!(out, "=== hook {} {:?}\n{}\n", hook.object.id, hook.events, hook.text);
    }
    for object in &bundle.crds {
        let _written = writeln!(out, "=== crd {}", object.id);
    }
    if let Some(notes) = &rendered.notes {
        let _written = write!(out, "=== notes\n{notes}");
    }
    for warning in rendered.told() {
        let _written = writeln!(out, "=== warning: {warning}");
    }
    out
}
