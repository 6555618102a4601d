//! Tables: a state with its counters, and what is done about it.

use serde_json::json;

use super::*;
use crate::inputs::Desired;
use crate::observe::Missing;

fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

fn release(spec: &serde_json::Value) -> Release {
    let mut object = json!({
        "apiVersion": "chartctl.dev/v1alpha1",
        "kind": "Release",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u"},
        "spec": {"chart": {"configMap": {"name": "web-chart"}}},
    });
    for (key, value) in spec.as_object().unwrap() {
        object["spec"][key] = value.clone();
    }
    serde_json::from_value(object).unwrap()
}

fn inputs(values: &str) -> OperationInputs {
    OperationInputs {
        generation: 1,
        chart_digest: "sha256:c".to_owned(),
        values_digest: values.to_owned(),
    }
}

fn known() -> Inputs {
    Inputs::Known(Desired {
        chart_digest: "sha256:c".to_owned(),
        chart: "web".to_owned(),
        version: "1.0.0".to_owned(),
        values_digest: "a".to_owned(),
    })
}

/// `upgrade 2 in=60 remedy=Pending other`: action, attempts, then more.
fn failures(text: &str) -> FailureStatus {
    let mut words = text.split(' ');
    let mut failed = FailureStatus {
        action: words.next().unwrap().to_owned(),
        attempts: words.next().unwrap().parse().unwrap(),
        reason: "TimedOut".to_owned(),
        message: "not ready in time".to_owned(),
        target: None,
        next_retry_at: None,
        since: now(),
        remedy: None,
        inputs: inputs("a"),
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("in", seconds) => {
                let pause = SignedDuration::from_secs(seconds.parse().unwrap());
                failed.next_retry_at = Some(now().checked_add(pause).unwrap());
            }
            ("remedy", word) => failed.remedy = Some(word.to_owned()),
            ("target", number) => failed.target = Some(number.parse().unwrap()),
            ("other", _) => failed.inputs = inputs("other"),
            (word, _) => panic!("{word}"),
        }
    }
    failed
}

fn good(revision: u32) -> Vec<Fact> {
    let values_digest = Some("b".to_owned());
    vec![Fact { revision, status: Status::Superseded, values_digest, ..Fact::default() }]
}

struct Case<'a> {
    state: State,
    failed: Option<&'a str>,
    tokens: Tokens,
    spec: serde_json::Value,
    blocked: Option<Timestamp>,
}

impl Case<'_> {
    fn decide(self) -> String {
        let release = release(&self.spec);
        let status =
            ReleaseStatus { failures: self.failed.map(failures), ..ReleaseStatus::default() };
        let given = Circumstances {
            release: &release,
            status: &status,
            facts: &good(4),
            inputs: &known(),
            tokens: self.tokens,
            blocked: self.blocked,
            now: now(),
        };
        format!("{:?}", next(self.state, &given))
    }
}

fn case(state: State) -> Case<'static> {
    Case { state, failed: None, tokens: Tokens::default(), spec: json!({}), blocked: None }
}

fn out_of_sync() -> State {
    State::OutOfSync { why: String::new() }
}

