//! The committed definitions are the generated ones, and are complete.

use std::path::PathBuf;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::Value;

/// Where copies of each definition are kept, below the root of the repository.
const FOLDERS: [&str; 2] = ["crds", "charts/operator/crds"];

#[test]
fn committed_definitions_are_the_generated_ones() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let mut stale = Vec::new();
    for definition in api::crds().unwrap() {
        let name = format!("{}.yaml", definition.metadata.name.clone().unwrap());
        let text = api::to_yaml(&definition).unwrap();
        for folder in FOLDERS {
            let path = root.join(folder).join(&name);
            if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
                continue;
            }
            if update {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, &text).unwrap();
            } else {
                stale.push(format!("{folder}/{name}"));
            }
        }
    }
    assert!(
        stale.is_empty(),
        "stale: {}; run `UPDATE=1 cargo test -p api` to write them anew",
        stale.join(", ")
    );
}

#[test]
fn the_yaml_reads_back_as_the_definition() {
    for definition in api::crds().unwrap() {
        let text = api::to_yaml(&definition).unwrap();
        let back: CustomResourceDefinition = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(back, definition);
    }
}

#[test]
fn every_property_is_described_and_limited() {
    for definition in api::crds().unwrap() {
        for version in definition.spec.versions {
            let schema = version.schema.unwrap().open_api_v3_schema.unwrap();
            let mut problems = Vec::new();
            walk(&serde_json::to_value(schema).unwrap(), "", &mut problems);
            assert!(problems.is_empty(), "{}", problems.join("\n"));
        }
    }
}

fn walk(schema: &Value, path: &str, problems: &mut Vec<String>) {
    if !path.is_empty() && schema["description"].as_str().is_none_or(str::is_empty) {
        problems.push(format!("{path} has no description"));
    }
    if schema["nullable"] == true {
        problems.push(format!("{path} is nullable"));
    }
    let unlimited = |key: &str| schema[key].is_null();
    match schema["type"].as_str() {
        Some("string")
            if unlimited("maxLength") && unlimited("enum") && schema["format"] != "date-time" =>
        {
            problems.push(format!("{path} has no maxLength"));
        }
        Some("array") if unlimited("maxItems") => problems.push(format!("{path} has no maxItems")),
        None => problems.push(format!("{path} has no type")),
        Some(_) => {}
    }
    if let Some(properties) = schema["properties"].as_object() {
        for (name, property) in properties {
            if path.is_empty() && matches!(name.as_str(), "metadata" | "apiVersion" | "kind") {
                continue;
            }
            walk(property, &format!("{path}.{name}"), problems);
        }
    }
    if let Some(items) = schema["items"].as_object() {
        let mut items = Value::Object(items.clone());
        if items["description"].is_null() {
            items["description"] = Value::from("the list's");
        }
        walk(&items, &format!("{path}[]"), problems);
    }
}
