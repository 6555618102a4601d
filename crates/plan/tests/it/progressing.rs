//! Which step comes next.

use plan::{Action, Cursor, Next, Observed, Plan, Step, Wait, closing_steps, progress};
use value::Value;

use crate::world::{Case, hook, id, live, yaml};

fn seen(objects: &[(&str, &str, Option<&str>)]) -> Observed {
    let objects = objects
        .iter()
        .map(|(kind, name, text)| (id(kind, name), text.map(live)))
        .collect::<std::collections::BTreeMap<_, Option<Value>>>();
    Observed { objects, ..Observed::default() }
}

fn at(plan: &Plan, key: &str) -> Cursor {
    let cursor = plan.cursor_at(key);
    assert_eq!(plan.step(cursor).map(Step::key).as_deref(), Some(key));
    cursor
}

/// What comes next, in a word or two.
fn next(plan: &Plan, cursor: Cursor, observed: &Observed, expired: bool) -> String {
    match progress(plan, cursor, observed, expired) {
        Next::Do(step) => format!("do {}", step.key()),
        Next::Advance => "advance".to_owned(),
        Next::Wait(pending) => format!("wait for {}: {}", pending[0].object.name, pending[0].why),
        Next::Fail(failure) => format!("fail: {failure}"),
        Next::Done => "done".to_owned(),
    }
}

#[test]
fn a_step_that_writes_is_to_be_done_and_behind_the_last_one_all_is_done() {
    let plan = Case::new(Action::Install, &yaml("ConfigMap a")).plan().unwrap();
    let nothing = Observed::default();
    assert_eq!(next(&plan, Cursor::default(), &nothing, false), "do prune-history");
    assert_eq!(next(&plan, Cursor { step: 99 }, &nothing, false), "done");
    assert_eq!(plan.cursor_at("no such step"), Cursor::default());
}

#[test]
fn waiting_ends_when_everything_is_ready_fails_or_takes_too_long() {
    let plan = Case::new(Action::Install, &yaml("Job j"))
        .with(|request| request.options.wait = Wait::ReadyAndJobs)
        .plan()
        .unwrap();
    let cursor = at(&plan, "await");
    let check = |observed: &Observed, expired, expected: &str| {
        assert_eq!(next(&plan, cursor, observed, expired), expected);
    };
    let job = |status: &str| {
        format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j}}\nstatus: {status}\n")
    };
    let complete = job("{conditions: [{type: Complete, status: 'True'}]}");
    let failed =
        job("{failed: 1, conditions: [{type: Failed, status: 'True', message: too often}]}");
    check(&Observed::default(), false, "wait for j: not looked at yet");
    check(&seen(&[("Job", "j", None)]), false, "wait for j: does not exist");
    check(&seen(&[("Job", "j", Some(&complete))]), false, "advance");
    check(&seen(&[("Job", "j", Some(&complete))]), true, "advance");
    check(
        &seen(&[("Job", "j", None)]),
        true,
        "fail: resource Job/prod/j not ready. status: InProgress, message: does not exist\ncontext deadline exceeded",
    );
    let answer = next(&plan, cursor, &seen(&[("Job", "j", Some(&failed))]), false);
    assert!(answer.starts_with("fail: resource Job/prod/j not ready. status: Failed"), "{answer}");
}

#[test]
fn what_holds_a_deleted_object_is_named() {
    let plan = Case::new(Action::Uninstall, "")
        .before(&[&yaml("ConfigMap a")])
        .owned(&yaml("ConfigMap a"))
        .with(|request| request.options.wait = Wait::Ready)
        .plan()
        .unwrap();
    let cursor = at(&plan, "await-gone/ConfigMap/a");
    let held = seen(&[("ConfigMap", "a", Some("metadata: {finalizers: [example.com/hold]}"))]);
    assert_eq!(
        next(&plan, cursor, &held, false),
        "wait for a: still exists, held by example.com/hold"
    );
    assert_eq!(next(&plan, cursor, &seen(&[("ConfigMap", "a", None)]), false), "advance");
}

#[test]
fn a_failure_is_recorded_once_there_is_a_record() {
    let plan = Case::new(Action::Upgrade, &yaml("ConfigMap a")).plan().unwrap();
    let check = |key: &str, expected: &[&str]| {
        let steps = closing_steps(&plan, at(&plan, key), "no luck");
        assert_eq!(steps.iter().map(Step::key).collect::<Vec<_>>(), expected, "{key}");
    };
    check("begin", &[]);
    check("apply/ConfigMap", &["record-failure"]);
    check("commit", &["record-failure"]);
}

#[test]
fn what_was_created_is_deleted_again_when_asked_for() {
    let case = Case::new(Action::Upgrade, &yaml("ConfigMap old, ConfigMap new, Deployment web"))
        .before(&[&yaml("ConfigMap old")])
        .owned(&yaml("ConfigMap old"));
    let check = |cleanup: bool, key: &str, expected: &[&str]| {
        let mut plan = case.plan().unwrap();
        plan.options.cleanup = cleanup;
        let steps = closing_steps(&plan, at(&plan, key), "no luck");
        let shown = steps.iter().map(|step| match step {
            Step::Delete { objects, .. } => {
                let names: Vec<_> = objects.iter().map(|doomed| &*doomed.id.name).collect();
                format!("{} {}", step.key(), names.join(" "))
            }
            step => step.key(),
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected, "{key}");
    };
    check(false, "commit", &["record-failure"]);
    check(true, "begin", &[]);
    check(true, "apply/ConfigMap", &["record-failure", "delete/ConfigMap new"]);
    check(true, "commit", &["record-failure", "delete/Deployment web", "delete/ConfigMap new"]);
}

#[test]
fn an_interrupted_uninstallation_stays_one() {
    let plan = Case::new(Action::Uninstall, "")
        .before(&[&yaml("ConfigMap a")])
        .owned(&yaml("ConfigMap a"))
        .plan()
        .unwrap();
    assert_eq!(closing_steps(&plan, at(&plan, "delete/ConfigMap"), "no luck"), []);
}

#[test]
fn a_failed_hook_and_its_finished_predecessors_are_deleted_as_their_policies_say() {
    let hooks = [
        hook("a", "helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: hook-succeeded"),
        hook("b", "helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: hook-failed"),
    ]
    .concat();
    let plan = Case::new(Action::Upgrade, "").hooks(&hooks).plan().unwrap();
    let steps = closing_steps(&plan, at(&plan, "await-hook/pre-upgrade/1"), "no luck");
    assert_eq!(
        steps.iter().map(Step::key).collect::<Vec<_>>(),
        [
            "finish-hook/pre-upgrade/1",
            "delete-hook/pre-upgrade/1/after",
            "delete-hook/pre-upgrade/0/after",
            "record-failure",
        ]
    );
}
