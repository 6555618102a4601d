//! Printing YAML.

use value::{Value, json, yaml};

use crate::cases::load;

#[test]
fn yaml_is_printed_as_helm_prints_it() {
    for case in load("write.txt") {
        let value = json::from_str(&case.input).unwrap().to_floats();
        assert_eq!(yaml::to_string(&value), case.expected, "{}", case.name);
    }
}

#[test]
fn pretty_yaml_is_printed_as_helm_prints_it() {
    for case in load("write-pretty.txt") {
        let value = json::from_str(&case.input).unwrap().to_floats();
        assert_eq!(yaml::to_string_pretty(&value), case.expected, "{}", case.name);
    }
}

#[test]
fn integers_keep_all_their_digits() {
    fn check(value: &Value, expected: &str) {
        assert_eq!(yaml::to_string(value), expected);
    }
    check(&Value::Int(9_007_199_254_740_993), "9007199254740993\n");
    check(&Value::Int(i64::MIN), "-9223372036854775808\n");
    check(&Value::Float(f64::INFINITY), ".inf\n");
    check(&Value::Float(f64::NEG_INFINITY), "-.inf\n");
    check(&Value::Float(f64::NAN), ".nan\n");
}

#[test]
fn what_helm_cannot_print_is_said() {
    fn check(value: impl Into<Value>, expected: Option<&str>) {
        let value = Value::from_iter([("k", Value::from(vec![value.into()]))]);
        assert_eq!(yaml::unsupported(&value).as_deref(), expected);
    }
    check("plain\n\u{1}", None);
    check(1.5, None);
    check("\u{7f}", Some("yaml: control characters are not allowed"));
    check("\u{9f}", Some("yaml: control characters are not allowed"));
    check(f64::NAN, Some("error marshaling into JSON: json: unsupported value: NaN"));
}
