//! Defaults, choices and refusals.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use value::Value;

use crate::args;
use crate::error::FuncError;
use crate::table::{Row, exact, variadic};

pub(crate) const ROWS: &[Row] = &[
    exact(
        "default",
        2,
        default,
        "Returns the second argument, or the first when the second is empty (null, false, 0, \"\", no items).",
        r#"default "a" "" => "a""#,
    ),
    exact(
        "required",
        2,
        required,
        "Returns the second argument; fails with the first as message when it is null or an empty string.",
        r#"required "the image is needed" "nginx" => "nginx""#,
    ),
    exact("fail", 1, fail, "Stops rendering with a message.", ""),
    exact(
        "empty",
        1,
        empty,
        "Returns whether a value is null, false, 0, an empty string, list or map.",
        "empty [] => true",
    ),
    variadic(
        "coalesce",
        0,
        coalesce,
        "Returns the first argument that is not empty, null when there is none.",
        r#"coalesce null "" 0 "x" => "x""#,
    ),
    exact(
        "ternary",
        3,
        ternary,
        "Returns the first argument when the third is true, else the second.",
        r#"ternary "yes" "no" true => "yes""#,
    ),
    variadic("all", 0, all, "Returns whether no argument is empty.", r#"all 1 "a" [] => false"#),
    variadic("any", 0, any, "Returns whether an argument is not empty.", r#"any 0 "" "a" => true"#),
];

/// Returns whether a value counts as true: not null, false, 0, nor empty.
#[must_use]
pub fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Int(i) => *i != 0,
        Value::Float(f) => *f != 0.0,
        Value::String(s) => !s.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Map(map) => !map.is_empty(),
    }
}

fn default(args: &[Value]) -> Result<Value, FuncError> {
    let given = args::any(args, 1);
    Ok(if truthy(given) { given } else { args::any(args, 0) }.clone())
}

fn required(args: &[Value]) -> Result<Value, FuncError> {
    match args::any(args, 1) {
        Value::Null => Err(FuncError::failed(args::text(args, 0)?)),
        Value::String(s) if s.is_empty() => Err(FuncError::failed(args::text(args, 0)?)),
        given => Ok(given.clone()),
    }
}

fn fail(args: &[Value]) -> Result<Value, FuncError> {
    Err(FuncError::failed(args::text(args, 0)?))
}

fn empty(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(!truthy(args::any(args, 0))))
}

fn coalesce(args: &[Value]) -> Result<Value, FuncError> {
    Ok(args.iter().find(|value| truthy(value)).cloned().unwrap_or_default())
}

fn ternary(args: &[Value]) -> Result<Value, FuncError> {
    Ok(args::any(args, usize::from(!args::boolean(args, 2)?)).clone())
}

fn all(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(args.iter().all(truthy)))
}

fn any(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(args.iter().any(truthy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_refuses_null_and_empty_text_only() {
        let check = |given: Value| required(&[Value::from("need it"), given]).is_ok();
        assert!(check(Value::Int(0)) && check(Value::Bool(false)) && check(Value::map()));
        assert!(!check(Value::Null) && !check(Value::from("")));
    }

    #[test]
    fn fail_says_what_the_chart_says() {
        assert_eq!(fail(&[Value::from("no")]).map_err(|e| e.to_string()), Err("no".to_owned()));
    }
}
