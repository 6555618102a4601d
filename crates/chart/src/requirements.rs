//! Dependencies: which subcharts take part, under which name, and with which values.
//!
//! The order is Helm's: all that is declared must be there; then, from the top chart down, aliases and
//! versions, tags, conditions; then, from the leaves up, `import-values`; last the coalescing with the
//! user's values.

use std::collections::BTreeSet;
use std::sync::Arc;

use value::{Map, Value};
use version::is_compatible;

use crate::coalesce::{self, Mismatch, Nulls, Warnings};
use crate::warning::Warning;
use crate::{Chart, ChartError, ChartErrorKind, Content, Dependency};

/// Most bytes of charts' values that aliases may multiply: entries multiply from level to level.
const MAX_COPIED: usize = 64 << 20;

/// What a copy of a chart costs besides its values.
const COST_OF_A_CHART: usize = 4 << 10;

/// A chart whose dependencies are settled for given values.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The chart without its disabled subcharts, with aliases applied and defaults as Helm stores them.
    pub chart: Chart,
    /// The values templates see: defaults under the user's, each subchart's under its name.
    pub values: Value,
    /// What Helm logs on the way, each once, in order; values themselves are left out of the texts.
    pub warnings: Vec<Warning>,
}

/// Settles dependencies (aliases, versions, tags, conditions, `import-values`) and coalesces the
/// defaults of all charts under `user_values`, as Helm 4.3 does.
///
/// `user_values` is a map, or null for none.
pub fn resolve(chart: &Chart, user_values: &Value) -> Result<Resolved, ChartError> {
    check_presence(chart)?;
    resolve_present(chart, user_values)
}

/// As [`resolve`]; what is declared and not there is passed over, as in linting.
pub fn resolve_present(chart: &Chart, user_values: &Value) -> Result<Resolved, ChartError> {
    let none = Map::new();
    let user = user_values.as_map().unwrap_or(&none);
    let mut chart = chart.clone();
    let mut warnings = Warnings::default();
    let mut left = MAX_COPIED;
    enable(&mut chart, user, "", &mut left, &mut warnings)?;
    import_all(&mut chart, &mut warnings).map_err(while_processing)?;
    let values = coalesce::values(&chart, user, Nulls::Delete, &mut warnings)
        .map_err(|mismatch| mismatched("", mismatch))?;
    if !chart.metadata.dependencies.is_empty() {
        chart.values = coalesce::without_nulls(&chart.values);
    }
    Ok(Resolved { chart, values: Value::from(values), warnings: warnings.into_list() })
}

/// Returns `chart` with the subcharts that take part for given values, aliases applied, and nothing imported.
pub(crate) fn select(chart: &Chart, user_values: &Value) -> Result<Chart, ChartError> {
    let none = Map::new();
    let mut left = MAX_COPIED;
    let mut chart = chart.clone();
    let user = user_values.as_map().unwrap_or(&none);
    enable(&mut chart, user, "", &mut left, &mut Warnings::default())?;
    Ok(chart)
}

/// Returns the values that templates of a [`select`]ed chart see, imported ones among them.
pub(crate) fn coalesce(mut chart: Chart, user_values: &Value) -> Result<Map, ChartError> {
    let none = Map::new();
    let mut warnings = Warnings::default();
    import_all(&mut chart, &mut warnings).map_err(while_processing)?;
    let user = user_values.as_map().unwrap_or(&none);
    coalesce::values(&chart, user, Nulls::Delete, &mut warnings)
        .map_err(|mismatch| mismatched("", mismatch))
}

fn while_processing(mismatch: Mismatch) -> ChartError {
    mismatched("chart dependencies processing failed: ", mismatch)
}

fn mismatched(prefix: &'static str, mismatch: Mismatch) -> ChartError {
    let Mismatch { key, found, shown } = mismatch;
    let hint = format!("the chart has a subchart {key:?}, whose values stand below that key");
    ChartError::from(ChartErrorKind::TypeMismatch { prefix, key, found, shown }).with_hint(hint)
}

