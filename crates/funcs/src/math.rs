//! Numbers. Integers are 64 bits wide; what does not fit is an error, never a wrong number.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use value::Value;

use crate::args::{any, from, int};
use crate::error::FuncError;
use crate::table::{Function, Row, exact, row, variadic};

pub(crate) const ROWS: &[Row] = &[
    variadic("add", 0, add, "Adds integers.", "add 1 2 3 => 6"),
    exact("add1", 1, add1, "Adds one.", "add1 5 => 6"),
    exact("sub", 2, sub, "Subtracts the second integer from the first.", "sub 5 2 => 3"),
    variadic("mul", 1, mul, "Multiplies integers.", "mul 2 3 4 => 24"),
    exact("div", 2, div, "Divides integers, dropping the fraction.", "div 7 2 => 3"),
    exact("mod", 2, modulo, "Returns the remainder of a division.", "mod 7 2 => 1"),
    variadic("max", 1, max, "Returns the largest integer.", "max 1 3 2 => 3"),
    variadic("min", 1, min, "Returns the smallest integer.", "min 3 1 2 => 1"),
    exact("floor", 1, floor, "Returns the next number below without fraction.", "floor 1.9 => 1"),
    exact("ceil", 1, ceil, "Returns the next number above without fraction.", "ceil 1.1 => 2"),
    row(
        "round",
        2,
        Some(3),
        Function::Pure(round),
        "Rounds to so many places behind the point; up from .5 on, or from the third argument on.",
        "round 123.5555 3 => 123.556",
    ),
    exact(
        "int",
        1,
        to_int,
        "Returns a number, a text or a boolean as integer; 0 for what is none.",
        r#"int "12" => 12"#,
    ),
    exact("int64", 1, to_int, "Returns an integer, as `int`.", "int64 3.7 => 3"),
    exact(
        "float64",
        1,
        to_float,
        "Returns a number with fraction; 0 for what is none.",
        r#"float64 "1.5" => 1.5"#,
    ),
    exact(
        "atoi",
        1,
        atoi,
        "Returns the integer that a text spells; 0 for what is none.",
        r#"atoi "7" => 7"#,
    ),
    row(
        "seq",
        1,
        Some(3),
        Function::Pure(seq),
        "Returns the numbers up to an end, from a start to an end, or from a start by a step to an end, as text.",
        r#"seq 1 3 => "1 2 3""#,
    ),
];

/// Returns any value as integer, as sprig's casts do: texts by their prefix (`0x`, `0b`, `0`), floats
/// without their fraction, true as one, anything else as zero.
fn cast(value: &Value) -> i64 {
    match value {
        Value::Int(i) => *i,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "dropping the fraction is the point; saturates"
        )]
        Value::Float(f) => *f as i64,
        Value::Bool(b) => i64::from(*b),
        Value::String(s) => spelled(s).unwrap_or(0),
        Value::Null | Value::List(_) | Value::Map(_) => 0,
    }
}

fn spelled(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, lower.as_str())
    } else {
        (10, lower.as_str())
    };
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

fn cast_float(value: &Value) -> f64 {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "as Go converts")]
        Value::Int(i) => *i as f64,
        Value::Float(f) => *f,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::String(s) => s.parse().ok().filter(|f: &f64| f.is_finite()).unwrap_or(0.0),
        Value::Null | Value::List(_) | Value::Map(_) => 0.0,
    }
}

/// Returns a float as the integer that it is, if it is one: numbers without fraction are integers here.
fn number(f: f64) -> Value {
    Value::Float(f).as_i64().map_or(Value::Float(f), Value::Int)
}

fn exact_int(result: Option<i64>) -> Result<Value, FuncError> {
    result.map(Value::Int).ok_or_else(|| FuncError::failed("the result does not fit 64 bits"))
}

fn add(args: &[Value]) -> Result<Value, FuncError> {
    exact_int(args.iter().try_fold(0_i64, |sum, value| sum.checked_add(cast(value))))
}

fn add1(args: &[Value]) -> Result<Value, FuncError> {
    exact_int(cast(any(args, 0)).checked_add(1))
}

fn sub(args: &[Value]) -> Result<Value, FuncError> {
    exact_int(cast(any(args, 0)).checked_sub(cast(any(args, 1))))
}

