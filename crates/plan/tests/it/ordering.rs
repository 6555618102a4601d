//! Plans of releases whose objects ask for an order.

use std::collections::BTreeSet;

use manifest::sequence::ChartOrder;
use plan::{Action, Cursor, Observed, Plan, Step, Wait, closing_steps};

use crate::world::{Case, id};

/// Objects of one line each, `KIND NAME GROUP FIRST@CHART`, where `-` is nothing.
fn yaml(lines: &[&str]) -> String {
    lines.iter().map(|line| object(line)).collect::<Vec<_>>().concat()
}

fn object(line: &str) -> String {
    let (line, chart) = line.split_once('@').unwrap_or((line, "app"));
    let [kind, name, group, first] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let version = if kind == "Deployment" { "apps/v1" } else { "v1" };
    let mut annotations = Vec::new();
    if group != "-" {
        annotations.push(format!("helm.sh/resource-group: {group}"));
    }
    if first != "-" {
        annotations.push(format!("helm.sh/depends-on/resource-groups: '[\"{first}\"]'"));
    }
    format!(
        "---\n# Source: {}/templates/a.yaml\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, \
         annotations: {{{}}}}}\n",
        chart.replace('/', "/charts/"),
        annotations.join(", ")
    )
}

const LINES: [&str; 4] = [
    "ConfigMap rest - -",
    "Deployment web web db",
    "ConfigMap web-config web db",
    "Deployment db db -",
];

fn case(action: Action) -> Case {
    Case::new(action, &yaml(&LINES))
}

fn waiting(case: Case) -> Case {
    case.with(|request| request.options.wait = Wait::Ready)
}

/// The charts `a`, then `b`.
fn siblings() -> ChartOrder {
    let whole = [("app/charts/b".to_owned(), ["a".to_owned()].into())].into();
    ChartOrder { whole, ..ChartOrder::default() }
}

#[test]
fn batches_are_applied_one_after_the_other() {
    assert_eq!(
        case(Action::Install).keys(),
        "prune-history begin apply/Deployment apply/ConfigMap/1 apply/Deployment/1 apply/ConfigMap/2 commit"
    );
}

#[test]
fn each_batch_is_ready_before_the_next_one_when_objects_are_waited_for() {
    assert_eq!(
        waiting(case(Action::Install)).keys(),
        "prune-history begin apply/Deployment await apply/ConfigMap/1 apply/Deployment/1 await/1 apply/ConfigMap/2 \
         await/2 commit"
    );
}

#[test]
fn what_is_dropped_goes_after_everything_is_applied_and_in_reverse() {
    let before = yaml(&[
        "Deployment old-db db -",
        "Deployment old-web web db",
        "ConfigMap old-web web db",
        "ConfigMap rest - -",
    ]);
    let case = waiting(case(Action::Upgrade)).before(&[&before]).owned(&before);
    assert_eq!(
        case.keys(),
        "prune-history begin apply/Deployment await apply/ConfigMap/1 apply/Deployment/1 await/1 apply/ConfigMap/2 \
         delete/Deployment delete/ConfigMap delete/Deployment/1 await/2 commit"
    );
}

#[test]
fn uninstalling_goes_in_reverse_and_waits_in_between_where_it_waits() {
    let manifest = yaml(&LINES);
    let case = Case::new(Action::Uninstall, "").before(&[&manifest]).owned(&manifest);
    assert_eq!(
        case.keys(),
        "mark-uninstalling delete/ConfigMap delete/Deployment/1 delete/ConfigMap/1 delete/Deployment/2 purge"
    );
    assert_eq!(
        waiting(case).keys(),
        "mark-uninstalling delete/ConfigMap await-gone/ConfigMap/rest delete/Deployment/1 delete/ConfigMap/1 \
         await-gone/Deployment/web/1 delete/Deployment/2 await-gone/Deployment/db/2 purge"
    );
}

#[test]
fn charts_wait_as_their_record_says() {
    let manifest = yaml(&["Deployment b - -@app/b", "Deployment a - -@app/a", "ConfigMap t - -"]);
    let install = Case::new(Action::Install, &manifest).with(|request| request.order = siblings());
    assert_eq!(
        install.keys(),
        "prune-history begin apply/ConfigMap apply/Deployment apply/Deployment/1 commit"
    );
    assert_eq!(install.plan().unwrap().order, siblings());
    let uninstall = |order: ChartOrder| {
        Case::new(Action::Uninstall, "")
            .before(&[&manifest])
            .owned(&manifest)
            .with(|request| request.order_before = order)
            .keys()
    };
    assert_eq!(
        uninstall(siblings()),
        "mark-uninstalling delete/Deployment delete/Deployment/1 delete/ConfigMap/1 purge"
    );
    // The record of Helm knows nothing of it, and one that is mad keeps nobody from deleting.
    let plain = "mark-uninstalling delete/Deployment delete/ConfigMap purge";
    assert_eq!(uninstall(ChartOrder::default()), plain);
    let mut mad = siblings();
    mad.whole.insert("app/charts/a".to_owned(), ["b".to_owned()].into());
    assert_eq!(uninstall(mad.clone()), plain);
    let refused = install.with(|request| request.order = mad).plan().unwrap_err();
    assert_eq!(refused.to_string(), "the recorded order of subcharts goes round in a circle");
}