/// Checks that each declared dependency of the top chart was loaded, whatever its version.
fn check_presence(chart: &Chart) -> Result<(), ChartError> {
    let declared = chart.metadata.dependencies.iter().map(|dependency| &dependency.name);
    let names: Vec<String> =
        declared.filter(|name| chart.subchart(name).is_none()).cloned().collect();
    if names.is_empty() {
        return Ok(());
    }
    let hint =
        "each dependency of Chart.yaml has to be in the charts/ folder, as a folder or a .tgz";
    Err(ChartError::from(ChartErrorKind::MissingDependencies { names }).with_hint(hint))
}

/// Selects the subcharts of `chart`, then theirs. `path` leads to the chart's values, with a dot behind
/// each name; `values` are those of its parent, as Helm passes them.
fn enable(
    chart: &mut Chart,
    values: &Map,
    path: &str,
    left: &mut usize,
    warnings: &mut Warnings,
) -> Result<(), ChartError> {
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    chart.subcharts = selected(chart, left)?;
    for dependency in &mut chart.metadata.dependencies {
        dependency.key().to_owned().clone_into(&mut dependency.name);
        dependency.enabled = true;
    }
    let values =
        coalesce::values(chart, values, Nulls::Delete, warnings).map_err(while_processing)?;
    for dependency in &mut chart.metadata.dependencies {
        apply_tags(dependency, &values, warnings);
        apply_condition(dependency, &values, path, warnings);
    }
    let disabled: BTreeSet<String> = chart
        .metadata
        .dependencies
        .iter()
        .filter(|dependency| !dependency.enabled)
        .map(|dependency| dependency.name.clone())
        .collect();
    chart.subcharts.retain(|sub| !disabled.contains(sub.name()));
    chart.metadata.dependencies.retain(|dependency| !disabled.contains(&dependency.name));
    for sub in &mut chart.subcharts {
        let path = format!("{path}{}.", sub.name());
        enable(sub, &values, &path, left, warnings)?;
    }
    Ok(())
}

/// Returns the subcharts no entry speaks of, then one per entry under its alias. `left` is what
/// copies may still cost.
fn selected(chart: &Chart, left: &mut usize) -> Result<Vec<Chart>, ChartErrorKind> {
    let entries = &chart.metadata.dependencies;
    let free = |sub: &&Chart| !entries.iter().any(|entry| fits(entry, sub));
    let mut found: Vec<Chart> = chart.subcharts.iter().filter(free).cloned().collect();
    for entry in entries {
        let Some(sub) = chart.subcharts.iter().find(|sub| fits(entry, sub)) else { continue };
        *left = left.checked_sub(cost(sub)).ok_or(ChartErrorKind::Limit {
            what: "the size of the charts made by aliases",
            limit: MAX_COPIED as u64,
        })?;
        let mut sub = sub.clone();
        entry.key().clone_into(&mut sub.metadata.name);
        found.push(sub);
    }
    Ok(found)
}

/// Returns whether a loaded chart is the one that an entry means.
pub(crate) fn fits(entry: &Dependency, sub: &Chart) -> bool {
    sub.name() == entry.name && is_compatible(&entry.version, sub.version())
}

/// Returns what a copy of a chart and of those in it costs, in bytes.
fn cost(chart: &Chart) -> usize {
    let below: usize = chart.subcharts.iter().map(cost).sum();
    below
        .saturating_add(chart.values_text.as_ref().map_or(0, Content::size))
        .saturating_add(COST_OF_A_CHART)
}

fn apply_tags(dependency: &mut Dependency, values: &Map, warnings: &mut Warnings) {
    let Some(tags) = values.get("tags").and_then(Value::as_map) else { return };
    let (mut on, mut off) = (false, false);
    for tag in &dependency.tags {
        match tags.get(tag.as_str()) {
            None => {}
            Some(Value::Bool(true)) => on = true,
            Some(Value::Bool(false)) => off = true,
            Some(_) => {
                warnings.add(non_bool("tag", tag, dependency));
            }
        }
    }
    dependency.enabled = on || !off;
}

