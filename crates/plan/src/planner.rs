//! From a request and a snapshot of the cluster to a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use manifest::sequence::ChartOrder;
use manifest::{Hook, HookEvent, Object, ObjectId, Scopes, policy};
use release::{Revision, Status};
use serde::{Deserialize, Serialize};

use crate::managers::has_stale_owner;
use crate::standing::{Forms, unchanged};
use crate::{
    CrdPolicy, Live, Options, PlanError, Sought, Step, Update, Wait, adopt, crds, hooks, order,
    prune,
};

/// The version of the plan's stored form.
const FORMAT: u32 = 1;

/// What is done to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A release is made.
    Install,
    /// A release gets a new chart or new values.
    Upgrade,
    /// A release goes back to an earlier revision.
    Rollback,
    /// A release is removed.
    Uninstall,
    /// The tests of a release are run; the release stays as it is.
    Test,
}

impl Action {
    /// Returns the verb, as in commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Uninstall => "uninstall",
            Self::Test => "test",
        }
    }

    const fn hook_events(self) -> (HookEvent, HookEvent) {
        match self {
            Self::Install => (HookEvent::PreInstall, HookEvent::PostInstall),
            Self::Upgrade => (HookEvent::PreUpgrade, HookEvent::PostUpgrade),
            Self::Rollback => (HookEvent::PreRollback, HookEvent::PostRollback),
            Self::Uninstall => (HookEvent::PreDelete, HookEvent::PostDelete),
            Self::Test => (HookEvent::Test, HookEvent::Test),
        }
    }
}

/// What somebody wants done.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is done.
    pub action: Action,
    /// The record to be written, still pending; for [`Action::Uninstall`] and [`Action::Test`] the newest record there
    /// is.
    pub target: Revision,
    /// The objects of the target's manifest, in install order; unused for [`Action::Uninstall`] and [`Action::Test`].
    pub objects: Vec<Object>,
    /// The hooks of the target, in the order of `target.hooks`.
    pub hooks: Vec<Hook>,
    /// The definitions under the chart's `crds/`.
    pub crds: Vec<Object>,
    /// The objects of the deployed revision. They count as the release's own, whatever marks they carry.
    pub base: Vec<Object>,
    /// The objects of every later revision: what a failed attempt left behind is pruned like the rest. Whether
    /// an attempt came as far as an object nobody knows, so that each is the release's only if it says so itself.
    pub attempts: Vec<Vec<Object>>,
    /// The order among the charts of the target.
    pub order: ChartOrder,
    /// The order among the charts of the deployed revision and of every later one.
    pub order_before: ChartOrder,
    /// The revisions whose status is `deployed`.
    pub deployed: Vec<u32>,
    /// The newest revision there is, whatever its state.
    pub last: Option<(u32, Status)>,
    /// The revisions to delete before the new record is written; for [`Action::Uninstall`] all there are.
    pub prune_history: Vec<u32>,
    /// Whether the objects of the previous revision were written by client-side apply, so that their field
    /// owners have to be changed first.
    pub migrate: bool,
    /// How to do it.
    pub options: Options,
}

impl Request {
    /// The objects of the hooks that will run.
    fn hook_objects(&self) -> impl Iterator<Item = &Object> {
        let (before, after) = self.action.hook_events();
        self.hooks
            .iter()
            .filter(move |hook| {
                self.options.hooks
                    && [before, after].iter().any(|event| hook.events.contains(event))
            })
            .map(|hook| &hook.object)
    }
}

/// A plan: what will happen, in order. It is self-contained; executing it takes no further decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The version of this stored form: 1.
    pub format: u32,
    /// What is done.
    pub action: Action,
    /// The record that is written, as it is at the beginning.
    pub target: Revision,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The newest revision before it. Whoever begins looks whether it is as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<(u32, Status)>,
    /// How it is done.
    pub options: Options,
    /// Whether field owners are changed from client-side to server-side apply first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub migrate: bool,
    /// Objects that are left as they are, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// The objects of the target that do not exist yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub created: Vec<ObjectId>,
    /// The order among the charts of the target, for its record.
    #[serde(default, skip_serializing_if = "ChartOrder::is_empty")]
    pub order: ChartOrder,
    /// What people should know about the annotations of the objects, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// An object that is left where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all_fields = "camelCase")]
