//! The operator's own chart, in Helm's format, against snapshots that equal what Helm prints.

use std::path::Path;
use std::sync::Arc;

use render::{FixedWorld, RenderError, RenderOptions, Rendered, Target, World};

use crate::compare;

/// A value for everything that is optional.
const EVERYTHING: &str = "\
nameOverride: keeper
commonLabels: {team: a}
image: {digest: \"sha256:0123456789012345678901234567890123456789012345678901234567890123\"}
imagePullSecrets: [{name: pull}]
serviceAccount: {annotations: {example.com/role: operator}}
rbac: {clusterAdmin: true}
namespaces: [blue, green]
allowHttp: true
allowPrivateAddresses: true
extraArgs: [--x=y]
extraEnv: [{name: HTTPS_PROXY, value: \"http://proxy:3128\"}]
extraVolumes: [{name: certificates, configMap: {name: certificates}}]
extraVolumeMounts: [{name: certificates, mountPath: /etc/ssl/certs}]
metrics:
  service: {enabled: true, annotations: {a: b}}
  podMonitor:
    enabled: true
    scrapeTimeout: 5s
    labels: {release: prometheus}
    annotations: {a: b}
    relabelings: [{action: labeldrop, regex: pod}]
    metricRelabelings: [{action: drop, regex: go_.*, sourceLabels: [__name__]}]
podDisruptionBudget: true
annotations: {a: b}
podAnnotations: {a: b}
podLabels: {c: d}
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{operator: Exists}]
affinity: {nodeAffinity: {}}
topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]
priorityClassName: high
updateStrategy: {type: Recreate}
";

#[test]
fn the_operator_with_its_defaults() {
    check("defaults", "{}");
}

#[test]
fn the_operator_with_everything() {
    check("everything", EVERYTHING);
}

#[test]
fn values_that_the_operator_does_not_know_are_refused() {
    let error = render("replica: 3").expect_err("no such value");
    assert!(error.to_string().contains("additional properties 'replica' not allowed"), "{error}");
}

fn check(case: &str, values: &str) {
    let rendered = render(values).expect("rendered");
    let (bundle, warnings) = rendered.bundle().expect("objects");
    assert_eq!(warnings, []);
    let notes = rendered.notes.unwrap_or_default();
    let shown = format!("{}=== notes\n{notes}", bundle.manifest);
    assert_eq!(compare(&format!("snapshots/operator-{case}.txt"), &shown), Ok(()));
}

fn render(values: &str) -> Result<Rendered, RenderError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/operator");
    let chart = chart::load(&folder).expect("a chart");
    let values = value::yaml::from_str(values).expect("values");
    let world: Arc<dyn World> = Arc::new(FixedWorld::new());
    let target = Target::install("keep", "chartctl-system");
    render::render(&chart, &values, &target, &RenderOptions::default(), &world)
}
