//! Dates, with the layouts of Go. What needs the present or the local zone asks the [`World`].

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use gotmpl::{Args, CallError, Type, Value};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::args::text;
use crate::table::{Answer, Row, asking, pure, takes};
use crate::time::{Duration, TIME, Time, seconds};
use crate::world::World;

const ANY: Type = Type::Any;
const TEXT: Type = Type::String;

pub(crate) const ROWS: &[Row] = &[
    asking("now", takes(&[], TIME), now, "Returns the present time.", "now => 0"),
    asking(
        "date",
        takes(&[TEXT, ANY], TEXT),
        date,
        "Returns a time in a layout of Go, in the local zone; anything that is no time counts as now.",
        r#"date "2006-01-02" 86400 => "1970-01-02""#,
    ),
    asking(
        "dateInZone",
        takes(&[TEXT, ANY, TEXT], TEXT),
        date_in_zone,
        "Returns a time in a layout of Go, in a zone.",
        r#"dateInZone "15:04 MST" 0 "UTC" => "00:00 UTC""#,
    )
    .also(&["date_in_zone"]),
    asking(
        "htmlDate",
        takes(&[ANY], TEXT),
        html_date,
        "Returns the date of a time as `2006-01-02`.",
        r#"htmlDate 0 => "1970-01-01""#,
    ),
    asking(
        "htmlDateInZone",
        takes(&[ANY, TEXT], TEXT),
        html_date_in_zone,
        "Returns the date of a time in a zone as `2006-01-02`.",
        r#"htmlDateInZone 0 "UTC" => "1970-01-01""#,
    ),
    pure(
        "dateModify",
        takes(&[TEXT, TIME], TIME),
        date_modify,
        "Returns the time a duration later; the same time where the duration is none.",
        r#"dateModify "1h" 0 => 3600"#,
    )
    .also(&["date_modify"]),
    pure(
        "mustDateModify",
        takes(&[TEXT, TIME], TIME),
        must_date_modify,
        "Returns the time a duration later, or fails.",
        r#"mustDateModify "-1h" 3600 => 0"#,
    )
    .also(&["must_date_modify"]),
    asking(
        "toDate",
        takes(&[TEXT, TEXT], TIME),
        |world, args| Ok(read(world, args).unwrap_or_else(|_| Time::zero()).value()),
        "Reads a time in a layout of Go; the beginning of the year 1 where that fails.",
        r#"toDate "2006-01-02" "1970-01-02" => 86400"#,
    ),
    asking(
        "mustToDate",
        takes(&[TEXT, TEXT], TIME),
        |world, args| Ok(read(world, args)?.value()),
        "Reads a time in a layout of Go, or fails.",
        r#"mustToDate "2006-01-02" "1970-01-02" => 86400"#,
    ),
    pure(
        "unixEpoch",
        takes(&[TIME], TEXT),
        unix_epoch,
        "Returns the seconds since 1970 as text.",
        r#"unixEpoch 60 => "60""#,
    ),
    asking(
        "ago",
        takes(&[ANY], TEXT),
        ago,
        "Returns how long ago a time was.",
        r#"ago -90 => "1m30s""#,
    ),
    asking(
        "durationRound",
        takes(&[ANY], TEXT),
        duration_round,
        "Returns a duration in its largest unit.",
        r#"durationRound "2h10m5s" => "2h""#,
    ),
    pure(
        "duration",
        takes(&[ANY], TEXT),
        duration,
        "Returns so many seconds as a duration.",
        r#"duration "95" => "1m35s""#,
    ),
];

/// Returns a time as RFC 3339 writes it, which is its form in JSON and TOML.
pub(crate) fn rfc3339(value: &Value) -> Option<String> {
    let time = value.as_object::<Time>()?;
    Some(time.format("2006-01-02T15:04:05.999999999Z07:00"))
}

/// Returns the seconds since 1970 of a time.
pub(crate) fn epoch(value: &Value) -> Option<i64> {
    value.as_object::<Time>().map(seconds)
}

/// Returns the time so many seconds after 1970.
pub(crate) fn of_epoch(seconds: i64) -> Option<Value> {
    Timestamp::from_second(seconds).ok().map(|at| Time::new(at, &TimeZone::UTC).value())
}

/// Returns a date of TOML; one without a zone is in UTC.
pub(crate) fn of_toml(time: &toml::value::Datetime) -> Value {
    let text = time.to_string();
    let layouts = [
        "2006-01-02T15:04:05Z07:00",
        "2006-01-02 15:04:05Z07:00",
        "2006-01-02T15:04:05",
        "2006-01-02",
        "15:04:05",
    ];
    let read = layouts.iter().find_map(|layout| Time::parse(layout, &text, &TimeZone::UTC).ok());
    read.map_or_else(|| Value::from(text), Time::value)
}

