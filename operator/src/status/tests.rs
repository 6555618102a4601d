//! Stories: outcomes one after the other, and what the conditions say.

use serde_json::json;

use super::*;
use api::{HandledTokens, OperationInputs};

fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

fn release() -> Release {
    serde_json::from_value(json!({
        "apiVersion": "chartctl.dev/v1alpha1",
        "kind": "Release",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "generation": 3},
        "spec": {"chart": {"configMap": {"name": "web-chart"}}},
    }))
    .unwrap()
}

fn operation(action: &str, cause: &str, target: Option<u32>) -> OperationStatus {
    OperationStatus {
        id: format!("{action}-{cause}"),
        action: action.to_owned(),
        step: "await".to_owned(),
        revision: 2,
        target,
        cause: cause.to_owned(),
        started_at: now(),
        deadline: now(),
        attempt: 1,
        inputs: OperationInputs::default(),
    }
}

fn running(action: &str, cause: &str) -> Outcome {
    Outcome::Running { operation: operation(action, cause, None), message: "at work".to_owned() }
}

fn failed(action: &str, cause: &str, reason: &'static str) -> Outcome {
    Outcome::Failed {
        operation: operation(action, cause, None),
        failure: Failure {
            reason,
            message: "it broke".to_owned(),
            objects: vec!["Deployment/web".to_owned()],
            recorded: true,
        },
        had_good: true,
    }
}

fn succeeded(action: &str, cause: &str, target: Option<u32>) -> Outcome {
    Outcome::Succeeded { operation: operation(action, cause, target) }
}

/// Lets outcomes happen one after the other; returns the conditions and the reasons of all events.
fn tell(outcomes: &[Outcome]) -> (ReleaseStatus, String, String) {
    let (release, mut status, mut told) = (release(), ReleaseStatus::default(), Vec::new());
    for outcome in outcomes {
        let about = About { release: &release, facts: None, chart: None, tokens: None, now: now() };
        let (next, notices) = super::next(&status, outcome, &about);
        status = next;
        told.extend(notices.into_iter().map(|notice| notice.reason));
    }
    let word = |condition: &Condition| {
        format!("{}={}/{}", condition.type_, condition.status, condition.reason)
    };
    let conditions = status.conditions.iter().map(word).collect::<Vec<_>>().join(" ");
    (status, conditions, told.join(" "))
}

fn check(outcomes: &[Outcome], conditions: &str, events: &str) {
    let (_, got, told) = tell(outcomes);
    assert_eq!((got.as_str(), told.as_str()), (conditions, events));
}

const SETTLED: Outcome = Outcome::Settled { pinned: None };

#[test]
fn an_install_becomes_ready() {
    check(
        &[running("install", "Spec")],
        "Ready=Unknown/Installing Reconciling=True/Progressing",
        "InstallStarted",
    );
    check(
        &[
            running("install", "Spec"),
            running("install", "Spec"),
            succeeded("install", "Spec", None),
            SETTLED,
        ],
        "Ready=True/Deployed",
        "InstallStarted InstallSucceeded",
    );
}

#[test]
fn a_failed_upgrade_is_rolled_back_and_waits() {
    let mut story = vec![running("upgrade", "Spec"), failed("upgrade", "Spec", reason::TIMED_OUT)];
    check(&story, "Ready=False/TimedOut Reconciling=True/Retrying", "UpgradeStarted UpgradeFailed");
    story.push(running("rollback", "Remedy"));
    check(
        &story,
        "Ready=False/RollingBack Reconciling=True/Progressing",
        "UpgradeStarted UpgradeFailed RollbackStarted",
    );
    story.push(succeeded("rollback", "Remedy", Some(1)));
    story.push(Outcome::Backoff { until: Some(now()), exhausted: false });
    check(
        &story,
        "Ready=False/RolledBack Reconciling=True/Retrying Remediated=True/RolledBack",
        "UpgradeStarted UpgradeFailed RollbackStarted RollbackSucceeded",
    );
    let (status, ..) = tell(&story);
    assert_eq!(status.failures.unwrap().remedy.as_deref(), Some(remedy::ROLLED_BACK));
    story.extend([running("upgrade", "Spec"), succeeded("upgrade", "Spec", None), SETTLED]);
    let (status, conditions, _) = tell(&story);
    assert_eq!(conditions, "Ready=True/Deployed");
    assert_eq!(status.failures, None);
    assert_eq!(status.observed_generation, Some(3));
}

