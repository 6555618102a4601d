//! Lengths of time, Helm 4's own functions. A number is so many seconds.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use gotmpl::{Args, CallError, Type, Value};

use crate::args::{kind, text};
use crate::cast::float_of;
use crate::table::{Answer, Row, pure, takes};
use crate::time::{DURATION, Duration};

const ANY: &[Type] = &[Type::Any];
const FLOAT: Type = Type::Float64;
const INT64: Type = Type::Int64;

const SECOND: i64 = 1_000_000_000;

pub(crate) const ROWS: &[Row] = &[
    pure(
        "mustToDuration",
        takes(ANY, DURATION),
        must_to_duration,
        "Reads a duration such as `1h30m`, or so many seconds; fails for anything else.",
        r#"mustToDuration 90 => "1m30s""#,
    ),
    pure(
        "durationSeconds",
        takes(ANY, FLOAT),
        |args| in_floats(args, SECOND),
        "Returns a duration in seconds; 0 for what is none.",
        r#"durationSeconds "1m30s" => 90"#,
    ),
    pure(
        "durationMinutes",
        takes(ANY, FLOAT),
        |args| in_floats(args, 60 * SECOND),
        "Returns a duration in minutes; 0 for what is none.",
        r#"durationMinutes "90s" => 1.5"#,
    ),
    pure(
        "durationHours",
        takes(ANY, FLOAT),
        |args| in_floats(args, 3600 * SECOND),
        "Returns a duration in hours; 0 for what is none.",
        r#"durationHours "90m" => 1.5"#,
    ),
    pure(
        "durationDays",
        takes(ANY, FLOAT),
        |args| Ok(Value::Float(hours(args) / 24.0)),
        "Returns a duration in days; 0 for what is none.",
        r#"durationDays "36h" => 1.5"#,
    ),
    pure(
        "durationWeeks",
        takes(ANY, FLOAT),
        |args| Ok(Value::Float(hours(args) / 24.0 / 7.0)),
        "Returns a duration in weeks; 0 for what is none.",
        r#"durationWeeks "168h" => 1"#,
    ),
    pure(
        "durationMilliseconds",
        takes(ANY, INT64),
        |args| Ok(Value::Int64(or_zero(args, 0).0 / 1_000_000)),
        "Returns a duration in milliseconds; 0 for what is none.",
        r#"durationMilliseconds "1.5s" => 1500"#,
    ),
    pure(
        "durationMicroseconds",
        takes(ANY, INT64),
        |args| Ok(Value::Int64(or_zero(args, 0).0 / 1000)),
        "Returns a duration in microseconds; 0 for what is none.",
        r#"durationMicroseconds "1ms" => 1000"#,
    ),
    pure(
        "durationNanoseconds",
        takes(ANY, INT64),
        |args| Ok(Value::Int64(or_zero(args, 0).0)),
        "Returns a duration in nanoseconds; 0 for what is none.",
        r#"durationNanoseconds "1us" => 1000"#,
    ),
    pure(
        "durationRoundTo",
        takes(&[Type::Any, Type::Any], DURATION),
        |args| to_unit(args, Duration::rounded),
        "Rounds a duration to the nearest multiple of another.",
        r#"durationRoundTo "2h13m" "30m" => "2h0m0s""#,
    ),
    pure(
        "durationTruncateTo",
        takes(&[Type::Any, Type::Any], DURATION),
        |args| to_unit(args, Duration::truncated),
        "Rounds a duration toward zero to a multiple of another.",
        r#"durationTruncateTo "2h50m" "30m" => "2h30m0s""#,
    ),
];

fn must_to_duration(args: &Args<'_>) -> Answer {
    Ok(duration(args, 0)?.value())
}

fn in_floats(args: &Args<'_>, unit: i64) -> Answer {
    Ok(Value::Float(or_zero(args, 0).in_units(unit)))
}

fn hours(args: &Args<'_>) -> f64 {
    or_zero(args, 0).in_units(3600 * SECOND)
}

fn to_unit(args: &Args<'_>, round: fn(Duration, Duration) -> Duration) -> Answer {
    let length = or_zero(args, 0);
    Ok(duration(args, 1).map_or(length, |unit| round(length, unit)).value())
}

fn or_zero(args: &Args<'_>, index: usize) -> Duration {
    duration(args, index).unwrap_or(Duration(0))
}

fn duration(args: &Args<'_>, index: usize) -> Result<Duration, CallError> {
    let value = args.at(index);
    if let Some(duration) = value.as_object::<Duration>() {
        return Ok(*duration);
    }
    if value.as_text().is_some() {
        let whole = text(args, index);
        let trimmed = whole.trim();
        if trimmed.is_empty() {
            return Err(CallError::from("empty duration"));
        }
        if let Ok(duration) = Duration::parse(trimmed) {
            return Ok(duration);
        }
        let quoted = || gotmpl::quote(args.bytes(index));
        return float_of(trimmed)
            .ok_or_else(|| CallError::Text(format!("could not parse duration {}", quoted())))
            .and_then(of_float);
    }
    let overflow =
        |seconds: String| CallError::Text(format!("duration seconds overflow: {seconds}"));
    let plain = match value {
        Value::Object(object) => object.plain().unwrap_or_default(),
        other => other.clone(),
    };
    match (plain.as_int(), plain.as_uint(), plain.as_float()) {
        (Some(seconds), ..) => {
            seconds.checked_mul(SECOND).map(Duration).ok_or_else(|| overflow(seconds.to_string()))
        }
        (_, Some(seconds), _) => i64::try_from(seconds)
            .ok()
            .and_then(|seconds| seconds.checked_mul(SECOND))
            .map(Duration)
            .ok_or_else(|| overflow(seconds.to_string())),
        (.., Some(seconds)) => of_float(seconds),
        _ if kind(value) == "invalid" => Err(CallError::from("invalid duration")),
        _ => Err(CallError::Text(format!("unsupported duration type {}", value.go_type()))),
    }
}

fn of_float(seconds: f64) -> Result<Duration, CallError> {
    let shown = || value::number::format_g(seconds);
    if !seconds.is_finite() {
        return Err(CallError::Text(format!("invalid duration seconds: {}", shown())));
    }
    let nanoseconds = seconds * 1e9;
    if nanoseconds.abs() > 9_223_372_036_854_775_807.0 {
        return Err(CallError::Text(format!("duration seconds overflow: {}", shown())));
    }
    Ok(Duration(crate::cast::truncated(nanoseconds)))
}
