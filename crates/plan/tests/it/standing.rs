//! Which objects a plan leaves alone.

use plan::{Action, Step, Update};
use value::Value;

use crate::world::{Case, live, yaml};

const OBJECT: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {key: value}
";

/// The object as the server has it after we applied it.
const LIVE: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: prod
  resourceVersion: "7"
  labels: {app.kubernetes.io/managed-by: Helm}
  annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: prod}
  managedFields:
    - manager: helm
      operation: Apply
      apiVersion: v1
      fieldsV1:
        "f:data": {"f:key": {}}
        "f:metadata":
          "f:labels": {"f:app.kubernetes.io/managed-by": {}}
          "f:annotations": {"f:meta.helm.sh/release-name": {}, "f:meta.helm.sh/release-namespace": {}}
data: {key: value}
"#;

fn case(live: &str) -> Case {
    Case::new(Action::Upgrade, OBJECT).before(&[OBJECT]).exists(live)
}

/// Whether the object is left alone, and handed over before it is applied.
fn check(case: &Case, expected: (bool, bool)) {
    let plan = case.plan().unwrap();
    let found = plan.steps.iter().find_map(|step| match step {
        Step::Apply { objects, unchanged, handover, .. } => {
            assert_eq!(objects.len(), 1, "the step lists every object");
            Some((!unchanged.is_empty(), !handover.is_empty()))
        }
        _ => None,
    });
    assert_eq!(found, Some(expected));
}

#[test]
fn what_is_as_it_was_applied_is_left_alone_with_evidence() {
    check(&case(LIVE), (true, false));
    let plan = case(LIVE).plan().unwrap();
    assert_eq!(plan.summary().to_string(), "=1 unchanged");
    assert!(plan.steps.iter().any(|step| matches!(
        step,
        Step::Apply { unchanged, .. } if unchanged[0].version == "7"
    )));
    // An adopted object that happens to be so needs nothing either.
    check(&Case::new(Action::Install, OBJECT).exists(LIVE), (true, false));
}

#[test]
fn whatever_is_different_is_applied() {
    let changed = |from: &str, to: &str| {
        assert!(LIVE.contains(from), "{from}");
        check(&case(&LIVE.replace(from, to)), (false, false));
    };
    changed("data: {key: value}", "data: {key: other}");
    changed("\"f:data\": {\"f:key\": {}}", "\"f:else\": {}");
    changed("{\"f:key\": {}}", "{\"f:key\": {}, \"f:more\": {}}");
    changed("manager: helm", "manager: somebody");
    changed("operation: Apply\n      apiVersion: v1", "operation: Apply\n      apiVersion: v2");
    changed("managed-by: Helm", "managed-by: me");
    changed("name: a\n", "name: a\n  deletionTimestamp: \"2026-11-21T03:00:00Z\"\n");
    check(&Case::new(Action::Upgrade, OBJECT).before(&[OBJECT]), (false, false));

    let wanted = OBJECT.replace("value", "other");
    check(&Case::new(Action::Upgrade, &wanted).before(&[OBJECT]).exists(LIVE), (false, false));
    let replaced = case(LIVE).with(|request| request.options.update = Update::Replace);
    check(&replaced, (false, false));
}

#[test]
fn what_a_failed_attempt_made_of_it_is_undone() {
    let attempt = OBJECT.replace("value", "attempt");
    let live = LIVE.replace("data: {key: value}", "data: {key: attempt}");
    check(&case(&live).before(&[OBJECT, &attempt]), (false, false));
    // It did not come to this object.
    check(&case(LIVE).before(&[OBJECT, &attempt]), (true, false));
}

#[test]
fn what_the_server_writes_in_its_own_way_is_the_same_only_when_it_was_sent_like_this_before() {
    let object = OBJECT.replace("key: value", "key: 1000m");
    let live = LIVE.replace("data: {key: value}", "data: {key: \"1\"}");
    check(&Case::new(Action::Upgrade, &object).before(&[&object]).exists(&live), (true, false));
    check(&Case::new(Action::Upgrade, &object).before(&[OBJECT]).exists(&live), (false, false));
    let attempted = [object.as_str(), OBJECT];
    check(&Case::new(Action::Upgrade, &object).before(&attempted).exists(&live), (false, false));
}

#[test]
fn fields_of_client_side_owners_are_handed_over() {
    let with = |manager: &str, rest: &str| {
        let entry = format!(
            "managedFields:\n    - {{manager: {manager}, operation: Update, apiVersion: v1, fieldsV1: {{}}{rest}}}"
        );
        LIVE.replace("managedFields:", &entry)
    };
    check(&case(&with("helm", "")), (false, true));
    check(&case(&with("Helm", "")), (false, true));
    check(&case(&with("helm", ", subresource: status")), (true, false));
    check(&case(&with("kubectl-client-side-apply", "")), (true, false));
    let taken_over =
        case(&with("kubectl-client-side-apply", "")).with(|request| request.migrate = true);
    check(&taken_over, (false, true));
}

#[test]
fn labels_to_find_it_by_are_those_that_every_revision_gave_it() {
    let labelled =
        |labels: &str| OBJECT.replace("name: a", &format!("name: a, labels: {{{labels}}}"));
    let case = Case::new(Action::Upgrade, &labelled("app: web, chart: web-2"))
        .before(&[&labelled("app: web, chart: web-1"), &yaml("Secret s")]);
    let sought = plan::sought(&case.request, &case.live.scopes).unwrap();
    let found: Vec<_> = sought
        .iter()
        .map(|one| {
            (
                one.id.name.as_str(),
                one.expected,
                one.labels.keys().cloned().collect::<Vec<_>>().join(" "),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("a", true, "app app.kubernetes.io/managed-by".to_owned()),
            ("s", false, "app.kubernetes.io/managed-by".to_owned()),
        ]
    );
}

#[test]
fn the_evidence_of_an_object_that_is_left_alone_is_its_version() {
    let without: Value = live(&LIVE.replace("resourceVersion: \"7\"", "generation: 1"));
    let text = value::json::to_string(&without);
    check(&case(&text), (false, false));
}
