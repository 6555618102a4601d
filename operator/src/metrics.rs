//! Metrics, under the names that dashboards of controllers know.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use api::{Release, ReleaseStatus, condition};

use crate::status::of_type;

/// The name of our controller.
const CONTROLLER: &str = "release";

/// All metrics of the operator.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reconciles: Family<Outcome, Counter>,
    errors: Family<Controller, Counter>,
    seconds: Family<Controller, Histogram>,
    active: Family<Controller, Gauge>,
    most: Family<Controller, Gauge>,
    leading: Family<Lease, Gauge>,
    info: Family<Info, Gauge>,
    steps: Family<StepLabel, Histogram>,
    operations: Family<Operation, Histogram>,
    restarts: Family<Watched, Counter>,
    /// The series of each Release, by namespace and name.
    shown: Mutex<BTreeMap<(String, String), Info>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    controller: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Controller {
    controller: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lease {
    name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabel {
    step: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    action: String,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Watched {
    kind: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Info {
    namespace: String,
    name: String,
    ready: String,
    reason: String,
    chart: String,
    version: String,
    revision: String,
    suspended: String,
}

/// How a reconcile ended, in the words of controller-runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing more to do.
    Success,
    /// It failed.
    Error,
    /// It goes on at once.
    Requeue,
    /// It goes on later.
    RequeueAfter,
}

impl Metrics {
    /// Makes all metrics, at zero.
    #[must_use]
    pub fn new(concurrency: u16) -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.005, 2.0, 14));
        let long = || Histogram::new(exponential_buckets(0.25, 2.0, 14));
        let mut metrics = Self {
            registry: Registry::default(),
            reconciles: Family::default(),
            errors: Family::default(),
            seconds: Family::new_with_constructor(seconds),
            active: Family::default(),
            most: Family::default(),
            leading: Family::default(),
            info: Family::default(),
            steps: Family::new_with_constructor(seconds),
            operations: Family::new_with_constructor(long),
            restarts: Family::default(),
            shown: Mutex::default(),
        };
        metrics.register();
        let controller = Controller { controller: CONTROLLER };
        metrics.most.get_or_create(&controller).set(i64::from(concurrency));
        metrics.active.get_or_create(&controller).set(0);
        drop(metrics.errors.get_or_create(&controller));
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let name = "controller_runtime_reconcile";
        registry.register(name, "Reconciles by result", self.reconciles.clone());
        let name = "controller_runtime_reconcile_errors";
        registry.register(name, "Reconciles that failed", self.errors.clone());
        let name = "controller_runtime_reconcile_time_seconds";
        registry.register(name, "How long reconciles take", self.seconds.clone());
        let name = "controller_runtime_active_workers";
        registry.register(name, "Reconciles under way", self.active.clone());
        let name = "controller_runtime_max_concurrent_reconciles";
        registry.register(name, "Reconciles that may be under way at once", self.most.clone());
        let name = "leader_election_master_status";
        registry.register(name, "1 while this process leads", self.leading.clone());
        let name = "chartctl_release_info";
        registry.register(name, "The state of each Release; always 1", self.info.clone());
        let name = "chartctl_release_step_seconds";
        registry.register(name, "How long steps take", self.steps.clone());
        let name = "chartctl_release_operation_seconds";
        registry.register(name, "How long operations take", self.operations.clone());
        let name = "chartctl_watch_restarts";
        registry.register(name, "Watches that broke and began again", self.restarts.clone());
    }

    /// Counts a watch that broke and begins again.
    pub fn watch_restarted(&self, kind: &str) {
        self.restarts.get_or_create(&Watched { kind: kind.to_owned() }).inc();
    }

    /// Returns everything as text.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Counts a reconcile that begins.
    pub fn begun(&self) {
        self.active.get_or_create(&Controller { controller: CONTROLLER }).inc();
    }

    /// Counts a reconcile that has ended.
    pub fn ended(&self, ended: Ended, took: Duration) {
        let controller = Controller { controller: CONTROLLER };
        let result = match ended {
            Ended::Success => "success",
            Ended::Error => "error",
            Ended::Requeue => "requeue",
            Ended::RequeueAfter => "requeue_after",
        };
        self.active.get_or_create(&controller).dec();
        self.reconciles.get_or_create(&Outcome { controller: CONTROLLER, result }).inc();
        self.seconds.get_or_create(&controller).observe(took.as_secs_f64());
        if ended == Ended::Error {
            self.errors.get_or_create(&controller).inc();
        }
    }

    /// Says whether this process leads.
    pub fn leading(&self, lease: &str, leads: bool) {
        self.leading.get_or_create(&Lease { name: lease.to_owned() }).set(i64::from(leads));
    }

    /// Counts a step.
    pub fn step(&self, step: &'static str, took: Duration) {
        self.steps.get_or_create(&StepLabel { step }).observe(took.as_secs_f64());
    }

    /// Counts an operation.
    pub fn operation(&self, action: &str, result: &'static str, took: Duration) {
        let labels = Operation { action: action.to_owned(), result };
        self.operations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Shows the state of a Release.
    pub fn show(&self, release: &Release, status: &ReleaseStatus) {
        let info = Info::of(release, status);
        let key = (info.namespace.clone(), info.name.clone());
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let before = shown.insert(key, info.clone());
        if before.as_ref() == Some(&info) {
            return;
        }
        if let Some(before) = before {
            self.info.remove(&before);
        }
        self.info.get_or_create(&info).set(1);
    }

    /// No longer shows a Release.
    pub fn hide(&self, namespace: &str, name: &str) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(info) = shown.remove(&(namespace.to_owned(), name.to_owned())) {
            self.info.remove(&info);
        }
    }
}

