//! The objects `time.Time`, `time.Duration` and the names of months and weekdays.

use std::any::Any;
use std::sync::Arc;

use gotmpl::{Args, Call, CallError, Named, Object, Signature, Type, Value};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::layout::{self, LONG_DAYS, LONG_MONTHS, Shown};
use crate::table::{Answer, takes};

/// `time.Time`
pub(crate) const TIME: Type = Type::Named(&Named { name: "time.Time", under: Type::Struct });
/// `time.Duration`
pub(crate) const DURATION: Type = Type::Named(&Named { name: "time.Duration", under: Type::Int64 });
const MONTH: Type = Type::Named(&Named { name: "time.Month", under: Type::Int });
const WEEKDAY: Type = Type::Named(&Named { name: "time.Weekday", under: Type::Int });

/// Returns a time in a layout of Go (1.26), such as `2006-01-02`, with the zone that it has.
#[must_use]
pub fn format_time(time: &Zoned, layout: &str) -> String {
    let mut shown = Time::new(time.timestamp(), time.time_zone());
    if time.time_zone().iana_name().is_none() && shown.offset != 0 {
        // A zone that is an offset and nothing else has no name.
        shown.zone = Arc::from("");
    }
    shown.format(layout)
}

/// Returns a point in time as the `time.Time` that templates see; without one, the zero of Go.
#[must_use]
pub fn time_value(at: Option<Timestamp>, zone: &TimeZone) -> Value {
    at.map_or_else(Time::zero, |at| Time::new(at, zone)).value()
}

/// A point in time, seen from a zone.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    pub(crate) at: Timestamp,
    /// The offset from UTC in seconds.
    offset: i32,
    zone: Arc<str>,
}

impl Time {
    /// Returns a point in time, seen from a zone.
    pub(crate) fn new(at: Timestamp, zone: &TimeZone) -> Self {
        let info = zone.to_offset_info(at);
        Self { at, offset: info.offset().seconds(), zone: Arc::from(info.abbreviation()) }
    }

    /// Returns the beginning of the year 1, which is the zero of Go.
    pub(crate) fn zero() -> Self {
        let at = Timestamp::from_second(-62_135_596_800).unwrap_or_default();
        Self { at, offset: 0, zone: Arc::from("UTC") }
    }

    /// Returns what a text says in a layout; where it names no zone, it is in `local`.
    pub(crate) fn parse(layout: &str, text: &str, local: &TimeZone) -> Result<Self, String> {
        let parsed = layout::parse(layout, text)?;
        let range = |_| format!("parsing time {}: out of range", gotmpl::quote(text.as_bytes()));
        let Some(offset) = parsed.offset else {
            let at = local.to_ambiguous_zoned(parsed.civil).compatible().map_err(range)?;
            let mut time = Self::new(at.timestamp(), local);
            if let Some(zone) = parsed.zone.filter(|zone| **zone != *time.zone) {
                // A name without offset that the zone does not know is kept, as if it were UTC.
                let at = Offset::UTC.to_timestamp(parsed.civil).map_err(range)?;
                time = Self { at, offset: 0, zone: Arc::from(zone) };
            }
            return Ok(time);
        };
        let fixed = Offset::from_seconds(offset).map_err(range)?;
        let at = fixed.to_timestamp(parsed.civil).map_err(range)?;
        let seen = Self::new(at, local);
        Ok(match parsed.zone {
            Some(zone) => Self { at, offset, zone: Arc::from(zone) },
            None if seen.offset == offset => seen,
            None => Self { at, offset, zone: Arc::from("") },
        })
    }

    /// Returns the date and time of day.
    fn civil(&self) -> DateTime {
        Offset::from_seconds(self.offset).unwrap_or(Offset::UTC).to_datetime(self.at)
    }

    /// Returns the time in a layout.
    pub(crate) fn format(&self, layout: &str) -> String {
        let named = if self.zone.is_empty() {
            layout::format("-0700", &self.shown(""))
        } else {
            String::new()
        };
        let zone = if self.zone.is_empty() { &named } else { &*self.zone };
        layout::format(layout, &self.shown(zone))
    }