/// Returns the time that a value stands for: a time, or seconds since 1970; otherwise the present.
fn time_of(world: &dyn World, value: &Value) -> Time {
    let local = world.time_zone();
    if let Some(time) = value.as_object::<Time>() {
        return time.clone();
    }
    let at = match value {
        Value::Int(seconds) | Value::Int64(seconds) => Timestamp::from_second(*seconds).ok(),
        Value::Small(gotmpl::Small::Int32(seconds)) => {
            Timestamp::from_second(i64::from(*seconds)).ok()
        }
        _ => None,
    };
    Time::new(at.unwrap_or_else(|| world.now()), &local)
}

fn zone(world: &dyn World, name: &str) -> TimeZone {
    match name {
        "Local" => world.time_zone(),
        "" | "UTC" => TimeZone::UTC,
        name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
    }
}

fn now(world: &dyn World, _: &Args<'_>) -> Answer {
    Ok(Time::new(world.now(), &world.time_zone()).value())
}

fn shown(world: &dyn World, layout: &str, value: &Value, zone: &TimeZone) -> Answer {
    crate::bounds::bounded(time_of(world, value).within(zone).format(layout))
}

fn date(world: &dyn World, args: &Args<'_>) -> Answer {
    args.spend(args.bytes(0).len())?;
    shown(world, &text(args, 0), args.at(1), &world.time_zone())
}

fn date_in_zone(world: &dyn World, args: &Args<'_>) -> Answer {
    args.spend(args.bytes(0).len())?;
    shown(world, &text(args, 0), args.at(1), &zone(world, &text(args, 2)))
}

fn html_date(world: &dyn World, args: &Args<'_>) -> Answer {
    shown(world, "2006-01-02", args.at(0), &world.time_zone())
}

fn html_date_in_zone(world: &dyn World, args: &Args<'_>) -> Answer {
    shown(world, "2006-01-02", args.at(0), &zone(world, &text(args, 1)))
}

fn date_modify(args: &Args<'_>) -> Answer {
    must_date_modify(args).or_else(|_| Ok(args.at(1).clone()))
}

fn must_date_modify(args: &Args<'_>) -> Answer {
    let duration = Duration::parse(&text(args, 0))?;
    let time = args.at(1).as_object::<Time>();
    let time = time.ok_or_else(|| CallError::from(crate::args::NIL_POINTER))?;
    Ok(time.later(duration.0).value())
}

fn read(world: &dyn World, args: &Args<'_>) -> Result<Time, CallError> {
    Ok(Time::parse(&text(args, 0), &text(args, 1), &world.time_zone())?)
}

fn unix_epoch(args: &Args<'_>) -> Answer {
    Ok(Value::from(epoch(args.at(0)).unwrap_or_default().to_string()))
}

fn since(world: &dyn World, time: &Time) -> Duration {
    Duration(Time::new(world.now(), &TimeZone::UTC).since(time))
}

fn ago(world: &dyn World, args: &Args<'_>) -> Answer {
    let length = since(world, &time_of(world, args.at(0))).rounded(Duration(1_000_000_000));
    Ok(Value::from(length.to_string()))
}

fn duration(args: &Args<'_>) -> Answer {
    let seconds = match args.at(0) {
        Value::Int64(seconds) => *seconds,
        other => other.as_str().and_then(|text| text.parse().ok()).unwrap_or_default(),
    };
    Ok(Value::from(Duration(seconds.wrapping_mul(1_000_000_000)).to_string()))
}

fn duration_round(world: &dyn World, args: &Args<'_>) -> Answer {
    const UNITS: [(&str, u64); 6] = [
        ("y", 31_536_000_000_000_000),
        ("mo", 2_592_000_000_000_000),
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
    ];
    let value = args.at(0);
    let length = match value {
        Value::Int64(nanoseconds) => *nanoseconds,
        _ => match (value.as_object::<Time>(), value.as_str()) {
            (Some(time), _) => since(world, time).0,
            (_, Some(text)) => Duration::parse(text).map_or(0, |duration| duration.0),
            _ => 0,
        },
    };
    let length = length.unsigned_abs();
    let unit = UNITS.iter().find(|(_, unit)| length > *unit);
    Ok(Value::from(
        unit.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", length / unit)),
    ))
}