pub enum Skipped {
    /// It carries the resource policy `keep`.
    Kept {
        /// The object.
        object: ObjectId,
    },
    /// It belongs to another release, or to none.
    Foreign {
        /// The object.
        object: ObjectId,
    },
    /// It is a definition under `crds/` that another chart, or a newer version of this one, brought.
    Elsewhere {
        /// The object.
        object: ObjectId,
        /// That chart, as the object's label `helm.sh/chart` has it.
        chart: String,
    },
}

/// Returns the objects whose live state a plan needs: those of the target (may the release have them? are they as
/// they should be?), those that it will no longer have (are they still its own?), and its definitions.
pub fn sought(request: &Request, scopes: &Scopes) -> Result<Vec<Sought>, PlanError> {
    let resolved = Resolved::new(request, scopes)?;
    let forms = Forms::new(&resolved.base, &resolved.attempts);
    let deployed: BTreeSet<_> =
        resolved.base.iter().map(|object| object.id.without_version()).collect();
    let sought: BTreeMap<_, _> = resolved
        .objects
        .iter()
        .chain(&resolved.crds)
        .chain(prune::dropped(&resolved.previous, &resolved.objects))
        .map(|object| {
            let before = forms.all(&object.id).iter().copied();
            let labels = common_labels(before.chain([object]), &request.target);
            let expected = deployed.contains(&object.id.without_version());
            (object.id.clone(), Sought { id: object.id.clone(), expected, labels })
        })
        .collect();
    Ok(sought.into_values().collect())
}

/// Returns the labels that an object has in every form, the mark of ownership among them.
fn common_labels<'a>(
    forms: impl Iterator<Item = &'a Object>,
    target: &Revision,
) -> BTreeMap<String, String> {
    let labels = |object: &Object| -> BTreeMap<String, String> {
        let marked = policy::with_ownership(object, &target.name, &target.namespace);
        let labels = marked.value.at(&["metadata", "labels"]).and_then(value::Value::as_map);
        let text = |(key, value): (&Arc<str>, &value::Value)| {
            Some((key.to_string(), value.as_str()?.to_owned()))
        };
        labels.map(|labels| labels.iter().filter_map(text).collect()).unwrap_or_default()
    };
    forms
        .map(labels)
        .reduce(|mut common, labels| {
            common.retain(|key, value| labels.get(key) == Some(value));
            common
        })
        .unwrap_or_default()
}

/// Returns the plan for `request`, given the snapshot of the objects that [`sought`] names.
pub fn plan(request: &Request, live: &Live) -> Result<Plan, PlanError> {
    let resolved = Resolved::new(request, &live.scopes)?;
    match request.action {
        Action::Install | Action::Upgrade | Action::Rollback => deploy(request, &resolved, live),
        Action::Uninstall => Ok(uninstall(request, &resolved, live)),
        Action::Test => Ok(test(request, live)),
    }
}

/// The objects of a request with their namespaces filled in.
pub(crate) struct Resolved {
    pub(crate) objects: Vec<Object>,
    crds: Vec<Object>,
    base: Vec<Object>,
    /// Those of every attempt after it.
    attempts: Vec<Vec<Object>>,
    /// Every object of the base and the attempts after it once, in install order.
    previous: Vec<Object>,
}

impl Resolved {
    pub(crate) fn new(request: &Request, scopes: &Scopes) -> Result<Self, PlanError> {
        let mut scopes = scopes.clone();
        scopes.add_crds(&request.crds);
        scopes.add_crds(&request.objects);
        let namespace = request.target.namespace.as_str();
        let targets: &[Object] = match request.action {
            Action::Uninstall | Action::Test => &[],
            Action::Install | Action::Upgrade | Action::Rollback => &request.objects,
        };
        named(targets.iter().chain(request.hook_objects()))?;
        let objects = without_duplicates(resolve_all(targets, &scopes, namespace)?);
        let crds = match request.options.crds {
            CrdPolicy::Apply => resolve_all(&request.crds, &scopes, namespace)?,
            CrdPolicy::Skip => Vec::new(),
        };
        let base = prune::union([&request.base], &scopes, namespace);
        let attempts: Vec<_> = request
            .attempts
            .iter()
            .map(|attempt| prune::union([attempt], &scopes, namespace))
            .collect();
        let previous = prune::union(
            std::iter::once(&request.base).chain(&request.attempts),
            &scopes,
            namespace,
        );
        Ok(Self { objects, crds, base, attempts, previous })
    }
}