    fn shown<'a>(&self, zone: &'a str) -> Shown<'a> {
        Shown { civil: self.civil(), offset: self.offset, zone }
    }

    /// Returns the time in another zone.
    pub(crate) fn within(&self, zone: &TimeZone) -> Self {
        Self::new(self.at, zone)
    }

    /// Returns the time so many nanoseconds later, as far as the calendar goes.
    pub(crate) fn later(&self, nanoseconds: i64) -> Self {
        let at = self.at.saturating_add(SignedDuration::from_nanos(nanoseconds));
        Self { at: at.unwrap_or(self.at), ..self.clone() }
    }

    /// Returns how long after another time this is, in nanoseconds.
    pub(crate) fn since(&self, other: &Self) -> i64 {
        let nanoseconds = self.at.as_nanosecond() - other.at.as_nanosecond();
        let most = if nanoseconds < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(nanoseconds).unwrap_or(most)
    }

    pub(crate) fn value(self) -> Value {
        Value::Object(Arc::new(self))
    }

    fn add_date(&self, args: &Args<'_>) -> Self {
        let civil = self.civil();
        let months = i64::from(civil.year()) * 12
            + i64::from(civil.month() - 1)
            + args.int(0).saturating_mul(12).saturating_add(args.int(1)).clamp(-240_000, 240_000);
        let year = i16::try_from(months.div_euclid(12)).ok();
        let month = i8::try_from(months.rem_euclid(12) + 1).ok();
        let days =
            args.int(2).saturating_add(i64::from(civil.day()) - 1).clamp(-7_000_000, 7_000_000);
        let moved = || {
            let first = jiff::civil::Date::new(year?, month?, 1).ok()?;
            let date = first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
            let offset = Offset::from_seconds(self.offset).ok()?;
            offset.to_timestamp(date.to_datetime(civil.time())).ok()
        };
        Self { at: moved().unwrap_or(self.at), ..self.clone() }
    }

    fn number(&self, name: &str) -> Option<Value> {
        let civil = self.civil();
        Some(match name {
            "Year" => Value::Int(i64::from(civil.year())),
            "Day" => Value::Int(i64::from(civil.day())),
            "Hour" => Value::Int(i64::from(civil.hour())),
            "Minute" => Value::Int(i64::from(civil.minute())),
            "Second" => Value::Int(i64::from(civil.second())),
            "Nanosecond" => Value::Int(i64::from(civil.subsec_nanosecond())),
            "YearDay" => Value::Int(i64::from(civil.day_of_year())),
            "Unix" => Value::Int64(seconds(self)),
            "UnixMilli" => Value::Int64(
                self.at.as_nanosecond().div_euclid(1_000_000).try_into().unwrap_or(i64::MIN),
            ),
            "UnixMicro" => Value::Int64(
                self.at.as_nanosecond().div_euclid(1000).try_into().unwrap_or(i64::MIN),
            ),
            "UnixNano" => Value::Int64(self.at.as_nanosecond().try_into().unwrap_or(i64::MIN)),
            _ => return None,
        })
    }
}

/// Returns the seconds since 1970.
pub(crate) fn seconds(time: &Time) -> i64 {
    time.at.as_nanosecond().div_euclid(1_000_000_000).try_into().unwrap_or_default()
}

