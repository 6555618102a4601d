//! How far a plan has come, and what comes next.

use manifest::ready::{self, Readiness, Rules};
use manifest::{DeletePolicy, HookEvent, ObjectId};
use release::Revision;
use serde::{Deserialize, Serialize};

use crate::pending::Pending;
use crate::step::HookDeletion;
use crate::{Action, Doomed, Observed, Plan, Step};

/// How far a plan has come. This is what is recorded: whoever resumes goes on here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The index of the step to do next.
    pub step: usize,
}

impl Plan {
    /// Returns the cursor at the step with `key` (see [`Step::key`]), for a plan that was made anew after a
    /// restart. Where that step is gone the plan begins again: its steps do no harm when done twice.
    #[must_use]
    pub fn cursor_at(&self, key: &str) -> Cursor {
        let step = self.steps.iter().position(|step| step.key() == key).unwrap_or_default();
        Cursor { step }
    }

    /// Returns this plan without a revision of its own: it puts the objects of `deployed`, which are its own, in order
    /// where others changed them. No record is written and no hook runs.
    #[must_use]
    pub fn without_revision(mut self, deployed: Revision) -> Self {
        self.target = deployed;
        self.steps.retain(|step| {
            matches!(step, Step::Apply { .. } | Step::AwaitEstablished { .. } | Step::Await { .. })
        });
        self
    }

    /// Returns the part of this plan that is about these objects and what is waited for after them.
    #[must_use]
    pub fn only(mut self, wanted: &[ObjectId]) -> Self {
        for step in &mut self.steps {
            if let Step::Apply { objects, unchanged, .. } = step {
                objects.retain(|object| wanted.contains(&object.id));
                unchanged.clear();
            }
        }
        self.steps
            .retain(|step| !matches!(step, Step::Apply { objects, .. } if objects.is_empty()));
        self.created.retain(|id| wanted.contains(id));
        self
    }

    /// Returns whether carrying the plan out writes records.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.steps.iter().any(|step| {
            matches!(step, Step::Begin | Step::MarkUninstalling | Step::FinishHook { .. })
        })
    }

    /// Returns the step at `cursor`.
    #[must_use]
    pub fn step(&self, cursor: Cursor) -> Option<&Step> {
        self.steps.get(cursor.step)
    }
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next<'p> {
    /// Do this step, then move the cursor on.
    Do(&'p Step),
    /// What the step at the cursor waits for holds: move the cursor on.
    Advance,
    /// Nothing to do until something changes or the deadline comes.
    Wait(Vec<Pending>),
    /// The plan cannot be completed; see [`closing_steps`].
    Fail(Failure),
    /// Every step is done.
    Done,
}

/// Why a plan cannot be completed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct Failure {
    /// Whether the time is up; otherwise waiting longer would not help.
    pub expired: bool,
    /// The hook that failed, if one did.
    pub hook: Option<HookEvent>,
    /// The objects at fault.
    pub objects: Vec<Pending>,
}

impl Failure {
    /// The lines are worded as Helm 4.3 words them.
    fn text(&self) -> String {
        let status = if self.expired { "InProgress" } else { "Failed" };
        let mut lines: Vec<_> = self
            .objects
            .iter()
            .map(|pending| {
                let object = &pending.object;
                format!(
                    "resource {}/{}/{} not ready. status: {status}, message: {pending}",
                    object.gvk.kind,
                    object.namespace.as_deref().unwrap_or_default(),
                    object.name
                )
            })
            .collect();
        if self.expired {
            lines.push("context deadline exceeded".to_owned());
        }
        lines.join("\n")
    }
}

/// Returns what comes next. `expired` says that the time for the step at the cursor is up.
#[must_use]
pub fn progress<'p>(
    plan: &'p Plan,
    cursor: Cursor,
    observed: &Observed,
    expired: bool,
) -> Next<'p> {
    let Some(step) = plan.steps.get(cursor.step) else {
        return Next::Done;
    };
    let (waiting, failed, hook) = match step {
        Step::AwaitEstablished { objects } => {
            judge(objects.iter(), observed, |live| readiness(live, Rules::default()), None)
        }
        Step::Await { objects, jobs, legacy, .. } => {
            let rules = Rules { jobs: *jobs };
            let check = |live: Option<&value::Value>| match live {
                Some(live) if *legacy => ready::check_legacy(live, &observed.related, &rules),
                live => readiness(live, rules),
            };
            judge(objects.iter(), observed, check, None)
        }
        Step::AwaitGone { objects, .. } => judge(objects.iter(), observed, gone, None),
        Step::AwaitHook { id, event, .. } => {
            judge(std::iter::once(id), observed, finished, Some(*event))
        }
        step => return Next::Do(step),
    };
    if !failed.is_empty() {
        Next::Fail(Failure { expired: false, hook, objects: failed })
    } else if waiting.is_empty() {
        Next::Advance
    } else if expired {
        Next::Fail(Failure { expired: true, hook, objects: waiting })
    } else {
        Next::Wait(waiting)
    }
}

