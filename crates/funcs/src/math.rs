//! Integers. They are 64 bits wide and wrap around, as in Go.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use gotmpl::{Args, CallError, List, Type, Value};

use crate::bounds::{bounded, check_items};
use crate::cast;
use crate::table::{Answer, Row, asking, pure, takes, takes_more};
use crate::world::{World, below};

const ANY: Type = Type::Any;
const INT: Type = Type::Int;
const INT64: Type = Type::Int64;
const INTS: Type = Type::List(&Type::Int);

pub(crate) const ROWS: &[Row] = &[
    pure("add", takes_more(&[], ANY, INT64), add, "Adds integers.", "add 1 2 3 => 6"),
    pure("add1", takes(&[ANY], INT64), add1, "Adds one.", "add1 5 => 6"),
    pure(
        "sub",
        takes(&[ANY, ANY], INT64),
        sub,
        "Subtracts the second integer from the first.",
        "sub 5 2 => 3",
    ),
    pure("mul", takes_more(&[ANY], ANY, INT64), mul, "Multiplies integers.", "mul 2 3 4 => 24"),
    pure(
        "div",
        takes(&[ANY, ANY], INT64),
        div,
        "Divides integers, dropping the fraction.",
        "div 7 2 => 3",
    ),
    pure(
        "mod",
        takes(&[ANY, ANY], INT64),
        modulo,
        "Returns the remainder of a division.",
        "mod 7 2 => 1",
    ),
    pure(
        "max",
        takes_more(&[ANY], ANY, INT64),
        max,
        "Returns the largest integer.",
        "max 1 3 2 => 3",
    )
    .also(&["biggest"]),
    pure(
        "min",
        takes_more(&[ANY], ANY, INT64),
        min,
        "Returns the smallest integer.",
        "min 3 1 2 => 1",
    ),
    pure(
        "int",
        takes(&[ANY], INT),
        to_int,
        "Returns a number, a text or a boolean as integer; 0 for what is none.",
        r#"int "12" => 12"#,
    ),
    pure(
        "int64",
        takes(&[ANY], INT64),
        to_int64,
        "Returns an integer, as `int`.",
        "int64 3.7 => 3",
    ),
    pure(
        "atoi",
        takes(&[Type::String], INT),
        atoi,
        "Returns the integer that a text spells; 0 for what is none.",
        r#"atoi "7" => 7"#,
    ),
    pure(
        "toDecimal",
        takes(&[ANY], INT64),
        to_decimal,
        "Returns the integer that octal digits spell; 0 for what is none.",
        r#"toDecimal "755" => 493"#,
    ),
    pure(
        "seq",
        takes_more(&[], INT, Type::String),
        seq,
        "Returns the numbers up to an end, from a start to an end, or from a start by a step to an end, as text.",
        r#"seq 1 3 => "1 2 3""#,
    ),
    pure(
        "until",
        takes(&[INT], INTS),
        until,
        "Returns the numbers from 0 up to, without, the argument.",
        "until 3 => [0,1,2]",
    ),
    pure(
        "untilStep",
        takes(&[INT, INT, INT], INTS),
        until_step,
        "Returns the numbers from the first argument up to, without, the second, by the third.",
        "untilStep 3 9 2 => [3,5,7]",
    ),
    asking(
        "randInt",
        takes(&[INT, INT], INT),
        rand_int,
        "Returns a random integer from the first argument up to, without, the second.",
        "randInt 5 6 => 5",
    ),
];

fn add(args: &Args<'_>) -> Answer {
    Ok(Value::Int64(args.iter().fold(0, |sum, value| sum.wrapping_add(cast::int(value)))))
}

fn add1(args: &Args<'_>) -> Answer {
    Ok(Value::Int64(cast::int(args.at(0)).wrapping_add(1)))
}

fn sub(args: &Args<'_>) -> Answer {
    Ok(Value::Int64(cast::int(args.at(0)).wrapping_sub(cast::int(args.at(1)))))
}

fn mul(args: &Args<'_>) -> Answer {
    Ok(Value::Int64(args.iter().fold(1, |product, value| product.wrapping_mul(cast::int(value)))))
}

