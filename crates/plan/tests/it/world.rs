//! Small releases and clusters to plan with.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use manifest::sequence::ChartOrder;
use manifest::{Gvk, Hook, Object, ObjectId, Scope, Scopes};
use plan::{Action, Live, LiveObject, Options, Plan, PlanError, Request};
use release::{Info, Revision, Status, StoredHook};
use value::Value;

/// A request of release `web` in namespace `prod`; manifests are YAML streams.
pub(crate) struct Case {
    pub(crate) request: Request,
    pub(crate) live: Live,
}

impl Case {
    pub(crate) fn new(action: Action, manifest: &str) -> Self {
        let target = Revision {
            name: "web".to_owned(),
            namespace: "prod".to_owned(),
            version: 3,
            info: Info { status: Status::PendingUpgrade, ..Info::default() },
            ..Revision::default()
        };
        let request = Request {
            action,
            target,
            objects: objects(manifest),
            hooks: Vec::new(),
            crds: Vec::new(),
            base: Vec::new(),
            attempts: Vec::new(),
            order: ChartOrder::default(),
            order_before: ChartOrder::default(),
            deployed: vec![2],
            last: Some((2, Status::Deployed)),
            prune_history: Vec::new(),
            migrate: false,
            options: Options::default(),
        };
        Self { request, live: Live { scopes: scopes(), objects: BTreeMap::new() } }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Request)) -> Self {
        change(&mut self.request);
        self
    }

    /// The deployed revision and those since, oldest first.
    pub(crate) fn before(mut self, manifests: &[&str]) -> Self {
        let mut manifests = manifests.iter().map(|manifest| objects(manifest));
        self.request.base = manifests.next().unwrap_or_default();
        self.request.attempts = manifests.collect();
        self
    }

    pub(crate) fn hooks(mut self, manifest: &str) -> Self {
        let files = [("web/templates/hooks.yaml".to_owned(), manifest.to_owned())];
        self.request.hooks = manifest::bundle(&files).unwrap().0.hooks;
        self.request.target.hooks = self.request.hooks.iter().map(StoredHook::from).collect();
        self
    }

    pub(crate) fn exists(mut self, manifest: &str) -> Self {
        for object in objects(manifest) {
            let object = object.with_namespace(&self.live.scopes, "prod");
            self.live.objects.insert(object.id, LiveObject { value: object.value });
        }
        self
    }

    pub(crate) fn owned(mut self, manifest: &str) -> Self {
        for object in objects(manifest) {
            let object = object.with_namespace(&self.live.scopes, "prod");
            let object = manifest::policy::with_ownership(&object, "web", "prod");
            self.live.objects.insert(object.id, LiveObject { value: object.value });
        }
        self
    }

    pub(crate) fn plan(&self) -> Result<Plan, PlanError> {
        plan::plan(&self.request, &self.live)
    }

    pub(crate) fn keys(&self) -> String {
        let plan = self.plan().unwrap();
        plan.steps.iter().map(plan::Step::key).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn sought(&self) -> String {
        let sought = plan::sought(&self.request, &self.live.scopes).unwrap();
        let told = |of: &plan::Sought| {
            let doubt = if of.expected { "" } else { "?" };
            format!("{}/{}{doubt}", of.id.gvk.kind, of.id.name)
        };
        sought.iter().map(told).collect::<Vec<_>>().join(" ")
    }
}

/// One object in a line: `ConfigMap a`, `Deployment web`.
pub(crate) fn yaml(lines: &str) -> String {
    lines.split(", ").filter(|line| !line.is_empty()).fold(String::new(), |mut stream, line| {
        let (kind, name) = line.split_once(' ').unwrap();
        let version = match kind {
            "Deployment" => "apps/v1",
            "Job" => "batch/v1",
            "ClusterRole" => "rbac.authorization.k8s.io/v1",
            "Widget" => "example.com/v1",
            _ => "v1",
        };
        let _ok = writeln!(
            stream,
            "---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}"
        );
        stream
    })
}

pub(crate) fn crd(versions: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: widgets.example.com}}\n\
         spec:\n  group: example.com\n  scope: Namespaced\n  names: {{kind: Widget, plural: widgets}}\n  versions: {versions}\n"
    )
}

pub(crate) fn objects(manifest: &str) -> Vec<Object> {
    let mut objects = manifest::parse_manifest(manifest).unwrap();
    manifest::order::install_order(&mut objects);
    objects
}

pub(crate) fn id(kind: &str, name: &str) -> ObjectId {
    objects(&yaml(&format!("{kind} {name}")))[0].with_namespace(&scopes(), "prod").id.clone()
}

pub(crate) fn live(text: &str) -> Value {
    value::yaml::from_str(text).unwrap()
}

pub(crate) fn hook(name: &str, annotations: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  annotations: {{{annotations}}}\n"
    )
}

fn scopes() -> Scopes {
    let namespaced = [("", "ConfigMap"), ("", "Secret"), ("apps", "Deployment"), ("batch", "Job")];
    let cluster = [
        ("", "Namespace"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ];
    let kinds = |kinds: &[(&str, &str)], scope| {
        kinds.iter().map(|(group, kind)| (Gvk::new(*group, "v1", *kind), scope)).collect::<Vec<_>>()
    };
    kinds(&namespaced, Scope::Namespaced)
        .into_iter()
        .chain(kinds(&cluster, Scope::Cluster))
        .collect()
}

/// Hooks keep their order.
pub(crate) fn names(hooks: &[Hook]) -> Vec<&str> {
    hooks.iter().map(|hook| hook.object.id.name.as_str()).collect()
}
