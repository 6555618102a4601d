//! The `--set` family.

use value::strvals::{self, Typing};
use value::{Value, json};

use crate::cases::load;

#[test]
fn arguments_are_applied_as_helm_applies_them() {
    for case in load("set.txt") {
        let (line, base) = case.input.split_once('\n').unwrap();
        let (flag, argument) = line.split_once(' ').unwrap();
        let mut base = json::from_str(base).unwrap().to_floats();
        let result = apply(&mut base, flag, argument);
        let found = match &result {
            Ok(()) => json::to_string(&base),
            Err(error) => error.to_string(),
        };
        assert_eq!(result.is_err(), case.fails, "{}: {found}", case.name);
        assert_eq!(found, case.expected.trim_end(), "{}", case.name);
    }
}

fn apply(base: &mut Value, flag: &str, argument: &str) -> Result<(), strvals::StrvalsError> {
    match flag {
        "set" => strvals::set(base, argument, Typing::Guess),
        "set-string" => strvals::set(base, argument, Typing::String),
        "set-json" => strvals::set_json(base, argument),
        "set-literal" => strvals::set_literal(base, argument),
        "set-file" => strvals::set_file(base, argument, &mut |name| {
            if name.starts_with("nope") {
                return Err(format!("open {name}: no such file or directory"));
            }
            Ok(format!("<{name}>"))
        }),
        other => panic!("unknown flag {other}"),
    }
}

#[test]
fn integers_stay_integers_and_json_numbers_become_floats() {
    let mut base = Value::Null;
    strvals::set(&mut base, "a=1000000", Typing::Guess).unwrap();
    strvals::set_json(&mut base, "b=1000000").unwrap();
    assert_eq!(base.get("a"), Some(&Value::Int(1_000_000)));
    assert_eq!(base.get("b"), Some(&Value::Float(1_000_000.0)));
}

#[test]
fn brackets_cannot_nest_without_end() {
    for argument in
        ["a".to_owned() + &"[0]".repeat(100_000) + "=1", "a[0].".repeat(100_000) + "b=1"]
    {
        let error = strvals::set(&mut Value::Null, &argument, Typing::Guess).unwrap_err();
        assert_eq!(
            error.to_string(),
            "value name nested level is greater than maximum supported nested level of 30"
        );
    }
}