/// Returns the steps that end a plan which failed at `cursor`: hooks are deleted as their policies say, the
/// failure is recorded, and what was created is deleted again if the options say so. Before the record exists
/// there is nothing to do, and an interrupted uninstallation stays recorded as such.
#[must_use]
pub fn closing_steps(plan: &Plan, cursor: Cursor, description: &str) -> Vec<Step> {
    let done = plan.steps.get(..cursor.step).unwrap_or(&plan.steps);
    let mut steps = Vec::new();
    if let Some((event, hook, id)) = plan.steps.get(cursor.step).and_then(current_hook) {
        steps.push(Step::FinishHook { event, hook, succeeded: false });
        if has_policy(plan, hook, &DeletePolicy::HookFailed) {
            steps.push(Step::DeleteHook { event, hook, id, when: HookDeletion::After });
        }
        steps.extend(done.iter().rev().filter_map(|step| earlier_hook(plan, step, event)));
    }
    if done.contains(&Step::Begin) {
        steps.push(Step::RecordFailure { description: description.to_owned() });
        steps.extend(cleanup(plan, cursor));
    } else if plan.action != Action::Test && !done.contains(&Step::MarkUninstalling) {
        steps.clear();
    }
    steps
}

/// Returns the steps that delete what the plan has created up to `cursor`, the last kind first.
fn cleanup(plan: &Plan, cursor: Cursor) -> Vec<Step> {
    if !plan.options.cleanup {
        return Vec::new();
    }
    let tried = plan.steps.iter().take(cursor.step + 1).rev();
    let deletion = |step: &Step| {
        let Step::Apply { kind, objects, batch, .. } = step else { return None };
        let created = objects.iter().filter(|object| plan.created.contains(&object.id));
        let objects: Vec<_> =
            created.map(|object| Doomed { id: object.id.clone(), uid: None }).collect();
        (!objects.is_empty()).then(|| Step::Delete { kind: kind.clone(), objects, batch: *batch })
    };
    tried.filter_map(deletion).collect()
}

type Verdict = (Vec<Pending>, Vec<Pending>, Option<HookEvent>);

fn judge<'a>(
    objects: impl Iterator<Item = &'a ObjectId>,
    observed: &Observed,
    check: impl Fn(Option<&value::Value>) -> Readiness,
    hook: Option<HookEvent>,
) -> Verdict {
    let (mut waiting, mut failed) = (Vec::new(), Vec::new());
    for object in objects {
        let readiness = match observed.objects.get(object) {
            None => Readiness::Pending("not looked at yet".to_owned()),
            Some(live) => check(live.as_ref()),
        };
        match readiness {
            Readiness::Ready => {}
            Readiness::Pending(why) => waiting.push(Pending::new(object, why)),
            Readiness::Failed(why) => failed.push(Pending::new(object, why)),
        }
    }
    (waiting, failed, hook)
}

fn readiness(live: Option<&value::Value>, rules: Rules) -> Readiness {
    live.map_or_else(missing, |live| ready::check(live, &rules))
}

fn finished(live: Option<&value::Value>) -> Readiness {
    live.map_or_else(missing, ready::check_hook)
}

fn missing() -> Readiness {
    Readiness::Pending("does not exist".to_owned())
}

fn gone(live: Option<&value::Value>) -> Readiness {
    let Some(live) = live else {
        return Readiness::Ready;
    };
    let finalizers: Vec<_> =
        live.list_at(&["metadata", "finalizers"]).iter().filter_map(value::Value::as_str).collect();
    Readiness::Pending(if finalizers.is_empty() {
        "still exists".to_owned()
    } else {
        format!("still exists, held by {}", finalizers.join(", "))
    })
}

fn current_hook(step: &Step) -> Option<(HookEvent, usize, ObjectId)> {
    match step {
        Step::RunHook { event, hook, object } => Some((*event, *hook, object.id.clone())),
        Step::AwaitHook { event, hook, id } => Some((*event, *hook, id.clone())),
        _ => None,
    }
}

fn earlier_hook(plan: &Plan, step: &Step, event: HookEvent) -> Option<Step> {
    match step {
        Step::AwaitHook { event: of, hook, id }
            if *of == event && has_policy(plan, *hook, &DeletePolicy::HookSucceeded) =>
        {
            Some(Step::DeleteHook { event, hook: *hook, id: id.clone(), when: HookDeletion::After })
        }
        _ => None,
    }
}

fn has_policy(plan: &Plan, hook: usize, policy: &DeletePolicy) -> bool {
    plan.target.hooks.get(hook).is_some_and(|hook| hook.delete_policies.contains(policy))
}