fn apply_condition(dependency: &mut Dependency, values: &Map, path: &str, warnings: &mut Warnings) {
    for condition in dependency.condition.trim().split(',').filter(|one| !one.is_empty()) {
        match lookup(values, &format!("{path}{condition}")) {
            None | Some(Value::Map(_)) => {}
            Some(Value::Bool(enabled)) => {
                dependency.enabled = *enabled;
                return;
            }
            Some(_) => {
                let warning = non_bool("path", condition, dependency);
                warnings.add(warning);
            }
        }
    }
}

fn non_bool(what: &'static str, which: &str, dependency: &Dependency) -> Warning {
    let facts = vec![(what, which.to_owned()), ("chart", dependency.name.clone())];
    Warning::warn("returned non-bool value", facts)
}

fn lookup<'a>(values: &'a Map, path: &str) -> Option<&'a Value> {
    let (first, rest) =
        path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let value = values.get(first)?;
    rest.map_or(Some(value), |rest| lookup(value.as_map()?, rest))
}

/// Imports values in all charts, the innermost first.
fn import_all(chart: &mut Chart, warnings: &mut Warnings) -> Result<(), Mismatch> {
    for sub in &mut chart.subcharts {
        import_all(sub, warnings)?;
    }
    import(chart, warnings)
}

/// Takes over what the entries of `chart` import, below its own defaults.
fn import(chart: &mut Chart, warnings: &mut Warnings) -> Result<(), Mismatch> {
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    let mut defaults = coalesce::values(chart, &Map::new(), Nulls::Keep, warnings)?;
    let mut imported = Map::new();
    for dependency in &mut chart.metadata.dependencies {
        let name = dependency.name.clone();
        let mut expanded = Vec::new();
        for import in std::mem::take(&mut dependency.import_values) {
            let Some((child, parent)) = ends(&import) else { continue };
            match table(&defaults, &format!("{name}.{child}")) {
                Ok(found) => {
                    let found = at_path(&parent, found);
                    coalesce::tables(&mut imported, &found, "", Nulls::Keep, warnings);
                }
                Err(part) => warnings.add(no_table(&import, &name, part)),
            }
            let ends = [("child", Value::from(child)), ("parent", Value::from(parent))];
            expanded.push(ends.into_iter().collect());
        }
        dependency.import_values = expanded;
    }
    coalesce::tables(&mut defaults, &imported, "", Nulls::Keep, warnings);
    chart.values = Value::from(defaults);
    Ok(())
}

/// Returns Helm's warning about an entry of `import-values` that names no map.
fn no_table(import: &Value, chart: &str, part: &str) -> Warning {
    let error = ("error", format!("{} is not a table", value::quote(part)));
    match import {
        Value::Map(_) => Warning::warn(
            "ImportValues missing table from chart",
            vec![("chart", chart.to_owned()), error],
        ),
        _ => Warning::warn("ImportValues missing table", vec![error]),
    }
}

/// Returns where an entry of `import-values` takes from and puts to.
fn ends(import: &Value) -> Option<(String, String)> {
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => "<nil>".to_owned(),
        Some(Value::String(text)) => text.to_string(),
        Some(other) => other.to_string(),
    };
    match import {
        Value::String(name) => Some((format!("exports.{name}"), ".".to_owned())),
        Value::Map(map) => Some((text(map.get("child")), text(map.get("parent")))),
        _ => None,
    }
}

/// Finds the map at a dotted path, or the name of the part that is none.
fn table<'a, 'p>(values: &'a Map, path: &'p str) -> Result<&'a Map, &'p str> {
    path.split('.').try_fold(values, |map, key| map.get(key).and_then(Value::as_map).ok_or(key))
}

