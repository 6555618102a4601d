//! Releases as people write them.

use api::{Recurrence, Release, SourceKind, UpgradeFailure, ValuesMode, WaitFor};

fn read(text: &str) -> Release {
    serde_saphyr::from_str(text).unwrap()
}

const SMALLEST: &str = "
apiVersion: chartctl.dev/v1alpha1
kind: Release
metadata: {name: hello, namespace: ci}
spec:
  chart:
    configMap: {name: hello-chart}
";

#[test]
fn the_smallest_release_has_careful_defaults() {
    let release = read(SMALLEST);
    let spec = &release.spec;
    assert_eq!(release.release_name(), "hello");
    assert_eq!(release.target_namespace(), "ci");
    assert_eq!(spec.chart.config_map.as_ref().unwrap().key, "chart.tgz");
    assert_eq!(spec.interval.to_string(), "1h");
    assert_eq!(spec.timeout.to_string(), "5m");
    assert_eq!(spec.wait, WaitFor::ReadyAndJobs);
    assert_eq!(spec.max_history, 10);
    assert_eq!(spec.failure.upgrade, UpgradeFailure::Rollback);
    assert_eq!(spec.failure.retries, 3);
    assert_eq!(spec.failure.backoff.initial.to_string(), "30s");
    assert!(matches!(spec.failure.retry_stalled, Recurrence::Every(_)));
}

#[test]
fn what_is_written_is_read_again() {
    let release = read(
        r"
apiVersion: chartctl.dev/v1alpha1
kind: Release
metadata: {name: api, namespace: prod}
spec:
  chart: {url: https://charts.example.com/api-1.8.0.tgz, secretRef: {name: login}}
  releaseName: shop-api
  targetNamespace: shop
  valuesFrom:
    - {kind: ConfigMap, name: facts}
    - {kind: Secret, name: db, key: password, path: db.password, mode: String, optional: true}
  values: {replicas: 3, ratio: 0.5, nested: {list: [1, two, null]}}
  failure: {retries: -1, retryStalled: Never}
  rollbackTo: {revision: 17}
",
    );
    assert_eq!(release.release_name(), "shop-api");
    assert_eq!(release.target_namespace(), "shop");
    assert_eq!(release.spec.values_from[1].kind, SourceKind::Secret);
    assert_eq!(release.spec.values_from[1].mode, ValuesMode::String);
    assert_eq!(release.spec.values_from[0].key, "values.yaml");
    let again: Release = serde_json::from_value(serde_json::to_value(&release).unwrap()).unwrap();
    assert_eq!(again, release);
}

#[test]
fn fields_of_a_newer_version_are_passed_over() {
    let mut object = serde_json::to_value(read(SMALLEST)).unwrap();
    object["spec"]["drift"] = serde_json::json!({"mode": "Correct"});
    object["status"] = serde_json::json!({"health": {"ready": 1}, "history": []});
    let release: Release = serde_json::from_value(object).unwrap();
    assert_eq!(release.release_name(), "hello");
}
