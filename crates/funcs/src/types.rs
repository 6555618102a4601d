//! What type and kind a value has, and whether two are equal.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use gotmpl::{Args, CallError, List, Map, Type, Value};

use crate::args::kind;
use crate::bounds::{MAX_DEPTH, Walk, too_deep};
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

/// Returns whether two values are equal as `reflect.DeepEqual` sees it: 1 and 1.0 are not.
pub(crate) fn same(walk: &Walk<'_>, a: &Value, b: &Value) -> Result<bool, CallError> {
    same_below(walk, a, b, MAX_DEPTH)
}

fn same_below(walk: &Walk<'_>, a: &Value, b: &Value, depth: usize) -> Result<bool, CallError> {
    walk.compare(a.as_text().map_or(0, <[u8]>::len))?;
    let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
    Ok(match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::List(a), Value::List(b)) => same_lists(walk, a, b, depth)?,
        (Value::Map(a), Value::Map(b)) => same_maps(walk, a, b, depth)?,
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
    })
}

fn same_lists(walk: &Walk<'_>, a: &List, b: &List, depth: usize) -> Result<bool, CallError> {
    if a.is_same(b) {
        return Ok(true);
    }
    if a.go_type() != b.go_type() || a.is_nil() != b.is_nil() || a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.items().iter().zip(b.items().iter()) {
        if !same_below(walk, a, b, depth)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn same_maps(walk: &Walk<'_>, a: &Map, b: &Map, depth: usize) -> Result<bool, CallError> {
    if a.is_same(b) {
        return Ok(true);
    }
    if a.go_type() != b.go_type() || a.is_nil() != b.is_nil() || a.len() != b.len() {
        return Ok(false);
    }
    for ((key, a), (other, b)) in a.entries().iter().zip(b.entries().iter()) {
        if key != other || !same_below(walk, a, b, depth)? {
            return Ok(false);
        }
    }
    Ok(true)
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
    Ok(Value::from(same(&Walk::new(args), args.at(0), args.at(1))?))
}
