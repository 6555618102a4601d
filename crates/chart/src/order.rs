//! The order that charts ask for among themselves, in which their objects are deployed.
//!
//! An entry of `dependencies` names the siblings that come before its chart (`depends-on`); the annotation
//! [`DEPENDS_ON_SUBCHARTS`] names the subcharts that come before the chart's own objects. Both are read from the chart
//! as it was loaded, since a resolved one no longer knows what is disabled, and checked: names have to exist, and
//! nothing may wait for itself.

use std::collections::{BTreeMap, BTreeSet};

use value::{json, quote};

use crate::requirements::fits;
use crate::{Chart, Dependency};

/// Annotation of Chart.yaml with the subcharts that come before the chart's own objects, as a JSON array.
pub const DEPENDS_ON_SUBCHARTS: &str = "helm.sh/depends-on/subcharts";

/// What charts of a tree wait for. Charts are keyed by path, such as `app/charts/db`; most trees have no entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The subcharts of a chart that are complete before its own objects are deployed.
    pub own: BTreeMap<String, BTreeSet<String>>,
    /// The siblings of a chart that are complete before anything of it, or of its subcharts, is deployed.
    pub whole: BTreeMap<String, BTreeSet<String>>,
}

/// An order that cannot be kept. Charts are named by their way from the top: `app/db`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// Subcharts that wait for each other.
    #[error("subchart circular dependency detected in {chart}: cycle detected among nodes: {}", .nodes.join(", "))]
    Cycle {
        /// The chart that they are in.
        chart: String,
        /// Their names, sorted.
        nodes: Vec<String>,
    },
    /// `depends-on` names what is not there.
    #[error("dependency {dependency:?} of {chart} depends-on unknown subchart {name:?}; known are: {}", .known.join(", "))]
    UnknownSibling {
        /// The chart that has the dependency.
        chart: String,
        /// The dependency.
        dependency: String,
        /// What it names.
        name: String,
        /// What it could name.
        known: Vec<String>,
    },
    /// The annotation names what is not there.
    #[error("annotation {DEPENDS_ON_SUBCHARTS:?} of {chart} names unknown subchart {name:?}; known are: {}", .known.join(", "))]
    UnknownSubchart {
        /// The chart that has the annotation.
        chart: String,
        /// What it names.
        name: String,
        /// What it could name.
        known: Vec<String>,
    },
    /// The annotation cannot be read.
    #[error("annotation {DEPENDS_ON_SUBCHARTS:?} of {chart} is no JSON array of names: {}", quote(.text))]
    Unreadable {
        /// The chart.
        chart: String,
        /// The annotation.
        text: String,
    },
}

/// Returns the order among the charts of `resolved`, which was made of `given`.
pub fn order(given: &Chart, resolved: &Chart) -> Result<Order, OrderError> {
    let mut order = Order::default();
    collect(given, resolved, resolved.name(), resolved.name(), &mut order)?;
    Ok(order)
}

/// Goes through a chart and its subcharts. `path` is where its objects come from, `shown` what people read.
fn collect(
    given: &Chart,
    resolved: &Chart,
    path: &str,
    shown: &str,
    order: &mut Order,
) -> Result<(), OrderError> {
    let own = own(given, resolved, shown)?;
    if !own.is_empty() {
        order.own.insert(path.to_owned(), own);
    }
    let siblings = siblings(given, resolved, shown)?;
    if let Some(nodes) = cycle(&siblings) {
        return Err(OrderError::Cycle { chart: shown.to_owned(), nodes });
    }
    for (name, first) in siblings {
        if !first.is_empty() {
            order.whole.insert(below(path, name), first.into_iter().map(str::to_owned).collect());
        }
    }
    for sub in &resolved.subcharts {
        let Some(original) = original(given, sub.name()) else { continue };
        let shown = format!("{shown}/{}", sub.name());
        collect(original, sub, &below(path, sub.name()), &shown, order)?;
    }
    Ok(())
}

fn below(path: &str, name: &str) -> String {
    format!("{path}/charts/{name}")
}

