use value::yaml;

use super::*;
use crate::Metadata;

fn chart(name: &str, schema: &str) -> Chart {
    Chart {
        metadata: Metadata { name: name.into(), ..Metadata::default() },
        schema: (!schema.is_empty()).then(|| schema.as_bytes().into()),
        ..Chart::default()
    }
}

fn text(schema: &str, values: &str) -> String {
    match check_schema(&chart("app", schema), &yaml::from_str(values).unwrap()) {
        Ok(()) => "ok".to_owned(),
        Err(error) => {
            let text = error.to_string();
            text.split_once("app:\n").map_or(text.clone(), |(_, rest)| rest.to_owned())
        }
    }
}

fn check(schema: &str, values: &str, expected: &str) {
    assert_eq!(text(schema, values), expected, "{schema} with {values}");
}

#[test]
fn every_kind_is_worded_as_in_helm() {
    let table = [
        (r#"{"required":["a"]}"#, "b: 1", "- at '': missing property 'a'"),
        (r#"{"required":["a","c"]}"#, "b: 1", "- at '': missing properties 'a', 'c'"),
        (r#"{"properties":{"a":{"type":"integer"}}}"#, "a: 5.0", "ok"),
        (
            r#"{"properties":{"a":{"type":"integer"}}}"#,
            "a: 5.5",
            "- at '/a': got number, want integer",
        ),
        (
            r#"{"properties":{"a":{"type":["string","null"]}}}"#,
            "a: 1",
            "- at '/a': got number, want null or string",
        ),
        (
            r#"{"properties":{"a":{"enum":["x","z"]}}}"#,
            "a: 1",
            "- at '/a': value must be one of 'x', 'z'",
        ),
        (r#"{"properties":{"a":{"const":1}}}"#, "a: 2", "- at '/a': value must be 1"),
        (r#"{"properties":{"a":{"minimum":3}}}"#, "a: 1", "- at '/a': minimum: got 1, want 3"),
        (
            r#"{"properties":{"a":{"maximum":1000}}}"#,
            "a: 80000",
            "- at '/a': maximum: got 80,000, want 1,000",
        ),
        (
            r#"{"properties":{"a":{"exclusiveMinimum":3}}}"#,
            "a: 3",
            "- at '/a': exclusiveMinimum: got 3, want 3",
        ),
        (
            r#"{"properties":{"a":{"multipleOf":2}}}"#,
            "a: 3",
            "- at '/a': multipleOf: got 3, want 2",
        ),
        (r#"{"properties":{"a":{"minLength":3}}}"#, "a: é", "- at '/a': minLength: got 1, want 3"),
        (
            r#"{"properties":{"a":{"maxItems":1}}}"#,
            "a: [1, 2]",
            "- at '/a': maxItems: got 2, want 1",
        ),
        (r#"{"minProperties":2}"#, "a: 1", "- at '': minProperties: got 1, want 2"),
        (
            r#"{"properties":{"a":{"pattern":"^[a-z]+$"}}}"#,
            "a: A1",
            "- at '/a': 'A1' does not match pattern '^[a-z]+$'",
        ),
        (
            r#"{"additionalProperties":false}"#,
            "zz: 1\nb: 1",
            "- at '': additional properties 'b', 'zz' not allowed",
        ),
        (
            r#"{"properties":{"a":{"uniqueItems":true}}}"#,
            "a: [1, 2, 1]",
            "- at '/a': items at 0 and 2 are equal",
        ),
        (
            r#"{"dependentRequired":{"a":["b"]}}"#,
            "a: 1",
            "- at '': properties 'b' required, if 'a' exists",
        ),
        (r#"{"properties":{"a":false}}"#, "a: 1", "- at '/a': false schema"),
        (r#"{"not":{"required":["a"]}}"#, "a: 1", "- at '': 'not' failed"),
        (
            r#"{"oneOf":[{"required":["a"]},{"type":"object"}]}"#,
            "a: 1",
            "- at '': 'oneOf' failed, subschemas 0, 1 matched",
        ),
        (
            r#"{"propertyNames":{"pattern":"^b"}}"#,
            "a: 1",
            "- at '': invalid propertyName 'a'\n  - at '': 'a' does not match pattern '^b'",
        ),
        (r#"{"properties":{"a":{"format":"ipv4"}}}"#, "a: x", "ok"),
        (
            r#"{"unevaluatedProperties":false,"properties":{"b":true}}"#,
            "a: 1",
            "- at '/a': false schema",
        ),
        (
            r#"{"properties":{"a~/b":{"type":"string"}}}"#,
            "a~/b: 1",
            "- at '/a~0~1b': got number, want string",
        ),
    ];
    for (schema, values, expected) in table {
        check(schema, values, expected);
    }
}

#[test]
fn objections_are_grouped_as_in_helm() {
    check(
        r#"{"properties":{"c":{"minItems":3,"items":{"type":"string"}},"b":{"type":"string"}}}"#,
        "c: [1, x]\nb: 1",
        "- at '/b': got number, want string\n- at '/c': validation failed\n  - at '/c': minItems: got 2, want 3\n  - at '/c/0': got number, want string",
    );
    check(
        r#"{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"number","minimum":3}]}}}"#,
        "a: 1",
        "- at '/a': 'anyOf' failed\n  - at '/a': got number, want string\n  - at '/a': minimum: got 1, want 3",
    );
    check(
        r#"{"allOf":[{"required":["a"]},{"properties":{"b":{"type":"string"}}}]}"#,
        "b: 1",
        "- at '': 'allOf' failed\n  - at '': missing property 'a'\n  - at '/b': got number, want string",
    );
    check(
        r##"{"$defs":{"p":{"type":"integer","enum":[1]}},"properties":{"a":{"$ref":"#/$defs/p"}}}"##,
        "a: x",
        "- at '/a': got string, want integer",
    );
    check(
        r#"{"if":{"required":["a"]},"then":{"required":["b"]}}"#,
        "a: 1",
        "- at '': missing property 'b'",
    );
    check(
        r#"{"additionalProperties":{"type":"string"}}"#,
        "a: 1\nb: 2",
        "- at '/a': got number, want string\n- at '/b': got number, want string",
    );
}

#[test]
fn older_drafts_are_known() {
    check(
        r#"{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":{"minimum":3,"exclusiveMinimum":true}}}"#,
        "a: 3",
        "- at '/a': exclusiveMinimum: got 3, want 3",
    );
    check(
        r#"{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"ipv4"}}}"#,
        "a: x",
        "- at '/a': 'x' is not valid ipv4",
    );
    check(
        r#"{"$schema":"https://json-schema.org/draft/2019-09/schema","properties":{"a":{"format":"ipv4"}}}"#,
        "a: x",
        "ok",
    );
    check(
        r#"{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"]}}"#,
        "a: 1",
        "- at '': properties 'b' required, if 'a' exists",
    );
    check(
        r#"{"$schema":"https://example.com/mine"}"#,
        "a: 1",
        "the schema is of an unknown draft: \"https://example.com/mine\"",
    );
}

#[test]
fn unusable_schemas_are_explained() {
    check(
        r#"{"type":"nope"}"#,
        "a: 1",
        "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with \
         'https://json-schema.org/draft/2020-12/schema#'\n\
         - at '': 'allOf' failed\n  - at '/type': 'anyOf' failed\n    \
         - at '/type': value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'\n    \
         - at '/type': got string, want array",
    );
    assert!(text("{", "a: 1").starts_with("values.schema.json is not valid JSON"));
    for schema in [
        r#"{"$ref":"https://example.com/other.json"}"#,
        r#"{"$ref":"http://example.com/other.json"}"#,
        r#"{"$ref":"file:///etc/passwd"}"#,
        r#"{"$ref":"other.json"}"#,
        r##"{"$ref":"#/$defs/none"}"##,
        r#"{"pattern":"(?=x)"}"#,
    ] {
        let got = text(schema, "a: 1");
        assert!(got.starts_with("the schema cannot be used"), "{schema}: {got}");
    }
    check(r#"{"$ref":"urn:example:any"}"#, "a: 1", "ok");
    let large = format!(r#"{{"title":"{}"}}"#, "x".repeat(MAX_SIZE));
    assert!(text(&large, "a: 1").starts_with("the schema is larger"));
}

#[test]
fn what_a_reference_joins_stays_together_at_the_top() {
    let rules = r#"{"properties":{"a":{"type":"string"},"b":{"type":"string"}}}"#;
    for draft in
        ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"]
    {
        let top =
            format!(r##"{{"$schema":"{draft}","$defs":{{"v":{rules}}},"$ref":"#/$defs/v"}}"##);
        check(&top, "{a: 1, b: s}", "- at '/a': got number, want string");
        check(
            &top,
            "{a: 1, b: 2}",
            "- at '': validation failed\n  - at '/a': got number, want string\n  - at '/b': got number, want string",
        );
        let key = r##"{"$ref":"#/$defs/v"}"##;
        let below = format!(
            r#"{{"$schema":"{draft}","$defs":{{"v":{rules}}},"properties":{{"k":{key}}}}}"#
        );
        check(
            &below,
            "k: {a: 1, b: 2}",
            "- at '/k': validation failed\n  - at '/k/a': got number, want string\n  - at '/k/b': got number, want string",
        );
        let plain = format!(r#"{{"$schema":"{draft}","properties":{{"k":{rules}}}}}"#);
        check(
            &plain,
            "k: {a: 1, b: 2}",
            "- at '/k/a': got number, want string\n- at '/k/b': got number, want string",
        );
    }
}

#[test]
fn schemas_that_refer_to_themselves_do_no_harm() {
    for schema in [
        r##"{"$ref":"#"}"##,
        r##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}"##,
        r##"{"allOf":[{"$ref":"#"}]}"##,
        r##"{"$dynamicAnchor":"x","anyOf":[{"$dynamicRef":"#x"}]}"##,
        r##"{"$defs":{"a":{"not":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"}"##,
    ] {
        let _unused = text(schema, "a: 1");
    }
    let list = r##"{"properties":{"next":{"$ref":"#"},"v":{"type":"string"}}}"##;
    check(list, "next: {next: {v: 1}}", "- at '/next/next/v': got number, want string");
}

#[test]
fn subcharts_follow_and_logs_get_no_values() {
    let mut top = chart("app", r#"{"required":["top"]}"#);
    top.subcharts.push(chart("s", r#"{"properties":{"k":{"pattern":"^a"}}}"#));
    let values = yaml::from_str("s: {k: hunter2}").unwrap();
    let error = check_schema(&top, &values).unwrap_err();
    assert_eq!(
        error.to_string(),
        "values don't meet the specifications of the schema(s) in the following chart(s):\n\
         app:\n- at '': missing property 'top'\n\
         s:\n- at '/k': 'hunter2' does not match pattern '^a'"
    );
    assert!(!error.without_values().contains("hunter2"));
    assert_eq!(error.charts[1].values_path, ["s"]);
    assert_eq!(error.charts[1].findings[0].path, ["k"]);
}

#[test]
fn one_schema_can_be_asked_alone() {
    let values = yaml::from_str("a: 1").unwrap();
    let check = |schema: &str| check_schema_text(schema.as_bytes(), &values).unwrap_err();
    assert_eq!(check_schema_text(b"{}", &values), Ok(()));
    assert_eq!(check(r#"{"required":["b"]}"#), "- at '': missing property 'b'\n");
    assert!(check("{").starts_with("values.schema.json is not valid JSON"));
}