fn div(args: &Args<'_>) -> Answer {
    divided(args, i64::wrapping_div)
}

fn modulo(args: &Args<'_>) -> Answer {
    divided(args, i64::wrapping_rem)
}

fn divided(args: &Args<'_>, by: fn(i64, i64) -> i64) -> Answer {
    match cast::int(args.at(1)) {
        0 => Err(CallError::from("runtime error: integer divide by zero")),
        divisor => Ok(Value::Int64(by(cast::int(args.at(0)), divisor))),
    }
}

fn max(args: &Args<'_>) -> Answer {
    Ok(Value::Int64(args.iter().map(cast::int).max().unwrap_or_default()))
}

fn min(args: &Args<'_>) -> Answer {
    Ok(Value::Int64(args.iter().map(cast::int).min().unwrap_or_default()))
}

fn to_int(args: &Args<'_>) -> Answer {
    Ok(Value::Int(cast::int(args.at(0))))
}

fn to_int64(args: &Args<'_>) -> Answer {
    Ok(Value::Int64(cast::int(args.at(0))))
}

fn atoi(args: &Args<'_>) -> Answer {
    let number = std::str::from_utf8(args.bytes(0)).ok().and_then(|text| text.parse().ok());
    Ok(Value::Int(number.unwrap_or_default()))
}

fn to_decimal(args: &Args<'_>) -> Answer {
    let text = crate::text::text_of(args.at(0))?;
    let digits = std::str::from_utf8(&text).ok().and_then(|text| i64::from_str_radix(text, 8).ok());
    Ok(Value::Int64(digits.unwrap_or_default()))
}

fn seq(args: &Args<'_>) -> Answer {
    let (start, step, end) = match args.len() {
        1 => (1, None, args.int(0)),
        2 => (args.int(0), None, args.int(1)),
        3 => (args.int(0), Some(args.int(1)), args.int(2)),
        _ => return Ok(Value::from("")),
    };
    let toward = if end < start { -1 } else { 1 };
    let step = step.unwrap_or(toward);
    if end < start && step > 0 {
        return Ok(Value::from(""));
    }
    let numbers = steps(start, end.wrapping_add(toward), step)?;
    let texts: Vec<_> = numbers.iter().map(i64::to_string).collect();
    bounded(texts.join(" "))
}

fn until(args: &Args<'_>) -> Answer {
    let end = args.int(0);
    ints(&steps(0, end, if end < 0 { -1 } else { 1 })?)
}

fn until_step(args: &Args<'_>) -> Answer {
    ints(&steps(args.int(0), args.int(1), args.int(2))?)
}

fn ints(numbers: &[i64]) -> Answer {
    let items = numbers.iter().copied().map(Value::Int).collect();
    Ok(Value::List(List::typed(INTS, items)))
}

/// Returns the numbers from `start` up to or down to `end`, without it.
fn steps(start: i64, end: i64, step: i64) -> Result<Vec<i64>, CallError> {
    let ahead = |at: i64| if step > 0 { at < end } else { at > end };
    let (mut numbers, mut at) = (Vec::new(), start);
    while step != 0 && ahead(at) {
        numbers.push(at);
        check_items(numbers.len())?;
        let Some(next) = at.checked_add(step) else {
            break;
        };
        at = next;
    }
    Ok(numbers)
}

fn rand_int(world: &dyn World, args: &Args<'_>) -> Answer {
    let (least, end) = (args.int(0), args.int(1));
    let range = u64::try_from(end.wrapping_sub(least)).ok().filter(|range| *range > 0);
    let range = range.ok_or_else(|| CallError::from("invalid argument to Intn"))?;
    Ok(Value::Int(least.wrapping_add_unsigned(below(world, range))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_is_bounded_and_goes_down_too() {
        assert!(until(&Args::new(&[Value::Int(i64::MAX)])).is_err());
        let check = |start, end, step, want: &[i64]| {
            assert_eq!(steps(start, end, step).expect("few"), want);
        };
        check(0, -2, -1, &[0, -1]);
        check(0, 5, 0, &[]);
        check(0, 5, -1, &[]);
        check(i64::MAX - 1, i64::MAX, 5, &[i64::MAX - 1]);
    }
}
