//! One table: how a Release is, and what that is called.

use serde_json::json;

use super::*;

/// A Release `shop/web` with changes to its metadata and spec.
fn release(text: &str) -> Release {
    let mut object = json!({
        "apiVersion": "chartctl.dev/v1alpha1",
        "kind": "Release",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "finalizers": [FINALIZER]},
        "spec": {"chart": {"configMap": {"name": "web-chart"}}},
    });
    for word in text.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let spec = &mut object["spec"];
        match key {
            "deleted" => object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"),
            "unclaimed" => object["metadata"]["finalizers"] = json!([]),
            "suspended" => spec["suspend"] = json!(true),
            "timeout" => spec["timeout"] = json!(value),
            "orphan" => spec["deletionPolicy"] = json!("Orphan"),
            "pin" => spec["rollbackTo"] = json!({"revision": value.parse::<u32>().unwrap()}),
            "pin-version" => spec["rollbackTo"] = json!({"chartVersion": value}),
            _ => panic!("{word}"),
        }
    }
    serde_json::from_value(object).unwrap()
}

/// `1 deployed a`, `2 failed b ours`, `3 deployed a back=1`: number, status, inputs, then more.
fn facts(text: &str) -> Vec<Fact> {
    let entries = text.split(", ").filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let mut words = entry.split(' ');
            let revision: u32 = words.next().unwrap().parse().unwrap();
            let status = words.next().unwrap();
            let mut fact = Fact {
                revision,
                status: Status::from(status),
                chart: "web".to_owned(),
                version: "1.0.0".to_owned(),
                ..Fact::default()
            };
            for word in words {
                match word {
                    "ours" => {
                        fact.operation = Some("op".to_owned());
                        fact.owner = Some("shop/web".to_owned());
                    }
                    "beats" => fact.beats = true,
                    "foreign" => fact.chart_digest = None,
                    word if word.starts_with("back=") => {
                        fact.rollback_revision = word[5..].parse().unwrap();
                    }
                    word if word.starts_with("version=") => fact.version = word[8..].to_owned(),
                    inputs => {
                        fact.chart_digest = Some("sha256:chart".to_owned());
                        fact.values_digest = Some(inputs.to_owned());
                    }
                }
            }
            fact
        })
        .collect()
}

fn desired(values: &str) -> Inputs {
    Inputs::Known(Desired {
        chart_digest: "sha256:chart".to_owned(),
        chart: "web".to_owned(),
        version: "1.0.0".to_owned(),
        values_digest: values.to_owned(),
    })
}

/// `upgrade Spec a`: action, cause, inputs, and the target of a rollback.
fn operation(text: &str) -> OperationStatus {
    let words: Vec<_> = text.split(' ').collect();
    serde_json::from_value(json!({
        "id": "op", "action": words[0], "step": "apply/Deployment", "revision": 2,
        "target": words.get(3).map(|target| target.parse::<u32>().unwrap()),
        "cause": words[1], "startedAt": "2026-01-01T00:00:00Z", "deadline": "2026-01-01T00:05:00Z",
        "attempt": 1,
        "inputs": {"generation": 1, "chartDigest": "sha256:chart", "valuesDigest": words[2]},
    }))
    .unwrap()
}

fn state(given: &str, stored: &str, running: Option<&str>, inputs: &Inputs) -> State {
    let (release, facts) = (release(given), facts(stored));
    let status = ReleaseStatus { operation: running.map(operation), ..ReleaseStatus::default() };
    let unchanged = Duration::from_secs(7);
    let seen =
        Seen { release: &release, status: &status, facts: &facts, rival: None, inputs, unchanged };
    observe(&seen)
}

/// What the spec asks for has the values `a`.
fn check(given: &str, stored: &str, expected: &str) {
    let state = format!("{:?}", state(given, stored, None, &desired("a")));
    assert!(state.starts_with(expected), "{given:?} with {stored:?}: {state}");
}

#[test]
fn what_is_stored_is_held_against_what_is_asked_for() {
    check("", "", "Absent");
    check("", "1 deployed a", "InSync { revision: 1 }");
    check("", "1 superseded b, 2 deployed a", "InSync { revision: 2 }");
    check("", "1 deployed b", "OutOfSync { why: \"the values are others than those of revision 1");
    check("", "1 deployed b, 2 failed a", "Failed { revision: 2 }");
    check("", "1 deployed a, 2 failed b", "OutOfSync");
    check("", "1 failed a", "Failed { revision: 1 }");
    check("", "1 uninstalled a", "Absent");
    check("", "1 deployed a, 2 uninstalled a", "OutOfSync");
    check("", "1 superseded a", "OutOfSync { why: \"revision 1 is superseded");
    check("", "1 deployed", "Unreadable");
    check("", "1 deployed a, 2 deployed", "OutOfSync");
    check("", "1 deployed a version=2.0.0", "InSync");
    check("", "1 deployed a foreign", "InSync");
    check(
        "",
        "1 deployed a foreign version=2.0.0",
        "OutOfSync { why: \"revision 1 has chart web-2.0.0, the spec asks for web-1.0.0",
    );
}

#[test]
fn pending_records_are_ours_or_somebody_elses() {
    check("", "1 pending-install a", "Busy { revision: 1, status: PendingInstall");
    check("", "1 pending-install a ours", "Orphaned { revision: 1 }");
    check("", "1 deployed a, 2 pending-rollback b ours back=1", "Orphaned { revision: 2 }");
    check("", "1 uninstalling a", "Busy { revision: 1, status: Uninstalling");
    check("", "1 pending-install a, 2 deployed a", "InSync");
}

