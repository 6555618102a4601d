//! Times as Go writes them: Go's layouts (`Mon Jan _2 15:04:05 2006`), its default text and RFC 3339.
//!
//! The layouts are those of Go 1.26's `time.Format`. Times keep the zone they came with, because
//! Helm shows a record's time in the zone of the machine that wrote it.

use std::fmt::Write as _;

use jiff::Zoned;
use jiff::civil::Weekday;

/// `time.ANSIC`: the times of `status` and `history`.
pub(crate) const ANSIC: &str = "Mon Jan _2 15:04:05 2006";
/// `time.RFC3339`.
pub(crate) const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
/// `time.RFC3339Nano`: times in JSON.
pub(crate) const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";
/// What `time.Time.String` prints: the times of `list`.
pub(crate) const DEFAULT: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Returns `time` printed by a Go layout.
pub(crate) fn format(time: &Zoned, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        if let Some((chunk, length)) = chunk(rest) {
            write_chunk(&mut out, time, &chunk);
            rest = rest.get(length..).unwrap_or_default();
        } else {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

/// One element of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunk {
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    Zone,
    Offset {
        zulu: bool,
        colon: bool,
        parts: u8,
    },
    Fraction {
        separator: char,
        digits: usize,
        trim: bool,
    },
    /// `_` in front of `2006`, which is text.
    Underscore,
}

/// Words of layouts, longer ones before their beginnings.
const WORDS: &[(&str, Chunk)] = &[
    ("January", Chunk::LongMonth),
    ("Monday", Chunk::LongWeekday),
    ("MST", Chunk::Zone),
    ("002", Chunk::ZeroYearDay),
    ("01", Chunk::ZeroMonth),
    ("02", Chunk::ZeroDay),
    ("03", Chunk::ZeroHour12),
    ("04", Chunk::ZeroMinute),
    ("05", Chunk::ZeroSecond),
    ("06", Chunk::Year),
    ("15", Chunk::Hour),
    ("1", Chunk::NumberMonth),
    ("2006", Chunk::LongYear),
    ("2", Chunk::Day),
    ("__2", Chunk::UnderYearDay),
    ("_2006", Chunk::Underscore),
    ("_2", Chunk::UnderDay),
    ("3", Chunk::Hour12),
    ("4", Chunk::Minute),
    ("5", Chunk::Second),
    ("PM", Chunk::UpperHalf),
    ("pm", Chunk::LowerHalf),
    ("-070000", Chunk::Offset { zulu: false, colon: false, parts: 3 }),
    ("-07:00:00", Chunk::Offset { zulu: false, colon: true, parts: 3 }),
    ("-0700", Chunk::Offset { zulu: false, colon: false, parts: 2 }),
    ("-07:00", Chunk::Offset { zulu: false, colon: true, parts: 2 }),
    ("-07", Chunk::Offset { zulu: false, colon: false, parts: 1 }),
    ("Z070000", Chunk::Offset { zulu: true, colon: false, parts: 3 }),
    ("Z07:00:00", Chunk::Offset { zulu: true, colon: true, parts: 3 }),
    ("Z0700", Chunk::Offset { zulu: true, colon: false, parts: 2 }),
    ("Z07:00", Chunk::Offset { zulu: true, colon: true, parts: 2 }),
    ("Z07", Chunk::Offset { zulu: true, colon: false, parts: 1 }),
];

/// Words that count only when no lower case letter follows.
const SHORT_WORDS: &[(&str, Chunk)] = &[("Jan", Chunk::Month), ("Mon", Chunk::Weekday)];

/// Returns the element that `layout` begins with and its length in bytes.
fn chunk(layout: &str) -> Option<(Chunk, usize)> {
    if let Some((word, chunk)) = WORDS.iter().find(|(word, _)| layout.starts_with(word)) {
        let length = if *chunk == Chunk::Underscore { 1 } else { word.len() };
        return Some((*chunk, length));
    }
    for (word, chunk) in SHORT_WORDS {
        if let Some(rest) = layout.strip_prefix(word)
            && !rest.starts_with(|c: char| c.is_ascii_lowercase())
        {
            return Some((*chunk, word.len()));
        }
    }
    fraction(layout)
}

/// Returns `.000` or `,999` at the start of `layout`, when no other digit follows.
fn fraction(layout: &str) -> Option<(Chunk, usize)> {
    let separator = layout.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let rest = layout.get(1..)?;
    let digit = rest.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let digits = rest.chars().take_while(|c| *c == digit).count();
    if rest.get(digits..)?.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((Chunk::Fraction { separator, digits, trim: digit == '9' }, digits + 1))
}

fn write_chunk(out: &mut String, time: &Zoned, chunk: &Chunk) {
    let hour12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    // Writing to a String cannot fail.
    let _ok = match *chunk {
        Chunk::LongMonth => write!(out, "{}", month(time)),
        Chunk::Month => write!(out, "{:.3}", month(time)),
        Chunk::NumberMonth => write!(out, "{}", time.month()),
        Chunk::ZeroMonth => write!(out, "{:02}", time.month()),
        Chunk::LongWeekday => write!(out, "{}", weekday(time)),
        Chunk::Weekday => write!(out, "{:.3}", weekday(time)),
        Chunk::Day => write!(out, "{}", time.day()),
        Chunk::UnderDay => write!(out, "{:2}", time.day()),
        Chunk::ZeroDay => write!(out, "{:02}", time.day()),
        Chunk::UnderYearDay => write!(out, "{:3}", time.day_of_year()),
        Chunk::ZeroYearDay => write!(out, "{:03}", time.day_of_year()),
        Chunk::Hour => write!(out, "{:02}", time.hour()),
        Chunk::Hour12 => write!(out, "{hour12}"),
        Chunk::ZeroHour12 => write!(out, "{hour12:02}"),
        Chunk::Minute => write!(out, "{}", time.minute()),
        Chunk::ZeroMinute => write!(out, "{:02}", time.minute()),
        Chunk::Second => write!(out, "{}", time.second()),
        Chunk::ZeroSecond => write!(out, "{:02}", time.second()),
        Chunk::LongYear => write!(out, "{:04}", time.year()),
        Chunk::Year => write!(out, "{:02}", time.year().rem_euclid(100)),
        Chunk::UpperHalf => write!(out, "{}", if time.hour() >= 12 { "PM" } else { "AM" }),
        Chunk::LowerHalf => write!(out, "{}", if time.hour() >= 12 { "pm" } else { "am" }),
        Chunk::Zone => write!(out, "{}", abbreviation(time)),
        Chunk::Offset { zulu, colon, parts } => {
            let seconds = time.offset().seconds();
            write!(
                out,
                "{}",
                if zulu && seconds == 0 { "Z".into() } else { offset(seconds, colon, parts) }
            )
        }
        Chunk::Fraction { separator, digits, trim } => {
            write!(out, "{}", fraction_digits(time, separator, digits, trim))
        }
        Chunk::Underscore => write!(out, "_"),
    };
}

fn month(time: &Zoned) -> &'static str {
    usize::try_from(time.month() - 1)
        .ok()
        .and_then(|month| MONTHS.get(month))
        .copied()
        .unwrap_or_default()
}

