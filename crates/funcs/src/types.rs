//! What type and kind a value has, and whether two are equal.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use gotmpl::{Args, List, Map, Type, Value};

use crate::args::kind;
use crate::table::{Answer, Row, pure, takes};

const ANY: Type = Type::Any;
const TEXT: Type = Type::String;

pub(crate) const ROWS: &[Row] = &[
    pure(
        "kindOf",
        takes(&[ANY], TEXT),
        kind_of,
        "Returns the kind of a value: `map`, `slice`, `string`, `bool`, `int64`, `float64` or `invalid`.",
        r#"kindOf [1] => "slice""#,
    ),
    pure(
        "kindIs",
        takes(&[TEXT, ANY], Type::Bool),
        kind_is,
        "Returns whether a value is of a kind.",
        r#"kindIs "map" {"a":1} => true"#,
    ),
    pure(
        "typeOf",
        takes(&[ANY], TEXT),
        type_of,
        "Returns the type of a value as Go names it.",
        r#"typeOf [1] => "[]interface {}""#,
    ),
    pure(
        "typeIs",
        takes(&[TEXT, ANY], Type::Bool),
        type_is,
        "Returns whether a value is of a type.",
        r#"typeIs "string" "a" => true"#,
    ),
    pure(
        "typeIsLike",
        takes(&[TEXT, ANY], Type::Bool),
        type_is_like,
        "Returns whether a value is of a type or points to one.",
        r#"typeIsLike "string" "a" => true"#,
    ),
    pure(
        "deepEqual",
        takes(&[ANY, ANY], Type::Bool),
        deep_equal,
        "Returns whether two values are equal all the way down, types included.",
        r#"deepEqual {"a":[1]} {"a":[1]} => true"#,
    ),
];

/// How deeply values are compared; what is nested beyond any use is not equal.
const MAX_DEPTH: usize = 1000;

/// Returns whether two values are equal as `reflect.DeepEqual` sees it: 1 and 1.0 are not.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    same_below(a, b, MAX_DEPTH)
}

fn same_below(a: &Value, b: &Value, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::List(a), Value::List(b)) => same_lists(a, b, depth),
        (Value::Map(a), Value::Map(b)) => same_maps(a, b, depth),
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Complex(re, im), Value::Complex(re2, im2)) => [re, im] == [re2, im2],
        (Value::Object(a), Value::Object(b)) => {
            std::sync::Arc::ptr_eq(a, b)
                || (a.go_type() == b.go_type() && a.equals(&**b) == Some(true))
        }
        _ => {
            a.go_type() == b.go_type()
                && ((a.as_text().is_some() && a.as_text() == b.as_text())
                    || (a.as_bool().is_some() && a.as_bool() == b.as_bool())
                    || (a.as_int().is_some() && a.as_int() == b.as_int())
                    || (a.as_uint().is_some() && a.as_uint() == b.as_uint())
                    || (a.as_float().is_some() && a.as_float() == b.as_float()))
        }
    }
}

fn same_lists(a: &List, b: &List, depth: usize) -> bool {
    if a.is_same(b) {
        return true;
    }
    let (left, right) = (a.items(), b.items());
    a.go_type() == b.go_type()
        && left.len() == right.len()
        && left.iter().zip(right.iter()).all(|(a, b)| same_below(a, b, depth))
}

fn same_maps(a: &Map, b: &Map, depth: usize) -> bool {
    if a.is_same(b) {
        return true;
    }
    let (left, right) = (a.entries(), b.entries());
    a.go_type() == b.go_type()
        && left.len() == right.len()
        && left
            .iter()
            .zip(right.iter())
            .all(|((key, a), (key2, b))| key == key2 && same_below(a, b, depth))
}

fn go_type(value: &Value) -> String {
    if value.is_nil() { "<nil>".to_owned() } else { value.go_type().to_string() }
}

fn kind_of(args: &Args<'_>) -> Answer {
    Ok(Value::from(kind(args.at(0))))
}

fn kind_is(args: &Args<'_>) -> Answer {
    Ok(Value::from(args.bytes(0) == kind(args.at(1)).as_bytes()))
}

fn type_of(args: &Args<'_>) -> Answer {
    Ok(Value::from(go_type(args.at(0))))
}

fn type_is(args: &Args<'_>) -> Answer {
    Ok(Value::from(args.bytes(0) == go_type(args.at(1)).as_bytes()))
}

fn type_is_like(args: &Args<'_>) -> Answer {
    let (wanted, got) = (args.bytes(0), go_type(args.at(1)));
    let pointed = got.strip_prefix('*').is_some_and(|got| got.as_bytes() == wanted);
    Ok(Value::from(pointed || wanted == got.as_bytes()))
}

fn deep_equal(args: &Args<'_>) -> Answer {
    Ok(Value::from(same(args.at(0), args.at(1))))
}
