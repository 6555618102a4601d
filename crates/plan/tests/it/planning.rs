//! Which steps a request makes.

use plan::{Action, Adoption, CrdPolicy, Skipped, Step, Wait};

use crate::world::{Case, crd, hook, names, yaml};

#[test]
fn an_installation_locks_applies_by_kind_and_commits() {
    let case = Case::new(
        Action::Install,
        &yaml("Deployment web, ConfigMap a, ConfigMap b, ClusterRole r"),
    );
    assert_eq!(
        case.keys(),
        "prune-history begin apply/ConfigMap apply/ClusterRole apply/Deployment commit"
    );
}

#[test]
fn waiting_and_making_the_namespace_are_steps() {
    let case = Case::new(Action::Install, &yaml("Deployment web")).with(|request| {
        request.options.wait = Wait::Ready;
        request.options.create_namespace = true;
    });
    assert_eq!(case.keys(), "create-namespace prune-history begin apply/Deployment await commit");
}

#[test]
fn a_paused_deployment_is_not_waited_for() {
    let manifest =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n";
    let case =
        Case::new(Action::Install, manifest).with(|request| request.options.wait = Wait::Ready);
    assert_eq!(case.keys(), "prune-history begin apply/Deployment commit");
}

#[test]
fn an_object_gets_the_marks_of_its_release_and_its_namespace() {
    let plan = Case::new(Action::Install, &yaml("ConfigMap a, ClusterRole r")).plan().unwrap();
    let applied: Vec<_> = plan
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Apply { objects, .. } => Some(&objects[0]),
            _ => None,
        })
        .map(|object| {
            let text = |path: &[&str]| object.value.str_at(path).unwrap_or("-").to_owned();
            [
                text(&["metadata", "namespace"]),
                text(&["metadata", "labels", "app.kubernetes.io/managed-by"]),
                text(&["metadata", "annotations", "meta.helm.sh/release-name"]),
                text(&["metadata", "annotations", "meta.helm.sh/release-namespace"]),
            ]
            .join(" ")
        })
        .collect();
    assert_eq!(applied, ["prod Helm web prod", "- Helm web prod"]);
}

#[test]
fn what_any_revision_since_the_deployed_one_had_is_pruned() {
    let case = Case::new(Action::Upgrade, &yaml("ConfigMap a"))
        .before(&[&yaml("ConfigMap a, ConfigMap b"), &yaml("Secret left-by-failed-attempt")])
        .owned(&yaml("ConfigMap a, ConfigMap b, Secret left-by-failed-attempt"));
    assert_eq!(case.sought(), "ConfigMap/a ConfigMap/b Secret/left-by-failed-attempt?");
    assert_eq!(
        case.keys(),
        "prune-history begin apply/ConfigMap delete/ConfigMap delete/Secret commit"
    );
}

#[test]
fn a_plan_made_anew_has_the_same_steps_when_part_of_it_is_done() {
    let request = || {
        Case::new(Action::Upgrade, &yaml("ConfigMap a")).before(&[&yaml("ConfigMap b, Secret c")])
    };
    let (before, halfway) = (request().owned(&yaml("ConfigMap b, Secret c")), request());
    assert_eq!(before.keys(), halfway.keys());
}

#[test]
fn what_others_own_or_a_policy_keeps_stays() {
    let kept = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}\n";
    let plan = Case::new(Action::Upgrade, "")
        .before(&[&format!("{}---\n{kept}", yaml("ConfigMap foreign, ConfigMap mine"))])
        .owned(&yaml("ConfigMap mine"))
        .owned(kept)
        .exists(&yaml("ConfigMap foreign"))
        .plan()
        .unwrap();
    let stays: Vec<_> = plan
        .skipped
        .iter()
        .map(|skipped| match skipped {
            Skipped::Kept { object } => format!("kept {}", object.name),
            Skipped::Foreign { object } => format!("foreign {}", object.name),
            Skipped::Elsewhere { object, chart } => format!("{} came with {chart}", object.name),
        })
        .collect();
    assert_eq!(stays, ["foreign foreign", "kept kept"]);
    let deleted: Vec<_> = plan
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Delete { objects, .. } => Some(objects),
            _ => None,
        })
        .flatten()
        .map(|doomed| doomed.id.name.as_str())
        .collect();
    assert_eq!(deleted, ["mine"]);
    assert_eq!(plan.summary().to_string(), "-1 delete  =1 keep");
}

#[test]
fn existing_objects_are_adopted_only_as_far_as_allowed() {
    let check = |existing: fn(Case) -> Case, adoption, allowed: bool| {
        let case = existing(Case::new(Action::Install, &yaml("ConfigMap a")))
            .with(|request| request.options.adoption = adoption);
        assert_eq!(case.plan().is_ok(), allowed, "{adoption:?}");
    };
    let unowned = |case: Case| case.exists(&yaml("ConfigMap a"));
    let ours = |case: Case| case.owned(&yaml("ConfigMap a"));
    check(ours, Adoption::Owned, true);
    check(unowned, Adoption::Owned, false);
    check(unowned, Adoption::Unowned, true);
    check(unowned, Adoption::Any, true);
}