#[test]
fn a_state_without_failures_has_its_action() {
    let check = |state: State, expected: &str| {
        let action = case(state.clone()).decide();
        assert!(action.starts_with(expected), "{state:?}: {action}");
    };
    check(State::Unclaimed, "Claim");
    check(State::Absent, "Install { attempt: 1 }");
    check(out_of_sync(), "Upgrade { attempt: 1 }");
    check(State::Failed { revision: 2 }, "Upgrade { attempt: 1 }");
    check(State::InSync { revision: 2 }, "Settle { pinned: None }");
    check(State::Unpinned { target: 3 }, "Rollback { target: 3, cause: \"Pin\", attempt: 1 }");
    check(State::Pinned { target: 3, revision: 5 }, "Settle { pinned: Some((3, 5)) }");
    check(
        State::PinMissing { what: "revision 9".to_owned() },
        "Stall { reason: \"RollbackTargetMissing\"",
    );
    check(State::Rivalled { owner: "a/b".to_owned() }, "Stall { reason: \"ReleaseConflict\"");
    check(State::Suspended { pending: true }, "Hold { pending: true }");
    check(State::Unreadable, "Stall { reason: \"StorageDamaged\"");
    check(State::Orphaned { revision: 2 }, "Adopt { revision: 2 }");
    check(State::Deleting(Deleting::Released), "Forget");
    check(State::Deleting(Deleting::Done), "Release { left: None }");
    check(State::Deleting(Deleting::Leave("why")), "Release { left: Some(\"why\") }");
    check(State::Deleting(Deleting::Due), "Uninstall { cause: \"Deletion\", attempt: 1 }");
    let missing =
        Missing { reason: "ValuesFailed", stalled: None, message: "no".to_owned(), retry: false };
    check(State::Unavailable(missing), "Report { reason: \"ValuesFailed\"");
}

#[test]
fn others_are_left_alone_until_they_are_gone() {
    let check = |status, remaining, expected: &str| {
        let remaining = Duration::from_secs(remaining);
        let action = case(State::Busy { revision: 2, status, remaining }).decide();
        assert!(action.starts_with(expected), "{remaining:?}: {action}");
    };
    let waits = "AwaitOthers { revision: 2, status: PendingUpgrade, remaining: 290s }";
    check(Status::PendingUpgrade, 290, waits);
    check(Status::PendingUpgrade, 0, "Bury { revision: 2 }");
    check(Status::Uninstalling, 1, "AwaitOthers");
    check(Status::Uninstalling, 0, "Uninstall { cause: \"Remedy\", attempt: 1 }");
    let (revision, status) = (2, Status::PendingUpgrade);
    let deleting = |remaining| State::Deleting(Deleting::Busy { revision, status, remaining });
    assert_eq!(case(deleting(Duration::from_secs(290))).decide(), waits);
    assert_eq!(case(deleting(Duration::ZERO)).decide(), "Bury { revision: 2 }");
}

#[test]
fn attempts_wait_for_their_time() {
    let check = |failed: &'static str, expected: &str| {
        let action = Case { failed: Some(failed), ..case(out_of_sync()) }.decide();
        assert!(action.starts_with(expected), "{failed}: {action}");
    };
    check("upgrade 1 in=60", "Backoff { until: Some(2026-01-01T12:01:00Z), exhausted: false }");
    check("upgrade 1 in=0", "Upgrade { attempt: 2 }");
    check("upgrade 4 in=60", "Backoff { until: Some(2026-01-01T12:01:00Z), exhausted: true }");
    check("upgrade 4 in=-1", "Upgrade { attempt: 5 }");
    check("upgrade 4", "Backoff { until: None, exhausted: true }");
    check("upgrade 4 other", "Upgrade { attempt: 1 }");
    check(
        "upgrade 1 in=60 remedy=Pending",
        "Rollback { target: 4, cause: \"Remedy\", attempt: 1 }",
    );
    check("upgrade 1 in=60 remedy=RolledBack", "Backoff");
    check("install 1 in=60 remedy=Pending", "Uninstall { cause: \"Remedy\", attempt: 1 }");
    check("rollback 1 in=60 target=3", "Upgrade { attempt: 1 }");
}

#[test]
fn tokens_are_past_any_backoff() {
    let check = |tokens, failed, state, expected: &str| {
        let action = Case { failed, tokens, ..case(state) }.decide();
        assert!(action.starts_with(expected), "{tokens:?} {failed:?}: {action}");
    };
    let none = Tokens::default();
    let (reconcile, force, reset) = (
        Tokens { reconcile: true, ..none },
        Tokens { force: true, ..none },
        Tokens { reset: true, ..none },
    );
    let waiting = Some("upgrade 2 in=60");
    check(reconcile, waiting, out_of_sync(), "Upgrade { attempt: 3 }");
    check(force, waiting, out_of_sync(), "Upgrade { attempt: 3 }");
    check(reset, waiting, out_of_sync(), "Upgrade { attempt: 1 }");
    check(force, None, State::InSync { revision: 1 }, "Upgrade { attempt: 1 }");
    check(reconcile, None, State::InSync { revision: 1 }, "Settle");
    check(none, None, State::InSync { revision: 1 }, "Settle");
}