/// Wraps a map in others, one for each part of a dotted path; `.` is no part.
fn at_path(path: &str, map: &Map) -> Map {
    if path == "." {
        return map.clone();
    }
    path.rsplit('.')
        .fold(map.clone(), |inner, key| Map::from_iter([(Arc::from(key), Value::from(inner))]))
}

#[cfg(test)]
mod tests {
    use value::yaml;

    use super::*;
    use crate::{File, load_files};

    fn chart(files: &[(&str, &str)]) -> Chart {
        load_files(files.iter().map(|(name, data)| File::new(*name, data)).collect()).unwrap()
    }

    /// A chart `app` with the given dependencies, defaults and the subcharts `a` and `b` of version 1.2.3.
    fn app(dependencies: &str, defaults: &str) -> Chart {
        let top =
            format!("apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies: {dependencies}\n");
        chart(&[
            ("Chart.yaml", &top),
            ("values.yaml", defaults),
            ("charts/a/Chart.yaml", "name: a\nversion: 1.2.3\n"),
            ("charts/a/values.yaml", "x: 1\nexports: {data: {k: v}}\ndeep: {er: {z: 1}}\n"),
            ("charts/b/Chart.yaml", "name: b\nversion: 1.2.3\n"),
            ("charts/b/values.yaml", "up: false\n"),
        ])
    }

    fn names(chart: &Chart) -> String {
        chart.subcharts.iter().map(Chart::name).collect::<Vec<_>>().join(" ")
    }

    fn check(dependencies: &str, user: &str, expected: &str) {
        let user = yaml::from_str(user).unwrap();
        let resolved = resolve(&app(dependencies, ""), &user).unwrap();
        assert_eq!(names(&resolved.chart), expected, "{dependencies} with {user}");
    }

    #[test]
    fn conditions_and_tags_choose() {
        check("[]", "", "a b");
        check("[{name: a, version: 1.x}]", "", "b a");
        check("[{name: b, version: '*', condition: b.up}]", "", "a");
        check("[{name: b, version: '*', condition: b.up}]", "b: {up: true}", "a b");
        check("[{name: a, version: '*', condition: 'no.such,a.up'}]", "a: {up: false}", "b");
        check("[{name: a, version: '*', condition: a.up}]", "a: {up: 'false'}", "b a");
        check("[{name: a, version: '*', tags: [t]}]", "tags: {t: false}", "b");
        check("[{name: a, version: '*', tags: [t, u]}]", "tags: {t: false, u: true}", "b a");
        check(
            "[{name: a, version: '*', tags: [t], condition: a.up}]",
            "tags: {t: false}\na: {up: true}",
            "b a",
        );
    }

    #[test]
    fn versions_and_aliases_choose() {
        check("[{name: a, version: 2.x, condition: a.up}]", "", "a b");
        check("[{name: a, version: 2.x, condition: a.up}]", "a: {up: false}", "b");
        check(
            "[{name: a, version: 1.x, alias: c}, {name: a, version: 1.x, alias: d}]",
            "",
            "b c d",
        );
        check("[{name: a, version: 1.x, alias: c, condition: c.up}]", "c: {up: false}", "b");
    }

    #[test]
    fn a_missing_dependency_is_an_error_even_when_disabled() {
        let app = app("[{name: q, version: '*', condition: q.up}, {name: r}]", "");
        assert!(resolve_present(&app, &Value::Null).is_ok());
        let error = resolve(&app, &Value::Null);
        assert_eq!(
            error.unwrap_err().to_string(),
            "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to \
             fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: q, r"
        );
    }