#[test]
fn an_object_of_another_release_is_refused_by_name() {
    let foreign = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {app.kubernetes.io/managed-by: Helm}\n  annotations: {meta.helm.sh/release-name: other, meta.helm.sh/release-namespace: prod}\n";
    let error =
        Case::new(Action::Install, &yaml("ConfigMap a")).exists(foreign).plan().unwrap_err();
    assert_eq!(
        error.to_string(),
        "ConfigMap \"a\" in namespace \"prod\" exists and cannot be imported into the current release: \
         invalid ownership metadata; annotation validation error: key \"meta.helm.sh/release-name\" must equal \"web\": current value is \"other\""
    );
}

#[test]
fn a_kind_that_is_not_served_is_refused() {
    let error = Case::new(Action::Install, &yaml("Widget w")).plan().unwrap_err();
    assert_eq!(
        error.to_string(),
        "resource mapping not found for name: \"w\" namespace: \"prod\" from \"\": no matches for kind \"Widget\" in version \"example.com/v1\"\n\
         ensure CRDs are installed first"
    );
}

#[test]
fn a_definition_is_served_before_its_objects_wherever_it_stands() {
    let definition = crd("[{name: v1, served: true, storage: true}]");
    let in_crds = Case::new(Action::Install, &yaml("Widget w"))
        .with(|request| request.crds = crate::world::objects(&definition));
    assert_eq!(
        in_crds.keys(),
        "prune-history begin apply-crds await-established/CustomResourceDefinition/widgets.example.com apply/Widget commit"
    );
    let in_templates = Case::new(Action::Install, &format!("{definition}{}", yaml("Widget w")));
    assert_eq!(
        in_templates.keys(),
        "prune-history begin apply/CustomResourceDefinition await-established/CustomResourceDefinition/widgets.example.com apply/Widget commit"
    );
    let skipped = Case::new(Action::Upgrade, &yaml("ConfigMap a")).with(|request| {
        request.crds = crate::world::objects(&definition);
        request.options.crds = CrdPolicy::Skip;
    });
    assert_eq!(skipped.keys(), "prune-history begin apply/ConfigMap commit");
}

#[test]
fn a_definition_that_would_lose_stored_objects_is_refused() {
    let stored = format!("{}status: {{storedVersions: [v1alpha1]}}\n", crd("[{name: v1alpha1}]"));
    let error = Case::new(Action::Upgrade, "")
        .with(|request| request.crds = crate::world::objects(&crd("[{name: v1}]")))
        .exists(&stored)
        .plan()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "refusing to change CustomResourceDefinition \"widgets.example.com\": version \"v1alpha1\" would go, in which objects are stored"
    );
}

#[test]
fn a_definition_keeps_the_conversion_that_stored_objects_need() {
    let both = "[{name: v1}, {name: v1beta1}]";
    let webhook = crd(both).replace("spec:", "spec:\n  conversion: {strategy: Webhook}");
    let stored = format!("{webhook}status: {{storedVersions: [v1beta1, v1]}}\n");
    let error = Case::new(Action::Upgrade, "")
        .with(|request| request.crds = crate::world::objects(&crd(both)))
        .exists(&stored)
        .plan()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "refusing to change CustomResourceDefinition \"widgets.example.com\": the conversion between versions would go, while objects are stored in v1beta1 and v1"
    );
}

#[test]
fn a_definition_of_another_chart_or_a_newer_version_stays_as_it_is() {
    let labelled = |chart: &str| {
        crd("[{name: v1}]")
            .replace("metadata: {", &format!("metadata: {{labels: {{helm.sh/chart: {chart}}}, "))
    };
    let keys = |existing: &str, wanted: &str| {
        let case = Case::new(Action::Upgrade, "")
            .with(|request| request.crds = crate::world::objects(&labelled(wanted)))
            .exists(&labelled(existing));
        let plan = case.plan().unwrap();
        (case.keys().contains("apply-crds"), plan.skipped.len())
    };
    assert_eq!(keys("widgets-1.2.0", "widgets-1.10.0"), (true, 0));
    assert_eq!(keys("widgets-1.10.0", "widgets-1.2.0"), (false, 1));
    assert_eq!(keys("gadgets-1.0.0", "widgets-1.2.0"), (false, 1));
}