fn resolve_all(
    objects: &[Object],
    scopes: &Scopes,
    namespace: &str,
) -> Result<Vec<Object>, PlanError> {
    let resolved: Vec<_> =
        objects.iter().map(|object| object.with_namespace(scopes, namespace)).collect();
    let unknown: Vec<_> = resolved
        .iter()
        .filter(|object| !scopes.serves(&object.id.gvk))
        .map(|object| object.id.clone())
        .collect();
    if unknown.is_empty() { Ok(resolved) } else { Err(PlanError::UnknownKind { objects: unknown }) }
}

/// Refuses objects that leave their name to the server: nobody could find them again to change, await or delete
/// them. Helm 4 cannot apply them either.
fn named<'a>(objects: impl Iterator<Item = &'a Object>) -> Result<(), PlanError> {
    let unnamed: Vec<_> = objects
        .filter(|object| object.id.name.is_empty())
        .map(|object| (object.path.clone(), object.id.clone()))
        .collect();
    if unnamed.is_empty() { Ok(()) } else { Err(PlanError::Unnamed { objects: unnamed }) }
}

/// Of two documents that describe one object the later one counts, as when Helm sends both one after the other.
fn without_duplicates(objects: Vec<Object>) -> Vec<Object> {
    let last: BTreeMap<_, _> =
        objects.iter().enumerate().map(|(place, object)| (object.id.clone(), place)).collect();
    objects
        .into_iter()
        .enumerate()
        .filter(|(place, object)| last.get(&object.id) == Some(place))
        .map(|(_, object)| object)
        .collect()
}

fn deploy(request: &Request, resolved: &Resolved, live: &Live) -> Result<Plan, PlanError> {
    let Request { action, target, options, .. } = request;
    adopt::check(&resolved.objects, &resolved.base, live, target, options.adoption)?;
    crds::check(resolved.crds.iter().chain(&resolved.objects), &resolved.objects, live)?;
    let definitions = crds::definitions(&resolved.crds, live);
    let ordered = order::applied(&resolved.objects, &request.order)?;
    let doomed =
        prune::doomed(&resolved.previous, &resolved.objects, &request.order_before, live, target);
    let (before, after) = action.hook_events();

    let mut steps = Vec::new();
    if options.create_namespace {
        steps.push(Step::CreateNamespace { name: target.namespace.clone() });
    }
    steps.push(Step::PruneHistory { revisions: request.prune_history.clone() });
    steps.push(Step::Begin);
    steps.extend(await_departed(resolved, live));
    steps.extend(definitions.steps);
    hooks::steps(&mut steps, request, &live.scopes, before);
    let forms = Forms::new(&resolved.base, &resolved.attempts);
    let last = ordered.batches.len().saturating_sub(1);
    let mut deletions: Vec<Step> =
        doomed.batches.into_iter().flat_map(|batch| batch.steps).collect();
    for (number, batch) in ordered.batches.iter().enumerate() {
        apply(&mut steps, request, &forms, live, (number, batch));
        if number == last {
            steps.append(&mut deletions);
        }
        await_ready(&mut steps, (number, batch), options.wait);
    }
    hooks::steps(&mut steps, request, &live.scopes, after);
    steps.push(Step::Commit { supersede: request.deployed.clone() });

    let created = resolved
        .objects
        .iter()
        .map(|object| &object.id)
        .filter(|id| !live.objects.contains_key(id))
        .cloned()
        .collect();
    Ok(Plan {
        format: FORMAT,
        action: *action,
        target: target.clone(),
        steps,
        last: request.last,
        options: options.clone(),
        migrate: request.migrate,
        skipped: definitions.skipped.into_iter().chain(doomed.skipped).collect(),
        created,
        order: request.order.clone(),
        warnings: ordered.warnings,
    })
}