/// How long a record has been as it is, and whether that means that its holder is gone.
#[test]
fn what_others_left_pending_is_judged_by_our_own_clock() {
    let check = |given: &str, stored: &str, unchanged: u64, expected: &str| {
        let (release, facts) = (release(given), facts(stored));
        let seen = Seen {
            release: &release,
            status: &ReleaseStatus::default(),
            facts: &facts,
            rival: None,
            inputs: &desired("a"),
            unchanged: Duration::from_secs(unchanged),
        };
        let state = format!("{:?}", observe(&seen));
        assert!(
            state.ends_with(expected),
            "{given:?} with {stored:?} after {unchanged} s: {state}"
        );
    };
    let (helm, ours) = ("1 pending-upgrade b", "1 pending-upgrade b ours");
    let beating = "1 pending-upgrade b beats";
    for given in ["", "deleted"] {
        let done = if given.is_empty() { "remaining: 0ns }" } else { "Pending { revision: 1 })" };
        let left = if given.is_empty() { " }" } else { " })" };
        check(given, helm, 10, &format!("remaining: 290s{left}"));
        check(given, helm, 300, done);
        check(given, beating, 10, &format!("remaining: 20s{left}"));
        check(given, beating, 30, done);
    }
    check("timeout=10m", helm, 300, "remaining: 300s }");
    check("timeout=10m", beating, 30, "remaining: 0ns }");
    check("deleted", ours, 0, "Pending { revision: 1 })");
    check("deleted orphan", helm, 0, "Leave(\"its deletionPolicy is Orphan\"))");
}

#[test]
fn a_pin_wins_over_chart_and_values() {
    let three = "1 superseded b, 2 superseded c, 3 deployed a";
    check("pin=1", three, "Unpinned { target: 1 }");
    check("pin=3", three, "Pinned { target: 3, revision: 3 }");
    check("pin=9", three, "PinMissing { what: \"revision 9\" }");
    check(
        "pin=1",
        "1 superseded b, 2 superseded a, 3 deployed b back=1",
        "Pinned { target: 1, revision: 3 }",
    );
    check("pin=1", "1 superseded b, 2 deployed a, 3 failed b back=1", "Unpinned { target: 1 }");
    let versions = "1 superseded b version=0.9.0, 2 superseded c version=0.9.0, 3 deployed a";
    check("pin-version=0.9.0", versions, "Unpinned { target: 2 }");
    check("pin-version=0.1.0", versions, "PinMissing");
    let back = "2 superseded c version=0.9.0, 3 superseded a, 4 deployed c version=0.9.0 back=2";
    check("pin-version=0.9.0", back, "Pinned { target: 2, revision: 4 }");
}

#[test]
fn being_deleted_and_suspended_come_first() {
    check("unclaimed", "", "Unclaimed");
    check("suspended", "1 deployed b", "Suspended { pending: true }");
    check("suspended", "1 deployed a", "Suspended { pending: false }");
    check("deleted unclaimed", "1 deployed a", "Deleting(Released)");
    check("deleted suspended", "1 deployed a", "Deleting(Leave(\"the Release is suspended\"))");
    check("deleted orphan", "1 deployed a", "Deleting(Leave(\"its deletionPolicy is Orphan\"))");
    check("deleted", "1 deployed a", "Deleting(Due)");
    check("deleted", "1 pending-install a", "Deleting(Busy { revision: 1, status: PendingInstall");
    check("deleted", "1 pending-install a ours", "Deleting(Pending { revision: 1 })");
    check("deleted", "", "Deleting(Done)");
    check("deleted", "1 uninstalled a", "Deleting(Done)");
}

#[test]
fn a_running_operation_goes_on_while_it_is_wanted() {
    let check = |given: &str, running: &str, inputs: &Inputs, expected: &str| {
        let state = format!("{:?}", state(given, "1 deployed a", Some(running), inputs));
        assert!(state.starts_with(expected), "{given:?} while {running:?}: {state}");
    };
    let (same, other) = (desired("a"), desired("b"));
    let unknown = Inputs::Missing(Missing {
        reason: "SourceFailed",
        stalled: None,
        message: String::new(),
        retry: true,
    });
    check("", "upgrade Spec a", &same, "Running");
    check("", "upgrade Spec a", &other, "Outdated");
    check("", "upgrade Spec a", &unknown, "Running");
    check("pin=1", "upgrade Spec a", &same, "Outdated");
    check("", "rollback Remedy a 1", &same, "Running");
    check("", "rollback Remedy a 1", &other, "Outdated");
    check("", "uninstall Remedy a", &other, "Running");
    check("pin=1", "rollback Pin a 1", &other, "Running");
    check("", "rollback Pin a 1", &same, "Outdated");
    check("pin=1", "rollback Pin a 7", &same, "Outdated");
    check("suspended", "upgrade Spec a", &same, "Suspended");
    check("deleted", "upgrade Spec a", &same, "Deleting(Interrupt");
    check("deleted", "uninstall Deletion a", &same, "Deleting(Running");
}

#[test]
fn a_rival_stops_everything_even_deleting() {
    let inputs = desired("a");
    for (given, expected) in [("", "Rivalled"), ("deleted", "Deleting(Leave")] {
        let release = release(given);
        let (status, facts) = (ReleaseStatus::default(), facts("1 deployed b"));
        let seen = Seen {
            release: &release,
            status: &status,
            facts: &facts,
            rival: Some("shop/older"),
            inputs: &inputs,
            unchanged: Duration::ZERO,
        };
        assert!(format!("{:?}", observe(&seen)).starts_with(expected));
    }
}
