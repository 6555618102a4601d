//! Rules about the order that annotations ask for, and about the rules of readiness that objects bring along.
//!
//! Helm 4.3.1 has none of them. They speak up only about charts that use these annotations.

use std::sync::Arc;

use chart::Chart;
use manifest::ready::custom;
use manifest::sequence::{ChartOrder, Member, sequence};

use crate::finding::{Finding, Findings};

/// What a chart has to mention for any of these rules to be about it.
const WORDS: [&str; 3] = ["helm.sh/resource-group", "helm.sh/depends-on/", "helm.sh/readiness-"];

/// Checks a chart as it was loaded and resolved, with what its templates print.
pub(crate) fn check(
    given: &Chart,
    resolved: &Chart,
    files: &[(String, String)],
    findings: &mut Vec<Finding>,
) {
    let order = match chart::order(given, resolved) {
        Ok(chart::Order { own, whole }) => ChartOrder { own, whole },
        Err(error) => return Findings::of("Chart.yaml", findings).error(error.to_string()),
    };
    if !files.iter().any(|(_, text)| WORDS.iter().any(|word| text.contains(word))) {
        return;
    }
    let printed: Vec<(String, Arc<String>)> = files
        .iter()
        .filter(|(path, _)| !render::is_notes(path))
        .map(|(path, text)| (path.clone(), Arc::new(text.clone())))
        .collect();
    // What is no object is for other rules.
    let Ok((bundle, _)) = manifest::documents(&printed).and_then(manifest::Documents::into_bundle)
    else {
        return;
    };
    let mut found = Findings::of("templates/", findings);
    let members: Vec<Member<'_>> = bundle.objects.iter().map(Member::of).collect();
    match sequence(&members, &order) {
        Ok(sequence) => sequence.warnings.into_iter().for_each(|text| found.warning(text)),
        Err(error) => found.error(error.to_string()),
    }
    for object in &bundle.objects {
        if let Some(complaint) = custom::complaint(&object.value) {
            found.error(complaint.about(&format!("{}/{}", object.id.gvk.kind, object.id.name)));
        }
    }
}