fn weekday(time: &Zoned) -> &'static str {
    match time.weekday() {
        Weekday::Sunday => "Sunday",
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
    }
}

/// Returns the zone's short name; where it has none, Go prints the offset.
fn abbreviation(time: &Zoned) -> String {
    let zone = time.time_zone();
    if zone.iana_name().is_none() && time.offset().seconds() != 0 {
        return offset(time.offset().seconds(), false, 2);
    }
    let info = zone.to_offset_info(time.timestamp());
    let name = info.abbreviation();
    if name.starts_with(['+', '-']) && zone.iana_name().is_none() {
        return offset(time.offset().seconds(), false, 2);
    }
    name.to_owned()
}

fn offset(seconds: i32, colon: bool, parts: u8) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let colon = if colon { ":" } else { "" };
    let mut out = format!("{sign}{:02}", seconds / 3600);
    for part in [seconds / 60 % 60, seconds % 60].iter().take(usize::from(parts) - 1) {
        let _ok = write!(out, "{colon}{part:02}");
    }
    out
}

fn fraction_digits(time: &Zoned, separator: char, digits: usize, trim: bool) -> String {
    let nanoseconds = format!("{:09}", time.subsec_nanosecond());
    let mut shown = nanoseconds.get(..digits.min(9)).unwrap_or_default().to_owned();
    if trim {
        shown.truncate(shown.trim_end_matches('0').len());
        if shown.is_empty() {
            return shown;
        }
    }
    format!("{separator}{shown}")
}

#[cfg(test)]
mod tests {
    use super::{ANSIC, DEFAULT, RFC3339, format};

    fn check(time: &str, layout: &str, expected: &str) {
        let time: jiff::Zoned = time.parse().unwrap();
        assert_eq!(format(&time, layout), expected, "{layout}");
    }

    #[test]
    fn times_are_printed_as_go_prints_them() {
        let utc = "2026-11-21T03:12:53.25079101Z[UTC]";
        check(utc, DEFAULT, "2026-11-21 03:12:53.25079101 +0000 UTC");
        check(utc, ANSIC, "Sat Nov 21 03:12:53 2026");
        check(utc, RFC3339, "2026-11-21T03:12:53Z");
        check(utc, "02/01/06 3:04:05.000 PM", "21/11/26 3:12:53.250 AM");
        check(utc, "2006-01-02T15:04:05.999999999Z07:00", "2026-11-21T03:12:53.25079101Z");
        check(utc, "Monday, January 2 (002 of _2006)", "Saturday, November 21 (325 of _2026)");
        check(utc, "Januaryx Janx Jan", "Novemberx Janx Nov");

        let paris = "2026-07-04T18:02:03+02:00[Europe/Paris]";
        check(paris, DEFAULT, "2026-07-04 18:02:03 +0200 CEST");
        check(paris, ANSIC, "Sat Jul  4 18:02:03 2026");
        check(paris, "Mon, 02 Jan 2006 15:04:05 -07:00", "Sat, 04 Jul 2026 18:02:03 +02:00");
        check(paris, "3pm .5 .999 é", "6pm .3  é");

        let fixed = "2026-07-04T18:02:03-05:30[-05:30]";
        check(fixed, DEFAULT, "2026-07-04 18:02:03 -0530 -0530");
        check(fixed, "Z0700 Z07:00:00 -07", "-0530 -05:30:00 -05");
    }
}
