//! Rules about `templates/`: the chart renders, and what it prints is what Kubernetes reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use render::{Target, World};
use value::{Map, Value};

use crate::documents::{self, Head};
use crate::finding::{Finding, Findings};
use crate::{Entry, Options, Report, Subject, deprecated, names, order};

/// The folder, as messages name it.
const FOLDER: &str = "templates/";

/// How long a line may be, in bytes with its end, for Go's reader of lines.
const LONGEST_LINE: usize = 64 << 10;

/// Renders the chart and checks what its own templates print. Templates of subcharts are rendered too, but
/// what they print is not looked at, as in Helm.
pub(crate) fn check(
    subject: &Subject,
    user_values: &Value,
    options: &Options,
    world: &Arc<dyn World>,
    report: &mut Report,
) {
    let mut found = Findings::of(FOLDER, &mut report.findings);
    match &subject.templates {
        Entry::Missing => return found.warning("directory does not exist"),
        Entry::Folder => {}
        Entry::File(_) => return found.error("not a directory"),
        Entry::Unreadable(why) => return found.error(why),
    }
    let chart = match &subject.chart {
        Ok(chart) => chart,
        Err(error) => return found.unloadable("", error),
    };
    // What is wrong with dependencies or with values of subcharts is not told here, as in Helm.
    let Ok(mut resolved) = chart::resolve_present(chart, user_values) else { return };
    if has_null(user_values) {
        // Helm puts the defaults below the values twice, and so brings back what a null has taken away.
        let Ok(again) = chart::resolve_present(&resolved.chart, &resolved.values) else { return };
        resolved.values = again.values;
    }
    report.warnings.extend(resolved.warnings.iter().map(ToString::to_string));
    if !options.skip_schema
        && let Err(error) = chart::check_schema(&resolved.chart, &resolved.values)
    {
        return found.error(format!("{error}\n"));
    }
    let target = target(options);
    let printed = match render::print_for_lint(&resolved.chart, &resolved.values, &target, world) {
        Ok(printed) => printed,
        Err(error) => {
            found.error(error.message());
            return found.explain(error.details());
        }
    };
    report.excused.extend(printed.excused);
    let texts: BTreeMap<&str, &str> =
        printed.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    for template in chart.templates.iter() {
        let path = format!("{}/{}", resolved.chart.name(), template.name);
        let text = texts.get(path.as_str()).copied().unwrap_or_default();
        if !check_template(&template.name, text, options, &mut report.findings) {
            return;
        }
    }
    order::check(chart, &resolved.chart, &printed.files, &mut report.findings);
}

/// The release that linting renders for is neither installed nor upgraded.
fn target(options: &Options) -> Target {
    let mut target = Target { revision: 0, ..Target::install("test-release", &options.namespace) };
    if let Some(version) = &options.kube_version {
        target.capabilities.kube_version = version.clone();
    }
    target
}

fn has_null(value: &Value) -> bool {
    value.as_map().into_iter().flat_map(Map::values).any(|value| value.is_null() || has_null(value))
}

/// Checks one template; false when it prints no YAML, behind which Helm looks at nothing else.
fn check_template(name: &str, text: &str, options: &Options, findings: &mut Vec<Finding>) -> bool {
    let mut found = Findings::of(name, findings);
    let extension = extension(name);
    if !matches!(extension, ".yaml" | ".yml" | ".tpl" | ".txt") {
        found.error(format!(
            "file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
        ));
    }
    let is_yaml = [".yaml", ".yml"].iter().any(|yaml| extension.eq_ignore_ascii_case(yaml));
    if !is_yaml || text.trim().is_empty() {
        return true;
    }
    if let Some(problem) = indent(text) {
        found.warning(problem);
    }
    for head in documents::heads(text) {
        match head {
            Ok(Some(head)) => check_document(&head, text, options, &mut found),
            Ok(None) => {}
            Err(problem) => {
                found.error(format!("unable to parse YAML: {problem}"));
                return false;
            }
        }
    }
    true
}

/// Returns the extension in Go's sense, which begins with the last dot and may be empty; that of a native
/// template stands before `.hbs`.
fn extension(name: &str) -> &str {
    let base = name.rsplit('/').next().unwrap_or(name);
    let base = base.strip_suffix(".hbs").unwrap_or(base);
    base.rfind('.').and_then(|dot| base.get(dot..)).unwrap_or_default()
}

fn check_document(head: &Head, text: &str, options: &Options, found: &mut Findings<'_>) {
    let Head { kind, name, .. } = head;
    if let Some(problem) = names::complaint(kind, name) {
        found.warning(problem);
    }
    if let Some(problem) = deprecated::warning(head, options.kube_version.as_ref()) {
        found.warning(problem);
    }
    let selects =
        matches!(kind.as_str(), "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet");
    if selects && !text.contains("matchLabels") && !text.contains("matchExpressions") {
        found.error(format!(
            "a {kind} must contain matchLabels or matchExpressions, and {} does not",
            value::quote(name)
        ));
    }
    if kind == "List" {
        match documents::annotated_in_list(text, "helm.sh/resource-policy") {
            Ok(false) => {}
            Ok(true) => {
                found.error("annotation 'helm.sh/resource-policy' within List objects are ignored");
            }
            Err(problem) => found.error(format!("unable to parse YAML: {problem}")),
        }
    }
}

/// Returns a complaint when the first line with something on it is indented.
fn indent(text: &str) -> Option<String> {
    for line in text.split('\n') {
        if line.len() >= LONGEST_LINE {
            return Some("bufio.Scanner: token too long".to_owned());
        }
        if line.trim().is_empty() {
            continue;
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        return line.starts_with([' ', '\t']).then(|| {
            format!(
                "document starts with an illegal indent: {}, which may cause parsing problems",
                value::quote(line)
            )
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{extension, indent};

    #[test]
    fn extensions_begin_with_the_last_dot() {
        assert_eq!(extension("templates/a.b/c"), "");
        assert_eq!(extension("templates/a.yaml.tpl"), ".tpl");
        assert_eq!(extension("templates/a.yaml.hbs"), ".yaml");
        assert_eq!(extension("templates/.yaml"), ".yaml");
    }

    #[test]
    fn only_the_first_line_with_content_may_be_wrongly_indented() {
        assert_eq!(indent("\n  \na: 1\n  b: 1\n"), None);
        assert_eq!(
            indent("\n \tx: 1\r\n").as_deref(),
            Some(
                "document starts with an illegal indent: \" \\tx: 1\", which may cause parsing problems"
            )
        );
        assert_eq!(
            indent(&format!("a: {}", "b".repeat(70_000))).as_deref(),
            Some("bufio.Scanner: token too long")
        );
        assert_eq!(indent(&format!("a: 1\n{}", "b".repeat(70_000))), None);
    }
}
