//! Who may depend on whom: the table of `docs/architecture.md`, held against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// A crate, the crates of ours it may use, and why it may not use more.
const ALLOWED: &[(&str, &[&str], &str)] = &[
    ("value", &[], "everything else speaks it"),
    ("version", &[], "comparing versions needs nothing else"),
    ("gotmpl", &["value"], "a language knows neither YAML nor charts nor Kubernetes"),
    ("funcs", &["value", "version", "gotmpl"], "functions reach the cluster through World alone"),
    ("hbs", &["value", "funcs"], "a template engine knows neither charts nor Kubernetes"),
    ("chart", &["value", "version"], "a chart is files; templates and Kubernetes come later"),
    ("manifest", &["value"], "rules read plain objects, so that they are quick to feed"),
    (
        "render",
        &["value", "gotmpl", "chart", "funcs", "hbs", "manifest"],
        "rendering runs without a cluster, twice, with the same bytes",
    ),
    (
        "lint",
        &["value", "version", "chart", "manifest", "render"],
        "a chart is looked at without a cluster and without its folder",
    ),
    ("release", &["value", "chart", "manifest"], "a record is read and written without a cluster"),
    ("plan", &["value", "version", "manifest", "release"], "planning is pure"),
    ("cluster", &["value", "manifest", "release", "plan"], "it carries out, it does not render"),
    ("repo", &["value", "chart"], "a source of charts knows no cluster"),
    (
        "actions",
        &["value", "chart", "manifest", "render", "release", "plan", "cluster"],
        "a chart is handed in; flags and printing belong to the programs",
    ),
    ("api", &[], "others may use our types"),
    (
        "chartctl",
        &[
            "value", "gotmpl", "funcs", "chart", "manifest", "render", "lint", "release", "plan",
            "cluster", "repo", "actions", "api",
        ],
        "the two programs do not know each other",
    ),
    (
        "chartctl-operator",
        &[
            "value", "funcs", "chart", "manifest", "render", "release", "plan", "cluster", "repo",
            "actions", "api",
        ],
        "the two programs do not know each other",
    ),
    (
        "fuzzing",
        &["value", "version", "gotmpl", "funcs", "hbs", "chart", "render", "release"],
        "what reads things from strangers is pure",
    ),
    ("e2e", &["api", "chart", "value"], "it uses the programs as people do"),
    ("bench", &["value", "release", "e2e"], "it uses the programs as people do"),
    ("conformance", &[], "it looks at the project from outside"),
];

/// A crate of others and the only ones of ours that may name it.
const WRAPPERS: &[(&str, &[&str], &str)] = &[
    ("kube", &["cluster", "api", "chartctl-operator", "e2e"], "one place speaks to Kubernetes"),
    ("k8s-openapi", &["cluster", "api", "chartctl-operator", "e2e"], "rules read plain objects"),
    ("handlebars", &["hbs"], "the engine behind one small interface"),
    ("reqwest", &["repo"], "one HTTP client for charts"),
    ("clap", &["chartctl", "chartctl-operator", "bench"], "libraries know no flags"),
];

/// The crates that may use an asynchronous runtime.
const ASYNC: &[&str] =
    &["cluster", "repo", "actions", "chartctl", "chartctl-operator", "bench", "e2e"];

#[test]
fn a_crate_uses_only_the_crates_above_it() {
    let graph = dependencies();
    for (name, used) in &graph {
        let Some((_, allowed, why)) = ALLOWED.iter().find(|(of, ..)| of == name) else {
            panic!("crate {name} is not in the table of tests/src/layering.rs");
        };
        let ours: BTreeSet<_> = used.iter().filter(|used| graph.contains_key(*used)).collect();
        for used in ours {
            assert!(allowed.contains(&used.as_str()), "{name} uses {used}, but {why}");
        }
    }
}

#[test]
fn a_library_of_others_is_named_only_by_its_wrapper() {
    for (name, used) in &dependencies() {
        for (library, wrappers, why) in WRAPPERS {
            assert!(
                !used.contains(*library) || wrappers.contains(&name.as_str()),
                "{name} uses {library}, which is for {}: {why}",
                wrappers.join(", ")
            );
        }
    }
}

#[test]
fn the_core_is_synchronous() {
    for (name, used) in &dependencies() {
        assert!(
            !used.contains("tokio") || ASYNC.contains(&name.as_str()),
            "{name} uses tokio, but only {} are asynchronous",
            ASYNC.join(", ")
        );
    }
}

/// The crates of the workspace with what each uses, tests aside.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    let graph: BTreeMap<_, _> = packages.map(uses).collect();
    assert!(!graph.is_empty(), "cargo metadata names no packages");
    graph
}

/// A package and what it uses.
fn uses(package: &Value) -> (String, BTreeSet<String>) {
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
    };
    let dependencies = package.get("dependencies").and_then(Value::as_array);
    let used = dependencies
        .into_iter()
        .flatten()
        .filter(|dependency| dependency.get("kind").is_none_or(Value::is_null))
        .map(|dependency| text(dependency, "name"));
    (text(package, "name"), used.collect())
}