fn uninstall(request: &Request, resolved: &Resolved, live: &Live) -> Plan {
    let Request { action, target, options, .. } = request;
    let doomed = prune::doomed(&resolved.previous, &[], &request.order_before, live, target);
    let (before, after) = action.hook_events();

    let mut steps = vec![Step::MarkUninstalling];
    hooks::steps(&mut steps, request, &live.scopes, before);
    for (number, batch) in doomed.batches.into_iter().enumerate() {
        steps.extend(batch.steps);
        if options.wait != Wait::None {
            steps.push(Step::AwaitGone { objects: batch.objects, batch: number });
        }
    }
    hooks::steps(&mut steps, request, &live.scopes, after);
    steps.push(if options.keep_history {
        Step::MarkUninstalled { supersede: request.deployed.clone() }
    } else {
        Step::Purge { revisions: request.prune_history.clone() }
    });
    Plan {
        format: FORMAT,
        action: *action,
        target: target.clone(),
        steps,
        last: request.last,
        options: options.clone(),
        migrate: request.migrate,
        skipped: doomed.skipped,
        created: Vec::new(),
        order: ChartOrder::default(),
        warnings: Vec::new(),
    }
}

/// The hooks of the event `test`. The record is the newest there is, and only what it says of the hooks changes.
fn test(request: &Request, live: &Live) -> Plan {
    let mut steps = Vec::new();
    hooks::steps(&mut steps, request, &live.scopes, HookEvent::Test);
    Plan {
        format: FORMAT,
        action: request.action,
        target: request.target.clone(),
        steps,
        last: request.last,
        options: request.options.clone(),
        migrate: false,
        skipped: Vec::new(),
        created: Vec::new(),
        order: ChartOrder::default(),
        warnings: Vec::new(),
    }
}

/// An object that is on its way out would take what is applied to it along, so its end comes first: an
/// installation right after an uninstallation meets such objects.
fn await_departed(resolved: &Resolved, live: &Live) -> Option<Step> {
    let leaving = |object: &&Object| {
        let object = live.objects.get(&object.id);
        object.is_some_and(|live| live.value.at(&["metadata", "deletionTimestamp"]).is_some())
    };
    let objects: Vec<_> = adopt::newcomers(&resolved.objects, &resolved.base)
        .filter(leaving)
        .map(|object| object.id.clone())
        .collect();
    (!objects.is_empty()).then_some(Step::AwaitGone { objects, batch: 0 })
}

/// A batch with its number.
type Batch<'b> = (usize, &'b [&'b Object]);

/// One step for each run of objects of one kind; definitions are served before anything that comes later.
///
/// The steps list all objects, whatever there is to do about them, so that a plan made anew has the same ones.
fn apply(
    steps: &mut Vec<Step>,
    request: &Request,
    forms: &Forms<'_>,
    live: &Live,
    (number, objects): Batch<'_>,
) {
    let Request { target, options, .. } = request;
    let live_of = |object: &Object| live.objects.get(&object.id);
    for batch in objects.chunk_by(|a, b| a.id.gvk.kind == b.id.gvk.kind) {
        let settled = |object: &Object| {
            unchanged(object, forms, live_of(object)?, target, request.migrate)
                .filter(|_| options.update == Update::Apply)
        };
        let stale = |object: &&&Object| {
            live_of(object).is_some_and(|live| has_stale_owner(&live.value, request.migrate))
        };
        let marked =
            |object: &&Object| policy::with_ownership(object, &target.name, &target.namespace);
        if let Some(first) = batch.first() {
            steps.push(Step::Apply {
                kind: first.id.gvk.kind.clone(),
                objects: batch.iter().map(marked).collect(),
                unchanged: batch.iter().copied().filter_map(settled).collect(),
                handover: batch.iter().filter(stale).map(|object| object.id.clone()).collect(),
                batch: number,
            });
        }
        let definitions = crds::ids(batch.iter().copied());
        if !definitions.is_empty() {
            steps.push(Step::AwaitEstablished { objects: definitions });
        }
    }
}

fn await_ready(steps: &mut Vec<Step>, (batch, objects): Batch<'_>, wait: Wait) {
    let (jobs, legacy) = match wait {
        Wait::None => return,
        Wait::Ready => (false, false),
        Wait::ReadyAndJobs => (true, false),
        Wait::Legacy => (false, true),
        Wait::LegacyAndJobs => (true, true),
    };
    let objects: Vec<_> = objects
        .iter()
        .filter(|object| !is_paused(object))
        .map(|object| object.id.clone())
        .collect();
    if !objects.is_empty() {
        steps.push(Step::Await { objects, jobs, legacy, batch });
    }
}

/// A paused Deployment does not move, so nobody waits for it; as in Helm 4.3.
fn is_paused(object: &Object) -> bool {
    object.id.gvk.is("apps", "Deployment")
        && object.value.at(&["spec", "paused"]).and_then(value::Value::as_bool) == Some(true)
}