impl Info {
    fn of(release: &Release, status: &ReleaseStatus) -> Self {
        let ready = of_type(status, condition::READY);
        let deployed = status.release.as_ref();
        Self {
            namespace: release.metadata.namespace.clone().unwrap_or_default(),
            name: release.metadata.name.clone().unwrap_or_default(),
            ready: ready.map_or_else(|| "Unknown".to_owned(), |ready| ready.status.clone()),
            reason: ready.map(|ready| ready.reason.clone()).unwrap_or_default(),
            chart: deployed.map(|release| release.chart.clone()).unwrap_or_default(),
            version: deployed.map(|release| release.version.clone()).unwrap_or_default(),
            revision: deployed.map(|release| release.revision.to_string()).unwrap_or_default(),
            suspended: release.spec.suspend.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_dashboards_know() {
        let metrics = Metrics::new(32);
        metrics.begun();
        metrics.ended(Ended::Error, Duration::from_millis(20));
        metrics.leading("chartctl-operator", true);
        metrics.watch_restarted("Secret");
        let text = metrics.text().unwrap();
        for line in [
            "controller_runtime_reconcile_total{controller=\"release\",result=\"error\"} 1",
            "controller_runtime_reconcile_errors_total{controller=\"release\"} 1",
            "controller_runtime_active_workers{controller=\"release\"} 0",
            "controller_runtime_max_concurrent_reconciles{controller=\"release\"} 32",
            "chartctl_watch_restarts_total{kind=\"Secret\"} 1",
            "leader_election_master_status{name=\"chartctl-operator\"} 1",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_release_has_one_series() {
        let metrics = Metrics::new(1);
        let mut release = Release::new("web", serde_json::from_str(r#"{"chart": {}}"#).unwrap());
        release.metadata.namespace = Some("shop".to_owned());
        metrics.show(&release, &ReleaseStatus::default());
        release.spec.suspend = true;
        metrics.show(&release, &ReleaseStatus::default());
        let text = metrics.text().unwrap();
        assert_eq!(text.matches("chartctl_release_info{").count(), 1, "{text}");
        assert!(text.contains("suspended=\"true\""));
        metrics.hide("shop", "web");
        assert!(!metrics.text().unwrap().contains("chartctl_release_info{"));
    }
}