    #[test]
    fn imports_lie_below_the_parents_defaults() {
        let dependencies =
            "[{name: a, version: '*', import-values: [data, {child: deep.er, parent: p.q}, none]}]";
        let resolved =
            resolve(&app(dependencies, "p: {q: {w: 2}}\nnil: ~\n"), &Value::Null).unwrap();
        assert_eq!(
            resolved.chart.values.to_string(),
            r#"{"a":{"deep":{"er":{"z":1}},"exports":{"data":{"k":"v"}},"global":{},"x":1},"b":{"global":{},"up":false},"k":"v","p":{"q":{"w":2,"z":1}}}"#
        );
        assert_eq!(resolved.values, resolved.chart.values);
        assert_eq!(
            resolved.warnings,
            [Warning::warn(
                "ImportValues missing table",
                vec![("error", "\"none\" is not a table".to_owned())]
            )]
        );
        let [entry] = &resolved.chart.metadata.dependencies[..] else { panic!("one entry") };
        assert!(entry.enabled);
        assert_eq!(
            Value::from(entry.import_values.clone()).to_string(),
            r#"[{"child":"exports.data","parent":"."},{"child":"deep.er","parent":"p.q"},{"child":"exports.none","parent":"."}]"#
        );
    }

    #[test]
    fn without_declared_dependencies_the_defaults_stay_as_they_are() {
        let resolved = resolve(&app("[]", "nil: ~\n"), &Value::Null).unwrap();
        assert_eq!(resolved.chart.values.to_string(), r#"{"nil":null}"#);
        assert_eq!(
            resolved.values.to_string(),
            r#"{"a":{"deep":{"er":{"z":1}},"exports":{"data":{"k":"v"}},"global":{},"x":1},"b":{"global":{},"up":false}}"#
        );
    }

    #[test]
    fn a_stored_dependency_has_its_alias_for_a_name() {
        let resolved =
            resolve(&app("[{name: a, version: 1.x, alias: c}]", ""), &Value::Null).unwrap();
        let json = serde_json::to_string(&resolved.chart.metadata.dependencies).unwrap();
        assert_eq!(
            json,
            r#"[{"name":"c","version":"1.x","repository":"","enabled":true,"alias":"c"}]"#
        );
    }

    #[test]
    fn aliases_of_aliases_do_not_multiply_without_end() {
        let entries: Vec<String> =
            (0..40).map(|i| format!("{{name: a, version: '*', alias: a{i}}}")).collect();
        let yaml = format!(
            "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies: [{}]\n",
            entries.join(", ")
        );
        let leaf = "apiVersion: v2\nname: a\nversion: 1.0.0\n".to_owned();
        let files: Vec<File> = (0..6)
            .map(|depth| {
                let text = if depth == 5 { &leaf } else { &yaml };
                File::new(format!("{}Chart.yaml", "charts/a/".repeat(depth)), text)
            })
            .collect();
        let error = resolve(&load_files(files).unwrap(), &Value::Null).unwrap_err();
        assert!(matches!(error.kind(), ChartErrorKind::Limit { .. }), "{error}");
    }

    #[test]
    fn conditions_reach_into_charts_within_charts() {
        let top = chart(&[
            (
                "Chart.yaml",
                "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies: [{name: a, version: 1.x}]\n",
            ),
            (
                "charts/a/Chart.yaml",
                "name: a\nversion: 1.0.0\napiVersion: v2\ndependencies: [{name: g, version: 1.x, condition: g.up}]\n",
            ),
            ("charts/a/charts/g/Chart.yaml", "name: g\nversion: 1.0.0\n"),
        ]);
        let on = resolve(&top, &Value::Null).unwrap();
        assert_eq!(names(&on.chart.subcharts[0]), "g");
        let off = resolve(&top, &yaml::from_str("a: {g: {up: false}}").unwrap()).unwrap();
        assert_eq!(names(&off.chart.subcharts[0]), "");
    }

    #[test]
    fn values_of_a_subchart_that_are_no_map_are_an_error_without_the_value() {
        let user = yaml::from_str("a: hunter2").unwrap();
        let error = resolve(&app("[]", ""), &user).unwrap_err().to_string();
        assert_eq!(error, "type mismatch on a: a string, not a map");
        let error = resolve(&app("[{name: a, version: '*'}]", ""), &user).unwrap_err().to_string();
        assert_eq!(
            error,
            "chart dependencies processing failed: type mismatch on a: a string, not a map"
        );
    }
}