/// Returns the enabled subcharts that the annotation of a chart names.
fn own(given: &Chart, resolved: &Chart, shown: &str) -> Result<BTreeSet<String>, OrderError> {
    let Some(text) = given.metadata.annotations.get(DEPENDS_ON_SUBCHARTS) else {
        return Ok(BTreeSet::new());
    };
    let names = json::texts(text)
        .ok_or_else(|| OrderError::Unreadable { chart: shown.to_owned(), text: text.clone() })?;
    let known = known(given);
    if let Some(name) = names.iter().find(|name| !known.contains(name.as_str())) {
        return Err(OrderError::UnknownSubchart {
            chart: shown.to_owned(),
            name: name.clone(),
            known: listed(&known),
        });
    }
    Ok(names.into_iter().filter(|name| resolved.subchart(name).is_some()).collect())
}

/// Returns for each enabled dependency the enabled siblings that it names.
fn siblings<'g>(
    given: &'g Chart,
    resolved: &Chart,
    shown: &str,
) -> Result<BTreeMap<&'g str, BTreeSet<&'g str>>, OrderError> {
    let mut siblings = BTreeMap::new();
    let enabled = |name: &str| resolved.subchart(name).is_some();
    for dependency in &given.metadata.dependencies {
        if dependency.depends_on.is_empty() {
            continue;
        }
        let known = known(given);
        let first = dependency.depends_on.iter().map(String::as_str);
        if let Some(name) = first.clone().find(|name| !known.contains(name)) {
            return Err(OrderError::UnknownSibling {
                chart: shown.to_owned(),
                dependency: dependency.key().to_owned(),
                name: name.to_owned(),
                known: listed(&known),
            });
        }
        if enabled(dependency.key()) {
            siblings.insert(dependency.key(), first.filter(|name| enabled(name)).collect());
        }
    }
    Ok(siblings)
}

/// Returns the names under which a chart sees its subcharts, disabled ones among them.
fn known(given: &Chart) -> BTreeSet<&str> {
    let declared = given.metadata.dependencies.iter().map(Dependency::key);
    let free = given.subcharts.iter().filter(|sub| {
        !given.metadata.dependencies.iter().any(|dependency| dependency.name == sub.name())
    });
    declared.chain(free.map(Chart::name)).collect()
}

fn listed(known: &BTreeSet<&str>) -> Vec<String> {
    if known.is_empty() {
        return vec!["none".to_owned()];
    }
    known.iter().map(|name| (*name).to_owned()).collect()
}

/// Returns the chart as it was loaded that `given` has under `name` once it is resolved.
fn original<'g>(given: &'g Chart, name: &str) -> Option<&'g Chart> {
    let mut entries = given.metadata.dependencies.iter();
    match entries.find(|dependency| dependency.key() == name) {
        Some(dependency) => given.subcharts.iter().find(|sub| fits(dependency, sub)),
        None => given.subchart(name),
    }
}