impl Object for Time {
    fn go_type(&self) -> Type {
        TIME
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Signature> {
        Some(match name {
            "Year" | "Day" | "Hour" | "Minute" | "Second" | "Nanosecond" | "YearDay" => {
                takes(&[], Type::Int)
            }
            "Unix" | "UnixMilli" | "UnixMicro" | "UnixNano" => takes(&[], Type::Int64),
            "Month" => takes(&[], MONTH),
            "Weekday" => takes(&[], WEEKDAY),
            "String" => takes(&[], Type::String),
            "Format" => takes(&[Type::String], Type::String),
            "UTC" | "Local" => takes(&[], TIME),
            "Add" | "Truncate" | "Round" => takes(&[DURATION], TIME),
            "AddDate" => takes(&[Type::Int, Type::Int, Type::Int], TIME),
            "Sub" => takes(&[TIME], DURATION),
            "After" | "Before" | "Equal" => takes(&[TIME], Type::Bool),
            "Compare" => takes(&[TIME], Type::Int),
            "IsZero" => takes(&[], Type::Bool),
            _ => return None,
        })
    }

    fn call(&self, name: &str, _: &mut Call<'_, '_>, args: &Args<'_>) -> Answer {
        if let Some(number) = self.number(name) {
            return Ok(number);
        }
        let other = || {
            let time = args.at(0).as_object::<Self>();
            time.ok_or_else(|| CallError::from(crate::args::NIL_POINTER))
        };
        let civil = self.civil();
        Ok(match name {
            "Month" => Name::value(MONTH, i64::from(civil.month()), &LONG_MONTHS, 1),
            "Weekday" => {
                let day = civil.weekday().to_sunday_zero_offset();
                Name::value(WEEKDAY, i64::from(day), &LONG_DAYS, 0)
            }
            "String" => Value::from(self.text().unwrap_or_default()),
            "Format" => Value::from(self.format(&crate::args::text(args, 0))),
            "UTC" => self.within(&TimeZone::UTC).value(),
            "Local" => self.clone().value(),
            "Add" => self.later(nanoseconds(args.at(0))).value(),
            "Truncate" | "Round" => {
                let unit = nanoseconds(args.at(0));
                let past = self.since_zero(unit);
                let up = name == "Round" && past.saturating_mul(2) >= unit;
                self.later(if up { unit - past } else { -past }).value()
            }
            "AddDate" => self.add_date(args).value(),
            "Sub" => Duration(self.since(other()?)).value(),
            "After" => Value::from(self.at > other()?.at),
            "Before" => Value::from(self.at < other()?.at),
            "Equal" => Value::from(self.at == other()?.at),
            "Compare" => Value::Int(self.at.cmp(&other()?.at) as i64),
            _ => Value::from(self.at == Self::zero().at),
        })
    }

    fn text(&self) -> Option<String> {
        Some(self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        let other = other.as_any().downcast_ref::<Self>()?;
        Some(self.at == other.at && self.offset == other.offset)
    }
}

impl Time {
    /// Returns how far this is behind a multiple of a unit of nanoseconds since the zero time.
    fn since_zero(&self, unit: i64) -> i64 {
        if unit <= 0 {
            return 0;
        }
        let since = self.at.as_nanosecond() - Self::zero().at.as_nanosecond();
        i64::try_from(since.rem_euclid(i128::from(unit))).unwrap_or_default()
    }
}

/// A length of time in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duration(pub(crate) i64);

/// Returns the nanoseconds of a value that was given for a duration.
fn nanoseconds(value: &Value) -> i64 {
    match value.as_object::<Duration>() {
        Some(duration) => duration.0,
        None => value.as_int().unwrap_or_default(),
    }
}

impl Duration {
    pub(crate) fn value(self) -> Value {
        Value::Object(Arc::new(self))
    }

    #[expect(clippy::cast_precision_loss, reason = "as Go converts")]
    pub(crate) fn in_units(self, unit: i64) -> f64 {
        let (whole, rest) = (self.0 / unit, self.0 % unit);
        whole as f64 + rest as f64 / unit as f64
    }
}

/// Prints `1h2m3.5s`, `1.5ms`, `0s`.
impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let total = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let decimal = |whole: u64, unit: u64| {
            let digits = unit.ilog10() as usize;
            let rest = format!("{:0digits$}", whole % unit);
            let rest = rest.trim_end_matches('0');
            let point = if rest.is_empty() { "" } else { "." };
            format!("{}{point}{}", whole / unit, if unit == 1 { "" } else { rest })
        };
        match total {
            0 => f.write_str("0s"),
            1..1000 => write!(f, "{sign}{total}ns"),
            1000..1_000_000 => write!(f, "{sign}{}µs", decimal(total, 1000)),
            1_000_000..1_000_000_000 => write!(f, "{sign}{}ms", decimal(total, 1_000_000)),
            _ => {
                let (minutes, rest) = (total / 60_000_000_000, total % 60_000_000_000);
                let seconds = decimal(rest, 1_000_000_000);
                match (minutes / 60, minutes % 60) {
                    (0, 0) => write!(f, "{sign}{seconds}s"),
                    (0, minutes) => write!(f, "{sign}{minutes}m{seconds}s"),
                    (hours, minutes) => write!(f, "{sign}{hours}h{minutes}m{seconds}s"),
                }
            }
        }
    }
}

