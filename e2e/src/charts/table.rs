//! The charts, and what each needs.

/// A chart of other people, and how it is used here.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it is called, and its release.
    pub name: &'static str,
    /// Its folder.
    pub(super) folder: &'static str,
    /// Values that it needs; `{namespace}` stands for the release's.
    pub(super) values: &'static str,
    /// What the upgrade changes.
    pub(super) changed: &'static str,
    /// Dependencies that are taken from the folders of other charts.
    pub(super) borrowed: &'static [(&'static str, &'static str)],
    /// Dependencies that it has to do without, since nobody has them.
    pub(super) without: &'static [&'static str],
}

const fn entry(name: &'static str, folder: &'static str, changed: &'static str) -> Entry {
    Entry { name, folder, values: "", changed, borrowed: &[], without: &[] }
}

impl Entry {
    const fn with(self, values: &'static str) -> Self {
        Self { values, ..self }
    }
}

/// A pod that is played runs no webhook, so that charts whose objects pass their own webhook go without.
pub(super) const TABLE: &[Entry] = &[
    entry("kong", "Kong_charts__charts_ingress", "kong: {replicaCount: 3}"),
    entry("argo-cd", "argoproj_argo-helm__charts_argo-cd", "server: {replicas: 2}"),
    entry(
        "argo-workflows",
        "argoproj_argo-helm__charts_argo-workflows",
        "controller: {podAnnotations: {changed: 'yes'}}",
    ),
    entry("kafka", "bitnami_charts__bitnami_kafka", "broker: {replicaCount: 2}"),
    entry("nginx", "bitnami_charts__bitnami_nginx", "replicaCount: 2"),
    entry(
        "postgresql",
        "bitnami_charts__bitnami_postgresql",
        "primary: {podAnnotations: {changed: 'yes'}}",
    ),
    entry("redis", "bitnami_charts__bitnami_redis", "replica: {replicaCount: 2}"),
    entry("thanos", "bitnami_charts__bitnami_thanos", "query: {replicaCount: 2}"),
    entry("wordpress", "bitnami_charts__bitnami_wordpress", "podAnnotations: {changed: 'yes'}")
        .with("wordpressPassword: one\nmariadb: {auth: {rootPassword: two, password: three}}"),
    entry(
        "cert-manager",
        "cert-manager_cert-manager__deploy_charts_cert-manager",
        "replicaCount: 2",
    )
    .with("crds: {enabled: true}"),
    entry("harbor", "goharbor_harbor-helm__harbor", "portal: {replicas: 2}"),
    entry(
        "loki",
        "grafana_helm-charts__charts_loki-distributed",
        "querier: {replicas: 2, maxUnavailable: 1}",
    ),
    entry("tempo", "grafana_helm-charts__charts_tempo-distributed", "querier: {replicas: 2}")
        .with("rollout-operator: {webhooks: {enabled: false}}"),
    entry("vault", "hashicorp_vault-helm__vault", "injector: {replicas: 2}"),
    entry("old-jenkins", "helm_charts__stable_jenkins", "master: {numExecutors: 3}"),
    entry("old-mysql", "helm_charts__stable_mysql", "podAnnotations: {changed: 'yes'}"),
    entry("old-wordpress", "helm_charts__stable_wordpress", "replicaCount: 2").with(
        "wordpressPassword: one\nmariadb: {db: {password: two}, rootUser: {password: three}}",
    ),
    entry("istio-base", "istio_istio__manifests_charts_base", "defaultRevision: other")
        .with("global: {istioNamespace: '{namespace}'}"),
    entry(
        "istiod",
        "istio_istio__manifests_charts_istio-control_istio-discovery",
        "autoscaleMin: 2",
    )
    .with("global: {istioNamespace: '{namespace}'}"),
    entry("jenkins", "jenkinsci_helm-charts__charts_jenkins", "controller: {numExecutors: 3}"),
    entry(
        "jupyterhub",
        "jupyterhub_zero-to-jupyterhub-k8s__jupyterhub",
        "hub: {concurrentSpawnLimit: 10}",
    ),
    entry("keda", "kedacore_charts__keda", "operator: {replicaCount: 2}"),
    entry(
        "ingress-nginx",
        "kubernetes_ingress-nginx__charts_ingress-nginx",
        "controller: {replicaCount: 2}",
    ),
    entry("nats", "nats-io_k8s__helm_charts_nats", "natsBox: {enabled: false}"),
    entry(
        "otel-collector",
        "open-telemetry_opentelemetry-helm-charts__charts_opentelemetry-collector",
        "replicaCount: 2",
    )
    .with("mode: deployment\nimage: {repository: otel/collector}"),
    entry(
        "otel-operator",
        "open-telemetry_opentelemetry-helm-charts__charts_opentelemetry-operator",
        "replicaCount: 2",
    )
    .with("admissionWebhooks: {certManager: {enabled: false}, autoGenerateCert: {enabled: true}}"),
    Entry {
        borrowed: &[
            ("kube-state-metrics", "prometheus-community_helm-charts__charts_kube-state-metrics"),
            (
                "prometheus-node-exporter",
                "prometheus-community_helm-charts__charts_prometheus-node-exporter",
            ),
        ],
        without: &["grafana", "prometheus-windows-exporter"],
        ..entry(
            "kube-prometheus-stack",
            "prometheus-community_helm-charts__charts_kube-prometheus-stack",
            "alertmanager: {alertmanagerSpec: {replicas: 2}}\nkube-state-metrics: {replicas: 2}",
        )
        .with("prometheusOperator: {admissionWebhooks: {enabled: false}, tls: {enabled: false}}")
    },
    entry(
        "kube-state-metrics",
        "prometheus-community_helm-charts__charts_kube-state-metrics",
        "replicas: 2",
    ),
    entry(
        "prometheus",
        "prometheus-community_helm-charts__charts_prometheus",
        "server: {retention: 20d}",
    ),
    entry(
        "blackbox-exporter",
        "prometheus-community_helm-charts__charts_prometheus-blackbox-exporter",
        "replicas: 2",
    ),
    entry(
        "node-exporter",
        "prometheus-community_helm-charts__charts_prometheus-node-exporter",
        "podAnnotations: {changed: 'yes'}",
    ),
    entry("traefik", "traefik_traefik-helm-chart__traefik", "deployment: {replicas: 2}"),
];