#[test]
fn of_two_documents_for_one_object_the_later_one_counts() {
    let twice = format!(
        "{}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{count: '2'}}\n",
        yaml("ConfigMap a")
    );
    let plan = Case::new(Action::Install, &twice).plan().unwrap();
    let Some(Step::Apply { objects, .. }) =
        plan.steps.iter().find(|step| matches!(step, Step::Apply { .. }))
    else {
        panic!("nothing is applied");
    };
    assert_eq!(objects.len(), 1, "{objects:?}");
    assert_eq!(objects[0].value.str_at(&["data", "count"]), Some("2"));
}

#[test]
fn hooks_run_by_weight_one_after_the_other_and_are_deleted_by_policy() {
    let hooks = [
        hook("late", "helm.sh/hook: pre-upgrade, helm.sh/hook-weight: '5'"),
        hook(
            "early",
            "helm.sh/hook: 'pre-upgrade,post-install', helm.sh/hook-delete-policy: hook-succeeded",
        ),
    ]
    .concat();
    let case = Case::new(Action::Upgrade, &yaml("ConfigMap a")).hooks(&hooks);
    assert_eq!(names(&case.request.hooks), ["late", "early"]);
    assert_eq!(
        case.keys(),
        "prune-history begin \
         run-hook/pre-upgrade/1 await-hook/pre-upgrade/1 finish-hook/pre-upgrade/1 \
         delete-hook/pre-upgrade/0/before await-gone/Job/late \
         run-hook/pre-upgrade/0 await-hook/pre-upgrade/0 finish-hook/pre-upgrade/0 \
         delete-hook/pre-upgrade/1/after apply/ConfigMap commit"
    );
    let without = case.with(|request| request.options.hooks = false);
    assert_eq!(without.keys(), "prune-history begin apply/ConfigMap commit");
}

#[test]
fn an_uninstallation_marks_deletes_in_reverse_and_purges() {
    let case = Case::new(Action::Uninstall, "")
        .before(&[&yaml("ConfigMap a, Deployment web")])
        .owned(&yaml("ConfigMap a, Deployment web"))
        .with(|request| request.prune_history = vec![1, 2, 3]);
    assert_eq!(case.keys(), "mark-uninstalling delete/Deployment delete/ConfigMap purge");
    let kept = case.with(|request| {
        request.options.keep_history = true;
        request.options.wait = Wait::Ready;
    });
    assert_eq!(
        kept.keys(),
        "mark-uninstalling delete/Deployment delete/ConfigMap await-gone/Deployment/web mark-uninstalled"
    );
}

#[test]
fn a_plan_survives_being_stored() {
    let plan = Case::new(Action::Upgrade, &yaml("ConfigMap a, Deployment web"))
        .hooks(&hook("job", "helm.sh/hook: pre-upgrade"))
        .before(&[&yaml("Secret s")])
        .owned(&yaml("Secret s"))
        .plan()
        .unwrap();
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<plan::Plan>(&json).unwrap(), plan);
}

#[test]
fn what_only_a_failed_attempt_had_is_the_releases_when_it_says_so_itself() {
    let case = || {
        Case::new(Action::Upgrade, &yaml("ConfigMap a, ConfigMap b"))
            .before(&[&yaml("ConfigMap a"), &yaml("ConfigMap a, ConfigMap b")])
    };
    assert_eq!(case().sought(), "ConfigMap/a ConfigMap/b?");
    let summary = case().owned(&yaml("ConfigMap a")).plan().unwrap().summary();
    assert_eq!(summary.to_string(), "+1 create  ~1 update");
    assert!(case().owned(&yaml("ConfigMap b")).plan().is_ok());
    assert!(case().exists(&yaml("ConfigMap b")).plan().is_err());
}

#[test]
fn an_object_that_is_on_its_way_out_is_waited_for() {
    let leaving = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, deletionTimestamp: \"2026-11-21T03:00:00Z\"}\n";
    let case = Case::new(Action::Install, &yaml("ConfigMap a, ConfigMap b")).owned(leaving);
    assert_eq!(case.keys(), "prune-history begin await-gone/ConfigMap/a apply/ConfigMap commit");
}

#[test]
fn an_object_without_a_name_is_refused() {
    let unnamed = "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n";
    let text = "the manifest: ConfigMap has metadata.generateName and no metadata.name: resource name may not be empty";
    let error = Case::new(Action::Install, unnamed).plan().unwrap_err();
    assert_eq!(error.to_string(), text);

    let hook = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-, annotations: {helm.sh/hook: pre-install}}\n";
    let case = |action| Case::new(action, "").hooks(hook);
    let text = "web/templates/hooks.yaml: Pod has metadata.generateName and no metadata.name: resource name may not be empty";
    assert_eq!(case(Action::Install).plan().unwrap_err().to_string(), text);
    assert!(case(Action::Install).with(|request| request.options.hooks = false).plan().is_ok());
    assert!(case(Action::Uninstall).plan().is_ok());
}