#[test]
fn nothing_left_to_apply_is_no_matter_to_deletions() {
    let before = yaml(&["ConfigMap a - -@app/a"]);
    let case = Case::new(Action::Upgrade, "")
        .before(&[&before])
        .owned(&before)
        .with(|request| request.order = siblings());
    assert_eq!(case.keys(), "prune-history begin delete/ConfigMap commit");
}

#[test]
fn a_circle_is_refused_before_anything_changes() {
    let error = Case::new(Action::Install, &yaml(&["ConfigMap a a b", "ConfigMap b b a"]))
        .plan()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "resource-group circular dependency detected in app: cycle detected among nodes: a, b"
    );
}

#[test]
fn keys_are_unique_and_the_same_in_a_plan_made_anew_halfway() {
    let before = yaml(&["Deployment old-db db -", "Deployment old-web web db"]);
    let plan = |live: &str| -> Plan {
        waiting(case(Action::Upgrade)).before(&[&before]).owned(live).plan().unwrap()
    };
    let keys = |plan: &Plan| plan.steps.iter().map(Step::key).collect::<Vec<_>>();
    let (begun, halfway) = (plan(&before), plan(&yaml(&LINES)));
    assert_eq!(keys(&begun), keys(&halfway));
    let unique: BTreeSet<_> = keys(&begun).into_iter().collect();
    assert_eq!(unique.len(), begun.steps.len());
    for (place, key) in keys(&begun).iter().enumerate() {
        assert_eq!(halfway.cursor_at(key), Cursor { step: place });
    }
    let json = serde_json::to_string(&begun).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), begun);
}

#[test]
fn a_gate_that_fails_leaves_later_batches_alone_and_cleans_up_the_earlier_ones_in_reverse() {
    let plan = waiting(case(Action::Install))
        .with(|request| request.options.cleanup = true)
        .plan()
        .unwrap();
    let gate = plan.cursor_at("await/1");
    let observed = Observed::default();
    assert!(matches!(plan::progress(&plan, gate, &observed, true), plan::Next::Fail(_)));
    let closing = closing_steps(&plan, gate, "too slow");
    assert_eq!(
        closing.iter().map(Step::key).collect::<Vec<_>>(),
        ["record-failure", "delete/Deployment/1", "delete/ConfigMap/1", "delete/Deployment"]
    );
}

#[test]
fn drift_is_put_in_order_batch_by_batch() {
    let plan = waiting(case(Action::Upgrade)).plan().unwrap();
    let target = plan.target.clone();
    let correction =
        plan.without_revision(target).only(&[id("Deployment", "db"), id("ConfigMap", "rest")]);
    let keys: Vec<_> = correction.steps.iter().map(Step::key).collect();
    assert_eq!(keys, ["apply/Deployment", "await", "await/1", "apply/ConfigMap/2", "await/2"]);
}

#[test]
fn the_server_does_not_see_the_annotation_that_it_refuses() {
    let plan = case(Action::Install)
        .hooks(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: h, annotations: {helm.sh/hook: pre-install, \
             helm.sh/depends-on/resource-groups: '[\"a\"]'}}\n",
        )
        .plan()
        .unwrap();
    for step in &plan.steps {
        let objects = match step {
            Step::Apply { objects, .. } => objects.clone(),
            Step::RunHook { object, .. } => vec![object.clone()],
            _ => continue,
        };
        for object in objects {
            let annotations = object.value.at(&["metadata", "annotations"]).unwrap();
            assert!(!annotations.to_string().contains("depends-on"), "{annotations}");
        }
    }
}

#[test]
fn what_is_not_heeded_is_told() {
    let half = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {helm.sh/readiness-failure: '[]'}}\n";
    let manifest = format!("{}---\n{half}", yaml(&["ConfigMap a lonely -"]));
    let warnings = Case::new(Action::Install, &manifest).plan().unwrap().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("sequencing: resource-group \"lonely\" is isolated"));
    assert!(warnings[1].ends_with("absent together; the rule of its kind decides"));
}
