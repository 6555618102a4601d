//! Anything as a number, by the rules of the library `cast` 1.7 that sprig uses.

use gotmpl::{Value, parse_float, parse_int};

/// Returns any value as integer: texts by their prefix (`0x`, `0b`, `0`), floats without their fraction,
/// true as one, anything else as zero.
pub(crate) fn int(value: &Value) -> i64 {
    if let Some(number) = value.as_int() {
        return number;
    }
    match (value.as_uint(), value.as_float(), value.as_text()) {
        (Some(number), _, _) => number.cast_signed(),
        (_, Some(number), _) => truncated(number),
        (_, _, Some(text)) => spelled(text, |text| parse_int(without_zero_decimals(text))),
        _ => match value {
            Value::Bool(b) => i64::from(*b),
            Value::Object(object) if object.go_type().to_string() == "time.Month" => {
                object.plain().and_then(|plain| plain.as_int()).unwrap_or_default()
            }
            _ => 0,
        },
    }
}

/// Returns any value as float, in the same way.
#[expect(clippy::cast_precision_loss, reason = "as Go converts")]
pub(crate) fn float(value: &Value) -> f64 {
    if let Some(number) = value.as_float() {
        return number;
    }
    match (value.as_int(), value.as_uint(), value.as_text()) {
        (Some(number), _, _) => number as f64,
        (_, Some(number), _) => number as f64,
        (_, _, Some(text)) => spelled(text, float_of),
        _ => f64::from(u8::from(value.as_bool() == Some(true))),
    }
}

/// Reads a float as `strconv.ParseFloat` does.
pub(crate) fn float_of(text: &str) -> Option<f64> {
    let (negative, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if name.eq_ignore_ascii_case("inf") || name.eq_ignore_ascii_case("infinity") {
        return Some(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    parse_float(text)
}

/// Drops the fraction; what does not fit becomes the smallest integer, as on the machines Go is used on.
#[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
pub(crate) fn truncated(number: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

fn spelled<T: Default>(text: &[u8], read: impl FnOnce(&str) -> Option<T>) -> T {
    std::str::from_utf8(text).ok().and_then(read).unwrap_or_default()
}

/// `5.00` is the text of an integer too.
fn without_zero_decimals(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_with_their_prefixes() {
        let check = |value: Value, want| assert_eq!(int(&value), want, "{value:?}");
        check(Value::from("0x10"), 16);
        check(Value::from("010"), 8);
        check(Value::from("0b11"), 3);
        check(Value::from("5_0"), 50);
        check(Value::from("-5"), -5);
        check(Value::from("5.00"), 5);
        check(Value::from("08"), 0);
        check(Value::from("5.7"), 0);
        check(Value::from("--5"), 0);
        check(Value::from(""), 0);
        check(Value::Float(-3.9), -3);
        check(Value::Float(1e20), i64::MIN);
        check(Value::Bool(true), 1);
        check(Value::Nil, 0);
    }

    #[test]
    fn floats_are_read_with_their_names() {
        let check = |value: Value, want: f64| {
            assert_eq!(float(&value).to_bits(), want.to_bits(), "{value:?}");
        };
        check(Value::from("1e3"), 1000.0);
        check(Value::from("-Inf"), f64::NEG_INFINITY);
        check(Value::from("0x1p4"), 16.0);
        check(Value::from("x"), 0.0);
        check(Value::Int(7), 7.0);
        check(Value::Bool(true), 1.0);
    }
}