impl Object for Duration {
    fn go_type(&self) -> Type {
        DURATION
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Signature> {
        Some(match name {
            "Hours" | "Minutes" | "Seconds" => takes(&[], Type::Float64),
            "Milliseconds" | "Microseconds" | "Nanoseconds" => takes(&[], Type::Int64),
            "String" => takes(&[], Type::String),
            "Abs" => takes(&[], DURATION),
            "Round" | "Truncate" => takes(&[DURATION], DURATION),
            _ => return None,
        })
    }

    fn call(&self, name: &str, _: &mut Call<'_, '_>, args: &Args<'_>) -> Answer {
        Ok(match name {
            "Hours" => Value::Float(self.in_units(3_600_000_000_000)),
            "Minutes" => Value::Float(self.in_units(60_000_000_000)),
            "Seconds" => Value::Float(self.in_units(1_000_000_000)),
            "Milliseconds" => Value::Int64(self.0 / 1_000_000),
            "Microseconds" => Value::Int64(self.0 / 1000),
            "Nanoseconds" => Value::Int64(self.0),
            "Abs" => Self(self.0.saturating_abs()).value(),
            "Round" => self.rounded(Self(nanoseconds(args.at(0)))).value(),
            "Truncate" => self.truncated(Self(nanoseconds(args.at(0)))).value(),
            _ => Value::from(self.to_string()),
        })
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::Int64(self.0))
    }

    fn text(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        Some(other.as_any().downcast_ref::<Self>()? == self)
    }
}

impl Duration {
    /// Rounds toward zero to a multiple of a unit.
    pub(crate) fn truncated(self, unit: Self) -> Self {
        if unit.0 <= 0 { self } else { Self(self.0 - self.0 % unit.0) }
    }

    /// Rounds to the nearest multiple of a unit, halfway away from zero.
    pub(crate) fn rounded(self, unit: Self) -> Self {
        if unit.0 <= 0 {
            return self;
        }
        let rest = self.0 % unit.0;
        if rest.unsigned_abs() < unit.0.unsigned_abs().div_ceil(2) {
            return Self(self.0 - rest);
        }
        let step = if self.0 < 0 { -unit.0 } else { unit.0 };
        Self((self.0 - rest).saturating_add(step))
    }

    /// Reads `1h30m`, `-1.5s` as `time.ParseDuration` does.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("time: invalid duration {}", gotmpl::quote(text.as_bytes()));
        let negative = text.starts_with('-');
        let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
        if rest == "0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total = 0_u64;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
            let (number, after) = rest.split_at(end);
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
                return Err(invalid());
            }
            let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            let quoted = gotmpl::quote(text.as_bytes());
            let unit = match name {
                "ns" => 1,
                "us" | "µs" | "μs" => 1000,
                "ms" => 1_000_000,
                "s" => 1_000_000_000,
                "m" => 60_000_000_000,
                "h" => 3_600_000_000_000,
                "" => return Err(format!("time: missing unit in duration {quoted}")),
                other => {
                    let other = gotmpl::quote(other.as_bytes());
                    return Err(format!("time: unknown unit {other} in duration {quoted}"));
                }
            };
            let whole: u64 =
                if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
            let part: f64 = format!("0.{fraction}0").parse().map_err(|_| invalid())?;
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "less than one unit, without its fraction"
            )]
            let part = (part * unit as f64) as u64;
            total = whole
                .checked_mul(unit)
                .and_then(|whole| whole.checked_add(part))
                .and_then(|length| total.checked_add(length))
                .filter(|total| *total <= 1 << 63)
                .ok_or_else(invalid)?;
            rest = after;
        }
        if negative {
            return 0_i64.checked_sub_unsigned(total).map(Self).ok_or_else(invalid);
        }
        i64::try_from(total).map(Self).map_err(|_| invalid())
    }
}

/// A number with a name: a month or a weekday.
struct Name {
    go_type: Type,
    number: i64,
    word: &'static str,
}

impl Name {
    fn value(go_type: Type, number: i64, names: &[&'static str], first: i64) -> Value {
        let index = usize::try_from(number - first).unwrap_or_default();
        let word = names.get(index).copied().unwrap_or_default();
        Value::Object(Arc::new(Self { go_type, number, word }))
    }
}

impl Object for Name {
    fn go_type(&self) -> Type {
        self.go_type
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "String").then(|| takes(&[], Type::String))
    }

    fn call(&self, _: &str, _: &mut Call<'_, '_>, _: &Args<'_>) -> Answer {
        Ok(Value::from(self.word))
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::Int(self.number))
    }

    fn text(&self) -> Option<String> {
        Some(self.word.to_owned())
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        let other = other.as_any().downcast_ref::<Self>()?;
        Some(self.go_type == other.go_type && self.number == other.number)
    }
}