#[test]
fn a_rollback_that_fails_says_so() {
    check(
        &[
            failed("upgrade", "Spec", reason::UNHEALTHY),
            failed("rollback", "Remedy", reason::APPLY_FAILED),
        ],
        "Ready=False/ApplyFailed Reconciling=True/Retrying Remediated=False/RollbackFailed",
        "UpgradeFailed RollbackFailed",
    );
}

#[test]
fn used_up_attempts_stall_and_are_told_once() {
    let stalled = Outcome::Backoff { until: None, exhausted: true };
    check(
        &[failed("upgrade", "Spec", reason::UNHEALTHY), stalled.clone(), stalled],
        "Ready=False/Unhealthy Stalled=True/RetriesExhausted",
        "UpgradeFailed RetriesExhausted",
    );
}

#[test]
fn a_pin_is_ready_and_says_that_it_is_one() {
    let (status, conditions, _) = tell(&[Outcome::Settled { pinned: Some((1, 4)) }]);
    assert_eq!(conditions, "Ready=True/Pinned Pinned=True/RollbackTo");
    assert_eq!(status.pinned, Some(PinnedStatus { target: 1, revision: 4 }));
    check(&[Outcome::Settled { pinned: Some((1, 4)) }, SETTLED], "Ready=True/Deployed", "");
}

#[test]
fn what_is_missing_is_told_once() {
    let missing = Outcome::Unavailable {
        reason: reason::VALUES_FAILED,
        stalled: None,
        message: "no such Secret".to_owned(),
    };
    check(
        &[missing.clone(), missing],
        "Ready=False/ValuesFailed Reconciling=True/Retrying",
        "ValuesFailed",
    );
    let mismatch = Outcome::Unavailable {
        reason: reason::SOURCE_FAILED,
        stalled: Some(reason::DIGEST_MISMATCH),
        message: "another archive".to_owned(),
    };
    check(&[mismatch], "Ready=False/SourceFailed Stalled=True/DigestMismatch", "SourceFailed");
}

#[test]
fn a_suspended_release_stays_as_it_was_unless_something_is_pending() {
    check(&[SETTLED, Outcome::Held { pending: false }], "Ready=True/Deployed", "");
    check(&[SETTLED, Outcome::Held { pending: true }], "Ready=False/Suspended", "");
}

#[test]
fn nothing_changes_when_nothing_happened() {
    let (status, ..) = tell(&[SETTLED]);
    let later = "2026-01-01T13:00:00Z".parse().unwrap();
    let release = release();
    let about = About { release: &release, facts: None, chart: None, tokens: None, now: later };
    let (again, notices) = super::next(&status, &SETTLED, &about);
    assert_eq!(again, status);
    assert_eq!(notices, []);
}

#[test]
fn texts_are_cut_and_tokens_kept() {
    let long = "é".repeat(2000);
    let outcome = Outcome::Stalled { reason: reason::INVALID_SPEC, message: long };
    let release = release();
    let tokens = HandledTokens { force_at: Some("1".to_owned()), ..HandledTokens::default() };
    let about =
        About { release: &release, facts: None, chart: None, tokens: Some(&tokens), now: now() };
    let (status, _) = super::next(&ReleaseStatus::default(), &outcome, &about);
    assert!(status.conditions.iter().all(|condition| condition.message.len() <= LONGEST));
    assert_eq!(status.handled, Some(tokens));
}
