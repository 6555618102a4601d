//! Rules about `crds/`: its files are YAML and define resources.

use crate::documents;
use crate::finding::{Finding, Findings};
use crate::{Entry, Subject};

/// The folder, as messages name it.
const FOLDER: &str = "crds/";

/// Checks the definitions of the chart and of the charts in it.
pub(crate) fn check(subject: &Subject, findings: &mut Vec<Finding>) {
    match &subject.crds {
        Entry::Missing => return,
        Entry::Folder => {}
        Entry::File(_) => return Findings::of(FOLDER, findings).error("not a directory"),
        Entry::Unreadable(why) => return Findings::of(FOLDER, findings).error(why),
    }
    let chart = match &subject.chart {
        Ok(chart) => chart,
        Err(error) => return Findings::of(FOLDER, findings).unloadable("", error),
    };
    for crd in chart.crds() {
        let mut found = Findings::of(within_chart(&crd.path), findings);
        for head in documents::heads(&String::from_utf8_lossy(&crd.data)) {
            match head {
                // Nothing is said about what follows, also in other files, as in Helm.
                Err(problem) => return found.error(format!("unable to parse YAML: {problem}")),
                Ok(None) => {}
                Ok(Some(head)) => {
                    if !head.api_version.starts_with("apiextensions.k8s.io") {
                        found.error("apiVersion is not in 'apiextensions.k8s.io'");
                    }
                    if head.kind != "CustomResourceDefinition" {
                        found.error("object kind is not 'CustomResourceDefinition'");
                    }
                }
            }
        }
    }
}

/// Returns the path of a file within the chart that it belongs to: `crds/a.yaml` of
/// `app/charts/sub/crds/a.yaml`.
fn within_chart(path: &str) -> &str {
    let (_, mut rest) = path.split_once('/').unwrap_or(("", path));
    while let Some((_, below)) = rest.strip_prefix("charts/").and_then(|rest| rest.split_once('/'))
    {
        rest = below;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::within_chart;

    #[test]
    fn files_are_named_from_their_own_chart() {
        assert_eq!(within_chart("app/crds/a.yaml"), "crds/a.yaml");
        assert_eq!(within_chart("app/charts/crds/crds/crds/a.yaml"), "crds/crds/a.yaml");
        assert_eq!(within_chart("a/charts/b/charts/c/crds/x"), "crds/x");
    }
}