#[test]
fn what_came_to_no_revision_is_not_tried_at_once() {
    let later = now().checked_add(SignedDuration::from_secs(30)).unwrap();
    let blocked = Case { blocked: Some(later), ..case(State::Absent) }.decide();
    assert!(blocked.starts_with("Blocked"), "{blocked}");
    let due = Case { blocked: Some(now()), ..case(State::Absent) }.decide();
    assert!(due.starts_with("Install"), "{due}");
}

#[test]
fn a_failure_is_counted_and_its_remedy_is_policy() {
    let check =
        |policy: serde_json::Value, action, before: Option<&str>, had_good, expected: &str| {
            let policy: FailurePolicy = serde_json::from_value(policy).unwrap();
            let inputs = inputs("a");
            let failed = Failed {
                action,
                target: None,
                inputs: &inputs,
                reason: "TimedOut",
                message: "m",
                recorded: true,
                had_good,
                seed: 20,
            };
            let counted = count(before.map(failures).as_ref(), &failed, &policy, now());
            let pause = counted.next_retry_at.map(|at| at.duration_since(now()).as_secs());
            let text = format!(
                "{} {} {:?} {:?}",
                counted.action,
                counted.attempts,
                counted.remedy.as_deref().unwrap_or("-"),
                pause.map(|seconds| seconds / 10)
            );
            assert_eq!(text, expected, "{action} after {before:?}");
        };
    check(json!({}), "upgrade", None, true, r#"upgrade 1 "Pending" Some(2)"#);
    check(json!({}), "upgrade", None, false, r#"install 1 "-" Some(2)"#);
    check(json!({}), "install", None, false, r#"install 1 "-" Some(2)"#);
    check(
        json!({"install": "Uninstall"}),
        "install",
        None,
        false,
        r#"install 1 "Pending" Some(2)"#,
    );
    check(json!({"install": "Stop"}), "install", None, false, r#"install 1 "-" None"#);
    check(json!({"upgrade": "Retry"}), "upgrade", None, true, r#"upgrade 1 "-" Some(2)"#);
    check(json!({"upgrade": "Stop"}), "upgrade", None, true, r#"upgrade 1 "-" None"#);
    check(json!({}), "upgrade", Some("upgrade 3"), true, r#"upgrade 4 "Pending" Some(360)"#);
    check(
        json!({"retryStalled": "Never"}),
        "upgrade",
        Some("upgrade 3"),
        true,
        r#"upgrade 4 "Pending" None"#,
    );
    check(json!({}), "upgrade", Some("upgrade 3 other"), true, r#"upgrade 1 "Pending" Some(2)"#);
    check(json!({}), "rollback", None, true, r#"rollback 1 "-" Some(2)"#);
}

#[test]
fn pauses_double_up_to_the_limit_and_spread_by_a_fifth() {
    let policy = Backoff::default();
    for (attempts, seconds) in [(1, 30), (2, 60), (3, 120), (6, 900), (40, 900)] {
        for seed in 0..50 {
            let pause = backoff(&policy, attempts, seed).as_secs();
            assert!((seconds * 8 / 10..=seconds * 12 / 10).contains(&pause), "{attempts}: {pause}");
        }
    }
}

#[test]
fn a_token_counts_once() {
    let mut release = release(&json!({}));
    assert_eq!(new_tokens(&release, None), Tokens::default());
    let annotations = [(api::ANNOTATION_FORCE_AT.to_owned(), "1".to_owned())];
    release.metadata.annotations = Some(annotations.into());
    assert!(new_tokens(&release, None).force);
    let handled = present_tokens(&release);
    assert_eq!(new_tokens(&release, Some(&handled)), Tokens::default());
}