fn mul(args: &[Value]) -> Result<Value, FuncError> {
    exact_int(args.iter().try_fold(1_i64, |product, value| product.checked_mul(cast(value))))
}

fn div(args: &[Value]) -> Result<Value, FuncError> {
    divided(args, i64::checked_div)
}

fn modulo(args: &[Value]) -> Result<Value, FuncError> {
    divided(args, i64::checked_rem)
}

fn divided(args: &[Value], by: fn(i64, i64) -> Option<i64>) -> Result<Value, FuncError> {
    let divisor = cast(any(args, 1));
    if divisor == 0 {
        return Err(FuncError::failed("integer divide by zero"));
    }
    exact_int(by(cast(any(args, 0)), divisor))
}

fn max(args: &[Value]) -> Result<Value, FuncError> {
    exact_int(args.iter().map(cast).max())
}

fn min(args: &[Value]) -> Result<Value, FuncError> {
    exact_int(args.iter().map(cast).min())
}

fn floor(args: &[Value]) -> Result<Value, FuncError> {
    Ok(number(cast_float(any(args, 0)).floor()))
}

fn ceil(args: &[Value]) -> Result<Value, FuncError> {
    Ok(number(cast_float(any(args, 0)).ceil()))
}

fn round(args: &[Value]) -> Result<Value, FuncError> {
    let places = i32::try_from(int(args, 1)?)
        .map_err(|_| FuncError::failed("the number of places is out of range"))?;
    let on = from(args, 2).first().map_or(0.5, cast_float);
    let scale = 10_f64.powi(places);
    let scaled = cast_float(any(args, 0)) * scale;
    let rounded = if scaled.fract() >= on { scaled.ceil() } else { scaled.floor() } / scale;
    if rounded.is_finite() {
        Ok(number(rounded))
    } else {
        Err(FuncError::failed("the number of places is out of range"))
    }
}

fn to_int(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::Int(cast(any(args, 0))))
}

fn to_float(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::Float(cast_float(any(args, 0))))
}

fn atoi(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::Int(crate::args::text(args, 0)?.parse().unwrap_or(0)))
}

fn seq(args: &[Value]) -> Result<Value, FuncError> {
    let (start, step, end) = match args.len() {
        1 => (1, None, int(args, 0)?),
        2 => (int(args, 0)?, None, int(args, 1)?),
        _ => (int(args, 0)?, Some(int(args, 1)?), int(args, 2)?),
    };
    let step = step.unwrap_or(if end < start { -1 } else { 1 });
    let ahead = |at: i64| if step > 0 { at <= end } else { at >= end };
    let (mut numbers, mut at) = (Vec::new(), start);
    while step != 0 && ahead(at) {
        numbers.push(at.to_string());
        crate::bounds::check_items(numbers.len())?;
        let Some(next) = at.checked_add(step) else {
            break;
        };
        at = next;
    }
    crate::bounds::bounded(numbers.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_follow_sprig() {
        let check = |value: Value, want| assert_eq!(cast(&value), want, "{value}");
        check(Value::from("0x10"), 16);
        check(Value::from("010"), 8);
        check(Value::from("0b11"), 3);
        check(Value::from("-5"), -5);
        check(Value::from("08"), 0);
        check(Value::from("5.7"), 0);
        check(Value::from("--5"), 0);
        check(Value::from(""), 0);
        check(Value::Float(-3.9), -3);
        check(Value::Bool(true), 1);
        check(Value::Null, 0);
    }

    #[test]
    fn overflow_and_division_by_zero_are_errors() {
        let text = |result: Result<Value, FuncError>| result.expect_err("refused").to_string();
        assert_eq!(
            text(add(&[Value::Int(i64::MAX), Value::Int(1)])),
            "the result does not fit 64 bits"
        );
        assert_eq!(text(div(&[Value::Int(1), Value::Int(0)])), "integer divide by zero");
        assert_eq!(
            text(modulo(&[Value::Int(i64::MIN), Value::Int(-1)])),
            "the result does not fit 64 bits"
        );
    }

    #[test]
    fn rounding_follows_sprig() {
        let check = |f, want: f64| {
            assert_eq!(round(&[Value::Float(f), Value::Int(0)]), Ok(number(want)), "{f}");
        };
        check(2.5, 3.0);
        check(-2.5, -3.0);
        check(-2.1, -3.0);
    }
}