/// Returns the nodes that wait for each other, sorted; `edges` has what each node waits for.
fn cycle(edges: &BTreeMap<&str, BTreeSet<&str>>) -> Option<Vec<String>> {
    let mut left = edges.clone();
    loop {
        let before = left.len();
        // What waits for nothing that is left is no part of a cycle, nor is what nothing waits for.
        let nodes: BTreeSet<&str> = left.keys().copied().collect();
        left.retain(|_, first| first.iter().any(|name| nodes.contains(name)));
        let awaited: BTreeSet<&str> = left.values().flatten().copied().collect();
        left.retain(|name, _| awaited.contains(name));
        if left.is_empty() {
            return None;
        }
        if left.len() == before {
            return Some(left.into_keys().map(str::to_owned).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{File, load_files, resolve_present};

    /// A chart `app` with subcharts of these names, each empty.
    fn app(chart_yaml: &str, subcharts: &[(&str, &str)]) -> Chart {
        let top = format!("apiVersion: v2\nname: app\nversion: 1.0.0\n{chart_yaml}");
        let mut files = vec![File::new("Chart.yaml", top)];
        for (path, more) in subcharts {
            let folder = format!("charts/{}/", path.replace('/', "/charts/"));
            let name = path.rsplit('/').next().unwrap_or_default();
            files.push(File::new(
                format!("{folder}Chart.yaml"),
                format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n{more}"),
            ));
        }
        load_files(files).unwrap()
    }

    fn told(chart: &Chart, values: &str) -> Result<String, String> {
        let values = value::yaml::from_str(values).unwrap();
        let resolved = resolve_present(chart, &values).unwrap();
        let order = order(chart, &resolved.chart).map_err(|error| error.to_string())?;
        let list = |of: &BTreeMap<String, BTreeSet<String>>, sign: &str| {
            of.iter()
                .map(|(path, names)| {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    format!("{path}{sign}{}", names.join(","))
                })
                .collect::<Vec<_>>()
        };
        Ok([list(&order.own, ":"), list(&order.whole, "<")].concat().join(" "))
    }

    const ABC: [(&str, &str); 3] = [("a", ""), ("b", ""), ("c", "")];

    fn dependencies(entries: &[&str]) -> String {
        let entries: Vec<String> = entries
            .iter()
            .map(|entry| format!("- {{version: '*', repository: '', {entry}}}\n"))
            .collect();
        format!("dependencies:\n{}", entries.concat())
    }

    #[track_caller]
    fn check(entries: &[&str], values: &str, expected: Result<&str, &str>) {
        let found = told(&app(&dependencies(entries), &ABC), values);
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{entries:?}");
    }

    #[test]
    fn siblings_wait_for_those_that_they_name() {
        check(&["name: a", "name: b", "name: c"], "", Ok(""));
        check(
            &["name: a, depends-on: [b, c]", "name: b", "name: c, depends-on: [b]"],
            "",
            Ok("app/charts/a<b,c app/charts/c<b"),
        );
        check(
            &["name: a, alias: p", "name: a, alias: q, depends-on: [p]", "name: b", "name: c"],
            "",
            Ok("app/charts/q<p"),
        );
    }

    #[test]
    fn what_is_disabled_is_passed_over() {
        let entries =
            &["name: a, depends-on: [b]", "name: b, condition: b.use", "name: c, depends-on: [a]"];
        check(entries, "{b: {use: false}}", Ok("app/charts/c<a"));
        check(entries, "{b: {use: true}}", Ok("app/charts/a<b app/charts/c<a"));
    }

    #[test]
    fn names_have_to_exist_and_cycles_are_refused() {
        check(
            &["name: a, depends-on: [x]", "name: b"],
            "",
            Err("dependency \"a\" of app depends-on unknown subchart \"x\"; known are: a, b, c"),
        );
        check(
            &["name: a, alias: x, depends-on: [a]", "name: b"],
            "",
            Err("dependency \"x\" of app depends-on unknown subchart \"a\"; known are: b, c, x"),
        );
        let cycle = "subchart circular dependency detected in app: cycle detected among nodes: ";
        check(
            &["name: a, depends-on: [b]", "name: b, depends-on: [a]", "name: c, depends-on: [a]"],
            "",
            Err(&format!("{cycle}a, b")),
        );
        check(&["name: a, depends-on: [a]"], "", Err(&format!("{cycle}a")));
    }

    #[test]
    fn the_annotation_names_what_comes_before_the_chart_itself() {
        let annotated = |text: &str| {
            app(&format!("annotations: {{{DEPENDS_ON_SUBCHARTS}: '{text}'}}\n"), &ABC[..2])
        };
        assert_eq!(told(&annotated("[\"a\",\"b\"]"), "").as_deref(), Ok("app:a,b"));
        assert_eq!(told(&annotated("[]"), "").as_deref(), Ok(""));
        assert_eq!(
            told(&annotated("a"), "").unwrap_err(),
            "annotation \"helm.sh/depends-on/subcharts\" of app is no JSON array of names: \"a\""
        );
        assert_eq!(
            told(&annotated("[\"z\"]"), "").unwrap_err(),
            "annotation \"helm.sh/depends-on/subcharts\" of app names unknown subchart \"z\"; known are: a, b"
        );
    }

    #[test]
    fn subcharts_have_an_order_of_their_own() {
        let inner = dependencies(&["name: p", "name: q, depends-on: [p]"]);
        let outer = dependencies(&["name: sub, alias: first"]);
        let chart = app(&outer, &[("sub", &inner), ("sub/p", ""), ("sub/q", "")]);
        assert_eq!(told(&chart, "").as_deref(), Ok("app/charts/first/charts/q<p"));
        let inner = dependencies(&["name: p, depends-on: [q]", "name: q, depends-on: [p]"]);
        let chart = app(&outer, &[("sub", &inner), ("sub/p", ""), ("sub/q", "")]);
        assert_eq!(
            told(&chart, "").unwrap_err(),
            "subchart circular dependency detected in app/first: cycle detected among nodes: p, q"
        );
    }
}
