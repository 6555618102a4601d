//! Defaults, choices and refusals.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use gotmpl::{Args, CallError, Type, Value, is_true};

use crate::args;
use crate::table::{Answer, Row, pure, takes, takes_more};

const ANY: Type = Type::Any;

pub(crate) const ROWS: &[Row] = &[
    pure(
        "default",
        takes_more(&[ANY], ANY, ANY),
        default,
        "Returns the second argument, or the first when the second is empty (null, false, 0, \"\", no items).",
        r#"default "a" "" => "a""#,
    ),
    pure(
        "required",
        takes(&[Type::String, ANY], ANY),
        required,
        "Returns the second argument; fails with the first as message when it is null or an empty string.",
        r#"required "the image is needed" "nginx" => "nginx""#,
    ),
    pure("fail", takes(&[Type::String], Type::String), fail, "Stops rendering with a message.", ""),
    pure(
        "empty",
        takes(&[ANY], Type::Bool),
        empty,
        "Returns whether a value is null, false, 0, an empty string, list or map.",
        "empty [] => true",
    ),
    pure(
        "coalesce",
        takes_more(&[], ANY, ANY),
        coalesce,
        "Returns the first argument that is not empty, null when there is none.",
        r#"coalesce null "" 0 "x" => "x""#,
    ),
    pure(
        "ternary",
        takes(&[ANY, ANY, Type::Bool], ANY),
        ternary,
        "Returns the first argument when the third is true, else the second.",
        r#"ternary "yes" "no" true => "yes""#,
    ),
    pure(
        "all",
        takes_more(&[], ANY, Type::Bool),
        all,
        "Returns whether no argument is empty.",
        r#"all 1 "a" [] => false"#,
    ),
    pure(
        "any",
        takes_more(&[], ANY, Type::Bool),
        any,
        "Returns whether an argument is not empty.",
        r#"any 0 "" "a" => true"#,
    ),
];

fn default(args: &Args<'_>) -> Answer {
    let given = args.at(1);
    Ok(if is_true(given) { given } else { args.at(0) }.clone())
}

fn required(args: &Args<'_>) -> Answer {
    let given = args.at(1);
    if given.is_nil() || given.as_text().is_some_and(<[u8]>::is_empty) {
        return Err(CallError::Text(args::text(args, 0).into_owned()));
    }
    Ok(given.clone())
}

fn fail(args: &Args<'_>) -> Answer {
    Err(CallError::Text(args::text(args, 0).into_owned()))
}

fn empty(args: &Args<'_>) -> Answer {
    Ok(Value::from(!is_true(args.at(0))))
}

fn coalesce(args: &Args<'_>) -> Answer {
    Ok(args.iter().find(|value| is_true(value)).cloned().unwrap_or_default())
}

fn ternary(args: &Args<'_>) -> Answer {
    Ok(args.at(usize::from(!args.bool(2))).clone())
}

fn all(args: &Args<'_>) -> Answer {
    Ok(Value::from(args.iter().all(is_true)))
}

fn any(args: &Args<'_>) -> Answer {
    Ok(Value::from(args.iter().any(is_true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_refuses_null_and_empty_text_only() {
        let check = |given: Value| required(&Args::new(&[Value::from("need it"), given])).is_ok();
        assert!(check(Value::Int(0)) && check(Value::from(false)) && check(Value::from(vec![])));
        assert!(!check(Value::Nil) && !check(Value::from("")));
    }

    #[test]
    fn fail_says_what_the_chart_says() {
        let error = fail(&Args::new(&[Value::from("no")])).expect_err("it fails");
        assert_eq!(error.to_string(), "no");
    }
}
