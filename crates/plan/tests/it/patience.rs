//! When waiting is given up before the time is up.

use std::time::Duration;

use manifest::ObjectId;
use plan::{Budget, Observed, Patience, Pending, Step};

use crate::world::live;

fn id(name: &str) -> ObjectId {
    ObjectId::new(manifest::Gvk::new("", "v1", "Pod"), Some("prod"), name)
}

/// A Pod in a state: `starting`, `crash:3`, or the reason for which its container waits.
fn pod(name: &str, state: &str) -> value::Value {
    let (reason, restarts) = match state.split_once(':') {
        Some(("crash", restarts)) => ("CrashLoopBackOff", restarts),
        _ => (state, "0"),
    };
    let waiting = match reason {
        "starting" => "{}".to_owned(),
        "refused" => "{waiting: {reason: ErrImagePull, message: manifest unknown}}".to_owned(),
        reason => format!("{{waiting: {{reason: {reason}}}}}"),
    };
    live(&format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: prod, uid: {name}}}, status: \
         {{phase: Pending, containerStatuses: [{{name: app, restartCount: {restarts}, state: {waiting}}}]}}}}"
    ))
}

/// Plays what is seen at which second: `10 a=starting b=crash:3`; the answer of the last look is expected, all others
/// have to be `wait`.
fn check(budget: i64, looks: &[&str], expected: &str) {
    let mut patience = Patience::new(Budget { restarts: budget });
    let mut answers = Vec::new();
    for look in looks {
        let mut words = look.split(' ');
        let at = Duration::from_secs(words.next().unwrap().parse().unwrap());
        let mut observed = Observed::default();
        observed.related.pods_seen = true;
        let mut pending = Vec::new();
        for (name, state) in words.map(|word| word.split_once('=').unwrap()) {
            observed.objects.insert(id(name), Some(pod(name, state)));
            pending.push(Pending::new(&id(name), "starting"));
        }
        let step = Step::Await { objects: Vec::new(), jobs: false, legacy: false, batch: 0 };
        let failure = patience.look(&step, &mut pending, &observed, at);
        let names = |failure: plan::Failure| {
            let names: Vec<_> = failure.objects.into_iter().map(|of| of.object.name).collect();
            names.join(" ")
        };
        answers.push(match (failure.map(names), patience.next()) {
            (Some(names), _) => format!("give up {names}"),
            (None, Some(next)) => format!("wait, look at {}", next.as_secs()),
            (None, None) => "wait".to_owned(),
        });
    }
    let last = answers.pop().unwrap();
    assert!(answers.iter().all(|answer| answer.starts_with("wait")), "{looks:?}: {answers:?}");
    assert_eq!(last, expected, "{looks:?}");
}

#[test]
fn images_that_cannot_be_had_are_waited_for_as_long_as_it_may_help() {
    check(3, &["0 a=InvalidImageName"], "give up a");
    check(3, &["1 a=refused"], "wait, look at 11");
    check(3, &["1 a=refused", "11 a=refused"], "give up a");
    check(3, &["1 a=ErrImagePull", "11 a=ErrImagePull"], "wait, look at 61");
    check(3, &["1 a=ErrImagePull", "11 a=starting", "61 a=ErrImagePull"], "wait, look at 121");
    check(3, &["1 a=ErrImagePull", "61 a=ImagePullBackOff b=starting"], "give up a");
    // The two answers of a registry are one trouble.
    check(3, &["1 a=ErrImagePull", "12 a=refused"], "give up a");
}

#[test]
fn crash_loops_have_a_budget() {
    check(3, &["0 a=starting", "30 a=crash:2"], "wait");
    check(3, &["0 a=starting", "30 a=crash:3"], "give up a");
    check(5, &["0 a=starting", "30 a=crash:3"], "wait");
    check(0, &["0 a=starting", "30 a=crash:300"], "wait");
}

#[test]
fn what_crashed_before_has_to_crash_once_more() {
    check(3, &["0 a=crash:57"], "wait");
    check(3, &["0 a=crash:57", "60 a=crash:58"], "give up a");
}

#[test]
fn what_may_wait_for_others_is_given_up_only_when_nothing_else_moves() {
    check(3, &["0 a=starting b=starting", "90 a=crash:4 b=starting"], "wait");
    check(3, &["0 a=starting b=starting", "90 a=crash:4 b=starting", "95 a=crash:4"], "wait");
    check(
        3,
        &["0 a=starting b=starting", "90 a=crash:4 b=starting", "95 a=crash:4", "99 a=crash:5"],
        "give up a",
    );
    let config = "CreateContainerConfigError";
    check(3, &[&format!("0 a={config} b=starting"), &format!("90 a={config} b=starting")], "wait");
    check(
        3,
        &[&format!("0 a={config} b=starting"), &format!("90 a={config}")],
        "wait, look at 120",
    );
    check(
        3,
        &[&format!("0 a={config} b=refused"), &format!("10 a={config} b=refused")],
        "give up b",
    );
}

#[test]
fn other_steps_than_waiting_for_readiness_are_not_cut_short() {
    let mut patience = Patience::new(Budget::default());
    let mut observed = Observed::default();
    observed.objects.insert(id("a"), Some(pod("a", "InvalidImageName")));
    let mut pending = [Pending::new(&id("a"), "still exists")];
    let step = Step::AwaitGone { objects: vec![id("a")], batch: 0 };
    assert_eq!(patience.look(&step, &mut pending, &observed, Duration::ZERO), None);
    assert_eq!(pending[0].cause, None);
}
